//! The events that a running study sends to its observer, as plain data.

use serde::{Deserialize, Serialize};

use crate::record::nan_from_null;
use crate::{EpochRecord, Outcome, RunStatus, SettingChange};

/// One of a study's runs, for people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLabel {
    /// Position in the list of [`Event::StudyStarted`], which [`Event::RunsAdded`] continues. The
    /// other events name a run by this number.
    pub index: usize,
    /// The network's name.
    pub network: String,
    /// Position of the network in the study.
    pub network_index: usize,
    /// The seed, from 1.
    pub seed: u64,
    /// How far the run had come when the study started.
    pub status: RunStatus,
    /// Epochs of the whole run; the last one may be a part.
    pub epochs: u32,
    /// Passes over the training images in the whole run: its epochs, the last one perhaps in part.
    pub passes: f64,
    /// Epochs that were done when the study started.
    pub done_epochs: u32,
    /// Estimated multiply-adds of one epoch, training and scoring. With the speed so far, these
    /// give the time left.
    pub epoch_cost: u64,
    /// Whether the run is pending and not trained now: see
    /// [`RunOptions::left_out`](crate::RunOptions::left_out).
    #[serde(default)]
    pub is_left_out: bool,
}

/// Why runs are added to a study that has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddedBecause {
    /// The study runs until clear, and some comparison is undecided.
    Undecided,
    /// The study's sweeps have ended, and their winners are trained on fresh seeds.
    Confirmation,
}

/// Something that happened. As JSON, an event is an object whose field `event` says which:
/// `{"event":"run_done","run":3,"status":"finished","outcome":{…}}`. JSON has no NaN and no
/// infinity: both are written as null, and read back as NaN.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The first event, after those of measured budgets and tuned learning rates.
    StudyStarted {
        /// All runs that were asked for, also those that are done already: network by network in
        /// the study's order, seeds ascending.
        runs: Vec<RunLabel>,
    },
    /// The steps of a budget of seconds were measured. These events come before the first run is
    /// planned.
    BudgetMeasured {
        /// The names of the networks that have this budget, and steps of this speed.
        networks: Vec<String>,
        /// The budget.
        seconds: f64,
        /// How many steps it is.
        steps: u32,
    },
    /// Something happened in the study that tries learning rates, before the study proper begins. Its
    /// runs are numbered by its own [`StudyStarted`](Event::StudyStarted).
    Tuning {
        /// What happened.
        of: Box<Event>,
    },
    /// A learning rate was found. These events come before the first run is planned.
    Tuned {
        /// The names of the networks that get it.
        networks: Vec<String>,
        /// The learning rate.
        learning_rate: f32,
        /// How many were tried.
        tried: usize,
        /// On how many seeds each.
        seeds: u32,
        /// Whether it is the lowest or the highest of them, so that one beyond it may be better.
        is_at_an_end: bool,
    },
    /// A network has other settings than when it was last trained here. Its earlier runs stay in
    /// the directory, but the study no longer counts them.
    RunsSetAside {
        /// The network's name.
        network: String,
        /// What it was trained with, and what it is now.
        changes: Vec<SettingChange>,
        /// How many of the earlier runs have at least one epoch.
        runs: usize,
    },
    /// The study in the directory was to have more seeds than it has now. The others are left
    /// out, and none of their runs has ended.
    SeedsLowered {
        /// How many seeds the study was to have.
        from: u32,
        /// How many it has now.
        to: u32,
    },
    /// Runs that were finished by an earlier version lack their predictions. The study makes these
    /// before it trains anything.
    PredictionsMissing {
        /// How many runs.
        runs: usize,
    },
    /// Runs were added after the study had started.
    RunsAdded {
        /// Why.
        because: AddedBecause,
        /// The new runs. Their positions follow those of the runs before.
        runs: Vec<RunLabel>,
    },
    /// A thread took a run.
    RunStarted {
        /// Which run.
        run: RunLabel,
        /// Epochs of the whole run.
        epochs: u32,
        /// Epochs that were done before. Training continues after them.
        done_epochs: u32,
        /// Images that an epoch trains on.
        images_per_epoch: usize,
    },
    /// A training step was done. Each run sends this at most ten times a second.
    Step {
        /// Which run.
        run: usize,
        /// From 1.
        epoch: u32,
        /// Images of this epoch that were trained on so far.
        images_done: usize,
        /// Running mean over the epoch, as trained.
        #[serde(deserialize_with = "nan_from_null")]
        loss: f64,
    },
    /// An epoch was trained, scored and stored.
    EpochDone {
        /// Which run.
        run: usize,
        /// The epoch's scores.
        record: EpochRecord,
    },
    /// A run ended by itself and is stored.
    RunDone {
        /// Which run.
        run: usize,
        /// Finished or diverged.
        status: RunStatus,
        /// The scores of a finished run.
        outcome: Option<Outcome>,
    },
    /// Another process trains a run of this share. The others continue.
    RunElsewhere {
        /// Which run.
        run: usize,
        /// The other process, as `process 12 on node3`.
        by: String,
    },
    /// A run failed. The others continue.
    RunFailed {
        /// Which run.
        run: usize,
        /// What happened, for people.
        error: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Scores, ScoresAt};

    fn label() -> RunLabel {
        RunLabel {
            index: 3,
            network: "µ \"wide\"".to_owned(),
            network_index: 1,
            seed: 2,
            status: RunStatus::Pending,
            epochs: 20,
            passes: 20.0,
            done_epochs: 4,
            epoch_cost: u64::MAX,
            is_left_out: false,
        }
    }

    fn record(val_loss: f64) -> EpochRecord {
        EpochRecord {
            epoch: 5,
            train_loss: 0.1 + 0.2,
            train_accuracy: 1.0 / 3.0,
            fit_loss: 5e-324,
            fit_accuracy: 0.9,
            val_loss,
            val_accuracy: 0.841_083_333_333_333_4,
            learning_rate: 0.001,
            seconds: 0.7,
        }
    }

    fn events() -> Vec<Event> {
        let scores = Scores { loss: 0.3, accuracy: 0.9 };
        let at = ScoresAt { epoch: 5, fit: scores, val: scores, test: scores };
        let change =
            SettingChange { key: "epochs".into(), before: "20".to_owned(), now: "30".to_owned() };
        vec![
            Event::StudyStarted { runs: vec![label(), label()] },
            Event::RunsSetAside { network: "a".to_owned(), changes: vec![change], runs: 2 },
            Event::PredictionsMissing { runs: 1 },
            Event::BudgetMeasured { networks: vec!["a".to_owned()], seconds: 0.5, steps: 9 },
            Event::Tuning { of: Box::new(Event::EpochDone { run: 3, record: record(0.5) }) },
            Event::Tuned {
                networks: vec!["a".to_owned()],
                learning_rate: 0.001,
                tried: 3,
                seeds: 2,
                is_at_an_end: true,
            },
            Event::RunsAdded { because: AddedBecause::Undecided, runs: vec![label()] },
            Event::RunStarted { run: label(), epochs: 20, done_epochs: 4, images_per_epoch: 16 },
            Event::Step { run: 3, epoch: 5, images_done: 8, loss: 0.25 },
            Event::EpochDone { run: 3, record: record(0.5) },
            Event::RunDone {
                run: 3,
                status: RunStatus::Finished,
                outcome: Some(Outcome { best: at, last: at, seconds: 7.5, inference: None }),
            },
            Event::RunDone { run: 3, status: RunStatus::Diverged, outcome: None },
            Event::RunElsewhere { run: 3, by: "process 12 on node3".to_owned() },
            Event::RunFailed { run: 3, error: "no space left".to_owned() },
        ]
    }

    #[test]
    fn every_event_reads_back_from_json() {
        for event in events() {
            let text = serde_json::to_string(&event).unwrap();
            assert!(text.starts_with("{\"event\":\""), "{text}");
            assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
        }
    }

    #[test]
    fn an_event_with_nan_reads_back_as_nan() {
        let event = Event::EpochDone { run: 0, record: record(f64::NAN) };
        let text = serde_json::to_string(&event).unwrap();
        let read: Event = serde_json::from_str(&text).unwrap();
        assert_eq!(format!("{read:?}"), format!("{event:?}"));
        let text = serde_json::to_string(&Event::Step {
            run: 0,
            epoch: 1,
            images_done: 4,
            loss: f64::INFINITY,
        });
        let read: Event = serde_json::from_str(&text.unwrap()).unwrap();
        assert!(matches!(read, Event::Step { loss, .. } if loss.is_nan()), "{read:?}");
    }
}
