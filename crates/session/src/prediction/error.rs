//! Why a network can't predict.

use fitroom_study::TrainedNetworkError;
use thiserror::Error;

use super::LeftOut;

/// Why a network of a stored study can't predict. Lines that begin with `hint: ` say what can be done.
#[derive(Debug, Error)]
pub enum PredictionError {
    /// The study has no such network.
    #[error("the study has no network `{name}`{}", fitroom_nearest::did_you_mean(nearest))]
    NoSuchNetwork {
        /// The name that was asked for.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
    },
    /// No run of the network can be used.
    #[error(
        "`{network}` has no finished run with weights: {}\nhint: let the study finish with `fitroom run`",
        left_out.iter().map(LeftOut::to_string).collect::<Vec<_>>().join("; ")
    )]
    NoRuns {
        /// The network.
        network: String,
        /// Its runs, and why each can't be used.
        left_out: Vec<LeftOut>,
    },
    /// A run's network can't be made: its weights are damaged, or its data set is missing.
    #[error("run {run} (seed {seed}): {error}")]
    Run {
        /// The run's directory in `runs/`.
        run: String,
        /// The run's seed.
        seed: u64,
        /// What is wrong.
        error: Box<TrainedNetworkError>,
    },
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
    /// An image has another number of bytes than the network takes.
    #[error("an image has {expected} bytes (height × width × channels), and {found} were given")]
    WrongLength {
        /// Bytes that an image has.
        expected: usize,
        /// Bytes that were given.
        found: usize,
    },
}
