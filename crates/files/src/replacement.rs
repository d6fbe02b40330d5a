//! Replaces a file: writes a new file beside it, syncs that, renames it, and syncs the directory.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::{Disk, SystemDisk};

/// Writes `bytes` to `path`, and replaces an existing file.
///
/// Two threads or processes must not replace the same file at the same time, since both would write
/// to the same `NAME.partial`.
///
/// # Errors
/// The system's error of the call that it refused. `path` is then unchanged, unless only the sync
/// of the directory failed.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_on(&SystemDisk, path, |file| file.write_all(bytes))
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
    let aside = path.with_added_extension("partial");
    let write = || {
        let file = Aside { disk, file: disk.create(&aside)?, path: &aside };
        let mut file = BufWriter::with_capacity(PIECE, file);
        content(&mut file)?;
        let Aside { file, .. } = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        put_in_place(disk, file, &aside, path)
    };
    write().inspect_err(|_| {
        // On a full disk, an unfinished file would take room that others need. An error here means
        // that there is no such file.
        let _ = disk.remove(&aside);
    })
}

/// Renames a complete `file` from `aside` to `path`, after its content is on the disk. Returns
/// after the new name is on the disk too.
///
/// # Errors
/// The system's error of the call that it refused.
pub fn put_in_place(disk: &impl Disk, file: File, aside: &Path, path: &Path) -> io::Result<()> {
    disk.sync(&file, aside)?;
    // Windows can't rename an open file.
    drop(file);
    disk.rename(aside, path)?;
    disk.sync_directory(path.parent().unwrap_or(Path::new(".")))
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
    use std::fs;

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
    fn a_file_in_the_current_directory_needs_no_directory_in_its_name() {
        assert_eq!(Path::new("a.csv").parent(), Some(Path::new("")));
        SystemDisk.sync_directory(Path::new("")).unwrap();
    }
}
