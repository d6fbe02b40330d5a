//! Tests of event files of runs that are trained; those of stored runs are in `stored`. They are read by
//! the reader of `fitroom judge`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use fitroom_import::{ImportedRun, RunStatus, Setting, read_tensorboard};
use fitroom_study::{Event, RunOptions, Study};

use super::run_events::EPOCH_TAGS;
use super::*;
use crate::test_data::dataset;
use crate::{Session, SessionControl, SessionError, SessionEvent};

mod stored;

const TWO: &str = r#"
    name     = "two"
    seeds    = 2
    training = { epochs = 3, batch_size = 8, validation = 16 }
    [[network]]
    name   = "Größe / λ=0.1"
    layers = "dense 4, relu"
    [[network]]
    name      = "größe λ 0.1"
    layers    = "dense 4, relu"
    penalty   = { l2 = 0.001 }
    optimizer = { name = "sgd", learning_rate = 0.1 }
"#;

fn session(dir: &Path, text: &str) -> Session {
    let path = dir.join("asked.toml");
    fs::write(&path, text).unwrap();
    let study = Study::find(&path.display().to_string()).unwrap();
    let (dir, run_options) = (dir.join("out"), RunOptions::new(2));
    Session { study, dataset: dataset(), dir, margin: 0.005, run_options }
}

fn train(session: &Session) {
    session.train(&SessionControl::default(), &mut |_| {}).unwrap().runs.unwrap();
}

/// Stops the training after this many epochs. `watch` gets all events.
fn train_part(session: &Session, epochs: usize, mut watch: impl FnMut(&SessionEvent) + Send) {
    let (control, mut done) = (SessionControl::default(), 0);
    let outcome = session.train(&control, &mut |event| {
        watch(event);
        if let SessionEvent::Study { event: Event::EpochDone { .. }, .. } = event {
            done += 1;
            if done == epochs {
                control.interrupt();
            }
        }
    });
    assert!(outcome.unwrap().runs.unwrap().pending > 0);
}

/// Trains with a log, and returns its warnings.
fn train_with_log(session: &Session, train: impl FnOnce(&TensorBoardLog)) -> Vec<String> {
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let said = Arc::clone(&warnings);
    let warn = move |error: &SessionError| said.lock().unwrap().push(error.to_string());
    let log = TensorBoardLog::begin(&session.dir, warn).unwrap();
    train(&log);
    log.finish();
    let warnings = warnings.lock().unwrap();
    warnings.clone()
}

fn train_watched(session: &Session) -> Vec<String> {
    train_with_log(session, |log| {
        let outcome = session.train(&SessionControl::default(), &mut |event| log.note(event));
        outcome.unwrap().runs.unwrap();
    })
}

/// The runs that TensorBoard's files hold, by network and seed.
fn read(out: &Path) -> BTreeMap<(String, u64), ImportedRun> {
    let imported = read_tensorboard(out).unwrap();
    let text = |run: &ImportedRun| match &run.settings["network"] {
        Setting::Text(name) => name.to_string(),
        other @ (Setting::Number(_) | Setting::Bool(_)) => panic!("{other:?}"),
    };
    let runs = imported.runs.into_iter();
    let runs: BTreeMap<_, _> = runs.map(|run| ((text(&run), run.seed.unwrap()), run)).collect();
    for run in runs.values() {
        assert!(run.notes.is_empty(), "nothing is repeated: {:?}", run.notes);
    }
    runs
}

/// The values of a run's tag, by step.
fn scalars(run: &ImportedRun, tag: &str) -> BTreeMap<u64, f64> {
    run.curve.values(tag).filter_map(|(row, value)| Some((row.step?, value))).collect()
}

/// Compares the scalars with `epochs.csv`, as numbers of 32 bits. Returns how many there are.
fn compare_with_epochs_csv(dir: &Path, out: &Path) -> usize {
    let columns = [
        "train_loss",
        "train_accuracy",
        "fit_loss",
        "fit_accuracy",
        "val_loss",
        "val_accuracy",
        "learning_rate",
        "seconds",
    ];
    let runs = read(out);
    let text = fs::read_to_string(dir.join("epochs.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    assert_eq!(header[3..], columns);
    let mut expected = BTreeMap::new();
    for cells in lines {
        let run = (cells[0].to_owned(), cells[1].parse().unwrap());
        for (tag, cell) in EPOCH_TAGS.into_iter().zip(&cells[3..]) {
            if let Ok(number) = cell.parse::<f64>() {
                let step: u64 = cells[2].parse().unwrap();
                expected.insert((run.clone(), tag, step), f64::from(number as f32));
            }
        }
    }
    let mut found = BTreeMap::new();
    for (name, run) in &runs {
        for tag in EPOCH_TAGS {
            for (step, value) in scalars(run, tag) {
                found.insert((name.clone(), tag, step), value);
            }
        }
    }
    assert_eq!(found, expected);
    found.len()
}

/// The event files that are not empty. No directory has more than one empty file, and no other file.
fn event_files(out: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for network in fs::read_dir(out).unwrap() {
        for run in fs::read_dir(network.unwrap().path()).unwrap() {
            let all = fs::read_dir(run.unwrap().path()).unwrap().map(|file| file.unwrap().path());
            let is_full = |path: &PathBuf| fs::metadata(path).unwrap().len() > 0;
            let (full, empty): (Vec<PathBuf>, Vec<PathBuf>) = all.partition(is_full);
            assert!(full.len() == 1 && empty.len() <= 1, "{full:?} and {empty:?}");
            files.extend(full);
        }
    }
    files.sort();
    files
}

#[test]
fn a_diverged_run_has_its_epochs_and_failed() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), &TWO.replace("= 0.1 }", "= 1e30 }"));
    assert_eq!(train_watched(&session), [] as [&str; 0]);
    let out = session.dir.join("tensorboard");
    let files = event_files(&out);
    assert_eq!(files.len(), 4);
    let failed = files.iter().filter(|path| {
        let bytes = fs::read(path).unwrap();
        let status = b"\x22\x0b\x08\x02"; // session_end_info, whose status is a failure.
        bytes.windows(status.len()).any(|found| found == status)
    });
    assert_eq!(failed.count(), 2);
    let written: Vec<Vec<u8>> = files.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(written.iter().all(|bytes| bytes.windows(8).any(|word| word == b"_hparams")));
    assert_eq!(export_tensorboard(&session.dir, None, None).unwrap().runs, 4);
    compare_with_epochs_csv(&session.dir, &out);
}

#[test]
fn a_study_that_is_trained_has_the_same_files_as_a_stored_one() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    assert_eq!(train_watched(&session), [] as [&str; 0]);
    let live = session.dir.join("tensorboard");
    assert_eq!(compare_with_epochs_csv(&session.dir, &live), 4 * 3 * 8);
    let stored = place.path().join("stored");
    export_tensorboard(&session.dir, None, Some(&stored)).unwrap();
    assert_eq!(event_files(&live).len(), 4);
    for (path, run) in read(&live) {
        let same = &read(&stored)[&path];
        assert_eq!(
            (&run.curve, &run.settings, run.status),
            (&same.curve, &same.settings, same.status)
        );
    }
}

#[test]
fn a_run_that_goes_on_has_each_epoch_once() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    for epochs in [1, 2, 3] {
        let warnings = train_with_log(&session, |log| {
            train_part(&session, epochs, |event| log.note(event));
        });
        assert_eq!(warnings, [] as [&str; 0]);
        compare_with_epochs_csv(&session.dir, &session.dir.join("tensorboard"));
    }
    assert_eq!(train_watched(&session), [] as [&str; 0]);
    let out = session.dir.join("tensorboard");
    assert_eq!(event_files(&out).len(), 4);
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 8);
    assert!(read(&out).values().all(|run| run.status == RunStatus::Finished));
}

#[test]
fn runs_that_ended_without_a_log_get_their_files_later() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train_with_log(&session, |log| train_part(&session, 1, |event| log.note(event)));
    train(&session);
    let out = session.dir.join("tensorboard");
    assert!(read(&out).values().any(|run| run.status != RunStatus::Finished));
    // Nothing is left to train.
    assert_eq!(train_watched(&session), [] as [&str; 0]);
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 8);
    let files = event_files(&out);
    assert_eq!(train_watched(&session), [] as [&str; 0]);
    assert_eq!(event_files(&out), files, "whole files stay as they are");
}

#[test]
fn files_that_a_kill_left_are_replaced() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train_with_log(&session, |log| train_part(&session, 1, |event| log.note(event)));
    let out = session.dir.join("tensorboard");
    let first = event_files(&out).remove(0);
    let bytes = fs::read(&first).unwrap();
    fs::write(&first, &bytes[..bytes.len() - 7]).unwrap();
    let run = first.parent().unwrap();
    fs::write(run.join("events.Xy12ab.partial"), "half").unwrap();
    fs::write(run.join("lock"), "process 7 on nowhere").unwrap();
    fs::write(run.join("events.out.tfevents.1.mine.1.0"), &bytes).unwrap();
    assert_eq!(train_watched(&session), [] as [&str; 0]);
    assert!(fs::metadata(&first).unwrap().len() == 0 && !run.join("lock").exists());
    assert!(!run.join("events.Xy12ab.partial").exists());
    let mine = run.join("events.out.tfevents.1.mine.1.0");
    assert_eq!(fs::read(&mine).unwrap(), bytes, "files of other programs stay");
    fs::remove_file(mine).unwrap();
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 8);
}

#[test]
fn a_directory_that_cannot_be_written_is_one_warning_and_stops_no_training() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    session.prepare(&mut |_| {}).unwrap();
    fs::write(session.dir.join("tensorboard"), "a file").unwrap();
    let warnings = train_watched(&session);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].contains("tensorboard") && warnings[0].contains("\nhint: "),
        "{warnings:?}"
    );
    let error = export_tensorboard(&session.dir, None, None).unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::WorkFailed, "{error}");
    fs::remove_file(session.dir.join("tensorboard")).unwrap();
    let out = export_tensorboard(&session.dir, None, None).unwrap().dir;
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 8);
}
