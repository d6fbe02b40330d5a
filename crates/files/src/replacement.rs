//! Replaces a file: writes a new file beside it, syncs that, renames it, and syncs the directory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::{Disk, SystemDisk, regular_file};

/// Writes `bytes` to `path`, and replaces an existing file. If two threads or processes do that at
/// once, one of the two contents stays, as a whole.
///
/// # Errors
/// The system's error of the call that it refused. `path` is then unchanged, unless only the sync
/// of the directory failed.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_on(&SystemDisk, path, |file| file.write_all(bytes))
}

/// Like [`replace`] for one of many files in a directory: after a power cut, the file may still have
/// its old content, as a whole, until the caller has synced the directory with
/// [`Disk::sync_directory`].
///
/// # Errors
/// Like [`replace`].
pub fn replace_one_of_many(path: &Path, bytes: &[u8]) -> io::Result<()> {
    rename_over(&SystemDisk, path, |file| file.write_all(bytes))
}

/// Like [`replace`], on any disk, for content that `content` writes piece by piece.
///
/// # Errors
/// Like [`replace`], and the errors of `content`.
pub fn replace_on(
    disk: &impl Disk,
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    rename_over(disk, path, content)?;
    disk.sync_directory(path.parent().unwrap_or(Path::new(".")))
}

/// Writes a file aside, syncs it and renames it to `path`.
fn rename_over(
    disk: &impl Disk,
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new(""));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    // A new file with a name that nobody can predict: whatever stands in the directory, it is not
    // written to.
    let (file, aside) = tempfile::Builder::new()
        .prefix(&name)
        .suffix(PARTIAL)
        .rand_bytes(RANDOM)
        .make_in(directory, |aside| disk.create(aside))?
        .into_parts();
    let aside = aside.keep()?;
    let write = || {
        let file = Aside { disk, file, path: &aside };
        let mut file = BufWriter::with_capacity(PIECE, file);
        content(&mut file)?;
        let Aside { file, .. } = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        rename_synced(disk, file, &aside, path)
    };
    write().inspect_err(|_| {
        // On a full disk, an unfinished file would take room that others need. An error here means
        // that there is no such file.
        let _ = disk.remove(&aside);
    })
}

/// The end of the name of a file that is not complete yet.
const PARTIAL: &str = ".partial";

/// Random characters before that end.
const RANDOM: usize = 6;

/// Removes what killed processes left in `directory` of the files that they were replacing there.
/// `is_ours` says for which names; nobody else may be replacing those.
///
/// A file that can't be removed stays. It does no harm.
pub fn remove_leftovers(disk: &impl Disk, directory: &Path, is_ours: impl Fn(&str) -> bool) {
    if regular_file::require_directory(directory).is_err() {
        return;
    }
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let of = name.to_str().and_then(leftover_of);
        if of.is_some_and(&is_ours) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = disk.remove(&entry.path());
        }
    }
}

/// The name of the file that `leftover` was to become; `None` if it is the name of another file.
pub fn leftover_of(leftover: &str) -> Option<&str> {
    let name = leftover.strip_suffix(PARTIAL)?;
    // An earlier version put nothing random into the name.
    let (name, _) = name
        .rsplit_once('.')
        .filter(|(_, random)| {
            random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        .unwrap_or((name, ""));
    (!name.is_empty()).then_some(name)
}

/// Creates the directory and its parents, if they do not exist, and waits until their names are on
/// the disk.
///
/// # Errors
/// The system's error of the call that it refused.
pub fn create_directories(disk: &impl Disk, path: &Path) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    create_directories(disk, parent)?;
    match disk.create_directory(path) {
        // Another process was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
        // A directory may be made in one that may not be read.
        Ok(()) => match disk.sync_directory(parent) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            other => other,
        },
    }
}

/// Renames a complete `file` from `aside` to `path`, after its content is on the disk. Returns
/// after the new name is on the disk too.
///
/// # Errors
/// The system's error of the call that it refused.
pub fn put_in_place(disk: &impl Disk, file: File, aside: &Path, path: &Path) -> io::Result<()> {
    rename_synced(disk, file, aside, path)?;
    disk.sync_directory(path.parent().unwrap_or(Path::new(".")))
}

/// Renames a complete `file` from `aside` to `path`, after its content is on the disk.
fn rename_synced(disk: &impl Disk, file: File, aside: &Path, path: &Path) -> io::Result<()> {
    disk.sync(&file, aside)?;
    // Windows can't rename an open file.
    drop(file);
    disk.rename(aside, path)
}

/// Bytes that are written at once, so that many small pieces take few calls.
const PIECE: usize = 1 << 20;

/// The new file that is written beside the old one.
struct Aside<'a, D: Disk> {
    disk: &'a D,
    file: File,
    path: &'a Path,
}

impl<D: Disk> Write for Aside<'_, D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.disk.write(&mut self.file, self.path, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// A disk that records each call and refuses one of them.
    #[derive(Default)]
    struct Watched {
        calls: RefCell<Vec<String>>,
        refuses: Option<usize>,
    }

    impl Watched {
        fn call(&self, call: &str, path: &Path) -> io::Result<()> {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = leftover_of(&name).map_or(name.clone(), |of| format!("{of}.partial").into());
            let mut calls = self.calls.borrow_mut();
            calls.push(format!("{call} {name}"));
            match self.refuses {
                Some(refused) if refused + 1 == calls.len() => Err(io::Error::other("refused")),
                _ => Ok(()),
            }
        }
    }

    impl Disk for Watched {
        fn create(&self, path: &Path) -> io::Result<File> {
            self.call("create", path)?;
            SystemDisk.create(path)
        }

        fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> io::Result<()> {
            self.call("write", path)?;
            SystemDisk.write(file, path, bytes)
        }

        fn sync(&self, _: &File, path: &Path) -> io::Result<()> {
            self.call("sync", path)
        }

        fn sync_directory(&self, path: &Path) -> io::Result<()> {
            self.call("sync directory", path)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.call("rename", from)?;
            SystemDisk.rename(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.call("remove", path)?;
            SystemDisk.remove(path)
        }

        fn create_directory(&self, path: &Path) -> io::Result<()> {
            self.call("create directory", path)?;
            SystemDisk.create_directory(path)
        }
    }

    #[test]
    fn the_name_changes_after_the_content_is_on_the_disk() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("here/a.csv");
        fs::create_dir(place.path().join("here")).unwrap();
        let disk = Watched::default();
        let write = |file: &mut dyn Write| {
            file.write_all(b"one,")?;
            file.write_all(b"two")
        };
        replace_on(&disk, &path, write).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one,two");
        let calls = [
            "create a.csv.partial",
            "write a.csv.partial",
            "sync a.csv.partial",
            "rename a.csv.partial",
            "sync directory here",
        ];
        assert_eq!(*disk.calls.borrow(), calls);
    }

    #[test]
    fn a_refused_call_leaves_the_old_file_and_nothing_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.csv");
        for refused in 0..4 {
            fs::write(&path, "old").unwrap();
            let disk = Watched { refuses: Some(refused), ..Watched::default() };
            let error = replace_on(&disk, &path, |file| file.write_all(b"new")).unwrap_err();
            assert_eq!(error.to_string(), "refused");
            assert_eq!(fs::read_to_string(&path).unwrap(), "old", "call {refused}");
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1, "call {refused}");
        }
        // The file has its new name, but the name may not survive a power cut.
        let disk = Watched { refuses: Some(4), ..Watched::default() };
        replace_on(&disk, &path, |file| file.write_all(b"new")).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[test]
    fn content_that_cannot_be_made_leaves_the_old_file() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.csv");
        fs::write(&path, "old").unwrap();
        let half = |file: &mut dyn Write| {
            file.write_all(b"ne")?;
            Err(io::Error::other("no more"))
        };
        assert_eq!(replace_on(&SystemDisk, &path, half).unwrap_err().to_string(), "no more");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn nothing_that_stands_there_is_written_to_and_leftovers_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let names = ["a.csv.partial", "a.csv.Xy12ab.partial", "b.csv.Xy12ab.partial"];
        names.iter().for_each(|name| fs::write(place.path().join(name), "mine").unwrap());
        replace(&place.path().join("a.csv"), b"new").unwrap();
        for name in names {
            assert_eq!(fs::read(place.path().join(name)).unwrap(), b"mine", "{name}");
        }
        fs::create_dir(place.path().join("a.csv.Zz12ab.partial")).unwrap();
        remove_leftovers(&SystemDisk, place.path(), |name| name == "a.csv");
        let mut left: Vec<_> =
            fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(
            left,
            ["a.csv", "a.csv.Zz12ab.partial", "b.csv.Xy12ab.partial"],
            "an earlier version left `a.csv.partial`"
        );
    }

    #[test]
    fn directories_are_synced_into_their_parents() {
        let place = tempfile::tempdir().unwrap();
        let disk = Watched::default();
        create_directories(&disk, &place.path().join("one/two")).unwrap();
        assert!(place.path().join("one/two").is_dir());
        let calls = disk.calls.borrow();
        assert_eq!(calls[0], "create directory one");
        assert!(calls[1].starts_with("sync directory "), "{calls:?}");
        assert_eq!(calls[2..], ["create directory two", "sync directory one"]);
    }

    #[test]
    fn a_file_in_the_current_directory_needs_no_directory_in_its_name() {
        assert_eq!(Path::new("a.csv").parent(), Some(Path::new("")));
        SystemDisk.sync_directory(Path::new("")).unwrap();
    }
}
