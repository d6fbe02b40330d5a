//! How a study is run, and how far it came.

use std::collections::BTreeSet;
use std::time::Duration;

use thiserror::Error;

use crate::plain_text::harmless;
use crate::{RunFailure, RunLabel, Share, StoreError, StudyError};

/// How a study is run. None of these options changes its results.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Threads in total; 0 counts as 1. Each trains a run of its own. When fewer runs than threads
    /// are left, several threads share the steps of one run.
    pub threads: usize,
    /// Longest time between two checkpoints of a run. A run stores one after each epoch, and also
    /// within an epoch that takes longer than this.
    pub checkpoint_every: Duration,
    /// Runs that this call does not train: networks, as positions in the stored study, with a seed
    /// each. They are planned and counted as pending. So are the runs that share a training with
    /// one of them, those of networks that differ only in their names. Runs that are not part of the
    /// study are ignored.
    ///
    /// To all judgements they are runs that an interruption left pending. A study that runs until
    /// clear has them from the start, like runs that have begun. It looks at no seed after the first
    /// that a comparison lacks, and ends with them pending once no other run is asked for. A sweep
    /// has no winner while one of its runs is left out. Fresh seeds of a winner can be left out too.
    pub left_out: BTreeSet<(usize, u64)>,
    /// The share of the runs that this call trains; `None`: all of them. Several processes may train
    /// shares of a study in one directory at the same time. A share has no run that depends on
    /// others: the fresh seeds of winners are for a call without a share.
    pub share: Option<Share>,
}

impl RunOptions {
    /// This many threads, a checkpoint every minute within long epochs, no run left out, and no share.
    pub fn new(threads: usize) -> Self {
        RunOptions {
            threads,
            checkpoint_every: Duration::from_secs(60),
            left_out: BTreeSet::new(),
            share: None,
        }
    }
}

/// How far a study has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Finished runs, including those that were finished before.
    pub finished: usize,
    /// Runs whose loss became NaN or infinite, including those of earlier calls.
    pub diverged: usize,
    /// Runs that were interrupted, were left out or have not begun.
    pub pending: usize,
    /// Runs that another process trained at that moment.
    pub elsewhere: usize,
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
    /// A share of a study that runs until clear.
    #[error(
        "a study that runs until clear has no shares: how many seeds it needs is known only when all runs so far have ended\nhint: give a number with --seeds, and go on with --until-clear and without --share when all shares have ended"
    )]
    ShareUntilClear,
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
    /// The call was stopped before the study proper, while a budget was measured or learning rates
    /// were tuned. What was trained for that is stored.
    #[error(
        "stopped before the study's first run, while budgets were measured or learning rates tuned\n\
         hint: the same command goes on"
    )]
    StoppedPreparing,
    /// A network diverged with every learning rate that was tried.
    #[error(
        "`{}` diverged with every learning rate of its `tune`\nhint: try lower ones",
        harmless(network)
    )]
    NothingTuned {
        /// The network's name.
        network: String,
    },
    /// A share of a study whose learning rates are not tuned yet.
    #[error(
        "the learning rates of this study are not tuned yet, and a share can't do it: all shares need the same ones\n\
         hint: run the study once without --share, and stop it with Ctrl-C when its first run begins"
    )]
    ShareBeforeTuning,
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
