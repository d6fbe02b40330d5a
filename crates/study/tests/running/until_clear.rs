//! Studies that run until clear: which runs are trained, and when further ones are asked for.

use super::*;
use fitroom_study::run_study_until_clear;

/// Runs the study at most 12 seeds. `more` gets the number of times that it was called before.
fn run_with(
    dir: &Path,
    stop_at: impl Fn(&Event) -> bool + Sync,
    more: impl Fn(usize) -> Vec<(usize, u64)>,
) -> (Result<Completion, RunError>, Vec<Event>, usize) {
    let mut study = study(TEXT);
    study.set_until_clear(Some(12)).unwrap();
    study.set_epochs(1).unwrap();
    let (events, stop) = (Mutex::new(Vec::new()), AtomicBool::new(false));
    let observer = |event: &Event| {
        events.lock().unwrap().push(event.clone());
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    let mut calls = 0;
    let result = run_study_until_clear(
        &study,
        &dataset(150, 40),
        dir,
        &RunOptions::new(2),
        &stop,
        &observer,
        &mut || {
            calls += 1;
            Ok::<_, RunError>(more(calls - 1))
        },
    );
    (result, events.into_inner().unwrap(), calls)
}

/// Seeds 6 and 7 of the first network, then seed 7 of the second, which are asked for twice.
fn three_more(calls: usize) -> Vec<(usize, u64)> {
    [vec![(0, 6), (0, 7)], vec![(0, 6), (1, 7)]].get(calls).cloned().unwrap_or_default()
}

fn added(events: &[Event]) -> Vec<Vec<(usize, &str, u64)>> {
    let added = |event| match event {
        &Event::RunsAdded { because: AddedBecause::Undecided, ref runs } => Some(
            runs.iter().map(|run| (run.index, run.network.as_str(), run.seed)).collect::<Vec<_>>(),
        ),
        _ => None,
    };
    events.iter().filter_map(added).collect()
}

#[test]
fn runs_are_added_until_none_is_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let (result, events, calls) = run_with(dir.path(), |_| false, three_more);
    assert_eq!(result.unwrap(), Completion { finished: 13, diverged: 0, pending: 0, elsewhere: 0 });
    assert_eq!(calls, 3);
    assert!(matches!(&events[0], Event::StudyStarted { runs } if runs.len() == 10));
    assert_eq!(added(&events), [vec![(10, "adam", 6), (11, "adam", 7)], vec![(12, "sgd", 7)]]);
    // Whatever has begun belongs to the study from its start.
    let (result, events, calls) = run_with(dir.path(), |_| false, three_more);
    assert_eq!((result.unwrap().finished, calls), (13, 1));
    assert_eq!((added(&events), started(&events)), (vec![], vec![]));
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!((stored.runs.len(), stored.set_aside), (24, 0));
}

#[test]
fn no_run_begins_after_a_stop() {
    let dir = tempfile::tempdir().unwrap();
    let in_first = |event: &Event| matches!(event, Event::RunStarted { run, .. } if run.index == 3);
    let (result, _, calls) = run_with(dir.path(), in_first, three_more);
    assert!(result.unwrap().pending > 0);
    assert_eq!(calls, 0, "some of the first runs are pending");
    // A stop at the very end of the last run: what is asked for next is pending.
    let ended = Mutex::new(0);
    let at_last = |event: &Event| {
        *ended.lock().unwrap() += usize::from(matches!(event, Event::RunDone { .. }));
        matches!(event, Event::RunDone { .. }) && {
            let stored = StoredStudy::open(dir.path()).unwrap().runs;
            stored.iter().filter(|run| run.outcome.is_some()).count() == 10
        }
    };
    let (result, events, calls) = run_with(dir.path(), at_last, three_more);
    assert_eq!(result.unwrap(), Completion { finished: 10, diverged: 0, pending: 2, elsewhere: 0 });
    assert_eq!((calls, added(&events).len()), (1, 1));
    assert!(started(&events).iter().all(|(_, seed, _)| *seed <= 5));
    let (result, ..) = run_with(dir.path(), |_| false, three_more);
    assert_eq!(result.unwrap().finished, 13);
}

#[test]
fn a_run_that_fails_is_not_asked_for_again() {
    let dir = tempfile::tempdir().unwrap();
    run_with(dir.path(), |_| false, |_| Vec::new()).0.unwrap();
    // Seed 6 of the first network can't be stored: its directory is removed.
    let sixth = StoredStudy::open(dir.path()).unwrap().runs[5].id.clone();
    let sixth = dir.path().join("runs").join(sixth);
    let removes = |event: &Event| {
        if matches!(event, Event::RunStarted { run, .. } if run.seed == 6) {
            fs::remove_dir_all(&sixth).unwrap();
        }
        false
    };
    let (result, events, calls) = run_with(dir.path(), removes, |_| vec![(0, 6)]);
    assert!(matches!(result, Err(RunError::Runs { failures }) if failures.len() == 1));
    assert_eq!((calls, added(&events).len()), (2, 1));
}

#[test]
fn winners_are_confirmed_on_seeds_that_no_network_may_get() {
    let sweep = "[[network]]\nname = \"rate {rate}\"\nlayers = \"\"\nsweep = { rate = [0.001, 0.03] }\n\
                 optimizer = { name = \"adam\", learning_rate = \"{rate}\" }\nepochs = 1\n";
    let mut swept = study(&format!("[training]\nvalidation = 30\nbatch_size = 16\n{sweep}"));
    swept.set_until_clear(Some(10)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let events = complete(&swept, dir.path(), 2);
    let fresh: Vec<u64> = started(&events).iter().map(|run| run.1).filter(|&s| s > 5).collect();
    assert!(fresh.len() == 10 && fresh.iter().all(|seed| (11..=20).contains(seed)), "{fresh:?}");
    let stored = StoredStudy::open(dir.path()).unwrap();
    assert_eq!((stored.confirmations[0].runs.len(), stored.set_aside), (10, 0));
}
