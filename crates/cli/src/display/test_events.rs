//! Events of a small study for tests.

use fitroom_session::study::{EpochRecord, Event, Outcome, RunLabel, RunStatus, Scores, ScoresAt};

fn label(index: usize, network: &str, network_index: usize, seed: u64) -> RunLabel {
    RunLabel {
        index,
        network: network.to_owned(),
        network_index,
        seed,
        status: RunStatus::Pending,
        epochs: 4,
        passes: 4.0,
        done_epochs: 0,
        epoch_cost: [10, 30][network_index],
        is_left_out: false,
    }
}

/// Two networks over two seeds. No epoch is done. An epoch of the second network costs three times
/// as much as one of the first.
pub fn four_runs() -> Vec<RunLabel> {
    vec![label(0, "L1", 0, 1), label(1, "L1", 0, 2), label(2, "wide", 1, 1), label(3, "wide", 1, 2)]
}

pub fn started(run: &RunLabel, done_epochs: u32) -> Event {
    let run = run.clone();
    Event::RunStarted { epochs: run.epochs, run, done_epochs, images_per_epoch: 1000 }
}

pub fn epoch_done(run: usize, epoch: u32, seconds: f64) -> Event {
    let record = EpochRecord {
        epoch,
        train_loss: 1.5604,
        train_accuracy: 0.8,
        fit_loss: 0.5,
        fit_accuracy: 0.81,
        val_loss: 0.6,
        val_accuracy: 0.8794,
        learning_rate: 0.001,
        seconds,
    };
    Event::EpochDone { run, record }
}

pub fn finished(run: usize) -> Event {
    let scores = |accuracy| Scores { loss: 0.4, accuracy };
    let at = ScoresAt { epoch: 3, fit: scores(0.91), val: scores(0.8794), test: scores(0.8721) };
    let outcome = Outcome { best: at, last: at, seconds: 31.4, inference: None };
    Event::RunDone { run, status: RunStatus::Finished, outcome: Some(outcome) }
}
