//! Runs that are left out: they are planned and pending, and change nothing for the other runs.

use std::collections::BTreeSet;

use fitroom_study::run_study_until_clear;

use super::*;

/// Runs the study without some of its runs. Each call asks for `more`.
fn run_without(
    study: &Study,
    dir: &Path,
    left_out: &[(usize, u64)],
    more: &[(usize, u64)],
) -> (Completion, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let left_out = left_out.iter().copied().collect::<BTreeSet<_>>();
    let completion = run_study_until_clear(
        study,
        &dataset(150, 40),
        dir,
        &RunOptions { left_out, ..RunOptions::new(2) },
        &AtomicBool::new(false),
        &|event| events.lock().unwrap().push(event.clone()),
        &mut || Ok::<_, RunError>(more.to_vec()),
    );
    (completion.unwrap(), events.into_inner().unwrap())
}

/// The networks and seeds of the runs that were planned, and of those of them that are left out.
fn planned(events: &[Event]) -> [Vec<(usize, u64)>; 2] {
    let labels = events.iter().flat_map(|event| match event {
        Event::StudyStarted { runs } | Event::RunsAdded { runs, .. } => runs.as_slice(),
        _ => &[],
    });
    let names = |run: &RunLabel| (run.network_index, run.seed);
    let labels: Vec<&RunLabel> = labels.collect();
    let left_out = labels.iter().filter(|run| run.is_left_out).copied();
    [labels.iter().copied().map(names).collect(), left_out.map(names).collect()]
}

#[test]
fn the_other_runs_are_trained_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 1);
    // The second of them is begun before it is left out. The last two are not part of the study.
    let left_out = [(0, 2), (1, 1), (0, 9), (7, 1)];
    let (result, _) = run(
        &study(TEXT),
        &parts,
        1,
        |event| matches!(event, Event::RunStarted { run, .. } if run.network_index == 1),
    );
    assert_eq!(result.unwrap().pending, 3);
    let (completion, events) = run_without(&study(TEXT), &parts, &left_out, &[]);
    assert_eq!(completion, Completion { finished: 2, diverged: 0, pending: 2, elsewhere: 0 });
    assert_eq!(started(&events), [("sgd".to_owned(), 2, 0)]);
    assert_eq!(planned(&events), [vec![(0, 1), (0, 2), (1, 1), (1, 2)], vec![(0, 2), (1, 1)]]);
    complete(&study(TEXT), &parts, 2);
    assert_eq!(results(&parts), results(&whole));
    // A run that has ended can't be left out.
    let (completion, events) = run_without(&study(TEXT), &parts, &left_out, &[]);
    assert_eq!((completion.finished, planned(&events)[1].len()), (4, 0));
}

#[test]
fn networks_that_share_a_training_are_left_out_together() {
    let twins = "[training]\nvalidation = 30\nepochs = 1\n[[network]]\nname = \"a\"\nlayers = \"\"\n\
                 [[network]]\nname = \"b\"\nlayers = \"\"\n";
    let dir = tempfile::tempdir().unwrap();
    let (completion, events) = run_without(&study(twins), dir.path(), &[(1, 1)], &[]);
    assert_eq!((completion.pending, started(&events)), (2, Vec::new()));
    assert_eq!(planned(&events)[1], [(0, 1), (1, 1)]);
}

#[test]
fn a_study_that_runs_until_clear_does_not_wait_for_them() {
    let mut study = study(TEXT);
    study.set_until_clear(Some(12)).unwrap();
    study.set_epochs(1).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let left_out = [(0, 3), (1, 7)];
    let (completion, events) = run_without(&study, dir.path(), &left_out, &[(0, 3), (0, 6)]);
    assert_eq!(completion, Completion { finished: 10, diverged: 0, pending: 2, elsewhere: 0 });
    assert_eq!(planned(&events)[1], left_out, "seed 7 has not begun, and is planned all the same");
    assert!(!started(&events).iter().any(|run| run.1 == 7));
}

#[test]
fn a_sweep_has_no_winner_without_them() {
    let sweep = "[training]\nvalidation = 30\nepochs = 1\n[[network]]\nname = \"rate {rate}\"\nlayers = \"\"\n\
                 sweep = { rate = [0.001, 0.03] }\noptimizer = { name = \"adam\", learning_rate = \"{rate}\" }\n";
    let swept = study(sweep);
    let dir = tempfile::tempdir().unwrap();
    let (completion, events) = run_without(&swept, dir.path(), &[(1, 1)], &[]);
    assert_eq!((completion.finished, completion.pending), (1, 1));
    assert!(!events.iter().any(|event| matches!(event, Event::RunsAdded { .. })));
    // The seed 2 is a fresh one, which the winner needs.
    let left_out = [(0, 2), (1, 2)];
    let (completion, events) = run_without(&swept, dir.path(), &left_out, &[]);
    assert_eq!((completion.finished, completion.pending), (2, 1));
    assert_eq!(planned(&events)[1].len(), 1);
    assert_eq!(run_without(&swept, dir.path(), &[], &[]).0.finished, 3);
}
