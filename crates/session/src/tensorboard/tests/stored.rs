//! Tests of event files of stored runs.

use std::time::{Duration, SystemTime};

use fitroom_results::Results;

use super::super::place::EventDirectories;
use super::super::run_events::RunEvents;
use super::*;
use crate::ErrorKind;

#[test]
fn stored_runs_have_the_scalars_of_epochs_csv() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train(&session);
    let export = export_tensorboard(&session.dir, None, None).unwrap();
    let out = session.dir.join("tensorboard");
    assert_eq!(export, TensorBoardExport { dir: out.clone(), runs: 4, in_use: Vec::new() });
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 8);
    let runs = read(&out);
    let results = Results::open(&session.dir).unwrap();
    for run in &results.runs {
        let read = &runs[&(results.networks[run.network].name.clone(), run.seed)];
        assert_eq!(read.status, RunStatus::Finished);
        let outcome = run.outcome.unwrap();
        let best = u64::from(outcome.best.epoch);
        let one = |number: f64| f64::from(number as f32);
        let test = BTreeMap::from([(best, one(outcome.best.test.accuracy))]);
        assert_eq!(scalars(read, "test/accuracy"), test);
        let last = BTreeMap::from([(3, one(outcome.last.test.loss))]);
        assert_eq!(scalars(read, "test/last_epoch_loss"), last);
        assert!(!scalars(read, "best/validation_accuracy").is_empty());
        assert_eq!(read.settings["layers"], Setting::text("dense 4, relu"));
        assert_eq!(read.settings["epochs"], Setting::Number(3.0));
    }
    let sgd = &runs[&("größe λ 0.1".to_owned(), 1)].settings;
    assert_eq!(sgd["optimizer.learning_rate"], Setting::Number(0.1));
    assert_eq!(sgd["optimizer.name"], Setting::text("sgd"));
    assert_eq!(sgd["penalty.l2"], Setting::Number(0.001));
    // Once more: the files are replaced.
    let before = event_files(&out);
    export_tensorboard(&session.dir, None, None).unwrap();
    let after = event_files(&out);
    assert_eq!((before.len(), after.len()), (4, 4), "{after:?}");
    assert!(before.iter().zip(&after).all(|(before, after)| before < after), "new names");
    assert!(before.iter().all(|path| fs::metadata(path).unwrap().len() == 0));
    export_tensorboard(&session.dir, None, None).unwrap();
    assert!(before.iter().all(|path| !path.exists()));
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 8);
}

#[test]
fn one_network_goes_elsewhere_and_an_unknown_one_is_a_wrong_request() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train(&session);
    let out = place.path().join("a/b");
    let export = export_tensorboard(&session.dir, Some("2"), Some(&out)).unwrap();
    assert_eq!((export.runs, read(&out).len()), (2, 2));
    assert!(!session.dir.join("tensorboard").exists());
    let error = export_tensorboard(&session.dir, Some("grösse"), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongRequest, "{error}");
    let error = export_tensorboard(place.path(), None, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongRequest, "{error}");
}

#[test]
fn confusion_matrix_and_first_layer_are_png_files() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train(&session);
    let out = export_tensorboard(&session.dir, None, None).unwrap().dir;
    for path in event_files(&out) {
        let bytes = fs::read(&path).unwrap();
        let count = |part: &[u8]| bytes.windows(part.len()).filter(|found| *found == part).count();
        assert_eq!(count(b"\x89PNG\r\n\x1a\n"), 2, "{}", path.display());
        assert_eq!((count(b"confusion_matrix"), count(b"first_layer")), (1, 1));
    }
}

#[test]
fn a_study_without_validation_has_no_validation_scores() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), &TWO.replace("validation = 16", "validation = 0"));
    train(&session);
    let out = export_tensorboard(&session.dir, None, None).unwrap().dir;
    assert_eq!(compare_with_epochs_csv(&session.dir, &out), 4 * 3 * 6);
    for run in read(&out).values() {
        let measures: Vec<&str> = run.curve.measures().iter().map(|name| &**name).collect();
        assert!(!measures.iter().any(|name| name.contains("validation")), "{measures:?}");
    }
}

#[test]
fn an_interrupted_study_has_what_is_done() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train_part(&session, 1, |_| {});
    let export = export_tensorboard(&session.dir, None, None).unwrap();
    assert!((1..4).contains(&export.runs), "{export:?}");
    compare_with_epochs_csv(&session.dir, &export.dir);
    let statuses: Vec<RunStatus> = read(&export.dir).values().map(|run| run.status).collect();
    assert!(statuses.contains(&RunStatus::Unknown), "{statuses:?}");
}

#[test]
fn a_study_of_which_nothing_is_trained_has_no_files() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    session.prepare(&mut |_| {}).unwrap();
    let export = export_tensorboard(&session.dir, None, None).unwrap();
    assert_eq!(export.runs, 0);
    assert!(!export.dir.exists());
}

#[test]
fn a_run_that_another_process_writes_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train(&session);
    let out = place.path().join("out-of-the-way");
    let names = session.study.networks.iter().map(|network| network.name.as_str());
    let held = EventDirectories::new(&out, names).take(1, 2).unwrap();
    let export = export_tensorboard(&session.dir, None, Some(&out)).unwrap();
    assert_eq!(export.runs, 3);
    let [RunInUse { network, seed: 2, by }] = &export.in_use[..] else { panic!("{export:?}") };
    assert!(network == "größe λ 0.1" && by.starts_with("process "), "{export:?}");
    drop(held);
    assert_eq!(export_tensorboard(&session.dir, None, Some(&out)).unwrap().runs, 4);
}

#[test]
#[cfg(unix)]
fn planted_links_lead_nowhere() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train(&session);
    let (out, elsewhere) = (place.path().join("events"), place.path().join("elsewhere"));
    fs::create_dir(&out).unwrap();
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, out.join("größe-λ-0-1")).unwrap();
    let error = export_tensorboard(&session.dir, None, Some(&out)).unwrap_err().to_string();
    assert!(error.contains("it is a link and not a directory"), "{error}");
    std::os::unix::fs::symlink(&elsewhere, session.dir.join("tensorboard")).unwrap();
    let error = export_tensorboard(&session.dir, None, None).unwrap_err().to_string();
    assert!(error.contains("it is a link and not a directory"), "{error}");
    assert_eq!(train_watched(&session).len(), 1);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}

#[test]
fn directories_are_readable_and_each_run_has_its_own() {
    let place = tempfile::tempdir().unwrap();
    let names = ["L1", "l1", "../../etc", "∀", "∃", "L1 2"];
    let directories = EventDirectories::new(place.path(), names.into_iter());
    (0..names.len()).for_each(|network| drop(directories.take(network, 7).unwrap()));
    let mut found: Vec<String> = fs::read_dir(place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, ["etc", "l1", "l1-2", "l1-2-2", "network", "network-2"]);
    assert!(place.path().join("l1/seed-7").is_dir());
}

#[test]
fn epochs_of_a_stored_run_are_as_far_apart_as_they_took() {
    let place = tempfile::tempdir().unwrap();
    let session = session(place.path(), TWO);
    train(&session);
    let results = Results::open(&session.dir).unwrap();
    let run = &results.runs[0];
    let times = RunEvents::of(&results).times(run);
    let ended = results.last_epoch_at(run).unwrap();
    assert_eq!((times.len(), times[3]), (4, ended));
    assert!(SystemTime::now().duration_since(ended).unwrap() < Duration::from_secs(600));
    let all: f64 = run.epochs.iter().map(|record| record.seconds).sum();
    let apart = ended.duration_since(times[0]).unwrap().as_secs_f64();
    assert!((apart - all).abs() < 1e-6, "{apart} and {all} seconds");
}
