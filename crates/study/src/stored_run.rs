//! One run of a stored study.

use crate::{EpochRecord, Outcome, RunStatus};

/// One run of a stored study.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Hash of everything that decides the run's outcome.
    pub id: String,
    /// Position of the run's network in the study.
    pub network: usize,
    /// The seed, from 1.
    pub seed: u64,
    /// How far the run has come.
    pub status: RunStatus,
    /// The epochs that are done, in order.
    pub epochs: Vec<EpochRecord>,
    /// The result; `None` unless the run is finished.
    pub outcome: Option<Outcome>,
}
