//! Why a learning-rate range test failed.

use fitroom_study::{RateRangeError, RunFailure};
use thiserror::Error;

/// Why a learning-rate range test failed.
#[derive(Debug, Error)]
pub enum RateTestError {
    /// There is no such range of learning rates.
    #[error(transparent)]
    Range(#[from] RateRangeError),
    /// A network can't be trained: there is no memory or no thread for it.
    #[error("`{network}`: {failure}")]
    Network {
        /// The network's name.
        network: String,
        /// What is wrong.
        failure: Box<RunFailure>,
    },
}

impl RateTestError {
    pub(crate) fn new(network: &str, failure: RunFailure) -> Self {
        RateTestError::Network { network: network.to_owned(), failure: Box::new(failure) }
    }
}
