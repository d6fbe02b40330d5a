//! Joined directories: the same results as those of one, and what is refused.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::disk::refusal::Refusing;
use crate::file_names::{BEST, CHECKPOINT, EPOCHS, LAST, OUTCOME, PREDICTIONS};
use crate::test_data::{dataset, study};
use crate::{Event, RunOptions, Share, StoredRun, run_study};

const TEXT: &str = "seeds = 2\n[training]\nvalidation = 30\nbatch_size = 30\nepochs = 3\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 8, relu\"\n\
                    [[network]]\nname = \"b\"\nlayers = \"dense 9, batchnorm, relu\"\nvs = \"a\"\n";

/// Trains a share of the study, or all of it, until an event for which `stop_at` is true.
fn train(text: &str, dir: &Path, share: Option<&str>, stop_at: impl Fn(&Event) -> bool + Sync) {
    let stop = AtomicBool::new(false);
    let share = share.map(|share| share.parse::<Share>().unwrap());
    let options = RunOptions { share, ..RunOptions::new(1) };
    let observer = |event: &Event| {
        stop.fetch_or(stop_at(event), Ordering::Relaxed);
    };
    run_study(&study(text), &dataset(150, 40), dir, &options, &stop, &observer).unwrap();
}

/// For [`train`]: stops after the first epoch of this number.
fn after_epoch(epoch: u32) -> impl Fn(&Event) -> bool + Sync {
    move |event| matches!(event, Event::EpochDone { record, .. } if record.epoch == epoch)
}

/// The study's runs without their times, and the files of their weights and predictions.
fn results(dir: &Path) -> Vec<(StoredRun, Vec<Vec<u8>>)> {
    let mut runs = StoredStudy::open(dir).unwrap().runs;
    for run in &mut runs {
        run.epochs.iter_mut().for_each(|record| record.seconds = 0.0);
        run.outcome.iter_mut().for_each(|outcome| *outcome = outcome.timeless());
    }
    let read = |run: StoredRun| {
        let read = |name| fs::read(dir.join(RUNS).join(&run.id).join(name)).unwrap();
        let files = [BEST, LAST, CHECKPOINT, PREDICTIONS].map(read).to_vec();
        (run, files)
    };
    runs.into_iter().map(read).collect()
}

/// A directory with the whole study, and two with a share each.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        train(TEXT, &place.at("whole"), None, |_| false);
        train(TEXT, &place.at("first"), Some("1/2"), |_| false);
        train(TEXT, &place.at("second"), Some("2/2"), |_| false);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn merge(&self, out: &str, dirs: &[&str]) -> Result<Merged, MergeError> {
        let dirs: Vec<_> = dirs.iter().map(|dir| self.at(dir)).collect();
        StoredStudy::merge(&self.at(out), &dirs)
    }

    fn refused(&self, dirs: &[&str]) -> String {
        let error = self.merge("refused", dirs).unwrap_err().to_string();
        error.replace(&format!("{}/", self.0.path().display()), "")
    }
}

#[test]
fn shares_that_are_joined_are_the_whole_study() {
    let place = Place::new();
    let merged = place.merge("out", &["first", "second"]).unwrap();
    assert_eq!(merged, Merged { copied: 4, same: 0, set_aside: 0, ended: 4, runs: 4 });
    assert_eq!(results(&place.at("out")), results(&place.at("whole")));
    let again = place.merge("out", &["second", "whole"]).unwrap();
    assert_eq!(again, Merged { copied: 0, same: 6, set_aside: 0, ended: 4, runs: 4 });
    train(TEXT, &place.at("out"), None, |event| {
        assert!(!matches!(event, Event::RunStarted { .. }), "nothing is left to train");
        false
    });
}

#[test]
fn of_an_unfinished_run_the_directory_that_has_come_further_counts() {
    let place = Place::new();
    // The first run, after one and after two epochs.
    train(TEXT, &place.at("one"), None, after_epoch(1));
    train(TEXT, &place.at("two"), None, after_epoch(2));
    let done = |dir: &str| StoredStudy::open(&place.at(dir)).unwrap().runs[0].epochs.len();
    for (out, dirs) in [("forward", ["one", "two"]), ("back", ["two", "one"])] {
        let merged = place.merge(out, &dirs).unwrap();
        assert_eq!((merged.ended, done(out)), (0, 2));
        // It goes on from there, to the same bits.
        train(TEXT, &place.at(out), None, |event| {
            if let Event::RunStarted { run, done_epochs, .. } = event {
                assert_eq!(*done_epochs, if run.index == 0 { 2 } else { 0 });
            }
            false
        });
        assert_eq!(results(&place.at(out)), results(&place.at("whole")));
    }
    for (out, dirs) in [("end", ["one", "whole"]), ("start", ["whole", "one"])] {
        assert_eq!(place.merge(out, &dirs).unwrap().ended, 4);
        assert_eq!(results(&place.at(out)), results(&place.at("whole")));
    }
}

#[test]
fn a_merge_that_could_not_write_is_done_again() {
    let place = Place::new();
    let whole = results(&place.at("whole"));
    for allowed in (0..).step_by(7) {
        let out = place.at("out");
        let refusing = Refusing::after(allowed, &out, true);
        let result = place.merge("out", &["first", "second"]);
        let refused = refusing.refused();
        drop(refusing);
        assert_eq!(result.is_err(), refused > 0, "{result:?}");
        assert_eq!(place.merge("out", &["first", "second"]).unwrap().ended, 4);
        assert_eq!(results(&out), whole, "after {allowed} calls");
        fs::remove_dir_all(&out).unwrap();
        if refused == 0 {
            assert!(allowed > 100);
            break;
        }
    }
}

#[test]
fn directories_that_are_not_shares_of_one_study_are_refused() {
    let place = Place::new();
    assert!(place.refused(&["first", "first"]).starts_with("first is given twice\nhint: "));
    assert!(place.refused(&["first", "nowhere"]).starts_with("there is no study in nowhere"));
    for (name, from, to, what) in [
        (
            "seeds",
            "seeds = 2",
            "seeds = 3",
            "the number of seeds is 2 in the one and 3 in the other",
        ),
        ("validation", "validation = 30", "validation = 31", "validation is "),
        ("images", "[training]", "[training]\ntrain_images = 99", "train_images is "),
        (
            "names",
            "\"b\"",
            "\"c\"",
            "the list of networks is `a`, `b` in the one and `a`, `c` in the other",
        ),
        ("layers", "dense 9", "dense 7", "layers of `b` is "),
        ("rate", "epochs = 3", "epochs = 4", "epochs of `a` is 3 in the one and 4 in the other"),
    ] {
        let text = TEXT.replace(from, to);
        assert_ne!(text, TEXT);
        train(&text, &place.at(name), None, |_| true);
        let error = place.refused(&["first", name]);
        let start = format!("first and {name} do not hold the same study: {what}");
        assert!(error.starts_with(&start), "{error}");
        // The directory to be made may hold another study too.
        let error = place.merge(name, &["first"]).unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    let stop = AtomicBool::new(true);
    let (options, other) = (RunOptions::new(1), dataset(150, 41));
    run_study(&study(TEXT), &other, &place.at("data"), &options, &stop, &|_| ()).unwrap();
    assert!(
        place.refused(&["first", "data"]).contains(": the data set is `test` (lines-150-40) in")
    );
    assert!(!place.at("refused").exists());
}

#[test]
fn a_directory_in_use_is_refused() {
    let place = Place::new();
    train(TEXT, &place.at("busy"), Some("1/2"), |event| {
        if let Event::RunStarted { .. } = event {
            assert!(place.refused(&["second", "busy"]).starts_with("busy is in use by process "));
            let error = place.merge("busy", &["second"]).unwrap_err();
            assert!(matches!(error, MergeError::InUse { .. }), "{error}");
        }
        false
    });
}

#[test]
fn damaged_files_are_not_copied() {
    let place = Place::new();
    let run = place
        .at("first")
        .join(RUNS)
        .join(&StoredStudy::open(&place.at("first")).unwrap().runs[0].id);
    let run = if run.exists() { run } else { a_run(&place.at("first")) };
    for name in [RUN, EPOCHS, CHECKPOINT, BEST, LAST, PREDICTIONS, OUTCOME] {
        let whole = fs::read(run.join(name)).unwrap();
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(run.join(name), bytes).unwrap();
        let error = place.merge("damaged", &["first", "second"]).unwrap_err().to_string();
        assert!(error.contains("is damaged: "), "{name}: {error}");
        fs::write(run.join(name), whole).unwrap();
        let _ = fs::remove_dir_all(place.at("damaged"));
    }
    place.merge("whole again", &["first", "second"]).unwrap();
}

/// The directory of a run that is in `dir`.
fn a_run(dir: &Path) -> PathBuf {
    fs::read_dir(dir.join(RUNS)).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn two_results_of_one_run_are_refused() {
    let place = Place::new();
    let run = a_run(&place.at("first"));
    let id = run.file_name().unwrap().to_string_lossy().into_owned();
    let facts = RunFile::read(&run.join(RUN), &id).unwrap().unwrap().decided_by;
    let forged = RunDirectory::new(&place.at("first"), id, facts.training);
    let (_, records, outcome) = forged.progress().unwrap();
    let (outcome, sha256) =
        (outcome.unwrap(), crate::seal::sha256(&fs::read(run.join(PREDICTIONS)).unwrap()));
    // As another engine with the same version would have written them: all seals are right.
    let write = |change: &dyn Fn(&mut crate::EpochRecord, &mut crate::Outcome)| {
        let (mut records, mut outcome) = (records.clone(), outcome);
        change(records.last_mut().unwrap(), &mut outcome);
        let epochs = forged.save_epochs(records).unwrap();
        forged.finish(&epochs, &outcome, sha256.clone()).unwrap();
        place.refused(&["whole", "first"])
    };
    let error = write(&|record, _| record.train_loss += 1e-9);
    assert!(error.contains(", has two results: the epochs in refused/runs/"), "{error}");
    let error = write(&|_, outcome| outcome.last.test.loss += 1e-9);
    assert!(error.contains(": the scores in "), "{error}");
    // Times may differ.
    let dirs = ["whole", "first"].map(|dir| place.at(dir));
    write(&|record, _| record.train_loss += 1e-9);
    let epochs = forged
        .save_epochs(
            records.iter().map(|record| crate::EpochRecord { seconds: 9.0, ..*record }).collect(),
        )
        .unwrap();
    forged.finish(&epochs, &crate::Outcome { seconds: 99.0, ..outcome }, sha256.clone()).unwrap();
    StoredStudy::merge(&place.at("other times"), &dirs).unwrap();
    // The other process's weights of another epoch, which `verify` would find: the comparison alone is tested.
    let whole = RunDirectory::new(&place.at("whole"), facts.id(), facts.training);
    for (name, what) in [
        (PREDICTIONS, "the predictions"),
        (BEST, "the weights of the best epoch"),
        (LAST, "the weights of the last epoch"),
    ] {
        assert_eq!(forged.differs_from(&whole).unwrap(), None);
        let before = fs::read(run.join(name)).unwrap();
        fs::write(run.join(name), [&before[..], b" "].concat()).unwrap();
        assert_eq!(forged.differs_from(&whole).unwrap(), Some(what));
        fs::write(run.join(name), before).unwrap();
    }
}

#[test]
fn runs_of_another_engine_are_refused_and_those_of_other_settings_set_aside() {
    let place = Place::new();
    // The study was trained with other layers before.
    train(&TEXT.replace("dense 9", "dense 7"), &place.at("changed"), Some("1/2"), |_| false);
    train(TEXT, &place.at("changed"), Some("1/2"), |_| false);
    let merged = place.merge("out", &["changed", "second"]).unwrap();
    assert!(merged.set_aside > 0 && merged.ended == 4, "{merged:?}");
    fs::create_dir(place.at("second").join(RUNS).join("not a run")).unwrap();
    place.merge("with others", &["first", "second"]).unwrap();

    let run = a_run(&place.at("first"));
    let id = run.file_name().unwrap().to_string_lossy().into_owned();
    let facts = RunFile::read(&run.join(RUN), &id).unwrap().unwrap().decided_by;
    let older = RunFacts { engine: ENGINE_VERSION - 1, ..facts };
    let renamed = place.at("first").join(RUNS).join(older.id());
    fs::rename(&run, &renamed).unwrap();
    RunFile::new("a", &older).write(&renamed.join(RUN)).unwrap();
    let error = place.refused(&["second", "first"]);
    let expected = format!(
        "was trained by engine version {}, and this program's is {ENGINE_VERSION}",
        ENGINE_VERSION - 1
    );
    assert!(error.contains(&expected), "{error}");
}
