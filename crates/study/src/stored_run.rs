//! One run of a stored study.

use crate::{EpochRecord, Outcome, RunStatus};

/// One run of a stored study.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Hash of all that decides its outcome.
    pub id: String,
    /// Index into the study's networks.
    pub network: usize,
    /// From 1.
    pub seed: u64,
    /// How far it has come.
    pub status: RunStatus,
    /// In order, as far as it has come.
    pub epochs: Vec<EpochRecord>,
    /// Of a finished run.
    pub outcome: Option<Outcome>,
}
