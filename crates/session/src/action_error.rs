//! The errors of actions on a study that is trained.

use fitroom_study::StudyError;
use thiserror::Error;

/// Why an action makes no sense. Nothing is changed by it.
#[derive(Debug, Error)]
pub enum ActionError {
    /// The study's runs are not known yet.
    #[error("the study has not begun, and has no runs yet\nhint: try again once it trains")]
    NotBegun,
    /// The session has ended, or was asked to end.
    #[error("the session has ended\nhint: `fitroom run` continues the study")]
    Ended,
    /// The study has no such run.
    #[error("the study has no run of network {network}, counted from 0, with seed {seed}")]
    UnknownRun {
        /// Position of the network in the study.
        network: usize,
        /// The seed.
        seed: u64,
    },
    /// The run has finished, diverged or failed.
    #[error("`{network}`, seed {seed}, has ended, so it can't be stopped or continued")]
    RunHasEnded {
        /// The network's name.
        network: String,
        /// The seed.
        seed: u64,
    },
    /// No seed was asked for.
    #[error("the number of seeds to add must be at least 1, got 0")]
    NoSeeds,
    /// The study can't have so many seeds.
    #[error(transparent)]
    Seeds(#[from] StudyError),
}
