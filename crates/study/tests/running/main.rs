//! Runs studies on small images, to their end or not: their results, their files and their events.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use fitroom_study::{
    AddedBecause, Completion, Event, RunError, RunLabel, RunOptions, RunStatus, SettingChange,
    StoreError, StoredRun, StoredStudy, Study, StudyError, Weights, run_study,
};
use test_data::{dataset, study};

mod budgets;
mod damage;
mod faults;
mod going_on;
mod left_out;
mod many_shares;
mod predictions;
mod shares;
mod sweeps;
mod tuning;
mod until_clear;

// The same as in the crate's own tests.
#[path = "../../src/test_data.rs"]
mod test_data;

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 16\nepochs = 4\n\
                    [[network]]\nname = \"adam\"\nlayers = \"dense 16, batchnorm, relu, dropout 0.2\"\n\
                    [[network]]\nname = \"sgd\"\nlayers = \"conv 3 3x3, batchnorm, relu, maxpool 2x2, flatten\"\nvs = \"adam\"\n\
                    optimizer = { name = \"sgd\", learning_rate = 0.05, momentum = 0.9 }\n\
                    schedule = { name = \"cosine\", warmup_epochs = 0.5 }\n";

/// Runs the study, and stops it after an event for which `stop_at` is true. Returns all events.
fn run(
    study: &Study,
    dir: &Path,
    threads: usize,
    stop_at: impl Fn(&Event) -> bool + Sync,
) -> (Result<Completion, RunError>, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    let observer = |event: &Event| {
        events.lock().unwrap().push(event.clone());
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    let result =
        run_study(study, &dataset(150, 40), dir, &RunOptions::new(threads), &stop, &observer);
    (result, events.into_inner().unwrap())
}

/// The study with only this network and one seed.
fn one_run(network: &str) -> Study {
    let mut study = study(TEXT);
    study.only(&[network.to_owned()]).unwrap();
    study.set_seeds(1).unwrap();
    study
}

/// For [`run`]: stops after this epoch of any run.
fn after_epoch(epoch: u32) -> impl Fn(&Event) -> bool + Sync {
    move |event| matches!(event, Event::EpochDone { record, .. } if record.epoch == epoch)
}

fn complete(study: &Study, dir: &Path, threads: usize) -> Vec<Event> {
    let (result, events) = run(study, dir, threads, |_| false);
    assert_eq!(result.unwrap().pending, 0);
    events
}

/// The study's runs with all times set to 0, and the files of their weights and predictions.
fn results(dir: &Path) -> (Vec<StoredRun>, Vec<Vec<u8>>) {
    let mut runs = StoredStudy::open(dir).unwrap().runs;
    for run in &mut runs {
        run.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
        run.outcome.iter_mut().for_each(|outcome| *outcome = outcome.timeless());
    }
    let files = runs.iter().flat_map(|run| {
        ["best.safetensors", "last.safetensors", "checkpoint.safetensors", "predictions.csv"]
            .map(|name| dir.join(format!("runs/{}/{name}", run.id)))
    });
    let files = files.map(|file| fs::read(file).unwrap()).collect();
    (runs, files)
}

fn started(events: &[Event]) -> Vec<(String, u64, u32)> {
    let started = |event: &Event| match event {
        Event::RunStarted { run, done_epochs, .. } => {
            Some((run.network.clone(), run.seed, *done_epochs))
        }
        _ => None,
    };
    events.iter().filter_map(started).collect()
}

#[test]
fn threads_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let at = |threads: usize| dir.path().join(threads.to_string());
    let one = at(1);
    complete(&study(TEXT), &one, 1);
    // Of 3 threads, the last run gets all. Of 9 threads, each of the four runs gets 2 or 3 from the
    // start.
    for threads in [2, 3, 9] {
        complete(&study(TEXT), &at(threads), threads);
        assert_eq!(results(&at(threads)), results(&one), "{threads} threads");
    }
    let stored = StoredStudy::open(&one).unwrap();
    let order: Vec<_> = stored.runs.iter().map(|run| (run.network, run.seed)).collect();
    assert_eq!(order, [(0, 1), (0, 2), (1, 1), (1, 2)]);
    assert!(
        stored.runs.iter().all(|run| run.status == RunStatus::Finished && run.outcome.is_some())
    );
    // Another seed is another run.
    assert_ne!(stored.runs[0].epochs[3].fit_loss, stored.runs[1].epochs[3].fit_loss);
}

#[test]
fn threads_that_share_a_run_change_nothing() {
    // The networks are so wide that every step is divided among threads.
    let wide = "seeds = 1\n[training]\nvalidation = 30\nbatch_size = 64\nepochs = 3\npenalty = { l1 = 0.001 }\n\
                [[network]]\nname = \"dense\"\nlayers = \"dense 1024, batchnorm, relu, dropout 0.2, dense 256, tanh\"\n\
                [[network]]\nname = \"conv\"\nlayers = \"conv 32 3x3 pad 1, batchnorm, gelu, maxpool 2x2, flatten\"\n";
    let dir = tempfile::tempdir().unwrap();
    let at = |threads: usize| dir.path().join(threads.to_string());
    complete(&study(wide), &at(1), 1);
    for threads in [2, 3, 5] {
        complete(&study(wide), &at(threads), threads);
        assert_eq!(results(&at(threads)), results(&at(1)), "{threads} threads");
    }
}

#[test]
fn each_run_sends_events_of_its_steps_epochs_and_end() {
    let dir = tempfile::tempdir().unwrap();
    let events = complete(&study(TEXT), dir.path(), 1);
    for index in 0..4 {
        let steps = events
            .iter()
            .filter(|event| matches!(event, Event::Step { run, epoch: 1, images_done: 16, .. } if *run == index));
        assert_eq!(steps.count(), 1);
        let epochs = events
            .iter()
            .filter(|event| matches!(event, Event::EpochDone { run, .. } if *run == index));
        assert_eq!(epochs.count(), 4);
        let ends = events.iter().filter(
            |event| matches!(event, Event::RunDone { run, outcome: Some(_), .. } if *run == index),
        );
        assert_eq!(ends.count(), 1);
    }
    assert!(
        events.iter().any(|event| matches!(
            event,
            Event::RunStarted { images_per_epoch: 120, epochs: 4, .. }
        ))
    );
}

#[test]
fn networks_that_differ_in_name_alone_are_trained_once() {
    let dir = tempfile::tempdir().unwrap();
    let network = "[[network]]\nname = \"NAME\"\nlayers = \"dense 4\"\nepochs = 2\n";
    let twice = ["a", "b"].map(|name| network.replace("NAME", name)).concat();
    let study = study(&format!("[training]\nvalidation = 30\n{twice}"));
    let events = complete(&study, dir.path(), 2);
    assert_eq!(started(&events).len(), 1);
    let ended = events
        .iter()
        .filter_map(|event| if let Event::RunDone { run, .. } = event { Some(*run) } else { None });
    assert_eq!(ended.collect::<Vec<_>>(), [0, 1]);
    let [a, b] = <[_; 2]>::try_from(StoredStudy::open(dir.path()).unwrap().runs).unwrap();
    assert_eq!((a.id, a.epochs, a.outcome), (b.id, b.epochs, b.outcome));
}
