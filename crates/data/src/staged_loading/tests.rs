//! Copies that are made once, that are cut short, or that can't be made.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use fitroom_files::{Disk, SystemDisk};
use tempfile::TempDir;

use super::*;
use crate::fixture::small_folder;
use crate::idx_directory::IdxDirectory;
use crate::idx_folder::FILE_NAMES;
use crate::image_files::ImageFiles;
use crate::staging::original::Originals;
use crate::{Dataset, ReadOptions};

/// A disk that counts the files that are made, and fails at one call.
#[derive(Default)]
pub(super) struct Watched {
    copies: AtomicUsize,
    calls: AtomicUsize,
    /// Which call fails, and how: `None` for a process that ends there.
    fails: Option<(usize, Option<ErrorKind>)>,
}

impl Watched {
    fn failing(call: usize, kind: Option<ErrorKind>) -> Self {
        Watched { fails: Some((call, kind)), ..Watched::default() }
    }

    fn call(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.fails {
            Some((failing, None)) if failing == call => panic!("the process is killed"),
            Some((failing, Some(kind))) if failing == call => Err(kind.into()),
            _ => Ok(()),
        }
    }

    pub(super) fn copies(&self) -> usize {
        self.copies.load(Ordering::Relaxed)
    }
}

impl Disk for Watched {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.call()?;
        self.copies.fetch_add(1, Ordering::Relaxed);
        SystemDisk.create(path)
    }

    fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.call()?;
        SystemDisk.write(file, path, bytes)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.call()?;
        SystemDisk.sync_directory(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call()?;
        SystemDisk.rename(from, to)
    }
}

/// Four files, and a directory to copy them to.
pub(super) struct Place {
    pub(super) files: TempDir,
    pub(super) stage: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Place { files: small_folder(), stage: tempfile::tempdir().unwrap() }
    }

    fn source(&self) -> ImageFiles {
        ImageFiles::Idx(IdxDirectory(self.files.path().to_owned()))
    }

    fn original(&self) -> Dataset {
        crate::Source::Files(self.source())
            .load(&ReadOptions::default(), &crate::Places::default(), &mut |_| {})
            .unwrap()
    }

    fn load(&self, disk: &Watched) -> Result<Dataset, DataError> {
        let stage = Stage::open(disk, self.stage.path())?;
        read_own(&self.source(), &ReadOptions::default(), &stage)
    }

    /// What lies in this user's directory.
    fn names(&self) -> Vec<String> {
        let stage = Stage::open(&SystemDisk, self.stage.path()).unwrap();
        let entries = fs::read_dir(stage.directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(super) fn copies(&self) -> Vec<PathBuf> {
        let stage = Stage::open(&SystemDisk, self.stage.path()).unwrap();
        let names = self.names().into_iter().filter(|name| name != "lock");
        names.map(|name| stage.directory.join(name)).collect()
    }
}

#[test]
fn the_second_process_copies_nothing() {
    let place = Place::new();
    for copies in [4, 0] {
        let disk = Watched::default();
        assert_eq!(place.load(&disk).unwrap(), place.original());
        assert_eq!(disk.copies(), copies);
    }
    assert_eq!(place.names().len(), 2, "{:?}", place.names());
}

#[test]
fn of_eight_at_once_one_copies() {
    let place = Place::new();
    let (disk, together) = (Watched::default(), Barrier::new(8));
    let original = place.original();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                together.wait();
                assert_eq!(place.load(&disk).unwrap(), original);
            });
        }
    });
    assert_eq!(disk.copies(), 4);
}

#[test]
fn a_changed_file_is_copied_again() {
    let place = Place::new();
    place.load(&Watched::default()).unwrap();
    let path = place.files.path().join(FILE_NAMES[3]);
    let before = fs::metadata(&path).unwrap();
    // Another size; then the same size and the same time of writing.
    for labels in [&[1_u8, 0][..], &[0, 1]] {
        let images = labels.len() as u32;
        fs::write(
            place.files.path().join(FILE_NAMES[2]),
            crate::fixture::idx(0x803, &[images, 1, 2], &[7, 8, 9, 10]),
        )
        .unwrap();
        fs::write(&path, crate::fixture::idx(0x801, &[images], labels)).unwrap();
        File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(before.modified().unwrap()))
            .unwrap();
        let disk = Watched::default();
        let dataset = place.load(&disk).unwrap();
        assert_eq!((dataset.test.labels.as_slice(), disk.copies()), (labels, 4));
        assert_eq!(dataset, place.original());
        // The system's clock goes on by a tick, so that the next change has another time.
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(place.copies().len(), 3, "processes may still read the others");
}

#[test]
fn a_copy_of_which_files_were_tidied_away_is_made_again() {
    let place = Place::new();
    place.load(&Watched::default()).unwrap();
    let copies = place.copies();
    fs::remove_file(copies[0].join(FILE_NAMES[1])).unwrap();
    let disk = Watched::default();
    assert_eq!(place.load(&disk).unwrap(), place.original());
    assert_eq!((disk.copies(), place.copies()), (4, copies.clone()));
    fs::write(copies[0].join(FILE_NAMES[1]), "short").unwrap();
    assert_eq!(place.load(&Watched::default()).unwrap(), place.original());
}

#[test]
fn a_kill_at_any_moment_leaves_nothing_half() {
    let place = Place::new();
    let (original, mut killed) = (place.original(), 0);
    loop {
        let disk = Watched::failing(killed, None);
        if catch_unwind(AssertUnwindSafe(|| place.load(&disk))).is_ok() {
            break;
        }
        let is_complete = place.copies().iter().any(|path| path.extension().is_none());
        let disk = Watched::default();
        assert_eq!(place.load(&disk).unwrap(), original, "after call {killed}");
        assert_eq!(disk.copies(), if is_complete { 0 } else { 4 }, "after call {killed}");
        assert_eq!(place.names().len(), 2, "after call {killed}: {:?}", place.names());
        place.copies().iter().for_each(|path| fs::remove_dir_all(path).unwrap());
        killed += 1;
    }
    assert_eq!(killed, 11, "the lock's file, four files twice, the rename and the directory");
}

#[test]
fn a_full_disk_is_an_error_that_names_it_and_leaves_nothing() {
    let place = Place::new();
    let mut refused = 0;
    let error = loop {
        let disk = Watched::failing(refused, Some(ErrorKind::StorageFull));
        let Err(error) = place.load(&disk) else { break refused };
        assert!(matches!(error, DataError::Staging(StagingError::Io { .. })), "{error}");
        let message = error.to_string();
        let start = format!("the data set can't be staged in {}: ", place.stage.path().display());
        assert!(message.starts_with(&start), "{message}");
        let bytes: u64 = FILE_NAMES
            .map(|name| fs::metadata(place.files.path().join(name)).unwrap().len())
            .iter()
            .sum();
        let hint =
            format!("\nhint: the files have {bytes} bytes; name another directory with --stage");
        assert!(message.contains(&hint), "{message}");
        assert!(place.names().iter().all(|name| !name.ends_with(".partial")), "call {refused}");
        // Refused when the copy is complete, it is found the next time.
        place.copies().iter().for_each(|path| fs::remove_dir_all(path).unwrap());
        refused += 1;
    };
    assert_eq!(error, 11);
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let place = Place::new();
    let file = place.stage.path().join("file");
    fs::write(&file, "").unwrap();
    for named in [file.clone(), file.join("below")] {
        let stage = Stage::open(&SystemDisk, &named);
        let message = stage.map(|_| ()).unwrap_err().to_string();
        let start = format!("the data set can't be staged in {}: cannot use ", named.display());
        assert!(message.starts_with(&start), "{message}");
        assert!(message.contains("\nhint: name another directory"), "{message}");
    }
}

#[test]
#[cfg(unix)]
fn nothing_planted_is_followed() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let mine = tempfile::tempdir().unwrap();
    fs::write(mine.path().join("work"), "years").unwrap();
    let own = Stage::open(&SystemDisk, place.stage.path()).unwrap().directory;
    place.load(&Watched::default()).unwrap();
    let key = place.copies().remove(0);
    fs::remove_dir_all(&key).unwrap();
    for name in [key.clone(), key.with_extension("partial"), own.join("a.partial")] {
        symlink(mine.path(), name).unwrap();
    }
    assert_eq!(place.load(&Watched::default()).unwrap(), place.original());
    assert!(fs::symlink_metadata(&key).unwrap().is_dir());
    assert_eq!(fs::read_dir(mine.path()).unwrap().count(), 1);
    assert_eq!(fs::read(mine.path().join("work")).unwrap(), b"years");
    fs::remove_file(own.join("lock")).unwrap();
    fs::remove_dir_all(&key).unwrap();
    symlink(mine.path().join("work"), own.join("lock")).unwrap();
    let message = place.load(&Watched::default()).unwrap_err().to_string();
    assert!(message.contains("cannot lock ") && message.contains("it is a link"), "{message}");
}

#[test]
fn a_file_that_is_written_while_it_is_copied_is_an_error() {
    let place = Place::new();
    let stage = Stage::open(&SystemDisk, place.stage.path()).unwrap();
    let path = place.files.path().join(FILE_NAMES[0]);
    for bytes in [b"more than before, and longer".to_vec(), Vec::new(), vec![0; 4]] {
        fs::write(&path, [0; 4]).unwrap();
        let seen = Originals::look(StagedFile::flat([path.clone()])).unwrap();
        thread::sleep(Duration::from_millis(20));
        fs::write(&path, bytes).unwrap();
        let error = stage.copy(&seen, &stage.directory.join(seen.key().unwrap())).unwrap_err();
        assert!(
            matches!(&error, DataError::Staging(StagingError::Changed { path: changed, .. }) if *changed == path),
            "{error}"
        );
        assert_eq!(place.names(), ["lock"]);
    }
}
