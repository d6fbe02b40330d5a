//! The events that a session sends to its front end.

use std::path::PathBuf;

use fitroom_study::Event;
use serde::{Deserialize, Serialize};

use crate::RunName;

/// Something that happened in a session.
///
/// Each event is plain data and becomes one line of JSON. The key `event` names the kind of event,
/// for the study's own events too:
/// ```json
/// {"event":"download","file":"t10k-labels-idx1-ubyte.gz","bytes_done":2048,"bytes_total":5148}
/// {"event":"step","run":0,"epoch":1,"images_done":640,"loss":1.25,"seconds_left":31.5,"part_done":0.2}
/// {"event":"report_written","path":"fitroom-out/report-fashion-mnist/report.html"}
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SessionEvent {
    /// A part of a data set's file was downloaded.
    Download {
        /// The file's name.
        file: String,
        /// Bytes that have arrived.
        bytes_done: u64,
        /// Bytes of the whole file, if they are known.
        bytes_total: Option<u64>,
    },
    /// The study names no data set and Fashion-MNIST is not available, so another one replaces it.
    DatasetSubstituted {
        /// The title of the data set that is used.
        title: String,
        /// Why Fashion-MNIST is not available.
        reason: String,
    },
    /// The data of a study that begins has something that its user should know.
    DataWarnings {
        /// Sentences without a full stop.
        warnings: Vec<String>,
    },
    /// The report was written, with all runs that have ended by now.
    ReportWritten {
        /// The HTML page.
        path: PathBuf,
    },
    /// The report could not be written after a run. The session tries again after the next run and
    /// at its end; if the last attempt fails, its outcome says so.
    ReportFailed {
        /// The error as a text for people.
        error: String,
    },
    /// All runs so far have ended in a study that runs until clear. The results were looked at, and
    /// the open comparisons get one more seed each.
    SeedsAdded {
        /// How many seeds were looked at.
        seeds: usize,
        /// How many runs are added. 0: the study ends, and what waits stays undecided.
        runs: usize,
        /// The comparisons that are open, in the study's order.
        waiting: Vec<Waiting>,
        /// The comparisons that are decided, in the study's order.
        decided: Vec<Decided>,
    },
    /// The study was asked to pause, and trains nothing any more. Its time left is that of the last
    /// event.
    Paused,
    /// The study goes on after a pause. As after each action, [`Event::StudyStarted`] follows, and
    /// indices of runs may be others than before.
    WentOn,
    /// A run was stopped, and the others go on. It is pending, and [left
    /// out](fitroom_study::RunOptions::left_out).
    RunStopped(RunName),
    /// A run that was stopped goes on.
    RunContinued(RunName),
    /// More seeds were asked for, and the study has them now.
    SeedsAsked {
        /// How many seeds every network was to have, or the most that it could get in a study that
        /// runs until clear.
        from: u32,
        /// How many it is now.
        to: u32,
        /// Whether the number of seeds was declared before and no longer counts as declared, since
        /// results could be looked at. Verdicts come from the sequential test from now on.
        was_declared: bool,
    },
    /// All is trained, or nothing more can be. The session goes on after the next action.
    Rests {
        /// How many runs have not ended. They were stopped, or could not be trained.
        pending: usize,
    },
    /// Nothing could be trained after an action. If it added seeds, these are taken back, and the
    /// study goes on without them. Otherwise the next action tries again.
    CannotTrain {
        /// The error as a text for people.
        error: String,
    },
    /// Something happened in the study that is being trained.
    #[serde(untagged)]
    Study {
        /// What happened.
        #[serde(flatten)]
        event: Event,
        /// How much is left to do after it.
        #[serde(flatten)]
        time: TimeLeft,
    },
}

/// A comparison that is undecided so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The network's name.
    pub network: String,
    /// The baseline's name.
    pub baseline: String,
    /// How many seeds were looked at.
    pub seeds: usize,
    /// About how many more seeds decide it, if differences go on as so far. `None` if it does not
    /// become clearer.
    pub seeds_to_go: Option<usize>,
}

/// A comparison that is decided, and stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The network's name.
    pub network: String,
    /// The baseline's name.
    pub baseline: String,
    /// `better`, `worse` or `equivalent`: see [`Verdict::name`](fitroom_stats::Verdict::name).
    pub verdict: String,
    /// The number of seeds after which it was decided.
    pub seeds: usize,
}

/// How much of a study is left to do. If it runs until clear, of the runs that are planned so far.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeLeft {
    /// Estimated seconds; `None` until this session has trained an epoch.
    pub seconds_left: Option<f64>,
    /// Fraction of all work that is done, weighted by estimated cost: from 0 to 1.
    pub part_done: f64,
}

/// Receives the events of a session. A session calls it from several threads, but never from two
/// at once.
pub type Observer<'a> = dyn FnMut(&SessionEvent) + Send + 'a;

#[cfg(test)]
mod tests {
    use fitroom_study::{
        AddedBecause, EpochRecord, Outcome, RunLabel, RunStatus, Scores, ScoresAt, SettingChange,
    };

    use super::*;

    fn study_event(event: Event) -> SessionEvent {
        SessionEvent::Study { event, time: TimeLeft { seconds_left: Some(0.1), part_done: 0.3 } }
    }

    /// One event of each kind.
    fn events() -> Vec<SessionEvent> {
        let label = RunLabel {
            index: 0,
            network: "a \"quoted\" name".into(),
            network_index: 0,
            seed: u64::MAX,
            status: RunStatus::Pending,
            epochs: 4,
            passes: 4.0,
            done_epochs: 1,
            epoch_cost: u64::MAX,
            is_left_out: true,
        };
        let record = EpochRecord {
            epoch: 2,
            train_loss: 1.0 / 3.0,
            train_accuracy: 0.8,
            fit_loss: 0.1 + 0.2,
            fit_accuracy: 0.81,
            val_loss: 0.6,
            val_accuracy: 0.841_083_333_333_333_4,
            learning_rate: 0.001,
            seconds: 0.25,
        };
        let scores = Scores { loss: 0.4, accuracy: 0.9 };
        let at = ScoresAt { epoch: 3, fit: scores, val: scores, test: scores };
        let outcome = Outcome { best: at, last: at, seconds: 31.4, inference: None };
        let change = SettingChange { key: "epochs".into(), before: "20".into(), now: "30".into() };
        let study_events = [
            Event::StudyStarted { runs: vec![label.clone()] },
            Event::SeedsLowered { from: 500, to: 7 },
            Event::RunsSetAside { network: "L1".into(), changes: vec![change], runs: 2 },
            Event::PredictionsMissing { runs: 3 },
            Event::BudgetMeasured { networks: vec!["a".into()], seconds: 0.5, steps: 9 },
            Event::Tuning { of: Box::new(Event::StudyStarted { runs: vec![label.clone()] }) },
            Event::Tuned {
                networks: vec!["a".into()],
                learning_rate: 0.001,
                tried: 3,
                seeds: 2,
                is_at_an_end: false,
            },
            Event::RunsAdded { because: AddedBecause::Confirmation, runs: Vec::new() },
            Event::RunStarted { run: label, epochs: 4, done_epochs: 1, images_per_epoch: 1000 },
            Event::Step { run: 0, epoch: 2, images_done: 640, loss: 1.25 },
            Event::EpochDone { run: 0, record },
            Event::RunDone { run: 0, status: RunStatus::Finished, outcome: Some(outcome) },
            Event::RunDone { run: 0, status: RunStatus::Diverged, outcome: None },
            Event::RunFailed { run: 0, error: "disk full\nhint: make room".into() },
            Event::RunElsewhere { run: 0, by: "process 12 on node3".into() },
        ];
        let file = "images.gz".to_owned();
        let run = RunName { network: "L1".into(), network_index: 1, seed: u64::MAX };
        let mut events = vec![
            SessionEvent::Download { file: file.clone(), bytes_done: 7, bytes_total: Some(9) },
            SessionEvent::Download { file, bytes_done: 7, bytes_total: None },
            SessionEvent::DatasetSubstituted { title: "drawn".into(), reason: "offline".into() },
            SessionEvent::DataWarnings { warnings: vec!["one class".into()] },
            SessionEvent::ReportWritten { path: "out/report.html".into() },
            SessionEvent::ReportFailed { error: "disk full".into() },
            SessionEvent::SeedsAdded {
                seeds: 7,
                runs: 2,
                waiting: vec![
                    Waiting {
                        network: "L1".into(),
                        baseline: "plain".into(),
                        seeds: 7,
                        seeds_to_go: Some(4),
                    },
                    Waiting {
                        network: "L2".into(),
                        baseline: "plain".into(),
                        seeds: 7,
                        seeds_to_go: None,
                    },
                ],
                decided: vec![Decided {
                    network: "wide".into(),
                    baseline: "plain".into(),
                    verdict: "better".into(),
                    seeds: 5,
                }],
            },
            SessionEvent::Paused,
            SessionEvent::WentOn,
            SessionEvent::RunStopped(run.clone()),
            SessionEvent::RunContinued(run),
            SessionEvent::SeedsAsked { from: 5, to: 8, was_declared: true },
            SessionEvent::Rests { pending: 1 },
            SessionEvent::CannotTrain { error: "disk full".into() },
            SessionEvent::Study {
                event: Event::PredictionsMissing { runs: 1 },
                time: TimeLeft { seconds_left: None, part_done: 0.0 },
            },
        ];
        events.extend(study_events.map(study_event));
        events
    }

    #[test]
    fn each_event_is_a_line_of_json_and_is_read_back() {
        for event in events() {
            let line = serde_json::to_string(&event).unwrap();
            // An event of tuning holds one of a study.
            let held = usize::from(line.contains("\"event\":\"tuning\""));
            let events = line.matches("\"event\":").count();
            assert!(!line.contains('\n') && events == 1 + held, "{line}");
            assert_eq!(serde_json::from_str::<SessionEvent>(&line).unwrap(), event, "{line}");
        }
    }

    #[test]
    fn a_loss_that_is_no_number_is_null() {
        let step = Event::Step { run: 0, epoch: 1, images_done: 64, loss: f64::NAN };
        let line = serde_json::to_string(&study_event(step)).unwrap();
        assert_eq!(
            line,
            r#"{"event":"step","run":0,"epoch":1,"images_done":64,"loss":null,"seconds_left":0.1,"part_done":0.3}"#
        );
        let read: SessionEvent = serde_json::from_str(&line).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), line);
    }
}
