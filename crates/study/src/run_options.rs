//! How a study is run, and how far it came.

use std::time::Duration;

use thiserror::Error;

use crate::{RunFailure, RunLabel, StoreError, StudyError};

/// How a study is run. None of these options changes its results.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Threads in total; 0 counts as 1. Each trains a run of its own. When fewer runs than threads
    /// are left, several threads share the steps of one run.
    pub threads: usize,
    /// Longest time between two checkpoints of a run. A run stores one after each epoch, and also
    /// within an epoch that takes longer than this.
    pub checkpoint_every: Duration,
}

impl RunOptions {
    /// This many threads, and a checkpoint every minute within long epochs.
    pub fn new(threads: usize) -> Self {
        RunOptions { threads, checkpoint_every: Duration::from_secs(60) }
    }
}

/// How far a study has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Finished runs, including those that were finished before.
    pub finished: usize,
    /// Runs whose loss became NaN or infinite, including those of earlier calls.
    pub diverged: usize,
    /// Runs that were interrupted or have not begun.
    pub pending: usize,
}

/// Why a study was not run, or only a part of it.
#[derive(Debug, Error)]
pub enum RunError {
    /// The study can't be run on this data.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The study's directory can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refuses a thread. Nothing was trained by this call.
    #[error(
        "the system refuses to start {threads} threads: {source}\nhint: ask for fewer with --threads"
    )]
    Threads {
        /// How many threads were needed.
        threads: usize,
        /// What the system says.
        source: std::io::Error,
    },
    /// Some runs failed. The other runs were trained.
    #[error("{} of the study's runs could not go on:{}", failures.len(), list(failures))]
    Runs {
        /// Each run with its error.
        failures: Vec<(RunLabel, RunFailure)>,
    },
}

fn list(failures: &[(RunLabel, RunFailure)]) -> String {
    failures
        .iter()
        .map(|(run, error)| format!("\n`{}`, seed {}: {error}", run.network, run.seed))
        .collect()
}
