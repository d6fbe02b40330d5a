//! Where runs stand: computed by hand, and read while locks are held and files are damaged.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::StoredStudy;
use crate::file_names::{FAILURE, RUNS};
use crate::run_lock::RunLock;
use crate::test_data::{dataset, study};
use crate::{Event, RunOptions, run_study};

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 30\nepochs = 3\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 8, relu\"\n\
                    [[network]]\nname = \"b\"\nlayers = \"dense 9\"\nvs = \"a\"\n";

fn run(network: &str, state: RunState, done_epochs: u32, epoch_cost: u64) -> RunStanding {
    RunStanding {
        network: network.to_owned(),
        seed: 1,
        state,
        host: None,
        done_epochs,
        epochs: 10,
        passes: 10.0,
        epoch_cost,
    }
}

fn work_left(runs: Vec<RunStanding>) -> (Option<f64>, Option<f64>) {
    let standing = StudyStanding { study: "test".to_owned(), dataset: "test".to_owned(), runs };
    let WorkLeft { core_seconds, seconds } = standing.work_left();
    (core_seconds, seconds)
}

#[test]
fn the_work_left_is_that_of_the_runs_which_have_not_ended() {
    let finished = |seconds| RunState::Finished { seconds };
    let running = || RunState::Running { by: "process 1 on a".to_owned() };
    let failed = || RunState::Failed { error: "no space left".to_owned() };
    assert_eq!(work_left(vec![]), (Some(0.0), Some(0.0)));
    let waiting = || run("a", RunState::Waiting, 0, 5);
    assert_eq!(work_left(vec![waiting()]), (None, None), "no run has finished");
    let diverged = || run("a", RunState::Diverged, 0, 5);
    assert_eq!(work_left(vec![diverged(), waiting()]), (None, None));
    assert_eq!(work_left(vec![diverged()]), (Some(0.0), Some(0.0)));
    // Two runs of `a` took 40 seconds on average. A run of `b` costs twice as much, and of the ten epochs
    // of its first run, four are done.
    let mut runs = vec![
        run("a", finished(30.0), 0, 5),
        run("a", finished(50.0), 0, 5),
        diverged(),
        run("a", RunState::Waiting, 5, 5),
        run("b", failed(), 4, 10),
    ];
    assert_eq!(work_left(runs.clone()), (Some(20.0 + 48.0), None), "none is trained");
    runs.push(run("a", running(), 9, 5));
    let (core_seconds, seconds) = work_left(runs.clone());
    assert!((core_seconds.unwrap() - 72.0).abs() < 1e-9, "{core_seconds:?}");
    assert!((seconds.unwrap() - 72.0).abs() < 1e-9, "one is trained at a time: {seconds:?}");
    // Three at a time would end after 112 / 3 seconds, but the failed run takes 48.
    runs.extend([run("a", running(), 5, 5), run("a", running(), 5, 5)]);
    let (core_seconds, seconds) = work_left(runs);
    assert!((core_seconds.unwrap() - 112.0).abs() < 1e-9, "{core_seconds:?}");
    assert!((seconds.unwrap() - 48.0).abs() < 1e-9, "{seconds:?}");
}

/// Trains the study until an event for which `stop_at` is true.
fn train(study: &Study, dir: &Path, stop_at: impl Fn(&Event) -> bool + Sync) {
    let stop = AtomicBool::new(false);
    let observer = |event: &Event| {
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    run_study(study, &dataset(150, 40), dir, &RunOptions::new(1), &stop, &observer).unwrap();
}

fn is_second_epoch(event: &Event) -> bool {
    matches!(event, Event::EpochDone { record, .. } if record.epoch == 2)
}

#[test]
fn a_lock_that_is_held_is_a_run_that_is_trained_and_one_that_a_kill_left_is_not() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    train(&study(TEXT), dir, is_second_epoch);
    let first = || StudyStanding::read(dir).unwrap().runs.swap_remove(0);
    let host = crate::Host::name_of_this_machine();
    let begun = first();
    assert_eq!((&begun.state, begun.done_epochs), (&RunState::Waiting, 2));
    assert_eq!(begun.host.as_deref(), Some(&*host));
    let run = dir.join(RUNS).join(StoredStudy::open(dir).unwrap().runs.remove(0).id);
    fs::write(run.join(LOCK_FILE), "process 1 on a node that died\n").unwrap();
    assert_eq!(first(), begun, "a killed process's file");
    let lock = RunLock::take(&run).unwrap().unwrap();
    let trained = first();
    let by = format!("process {} on {host}", std::process::id());
    assert_eq!((trained.state, trained.done_epochs), (RunState::Running { by }, 2));
    assert_eq!(trained.host, Some(host));
    drop(lock);
    assert_eq!(first(), begun);
}

#[test]
fn a_reason_why_a_run_failed_counts_until_it_is_trained_and_only_whole() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path();
    train(&study(TEXT), dir, is_second_epoch);
    let first = || StudyStanding::read(dir).unwrap().runs.swap_remove(0).state;
    let run = dir.join(RUNS).join(StoredStudy::open(dir).unwrap().runs.remove(0).id);
    let error = StoreError::damaged(&run.join("run.json"), "a test says so");
    RunProblem::note(&run, &error.into());
    assert!(matches!(first(), RunState::Failed { error } if error.contains("a test says so")));
    let whole = fs::read(run.join(FAILURE)).unwrap();
    for damage in [&whole[..whole.len() / 2], b"", b"{}", b"\xff", &whole.repeat(2)] {
        fs::write(run.join(FAILURE), damage).unwrap();
        assert_eq!(first(), RunState::Waiting, "{}", String::from_utf8_lossy(damage));
        assert_eq!(StoredStudy::open(dir).unwrap().runs[0].epochs.len(), 2, "it decides nothing");
    }
    fs::write(run.join(FAILURE), whole).unwrap();
    let lock = RunLock::take(&run).unwrap().unwrap();
    assert!(matches!(first(), RunState::Running { .. }), "it is tried again");
    drop(lock);
    train(&study(TEXT), dir, |_| false);
    assert!(matches!(first(), RunState::Finished { seconds } if seconds > 0.0));
    assert!(!run.join(FAILURE).exists());
}

#[test]
fn runs_that_diverged_have_ended() {
    let place = tempfile::tempdir().unwrap();
    let text = TEXT.replace(
        "layers = \"dense 9\"",
        "layers = \"dense 9\"\noptimizer = { name = \"sgd\", learning_rate = 1e30 }",
    );
    train(&study(&text), place.path(), |_| false);
    let runs = StudyStanding::read(place.path()).unwrap().runs;
    let diverged = |run: &RunStanding| run.state == RunState::Diverged;
    assert_eq!(runs.iter().map(diverged).collect::<Vec<_>>(), [false, false, true, true]);
    assert!(runs.iter().all(|run| run.has_ended() && run.host.is_some()));
}

#[test]
fn of_a_study_that_runs_until_clear_only_known_runs_are_told() {
    let place = tempfile::tempdir().unwrap();
    let mut study = study(TEXT);
    study.set_until_clear(Some(12)).unwrap();
    train(&study, place.path(), |event| matches!(event, Event::StudyStarted { .. }));
    let runs = || StudyStanding::read(place.path()).unwrap().runs;
    let seeds = |runs: &[RunStanding]| runs.iter().map(|run| run.seed).collect::<Vec<_>>();
    assert_eq!(seeds(&runs()), [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    train(&study, place.path(), |_| false);
    assert_eq!(work_left(runs()), (Some(0.0), Some(0.0)));
    // The eighth seed of `a` has begun.
    let eighth = StoredStudy::open(place.path()).unwrap().runs.swap_remove(7).id;
    let lock = RunLock::take(&place.path().join(RUNS).join(eighth)).unwrap().unwrap();
    assert_eq!(seeds(&runs()), [1, 2, 3, 4, 5, 8, 1, 2, 3, 4, 5]);
    drop(lock);
}
