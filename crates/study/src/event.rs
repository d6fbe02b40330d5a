//! What a running study tells those who listen: plain data, in the order in which it happens.

use serde::{Deserialize, Serialize};

use crate::record::nan_from_null;
use crate::{EpochRecord, Outcome, RunStatus, SettingChange};

/// One of a study's runs, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLabel {
    /// Position in [`Event::StudyStarted`]'s list, which [`Event::RunsAdded`] goes on with; what
    /// `run` means in the other events.
    pub index: usize,
    /// The network's name.
    pub network: String,
    /// Position of the network in the study.
    pub network_index: usize,
    /// From 1.
    pub seed: u64,
    /// How far it had come when the study started.
    pub status: RunStatus,
    /// Epochs of the whole run.
    pub epochs: u32,
    /// Epochs that were done when the study started.
    pub done_epochs: u32,
    /// Estimated multiply-adds of one epoch, training and scoring: with the pace so far, this gives
    /// the time left.
    pub epoch_cost: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first one.
    StudyStarted {
        /// Network by network in the study's order, seeds ascending; those that were done before
        /// too.
        runs: Vec<RunLabel>,
    },
    /// A network has other settings than when it was last trained here: its runs of then stay, and
    /// are left out.
    RunsSetAside {
        /// The network's name.
        network: String,
        /// What it was trained with, and what it is now.
        changes: Vec<SettingChange>,
        /// How many runs have come as far as an epoch or farther.
        runs: usize,
    },
    /// Runs that were finished by an earlier version lack their predictions: these are made before
    /// anything is trained.
    PredictionsMissing {
        /// How many runs.
        runs: usize,
    },
    /// The study's sweeps have ended, and their winners are trained on fresh seeds.
    RunsAdded {
        /// They follow those that there were.
        runs: Vec<RunLabel>,
    },
    /// A thread took a run.
    RunStarted {
        /// Which.
        run: RunLabel,
        /// Epochs of the whole run.
        epochs: u32,
        /// Epochs that were done before: it goes on after them.
        done_epochs: u32,
        /// Images that an epoch trains on.
        images_per_epoch: usize,
    },
    /// A training step was done: at most ten times a second for each run.
    Step {
        /// Which run.
        run: usize,
        /// From 1.
        epoch: u32,
        /// Images of this epoch that were trained on.
        images_done: usize,
        /// Running mean of the epoch, as trained.
        #[serde(deserialize_with = "nan_from_null")]
        loss: f64,
    },
    /// An epoch was trained, scored and stored.
    EpochDone {
        /// Which run.
        run: usize,
        /// What it came to.
        record: EpochRecord,
    },
    /// A run ended by itself and is stored.
    RunDone {
        /// Which run.
        run: usize,
        /// Finished or diverged.
        status: RunStatus,
        /// Of a finished run.
        outcome: Option<Outcome>,
    },
    /// A run could not go on; the others do.
    RunFailed {
        /// Which run.
        run: usize,
        /// What happened, for people.
        error: String,
    },
}
