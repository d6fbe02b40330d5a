//! Merges that are killed at each of their writes, of runs that are forged with right seals, and of
//! directories with other arithmetic.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use fitroom_nn::Network;

use crate::disk::refusal::Refusing;
use crate::file_names::{
    BEST, CHECKPOINT, LAST, LOCK_FILE, OUTCOME, PREDICTIONS, PREVIOUS, RUN, RUNS,
};
use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::test_data::{dataset, study};
use crate::weights::{self, SavedAt};
use crate::{
    Arithmetic, DatasetFacts, Event, MergeError, Merged, RunOptions, StoredStudy, image_shape,
    predictions, run_study,
};

/// It learns so slowly that no epoch is better than the first.
const TEXT: &str = "seeds = 1\n[training]\nvalidation = 30\nbatch_size = 30\nepochs = 4\n\
                    optimizer = { name = \"adam\", learning_rate = 1e-6 }\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 8, relu\"\n";

/// Trains the study until an event for which `stop_at` is true.
fn train(dir: &Path, stop_at: impl Fn(&Event) -> bool + Sync) {
    let stop = AtomicBool::new(false);
    let observer = |event: &Event| {
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    let options = RunOptions::new(1);
    run_study(&study(TEXT), &dataset(150, 40), dir, &options, &stop, &observer).unwrap();
}

fn after_epoch(epoch: u32) -> impl Fn(&Event) -> bool + Sync {
    move |event| matches!(event, Event::EpochDone { record, .. } if record.epoch == epoch)
}

/// A directory with the finished study, and others that are made from it or beside it.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        train(&place.at("whole"), |_| false);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The only run of the study, in the directory of this name.
    fn run(&self, name: &str) -> RunDirectory {
        let (id, facts) = self.facts();
        RunDirectory::new(&self.at(name), id, facts.training)
    }

    fn facts(&self) -> (String, RunFacts) {
        let id = StoredStudy::open(&self.at("whole")).unwrap().runs.remove(0).id;
        let file = self.at("whole").join(RUNS).join(&id).join(RUN);
        let facts = RunFile::read(&file, &id).unwrap().unwrap().decided_by;
        (id, facts)
    }

    fn merge(&self, out: &str, dirs: &[&str]) -> Result<Merged, MergeError> {
        let dirs: Vec<_> = dirs.iter().map(|dir| self.at(dir)).collect();
        StoredStudy::merge(&self.at(out), &dirs)
    }

    /// A copy of the finished study.
    fn copy(&self, name: &str) -> RunDirectory {
        self.merge(name, &["whole"]).unwrap();
        self.run(name)
    }

    /// What the directory's run has stored at its end, apart from times.
    fn results(&self, name: &str) -> (Option<String>, Vec<Vec<u8>>) {
        let run = self.run(name);
        let (_, _, outcome) = run.progress().unwrap();
        let outcome = outcome.map(|outcome| format!("{:?}", outcome.timeless()));
        let files = [BEST, LAST, CHECKPOINT, PREDICTIONS];
        (outcome, files.map(|file| fs::read(run.file(file)).unwrap()).to_vec())
    }
}

#[test]
fn a_merge_that_is_killed_at_any_write_leaves_runs_that_go_on_to_the_same_bits() {
    let place = Place::new();
    let whole = place.results("whole");
    train(&place.at("one"), after_epoch(1));
    train(&place.at("three"), after_epoch(3));
    let (_, epochs, _) = place.run("three").progress().unwrap();
    let best = study(TEXT).networks[0].training.chosen(&epochs).unwrap().epoch;
    assert!(epochs.len() == 3 && best < 3, "the best weights are not those of the checkpoint");
    // Into a new directory, and into one with an earlier state of the run.
    for start in [None, Some("one")] {
        for (merges_again, more) in [(true, 14), (false, 0)] {
            let mut kills = 0;
            for allowed in (0..).step_by(2) {
                if let Some(start) = start {
                    place.merge("out", &[start]).unwrap();
                }
                let refusing = Refusing::after(allowed, &place.at("out"), true);
                let killed = place.merge("out", &["three"]);
                let refused = refusing.refused();
                drop(refusing);
                assert_eq!(killed.is_err(), refused > 0, "{killed:?}");
                if merges_again {
                    place.merge("out", &["three"]).unwrap();
                    let (_, epochs, _) = place.run("out").progress().unwrap();
                    assert_eq!(epochs.len(), 3, "after {allowed} calls");
                }
                train(&place.at("out"), |event| {
                    if let Event::RunStarted { done_epochs, .. } = event {
                        assert!(!merges_again || *done_epochs == 3, "after {allowed} calls");
                    }
                    false
                });
                assert!(place.results("out") == whole, "after {allowed} calls, {start:?}");
                assert!(StoredStudy::verify(&place.at("out")).unwrap().findings.is_empty());
                fs::remove_dir_all(place.at("out")).unwrap();
                if refused == 0 {
                    break;
                }
                kills += 1;
            }
            assert!(kills > more, "{kills}");
        }
    }
}

#[test]
fn a_run_with_only_the_checkpoint_before_its_last_is_copied() {
    let place = Place::new();
    train(&place.at("killed"), after_epoch(3));
    // As after a kill between putting the checkpoint aside and writing the next one.
    fs::rename(place.run("killed").file(CHECKPOINT), place.run("killed").file(PREVIOUS)).unwrap();
    assert_eq!(place.merge("out", &["killed"]).unwrap().copied, 1);
    train(&place.at("out"), |event| {
        if let Event::RunStarted { done_epochs, .. } = event {
            assert_eq!(*done_epochs, 3);
        }
        false
    });
    assert!(place.results("out") == place.results("whole"));
}

#[test]
fn forged_files_with_right_seals_are_two_results() {
    let place = Place::new();
    let (id, facts) = place.facts();
    let dataset = dataset(150, 40);
    let data = DatasetFacts::of(&study(TEXT), &dataset);
    let refused = |forged: &str, what: &str| {
        assert!(StoredStudy::verify(&place.at(forged)).unwrap().findings.is_empty());
        for dirs in [["whole", forged], [forged, "whole"]] {
            let _ = fs::remove_dir_all(place.at("out"));
            let error = place.merge("out", &dirs).unwrap_err();
            let MergeError::TwoResults { network, seed, what: found, first, second } = error else {
                panic!("{error}")
            };
            assert_eq!((network.as_str(), seed, found), ("a", 1, what));
            assert_eq!(first, place.run("out").path());
            assert_eq!(second, place.run(dirs[1]).path());
        }
    };
    // The weights of another seed.
    let plan = &study(TEXT).networks[0];
    let architecture = plan.architecture(image_shape(&dataset), dataset.classes.len()).unwrap();
    let other = Network::try_new(&architecture, &facts.training.recipe(), 30, 7).unwrap();
    for (file, what) in
        [(BEST, "the weights of the best epoch"), (LAST, "the weights of the last epoch")]
    {
        let run = place.copy(file);
        let saved_at = weights::saved_at(&run.file(file), &id, u64::MAX).unwrap().unwrap();
        let SavedAt { epoch, steps, .. } = saved_at;
        let saved_at = SavedAt { epoch, steps, part: None };
        weights::save(&run.file(file), &id, other.state(), saved_at).unwrap();
        refused(file, what);
    }
    let run = place.copy("predictions");
    let mut predicted = run.predictions(&data).unwrap().unwrap();
    predicted[3].confidence *= 0.5;
    let sha256 = predictions::save(&run.file(PREDICTIONS), &predicted).unwrap();
    let (_, records, outcome) = run.progress().unwrap();
    let epochs = run.save_epochs(records).unwrap();
    run.finish(&epochs, &outcome.unwrap(), sha256).unwrap();
    refused("predictions", "the predictions");
}

#[test]
fn a_run_that_diverged_in_one_directory_only_is_two_results() {
    let place = Place::new();
    let run = place.copy("diverged");
    let (_, records, _) = run.progress().unwrap();
    let epochs = run.save_epochs(records).unwrap();
    run.diverge(&epochs).unwrap();
    let error = place.merge("out", &["whole", "diverged"]).unwrap_err();
    assert!(matches!(error, MergeError::TwoResults { what: "the scores", .. }), "{error}");
}

#[test]
fn damage_in_the_directory_that_is_merged_into_is_no_second_result() {
    let place = Place::new();
    let run = place.copy("out");
    for file in [BEST, PREDICTIONS, OUTCOME] {
        let mut bytes = fs::read(run.file(file)).unwrap();
        let last = bytes.len() - 5;
        bytes[last] ^= 1;
        fs::write(run.file(file), bytes).unwrap();
        let error = place.merge("out", &["whole"]).unwrap_err().to_string();
        let file = run.file(file).display().to_string();
        assert!(error.starts_with(&format!("{file} is damaged: ")), "{error}");
        fs::remove_dir_all(place.at("out")).unwrap();
        place.copy("out");
    }
}

#[test]
fn runs_of_other_arithmetic_are_refused_in_whatever_order() {
    let place = Place::new();
    train(&place.at("empty"), |event| matches!(event, Event::StudyStarted { .. }));
    train(&place.at("portable"), |event| matches!(event, Event::StudyStarted { .. }));
    let (_, facts) = place.facts();
    let other = match facts.arithmetic {
        Arithmetic::Portable => Arithmetic::Avx,
        Arithmetic::Avx | Arithmetic::Neon => Arithmetic::Portable,
    };
    let facts = RunFacts { arithmetic: other, ..facts };
    let run = place.at("portable").join(RUNS).join(facts.id());
    fs::create_dir(&run).unwrap();
    RunFile::new("a", &facts).write(&run.join(RUN)).unwrap();
    for dirs in [["empty", "whole", "portable"], ["portable", "empty", "whole"]] {
        let error = place.merge("out", &dirs).unwrap_err().to_string();
        assert!(error.contains(": the instruction set is "), "{error}");
        assert!(!place.at("out").exists());
    }
    let error = place.merge("whole", &["empty", "portable"]).unwrap_err().to_string();
    assert!(error.contains(": the instruction set is "), "{error}");
}

#[test]
#[cfg(unix)]
fn a_directory_is_in_use_also_without_its_lock_file() {
    let place = Place::new();
    let tried = AtomicBool::new(false);
    train(&place.at("busy"), |event| {
        if let Event::RunStarted { .. } = event {
            fs::remove_file(place.at("busy").join(LOCK_FILE)).unwrap();
            let error = place.merge("out", &["busy"]).unwrap_err();
            let MergeError::InUse { owner, .. } = &error else { panic!("{error}") };
            assert_eq!(owner, "another process");
            tried.store(true, Ordering::Relaxed);
        }
        false
    });
    assert!(tried.into_inner() && !place.at("out").exists());
}
