//! Studies on a disk that refuses to write. Each call that changes the disk is refused in turn:
//! once, or with all later calls.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use crate::disk::refusal::Refusing;
use crate::test_data::{dataset, study};
use crate::{
    Completion, Event, RunError, RunOptions, RunStatus, StoredRun, StoredStudy, run_study,
};

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 60\nepochs = 2\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 8, batchnorm, relu\"\n";

/// Runs the study with a checkpoint after each step. Returns the result, and the runs that ended.
fn run(dir: &Path) -> (Result<Completion, RunError>, Vec<usize>) {
    let done = Mutex::new(Vec::new());
    let observer = |event: &Event| {
        if let Event::RunDone { run, .. } = event {
            done.lock().unwrap().push(*run);
        }
    };
    let options = RunOptions { checkpoint_every: Duration::ZERO, ..RunOptions::new(1) };
    let result = run_study(
        &study(TEXT),
        &dataset(150, 40),
        dir,
        &options,
        &AtomicBool::new(false),
        &observer,
    );
    (result, done.into_inner().unwrap())
}

/// The study's runs without their times, and the files of their weights and predictions.
fn results(dir: &Path) -> Vec<(StoredRun, Vec<Vec<u8>>)> {
    let mut runs = StoredStudy::open(dir).unwrap().runs;
    for run in &mut runs {
        run.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
        run.outcome.iter_mut().for_each(|outcome| *outcome = outcome.timeless());
    }
    let files =
        ["best.safetensors", "last.safetensors", "checkpoint.safetensors", "predictions.csv"];
    let read = |run: StoredRun| {
        let files = files.map(|name| fs::read(dir.join("runs").join(&run.id).join(name)).unwrap());
        (run, files.to_vec())
    };
    runs.into_iter().map(read).collect()
}

#[test]
fn no_write_that_is_refused_loses_or_changes_anything() {
    let place = tempfile::tempdir().unwrap();
    let undisturbed = place.path().join("undisturbed");
    run(&undisturbed).0.unwrap();
    let undisturbed = results(&undisturbed);
    for lasts in [false, true] {
        let (mut allowed, mut errors) = (0, 0);
        loop {
            let dir = place.path().join(format!("{lasts} {allowed}"));
            let refusing = Refusing::after(allowed, &dir, lasts);
            let (result, done) = run(&dir);
            let refused = refusing.refused();
            drop(refusing);
            if refused == 0 {
                // Everything was written before the call to refuse.
                assert_eq!(result.unwrap().finished, 2);
                break;
            }
            match result {
                Err(error) => {
                    errors += 1;
                    let error = error.to_string();
                    let names_the_file = error.contains(&format!("can't write {}", dir.display()));
                    assert!(
                        names_the_file && error.contains("no space left"),
                        "after {allowed} calls: {error}"
                    );
                }
                // Only the removal of a file that is no longer needed was refused.
                Ok(completion) => assert_eq!(completion.pending, 0, "after {allowed} calls"),
            }
            // Without a study in the directory, no run can have ended: `done` is empty.
            let stored = StoredStudy::open(&dir).map_or_else(|_| Vec::new(), |stored| stored.runs);
            let finished = |&run: &usize| stored[run].status == RunStatus::Finished;
            assert!(done.iter().all(finished), "after {allowed} calls a finished run is lost");
            // When the disk has room again, the study continues to the same results.
            let (again, more) = run(&dir);
            assert_eq!(again.unwrap().finished, 2, "after {allowed} calls");
            assert!(
                more.iter().all(|run| !done.contains(run)),
                "after {allowed} calls a finished run is done again"
            );
            assert_eq!(results(&dir), undisturbed, "after {allowed} calls");
            fs::remove_dir_all(&dir).unwrap();
            allowed += 1;
        }
        assert!(errors > 100, "{errors} of {allowed} calls, lasting {lasts}");
    }
}

#[test]
fn a_run_that_cannot_be_written_leaves_the_next_alone() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("study");
    // After the 40th call, the first run has begun.
    let refusing = Refusing::after(40, &dir, false);
    let (result, done) = run(&dir);
    assert_eq!(refusing.refused(), 1);
    let Err(RunError::Runs { failures }) = result else { panic!("{result:?}") };
    assert_eq!((failures.len(), failures[0].0.seed, done), (1, 1, vec![1]));
}
