//! Locks by which processes agree who may write. The system releases a lock when its process ends,
//! also after a kill, so there is nothing to clean up.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{Disk, regular_file};

/// A locked file, which names the process that holds the lock. The lock ends when this is dropped.
#[derive(Debug)]
pub struct LockFile {
    _file: File,
}

/// Why a lock can't be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process has it.
    #[error("it is locked by {owner}")]
    Taken {
        /// What the lock file says of that process. Any process may have written it.
        owner: String,
    },
    /// The operating system refuses.
    #[error("can't lock {path}: {source}")]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl From<LockError> for io::Error {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Io { source, .. } => source,
            LockError::Taken { .. } => io::Error::new(io::ErrorKind::WouldBlock, error),
        }
    }
}

/// Most bytes that are read of a lock file.
const LONGEST_OWNER: u64 = 500;

impl LockFile {
    /// Locks the file at `path`, which is created if it does not exist.
    ///
    /// # Errors
    /// Another process holds the lock, or the system refuses to open, lock or write the file.
    pub fn take(disk: &impl Disk, path: &Path) -> Result<Self, LockError> {
        Self::lock(disk, path, |file| match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => unless_unsupported(error),
        })
    }

    /// Like [`take`](Self::take), but waits while another process holds the lock.
    ///
    /// # Errors
    /// Like [`take`](Self::take), except that the lock can't be taken.
    pub fn wait(disk: &impl Disk, path: &Path) -> Result<Self, LockError> {
        Self::lock(disk, path, |file| match file.lock() {
            Ok(()) => Ok(true),
            Err(error) => unless_unsupported(error),
        })
    }

    fn lock(
        disk: &impl Disk,
        path: &Path,
        lock: impl Fn(&File) -> io::Result<bool>,
    ) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { path: path.to_owned(), source };
        for _ in 0..MOST_TRIES {
            let mut options = File::options();
            options.read(true).write(true).create(true);
            let mut file = regular_file::open_with(&mut options, path).map_err(failed)?;
            if !lock(&file).map_err(failed)? {
                return Err(LockError::Taken { owner: owner_in(path) });
            }
            // The file may be a file of the user's under another name too. Only this name is ours.
            if has_other_names(&file).map_err(failed)? {
                disk.remove(path).map_err(failed)?;
                continue;
            }
            // Somebody may have removed the file since. Others would then lock another file.
            if is_at(&file, path).map_err(failed)? {
                file.set_len(0)
                    .and_then(|()| disk.write(&mut file, path, this_process().as_bytes()))
                    .map_err(failed)?;
                return Ok(LockFile { _file: file });
            }
        }
        Err(failed(io::Error::other("the file changes while it is locked")))
    }
}

/// How often a lock is tried for whose file others remove.
const MOST_TRIES: usize = 100;

/// Some network file systems have no locks. There, only a single process is safe.
fn unless_unsupported(error: io::Error) -> io::Result<bool> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(true) } else { Err(error) }
}

/// Locks a directory itself, so that the lock holds also if its lock file is removed. `None` if this
/// system can't lock directories, as Windows and some network file systems; then the lock file has
/// to do.
///
/// # Errors
/// Another process holds the lock; `lock_file` names it.
pub fn lock_directory(dir: &Path, lock_file: &Path) -> Result<Option<File>, LockError> {
    let Ok(directory) = File::open(dir) else { return Ok(None) };
    match directory.try_lock() {
        Ok(()) => Ok(Some(directory)),
        Err(TryLockError::WouldBlock) => Err(LockError::Taken { owner: owner_in(lock_file) }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// What a lock file says of the process that holds the lock, without a promise.
fn owner_in(path: &Path) -> String {
    let mut owner = String::new();
    if let Ok(file) = regular_file::open(path) {
        // An error leaves it empty.
        let _ = file.take(LONGEST_OWNER).read_to_string(&mut owner);
    }
    owner.trim().to_owned()
}

/// How this process is called in a lock file, as `process 12 on host`.
fn this_process() -> String {
    let host = gethostname::gethostname();
    format!("process {} on {}\n", std::process::id(), host.to_string_lossy())
}

/// Whether a lock file's content was written by this program, perhaps only its beginning.
pub fn looks_like_owner(text: &[u8]) -> bool {
    const START: &[u8] = b"process ";
    text.len() as u64 <= LONGEST_OWNER && text.starts_with(&START[..START.len().min(text.len())])
}

/// Whether the file has other names than the one by which it was opened.
#[cfg(unix)]
fn has_other_names(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() > 1)
}

/// Whether the file has other names than the one by which it was opened: not known here.
#[cfg(not(unix))]
fn has_other_names(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Whether `path` is the name of `file`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (this, there) = (file.metadata()?, fs::symlink_metadata(path));
    Ok(there.is_ok_and(|there| (there.dev(), there.ino()) == (this.dev(), this.ino())))
}

/// Whether `path` is the name of `file`. Only Unix can remove an open file.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::SystemDisk;

    #[test]
    fn a_lock_is_held_by_one_and_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = LockFile::take(&SystemDisk, &path).unwrap();
        let owner = format!("process {} on ", std::process::id());
        assert!(looks_like_owner(&fs::read(&path).unwrap()));
        match LockFile::take(&SystemDisk, &path).unwrap_err() {
            LockError::Taken { owner: found } => assert!(found.starts_with(&owner), "{found}"),
            LockError::Io { source, .. } => panic!("{source}"),
        }
        drop(first);
        LockFile::take(&SystemDisk, &path).unwrap();
    }

    #[test]
    fn who_waits_gets_the_lock_also_if_the_file_was_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = LockFile::wait(&SystemDisk, &path).unwrap();
        let waiting = thread::spawn({
            let path = path.clone();
            move || LockFile::wait(&SystemDisk, &path).unwrap()
        });
        // Time to begin to wait. If it has not, the test passes all the same.
        thread::sleep(Duration::from_millis(50));
        fs::remove_file(&path).unwrap();
        let other = LockFile::take(&SystemDisk, &path).unwrap();
        drop(first);
        thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished(), "the file of that name is locked by another");
        drop(other);
        let _second = waiting.join().unwrap();
        LockFile::take(&SystemDisk, &path).unwrap_err();
    }

    #[test]
    #[cfg(unix)]
    fn a_locked_directory_stays_locked_without_its_lock_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let lock = lock_directory(dir.path(), &path).unwrap();
        assert!(lock.is_some());
        let error = lock_directory(dir.path(), &path).unwrap_err();
        assert!(matches!(error, LockError::Taken { owner } if owner.is_empty()));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, path) = (dir.path().join("mine"), dir.path().join("lock"));
        fs::write(&mine, "years of work").unwrap();
        std::os::unix::fs::symlink(&mine, &path).unwrap();
        let error = LockFile::take(&SystemDisk, &path).unwrap_err().to_string();
        assert!(error.ends_with("it is a link and not a regular file"), "{error}");
        assert_eq!(fs::read(&mine).unwrap(), b"years of work");
    }

    #[test]
    #[cfg(unix)]
    fn a_file_with_another_name_keeps_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let (mine, path) = (dir.path().join("mine"), dir.path().join("lock"));
        fs::write(&mine, "years of work").unwrap();
        fs::hard_link(&mine, &path).unwrap();
        let _lock = LockFile::take(&SystemDisk, &path).unwrap();
        assert_eq!(fs::read(&mine).unwrap(), b"years of work");
        assert!(looks_like_owner(&fs::read(&path).unwrap()));
    }

    #[test]
    fn owners_are_told_from_other_texts() {
        for owner in ["", "pro", "process 1 on a\n"] {
            assert!(looks_like_owner(owner.as_bytes()), "{owner}");
        }
        for other in ["my notes", "processes", &"process ".repeat(100)] {
            assert!(!looks_like_owner(other.as_bytes()), "{other}");
        }
    }
}
