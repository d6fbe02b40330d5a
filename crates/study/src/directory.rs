//! A study's directory while one process is at work on it.

use std::fs::{self, File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::disk::{DISK, Disk};
use crate::file_names::{DATASET_FILE, LOCK_FILE, RUNS, STUDY_FILE};
use crate::kept_curves::{REFERENCE, keep_curves};
use crate::plain_text::make_plain;
use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::stored_files::{read_study, run_directory};
use crate::{DatasetFacts, NetworkPlan, SettingChange, StoreError, Study, files};

/// The directory, locked until this is dropped.
pub(crate) struct Directory {
    dir: PathBuf,
    study: Study,
    /// Networks that were trained otherwise there, as they were.
    changed: Vec<NetworkPlan>,
    _lock: File,
}

impl Directory {
    /// Makes `dir` the home of `study`, or goes on with the same study that is there: seeds and
    /// networks may be added to it, and may be left out of `study` without being lost. Networks may
    /// have other settings than they had: their runs are others then, and those of before stay
    /// where they are.
    ///
    /// # Errors
    /// Another study or other things are there, another process is at work there, or nothing can be
    /// written there: found before anything is.
    pub fn open(dir: &Path, study: &Study, dataset: &DatasetFacts) -> Result<Self, StoreError> {
        with_stored(dir, study, dataset)?;
        files::create_directories(dir)?;
        let lock = lock(dir)?;
        // Once more, now that nobody else writes there.
        let (mut study, changed) = with_stored(dir, study, dataset)?;
        // The study comes last: where it is, the rest is.
        files::write_json(&dir.join(DATASET_FILE), dataset)?;
        keep_curves(dir, &mut study)?;
        files::write_whole(&dir.join(STUDY_FILE), study.to_toml().as_bytes())?;
        // Runs are made in it, never with it: a directory that somebody removed does not come back
        // with half its content.
        files::create_directory(&dir.join(RUNS))?;
        Ok(Directory { dir: dir.to_owned(), study, changed, _lock: lock })
    }

    /// The networks of [`study`](Self::study) that had other settings before, as they were.
    pub fn changed(&self) -> &[NetworkPlan] {
        &self.changed
    }

    /// All that the directory holds: what was asked for, and what was there before.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// Where a run's files are.
    pub fn run(&self, facts: &RunFacts) -> RunDirectory {
        run_directory(&self.dir, facts)
    }
}

/// `study` together with what `dir` holds of it already, and the networks that had other settings
/// there.
fn with_stored(
    dir: &Path,
    study: &Study,
    dataset: &DatasetFacts,
) -> Result<(Study, Vec<NetworkPlan>), StoreError> {
    let Some((stored, stored_dataset)) = read_study(dir)? else {
        refuse_foreign(dir)?;
        return Ok((study.clone(), Vec::new()));
    };
    let all_networks = [
        ("its name", stored.name.clone(), study.name.clone()),
        ("the data set", data_name(&stored_dataset), data_name(dataset)),
        ("validation", stored.validation.to_string(), study.validation.to_string()),
        ("train_images", stored.train_images_text(), study.train_images_text()),
    ];
    if let Some((what, there, here)) =
        all_networks.into_iter().find(|(_, there, here)| there != here)
    {
        return Err(StoreError::AnotherStudy {
            dir: dir.to_owned(),
            what: what.to_owned(),
            there,
            here,
        });
    }
    let is_changed = |there: &&NetworkPlan| {
        let here = study.networks.iter().find(|here| here.name == there.name);
        here.is_some_and(|here| !SettingChange::between(there, here).is_empty())
    };
    let changed = stored.networks.iter().filter(is_changed).cloned().collect();
    Ok((merged(stored, study), changed))
}

/// A directory that holds anything but what a killed process of ours may have left is not for us.
fn refuse_foreign(dir: &Path) -> Result<(), StoreError> {
    let is_begun = dir.join(LOCK_FILE).exists();
    let ours = |name: &str| {
        [LOCK_FILE, DATASET_FILE].contains(&name)
            || name.ends_with(".partial")
            || (name == REFERENCE && is_begun)
    };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        // Making it will say what else is wrong.
        Err(_) => return Ok(()),
    };
    match entries.flatten().all(|entry| ours(&entry.file_name().to_string_lossy())) {
        true => Ok(()),
        false => Err(StoreError::NotAStudy { dir: dir.to_owned() }),
    }
}

/// The data, so that other data has another name.
fn data_name(dataset: &DatasetFacts) -> String {
    format!("`{}` ({})", dataset.name, dataset.fingerprint.chars().take(12).collect::<String>())
}

/// Everything of both. Where `study` was narrowed to some networks, those that are stored stay,
/// with their baselines.
fn merged(stored: Study, study: &Study) -> Study {
    let named = |networks: &[NetworkPlan], name: &str| {
        networks.iter().find(|network| network.name == name).cloned()
    };
    let narrowed =
        stored.networks.iter().any(|network| named(&study.networks, &network.name).is_none());
    if !narrowed {
        return Study { seeds: stored.seeds.max(study.seeds), ..study.clone() };
    }
    let stays = |there: &NetworkPlan| match named(&study.networks, &there.name) {
        Some(here) if !SettingChange::between(there, &here).is_empty() => {
            NetworkPlan { vs: here.vs.clone().or(there.vs.clone()), ..here }
        }
        _ => there.clone(),
    };
    let mut networks: Vec<_> = stored.networks.iter().map(stays).collect();
    let is_new = |network: &&NetworkPlan| named(&stored.networks, &network.name).is_none();
    networks.extend(study.networks.iter().filter(is_new).cloned());
    Study { seeds: stored.seeds.max(study.seeds), networks, ..study.clone() }
}

/// Bytes that are read of who has the lock.
const LONGEST_OWNER: u64 = 500;

/// Takes the directory for this process. The system lets go of the lock when the process ends,
/// however it ends.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join(LOCK_FILE);
    let cant_write = |source| StoreError::Write { path: path.clone(), source };
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(cant_write)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            // Nobody's word for what it says: it may be anything.
            let _ = file.take(LONGEST_OWNER).read_to_string(&mut owner);
            let mut owner = owner.trim().to_owned();
            make_plain(&mut owner);
            let owner = if owner.is_empty() { "another process".to_owned() } else { owner };
            return Err(StoreError::InUse { dir: dir.to_owned(), owner });
        }
        Err(TryLockError::Error(source)) => return Err(cant_write(source)),
    }
    let host = gethostname::gethostname();
    let owner = format!("process {} on {}\n", std::process::id(), host.to_string_lossy());
    file.set_len(0)
        .and_then(|()| DISK.write(&mut file, &path, owner.as_bytes()))
        .map_err(cant_write)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{dataset, study};

    const TEXT: &str = "[training]\nvalidation = 8\nbatch_size = 4\n\
                        [[network]]\nname = \"a\"\nlayers = \"dense 4\"\n\
                        [[network]]\nname = \"b\"\nlayers = \"dense 5\"\nvs = \"a\"\n";

    fn facts() -> DatasetFacts {
        DatasetFacts::from(&dataset(24, 8))
    }

    fn stored(dir: &Path) -> Study {
        read_study(dir).unwrap().unwrap().0
    }

    #[test]
    fn a_study_may_grow_and_be_narrowed_without_loss() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("new/dir");
        let whole = study(&format!("seeds = 2\n{TEXT}"));
        let mut first = whole.clone();
        first.only(&["b".to_owned()]).unwrap();
        Directory::open(&dir, &first, &facts()).unwrap();
        assert_eq!(stored(&dir), first);
        Directory::open(&dir, &whole, &facts()).unwrap();
        assert_eq!(stored(&dir), whole);
        // Narrowed, `b` has no baseline: the stored one stays.
        first.set_seeds(3).unwrap();
        Directory::open(&dir, &first, &facts()).unwrap();
        assert_eq!(stored(&dir), Study { seeds: 3, ..whole.clone() });
        Directory::open(&dir, &whole, &facts()).unwrap();
        assert_eq!(stored(&dir).seeds, 3);
        // A network that is new comes behind those that are there.
        let mut more = study(&format!("{TEXT}[[network]]\nname = \"c\"\nlayers = \"relu\"\n"));
        more.only(&["c".to_owned()]).unwrap();
        Directory::open(&dir, &more, &facts()).unwrap();
        let names: Vec<String> =
            stored(&dir).networks.into_iter().map(|network| network.name).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }

    #[test]
    fn another_study_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("study");
        Directory::open(&dir, &study(TEXT), &facts()).unwrap();
        let before = fs::read(dir.join(STUDY_FILE)).unwrap();
        let refused = |study: &Study, facts: &DatasetFacts| {
            let error = Directory::open(&dir, study, facts).err().expect("refused");
            assert!(matches!(error, StoreError::AnotherStudy { .. }), "{error}");
            assert_eq!(fs::read(dir.join(STUDY_FILE)).unwrap(), before);
            error.to_string()
        };
        for (from, to, message) in [
            ("validation = 8", "validation = 9", "validation is 8 there and 9 now"),
            (
                "validation = 8",
                "validation = 8\ntrain_images = 3",
                "train_images is \"all\" there and 3 now",
            ),
        ] {
            let error = refused(&study(&TEXT.replace(from, to)), &facts());
            assert!(error.contains(message), "{error}");
        }
        let named = Study { name: "other".to_owned(), ..study(TEXT) };
        assert!(refused(&named, &facts()).contains("its name is test there and other now"));
        let data = DatasetFacts { fingerprint: "else".to_owned(), ..facts() };
        assert!(
            refused(&study(TEXT), &data)
                .contains("the data set is `test` (lines-24-8) there and `test` (else) now")
        );
    }

    #[test]
    fn networks_may_change_also_where_the_study_is_narrowed() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let names = |networks: &[NetworkPlan]| {
            networks.iter().map(|plan| plan.name.clone()).collect::<Vec<_>>()
        };
        let whole = study(TEXT);
        assert_eq!(Directory::open(dir, &whole, &facts()).unwrap().changed(), []);
        let mut longer = whole.clone();
        longer.only(&["b".to_owned()]).unwrap();
        longer.set_epochs(30).unwrap();
        let opened = Directory::open(dir, &longer, &facts()).unwrap();
        assert_eq!(opened.changed(), &whole.networks[1..]);
        let mut expected = whole.clone();
        expected.networks[1].training.epochs = 30;
        assert_eq!(opened.study(), &expected, "the baseline stays");
        assert_eq!(stored(dir), expected);
        drop(opened);
        let wider =
            study(&TEXT.replace("dense 4", "dense 5").replace("batch_size = 4", "batch_size = 5"));
        let opened = Directory::open(dir, &wider, &facts()).unwrap();
        assert_eq!(
            (names(opened.changed()), opened.study()),
            (vec!["a".to_owned(), "b".to_owned()], &wider)
        );
    }

    #[test]
    fn the_second_process_is_told_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let first = Directory::open(dir.path(), &study(TEXT), &facts()).unwrap();
        let error =
            Directory::open(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
        assert!(
            error.contains(&format!("is in use by process {} on ", std::process::id())),
            "{error}"
        );
        // Whatever stands there does no harm.
        fs::write(dir.path().join(LOCK_FILE), "\u{1b}[2J".repeat(1000)).unwrap();
        let error =
            Directory::open(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
        assert!(!error.contains('\u{1b}') && error.len() < 1500, "{error:?}");
        fs::write(dir.path().join(LOCK_FILE), [0xff; 9]).unwrap();
        let error =
            Directory::open(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
        assert!(error.contains("is in use by another process\n"), "{error}");
        drop(first);
        Directory::open(dir.path(), &study(TEXT), &facts()).unwrap();
    }

    #[test]
    fn other_things_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("thesis.txt"), "years of work").unwrap();
        let error = Directory::open(dir.path(), &study(TEXT), &facts()).err().expect("refused");
        assert!(matches!(error, StoreError::NotAStudy { .. }), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        for place in [file.join("study"), file.clone()] {
            let error = Directory::open(&place, &study(TEXT), &facts()).err().expect("refused");
            assert!(matches!(error, StoreError::Write { .. } | StoreError::Read { .. }), "{error}");
            assert!(error.to_string().contains("file"), "{error}");
        }
        assert_eq!(fs::read(&file).unwrap(), b"");
    }
}
