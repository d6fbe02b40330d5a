//! Many processes in one directory, here as threads: to a lock, a thread is what a process is.

use std::sync::Barrier;
use std::thread;

use fitroom_study::{RunState, SeedPlan, StudyStanding, prepare_shares};

use super::*;

/// Trains a share, with all of a study's events.
fn run_share(study: &Study, dir: &Path, share: &str) -> (Result<Completion, RunError>, Vec<Event>) {
    let events = Mutex::new(Vec::new());
    let observer = |event: &Event| events.lock().unwrap().push(event.clone());
    let options = RunOptions { share: Some(share.parse().unwrap()), ..RunOptions::new(1) };
    let stop = AtomicBool::new(false);
    let result = run_study(study, &dataset(150, 40), dir, &options, &stop, &observer);
    (result, events.into_inner().unwrap())
}

/// Trains these shares at once in a new directory.
fn at_once(study: &Study, dir: &Path, shares: &[&str]) -> Vec<(Completion, Vec<Event>)> {
    let barrier = Barrier::new(shares.len());
    thread::scope(|scope| {
        let train = |share| {
            let barrier = &barrier;
            move || {
                barrier.wait();
                let (result, events) = run_share(study, dir, share);
                (result.unwrap(), events)
            }
        };
        let threads: Vec<_> = shares.iter().map(|share| scope.spawn(train(share))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn with_seeds(seeds: u32) -> Study {
    let mut study = study(TEXT);
    study.set_seeds(seeds).unwrap();
    study
}

#[test]
fn shares_at_once_are_the_whole_study_and_each_run_is_trained_once() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, shared] = ["whole", "shared"].map(|name| dir.path().join(name));
    let study = with_seeds(5);
    complete(&study, &whole, 2);
    // Two tasks have the first share by mistake.
    let ended = at_once(&study, &shared, &["1/3", "2/3", "3/3", "1/3"]);
    let mut trained: Vec<_> = ended.iter().flat_map(|(_, events)| started(events)).collect();
    trained.sort();
    let all = ["adam", "sgd"].map(|name| (1..=5).map(move |seed| (name.to_owned(), seed, 0)));
    assert_eq!(trained, all.into_iter().flatten().collect::<Vec<_>>());
    assert!(results(&shared) == results(&whole));
    assert!(ended.iter().all(|(completion, _)| completion.pending == 0));
    let locks = fs::read_dir(shared.join("runs")).unwrap().map(|run| run.unwrap().path());
    assert!(locks.into_iter().all(|run| !run.join("lock").exists()), "a lock is left");
    assert!(StoredStudy::verify(&shared).unwrap().findings.is_empty());
}

#[test]
fn many_processes_begin_a_study_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut study = with_seeds(3);
    study.set_epochs(1).unwrap();
    for trial in 0..5 {
        let out = dir.path().join(trial.to_string());
        let shares: Vec<String> = (1..=12).map(|number| format!("{number}/12")).collect();
        let ended = at_once(&study, &out, &shares.iter().map(String::as_str).collect::<Vec<_>>());
        let finished: usize = ended.iter().map(|(completion, _)| completion.finished).sum();
        assert_eq!(finished, 6, "half of the shares have no run");
        assert_eq!(StoredStudy::open(&out).unwrap().set_aside, 0);
    }
}

#[test]
fn a_share_of_fewer_seeds_takes_none_from_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path();
    run_share(&with_seeds(4), out, "1/2").0.unwrap();
    // Somebody forgot `--seeds 4`.
    let (_, events) = run_share(&with_seeds(1), out, "2/2");
    assert!(started(&events).iter().all(|(_, seed, _)| *seed == 1));
    assert!(!events.iter().any(|event| matches!(event, Event::SeedsLowered { .. })));
    assert_eq!(StoredStudy::open(out).unwrap().study.seeds, 4);
    // No run has begun, but other shares may begin theirs at any time.
    let begun = dir.path().join("begun");
    prepare_shares(&with_seeds(4), &dataset(150, 40), &begun, &|_| {}).unwrap();
    run_share(&with_seeds(1), &begun, "1/2").0.unwrap();
    let study = StoredStudy::open(&begun).unwrap().study;
    assert_eq!((study.seeds, study.seed_plan), (4, SeedPlan::Declared));
}

#[test]
fn shares_of_a_stored_study_that_runs_until_clear_are_refused_and_write_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut until_clear = study(TEXT);
    until_clear.set_until_clear(Some(12)).unwrap();
    let _ = run(&until_clear, dir.path(), 1, after_epoch(1));
    let state = || {
        let mut paths = vec![dir.path().to_owned()];
        let mut found = Vec::new();
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                let entries = fs::read_dir(&path).unwrap();
                paths.extend(entries.map(|entry| entry.unwrap().path()));
                found.push((path, Vec::new()));
            } else {
                let content = fs::read(&path).unwrap();
                found.push((path, content));
            }
        }
        found.sort();
        found
    };
    let before = state();
    // The file asks for a fixed number of seeds, and more of them.
    let (result, events) = run_share(&with_seeds(20), dir.path(), "1/2");
    assert!(matches!(result, Err(RunError::ShareUntilClear)) && events.is_empty(), "{result:?}");
    let result = prepare_shares(&with_seeds(20), &dataset(150, 40), dir.path(), &|_| {});
    assert!(matches!(result, Err(RunError::ShareUntilClear)), "{result:?}");
    assert!(state() == before, "something was written");
}

#[test]
fn networks_that_share_a_training_are_in_one_share() {
    let twins = "seeds = 3\n[training]\nvalidation = 30\nepochs = 1\n[[network]]\nname = \"a\"\nlayers = \"\"\n\
                 [[network]]\nname = \"b\"\nlayers = \"\"\n";
    let dir = tempfile::tempdir().unwrap();
    let ended = at_once(&study(twins), dir.path(), &["1/2", "2/2"]);
    let trained: usize = ended.iter().map(|(_, events)| started(events).len()).sum();
    let finished: usize = ended.iter().map(|(completion, _)| completion.finished).sum();
    assert_eq!((trained, finished), (3, 6));
}

#[test]
#[cfg(unix)]
fn a_run_whose_lock_is_no_file_fails_and_leaves_the_others_alone() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let _ = run(&study(TEXT), &out, 1, |event| matches!(event, Event::StudyStarted { .. }));
    let id = StoredStudy::open(&out).unwrap().runs.remove(1).id;
    let (run_dir, mine) = (out.join("runs").join(id), dir.path().join("mine"));
    fs::create_dir(&run_dir).unwrap();
    std::os::unix::fs::symlink(&mine, run_dir.join("lock")).unwrap();
    let (result, _) = run_share(&study(TEXT), &out, "1/1");
    let RunError::Runs { failures } = result.unwrap_err() else { panic!() };
    assert_eq!(failures.iter().map(|(run, _)| run.index).collect::<Vec<_>>(), [1]);
    assert!(!mine.exists(), "the link was followed");
    let state = StudyStanding::read(&out).unwrap().runs.swap_remove(1).state;
    assert!(matches!(state, RunState::Failed { error } if error.contains("lock")));
}
