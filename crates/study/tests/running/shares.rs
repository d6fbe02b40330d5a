//! Shares of a study that are trained one after the other or at once, in one directory.

use std::thread;

use fitroom_study::{RunState, Share, StudyStanding, prepare_shares};

use super::*;

/// A sweep with a baseline, whose fresh seeds depend on all runs.
const SWEEP: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 16\nepochs = 3\n\
                     [[network]]\nname = \"base\"\nlayers = \"dense 6, relu\"\n\
                     [[network]]\nname = \"w {w}\"\nlayers = \"dense {w}, relu\"\nvs = \"base\"\nsweep = { w = [4, 16] }\n";

fn share(number: u32, count: u32) -> Share {
    Share::new(number, count).unwrap()
}

/// Trains a share, and stops it after an event for which `stop_at` is true.
fn run_share(
    study: &Study,
    dir: &Path,
    share: Share,
    stop_at: impl Fn(&Event) -> bool + Sync,
) -> (Result<Completion, RunError>, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    let observer = |event: &Event| {
        events.lock().unwrap().push(event.clone());
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    let options = RunOptions { share: Some(share), ..RunOptions::new(1) };
    let result = run_study(study, &dataset(150, 40), dir, &options, &stop, &observer);
    (result, events.into_inner().unwrap())
}

fn complete_share(study: &Study, dir: &Path, share: Share) -> Vec<Event> {
    let (result, events) = run_share(study, dir, share, |_| false);
    assert_eq!(result.unwrap().pending, 0);
    events
}

#[test]
fn shares_one_after_the_other_are_the_whole_study() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, shared] = ["whole", "shared"].map(|name| dir.path().join(name));
    complete(&study(SWEEP), &whole, 2);
    let mut trained = Vec::new();
    for number in [3, 1, 2] {
        let events = complete_share(&study(SWEEP), &shared, share(number, 3));
        assert!(
            !events.iter().any(|event| matches!(event, Event::RunsAdded { .. })),
            "no fresh seeds"
        );
        trained.extend(started(&events));
    }
    trained.sort();
    let all =
        ["base", "w 16", "w 4"].map(|name| [(name.to_owned(), 1, 0), (name.to_owned(), 2, 0)]);
    assert_eq!(trained, all.concat(), "each run is in one share");
    assert!(started(&complete_share(&study(SWEEP), &shared, share(1, 3))).is_empty());
    // What depends on all runs is for a call without a share.
    let events = complete(&study(SWEEP), &shared, 2);
    assert_eq!(started(&events).len(), 4, "the winner and its baseline on two fresh seeds each");
    assert_eq!(results(&shared), results(&whole));
    let confirmations = |dir| {
        let mut fresh = StoredStudy::open(dir).unwrap().confirmations;
        for run in
            fresh.iter_mut().flat_map(|fresh| fresh.runs.iter_mut().chain(&mut fresh.baseline_runs))
        {
            run.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
            run.outcome.iter_mut().for_each(|outcome| *outcome = outcome.timeless());
        }
        fresh
    };
    assert_eq!(confirmations(&shared), confirmations(&whole));
}

#[test]
fn a_share_that_is_stopped_goes_on_to_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, shared] = ["whole", "shared"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 1);
    let (result, _) = run_share(&study(TEXT), &shared, share(1, 2), after_epoch(2));
    assert!(result.unwrap().pending > 0);
    let locks =
        fs::read_dir(shared.join("runs")).unwrap().map(|run| run.unwrap().path().join("lock"));
    assert!(locks.into_iter().all(|lock| !lock.exists()));
    // A killed process leaves its lock's file, which keeps nobody out.
    for run in fs::read_dir(shared.join("runs")).unwrap() {
        fs::write(run.unwrap().path().join("lock"), "process 1 on elsewhere\n").unwrap();
    }
    complete_share(&study(TEXT), &shared, share(1, 2));
    complete_share(&study(TEXT), &shared, share(2, 2));
    assert_eq!(results(&shared), results(&whole));
}

#[test]
fn processes_with_the_same_share_train_each_run_once() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, shared] = ["whole", "shared"].map(|name| dir.path().join(name));
    complete(&study(TEXT), &whole, 1);
    // A thread is to a lock what a process is.
    let all: Vec<(Completion, Vec<Event>)> = thread::scope(|scope| {
        let one = || run_share(&study(TEXT), &shared, share(1, 1), |_| false);
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(one)).collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.map(|(result, events)| (result.unwrap(), events)).collect()
    });
    let mut trained: Vec<_> = all.iter().flat_map(|(_, events)| started(events)).collect();
    trained.sort();
    let runs = [("adam", 1), ("adam", 2), ("sgd", 1), ("sgd", 2)];
    assert_eq!(trained, runs.map(|(name, seed)| (name.to_owned(), seed, 0)));
    for (Completion { finished, diverged, pending, elsewhere }, events) in &all {
        assert_eq!((finished + elsewhere, *diverged, *pending), (4, 0, 0));
        let told = events.iter().filter(|event| matches!(event, Event::RunElsewhere { .. }));
        assert_eq!(told.count(), *elsewhere);
        let ended = events.iter().filter(|event| matches!(event, Event::RunDone { .. })).count();
        let before = events.iter().find_map(|event| match event {
            Event::StudyStarted { runs } => {
                Some(runs.iter().filter(|run| run.status != RunStatus::Pending).count())
            }
            _ => None,
        });
        assert_eq!(
            ended + before.unwrap(),
            *finished,
            "runs that others ended meanwhile are told too"
        );
    }
    assert_eq!(results(&shared), results(&whole));
}

#[test]
fn further_seeds_go_to_the_same_shares() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, shared] = ["whole", "shared"].map(|name| dir.path().join(name));
    let with_seeds = |seeds| {
        let mut study = study(TEXT);
        study.set_seeds(seeds).unwrap();
        study
    };
    complete(&with_seeds(2), &whole, 1);
    complete(&with_seeds(4), &whole, 1);
    (1..=2).for_each(|number| drop(complete_share(&with_seeds(2), &shared, share(number, 2))));
    let added: Vec<_> = (1..=2)
        .flat_map(|number| started(&complete_share(&with_seeds(4), &shared, share(number, 2))))
        .collect();
    assert!(added.len() == 4 && added.iter().all(|(_, seed, _)| *seed > 2), "{added:?}");
    assert_eq!(results(&shared), results(&whole));
    let plan = |dir| StoredStudy::open(dir).unwrap().study.seed_plan;
    assert_eq!(plan(&shared), plan(&whole));
}

#[test]
fn a_whole_study_and_shares_keep_each_other_out() {
    let dir = tempfile::tempdir().unwrap();
    let is_in_use = |result: Result<Completion, RunError>| {
        assert!(matches!(result, Err(RunError::Store(StoreError::InUse { .. }))), "{result:?}");
    };
    let out = dir.path().join("shares");
    let (result, _) = run_share(&study(TEXT), &out, share(1, 2), |event| {
        if let Event::RunStarted { run, .. } = event
            && run.seed == 1
        {
            is_in_use(run_whole(&out));
            let (other, _) = run_share(&study(TEXT), &out, share(2, 2), |_| true);
            other.expect("other shares may train");
        }
        false
    });
    result.unwrap();
    let out = dir.path().join("whole");
    let (result, _) = run(&study(TEXT), &out, 1, |event| {
        if let Event::RunStarted { .. } = event {
            is_in_use(run_share(&study(TEXT), &out, share(1, 2), |_| true).0);
        }
        false
    });
    result.unwrap();
}

fn run_whole(dir: &Path) -> Result<Completion, RunError> {
    run(&study(TEXT), dir, 1, |_| true).0
}

#[test]
fn a_study_that_runs_until_clear_has_no_shares() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let mut until_clear = study(TEXT);
    until_clear.set_until_clear(Some(10)).unwrap();
    let (result, events) = run_share(&until_clear, &out, share(1, 2), |_| false);
    assert!(matches!(result, Err(RunError::ShareUntilClear)) && events.is_empty());
    let refused = prepare_shares(&until_clear, &dataset(150, 40), &out, &|_| {});
    assert!(matches!(refused, Err(RunError::ShareUntilClear)) && !out.exists());
    // Nor has one that is stored as such, and has begun.
    run(&until_clear, &out, 1, after_epoch(1)).0.unwrap();
    let (result, events) = run_share(&study(TEXT), &out, share(1, 2), |_| false);
    assert!(matches!(result, Err(RunError::ShareUntilClear)) && events.is_empty());
}

#[test]
fn status_tells_where_each_run_stands() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    prepare_shares(&study(SWEEP), &dataset(150, 40), dir, &|_| {}).unwrap();
    let states = || StudyStanding::read(dir).unwrap().runs;
    assert!(states().iter().all(|run| run.state == RunState::Waiting && run.host.is_none()));
    let left = StudyStanding::read(dir).unwrap().work_left();
    assert_eq!((left.seconds, left.core_seconds), (None, None), "nothing is known yet");

    let is_first = AtomicBool::new(true);
    let (result, _) = run_share(&study(SWEEP), dir, share(1, 2), |event| {
        if let Event::EpochDone { run, .. } = event
            && *run == 0
            && is_first.swap(false, Ordering::Relaxed)
        {
            let standing = StudyStanding::read(dir).unwrap();
            let running: Vec<_> = standing
                .runs
                .iter()
                .filter(|run| matches!(&run.state, RunState::Running { by } if by.starts_with("process ")))
                .collect();
            let [run] = running[..] else { panic!("{running:?}") };
            assert_eq!((run.done_epochs, run.epochs), (1, 3));
            assert!(run.host.is_some());
        }
        false
    });
    result.unwrap();
    assert!(!is_first.load(Ordering::Relaxed));
    run_share(&study(SWEEP), dir, share(2, 2), after_epoch(2)).0.unwrap();
    let standing = StudyStanding::read(dir).unwrap();
    let begun: Vec<_> = standing
        .runs
        .iter()
        .filter(|run| run.state == RunState::Waiting && run.done_epochs == 2)
        .collect();
    assert!(begun.len() == 1 && begun[0].host.is_some(), "{begun:?}");
    let left = standing.work_left();
    assert!(left.seconds.is_none() && left.core_seconds.unwrap() > 0.0, "nobody trains");

    // A file in the place of a run's directory of weights makes the run fail.
    let id = |network, seed| {
        let run = StoredStudy::open(dir)
            .unwrap()
            .runs
            .into_iter()
            .find(|run| (run.network, run.seed) == (network, seed));
        run.unwrap().id
    };
    complete_share(&study(SWEEP), dir, share(2, 2));
    let fresh = states();
    assert_eq!(fresh.len(), 6 + 4, "the winner is known, and its fresh seeds wait");
    assert!(fresh[..6].iter().all(fitroom_study::RunStanding::has_ended));
    assert!(fresh[6..].iter().all(|run| run.state == RunState::Waiting && run.seed > 2));
    complete(&study(SWEEP), dir, 1);
    let left = StudyStanding::read(dir).unwrap().work_left();
    assert_eq!((left.seconds, left.core_seconds), (Some(0.0), Some(0.0)));

    // A damaged checkpoint makes a run fail, until it is moved away.
    let run = dir.join("runs").join(id(0, 1));
    fs::remove_file(run.join("outcome.json")).unwrap();
    fs::write(run.join("checkpoint.safetensors"), "damaged").unwrap();
    let (result, _) = run_share(&study(SWEEP), dir, share(1, 1), |_| false);
    assert!(matches!(result, Err(RunError::Runs { .. })));
    let failed =
        states().into_iter().find(|run| matches!(run.state, RunState::Failed { .. })).unwrap();
    assert!((failed.network.as_str(), failed.seed) == ("base", 1) && failed.host.is_some());
    let RunState::Failed { error } = failed.state else { unreachable!() };
    assert!(error.contains("checkpoint.safetensors is damaged"), "{error}");
    fs::remove_dir_all(&run).unwrap();
    complete_share(&study(SWEEP), dir, share(1, 1));
    assert!(states().iter().all(|run| matches!(run.state, RunState::Finished { .. })));
}
