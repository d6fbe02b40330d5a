//! Why a network can't predict.

use std::io;

use fitroom_export::ModelError;
use thiserror::Error;

use crate::models::ModelsError;

/// Why a network can't predict. Lines that begin with `hint: ` say what can be done.
#[derive(Debug, Error)]
pub enum PredictionError {
    /// There is no trained network as asked for.
    #[error(transparent)]
    Models(#[from] ModelsError),
    /// A trained network can't be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// One network alone takes more memory than a predictor may.
    #[error("`{network}` takes {bytes} bytes of memory, and {most} are the most")]
    TooLarge {
        /// The network.
        network: String,
        /// Bytes that it takes.
        bytes: u64,
        /// Bytes that it may take.
        most: u64,
    },
    /// The system refuses threads.
    #[error("the system gives no more threads: {0}\nhint: predict on fewer with --threads")]
    Threads(io::Error),
    /// The bytes are no whole number of images.
    #[error("an image has {expected} bytes (height × width × channels), and {found} were given")]
    WrongLength {
        /// Bytes that an image has.
        expected: usize,
        /// Bytes that were given.
        found: usize,
    },
}
