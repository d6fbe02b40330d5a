//! The models of one network, kept from one request to the next.

use std::sync::{Arc, Mutex};

use fitroom_session::prediction::Predictor;

/// The models that were asked last.
pub struct KeptModels {
    /// The network's position.
    pub network: usize,
    /// How many runs of the network had finished when they were loaded.
    pub finished: u64,
    /// The models of all finished seeds.
    pub predictor: Arc<Mutex<Predictor>>,
}
