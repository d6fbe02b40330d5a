//! A study's directory, locked by the process that works on it.

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
use crate::study_seeds::continued_seeds;
use crate::{DatasetFacts, NetworkPlan, SettingChange, StoreError, Study, files};

/// The directory, locked until this is dropped.
pub(crate) struct Directory {
    dir: PathBuf,
    study: Study,
    /// The networks that had other settings in the directory, with those settings.
    changed: Vec<NetworkPlan>,
    _lock: File,
}

impl Directory {
    /// Makes `dir` the directory of `study`, or continues the same study in it. `study` may add
    /// seeds and networks to the stored study, and may leave some out, which are not lost. Networks
    /// may have other settings than before: then they get new runs, and the old ones stay.
    ///
    /// # Errors
    /// `dir` holds another study or other things; this is found before anything is written. Or
    /// another process works on `dir`, or `dir` is damaged or can't be written.
    pub fn open(dir: &Path, study: &Study, dataset: &DatasetFacts) -> Result<Self, StoreError> {
        with_stored(dir, study, dataset)?;
        files::create_directories(dir)?;
        let lock = lock(dir)?;
        // Read again, because another process may have written before this one had the lock.
        let (mut study, changed) = with_stored(dir, study, dataset)?;
        // The study file is written last: if it exists, the files that it needs do too.
        files::write_json(&dir.join(DATASET_FILE), dataset)?;
        keep_curves(dir, &mut study)?;
        files::write_whole(&dir.join(STUDY_FILE), study.to_toml().as_bytes())?;
        // Runs never make this directory. So if somebody removes it during training, it does not
        // come back with half of its content.
        files::create_directory(&dir.join(RUNS))?;
        Ok(Directory { dir: dir.to_owned(), study, changed, _lock: lock })
    }

    /// The networks of [`study`](Self::study) that had other settings before, with those settings.
    pub fn changed(&self) -> &[NetworkPlan] {
        &self.changed
    }

    /// The study that the directory holds now: the one to run together with the one that was
    /// there.
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// The directory of all runs.
    pub fn runs(&self) -> PathBuf {
        self.dir.join(RUNS)
    }

    /// The directory of a run.
    pub fn run(&self, facts: &RunFacts) -> RunDirectory {
        run_directory(&self.dir, facts)
    }
}

/// `study` together with the study in `dir`, and the networks that had other settings there.
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
    let has_begun = !files::names_in(&dir.join(RUNS))?.is_empty();
    Ok((merged(stored, study, has_begun), changed))
}

/// Refuses a directory with other content than a killed process of this program may have left.
fn refuse_foreign(dir: &Path) -> Result<(), StoreError> {
    let is_begun = dir.join(LOCK_FILE).exists();
    let ours = |name: &str| {
        [LOCK_FILE, DATASET_FILE].contains(&name)
            || name.ends_with(".partial")
            || (name == REFERENCE && is_begun)
    };
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        // The directory does not exist, or making it will tell what is wrong.
        Err(_) => return Ok(()),
    };
    match entries.flatten().all(|entry| ours(&entry.file_name().to_string_lossy())) {
        true => Ok(()),
        false => Err(StoreError::NotAStudy { dir: dir.to_owned() }),
    }
}

/// Name and fingerprint of the data, for messages: different data never has the same text.
fn data_name(dataset: &DatasetFacts) -> String {
    format!("`{}` ({})", dataset.name, dataset.fingerprint.chars().take(12).collect::<String>())
}

/// The networks and seeds of both studies. If `study` was narrowed to some networks, the other
/// stored ones stay. Whatever `study` says of a network counts; only a baseline that it does not
/// name is the stored one, since a study narrowed by `--only` has lost it. As long as no run
/// `has_begun`, the number of seeds may be declared anew.
fn merged(stored: Study, study: &Study, has_begun: bool) -> Study {
    let (seeds, seed_plan) = match has_begun {
        true => continued_seeds(&stored, study),
        false => (study.seeds, study.seed_plan),
    };
    let named = |networks: &[NetworkPlan], name: &str| {
        networks.iter().find(|network| network.name == name).cloned()
    };
    let narrowed =
        stored.networks.iter().any(|network| named(&study.networks, &network.name).is_none());
    if !narrowed {
        return Study { seeds, seed_plan, ..study.clone() };
    }
    let stays = |there: &NetworkPlan| match named(&study.networks, &there.name) {
        Some(here) => NetworkPlan { vs: here.vs.clone().or(there.vs.clone()), ..here },
        None => there.clone(),
    };
    let mut networks: Vec<_> = stored.networks.iter().map(stays).collect();
    let is_new = |network: &&NetworkPlan| named(&stored.networks, &network.name).is_none();
    networks.extend(study.networks.iter().filter(is_new).cloned());
    Study { seeds, seed_plan, networks, ..study.clone() }
}

/// Most bytes that are read of the lock file, which names the process that holds the lock.
const LONGEST_OWNER: u64 = 500;

/// Locks the directory for this process. The system releases the lock when the process ends, also
/// after a kill.
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
            // The content is not trusted, and an error leaves it empty.
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
    use crate::SeedPlan;
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
        // `b` lost its baseline when the study was narrowed, but keeps the stored one.
        first.set_seeds(3).unwrap();
        Directory::open(&dir, &first, &facts()).unwrap();
        let declared = Study { seeds: 3, ..whole.clone() };
        assert_eq!(stored(&dir), declared, "no run has begun");
        fs::create_dir(dir.join(RUNS).join("begun")).unwrap();
        Directory::open(&dir, &whole, &facts()).unwrap();
        assert_eq!(stored(&dir), declared);
        first.set_seeds(4).unwrap();
        Directory::open(&dir, &first, &facts()).unwrap();
        let extended = SeedPlan::Extended { declared: 3 };
        assert_eq!(stored(&dir), Study { seeds: 4, seed_plan: extended, ..whole.clone() });
        // A new network comes after the stored ones.
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
    fn the_second_process_learns_who_the_first_is() {
        let dir = tempfile::tempdir().unwrap();
        let first = Directory::open(dir.path(), &study(TEXT), &facts()).unwrap();
        let error =
            Directory::open(dir.path(), &study(TEXT), &facts()).err().expect("refused").to_string();
        assert!(
            error.contains(&format!("is in use by process {} on ", std::process::id())),
            "{error}"
        );
        // Any content of the lock file is harmless.
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
