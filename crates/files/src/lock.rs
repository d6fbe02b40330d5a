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
    path: PathBuf,
    is_kept: bool,
}

/// Who may hold a lock at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// One process.
    Alone,
    /// Any number of processes that all ask for [`Sharing::Together`].
    Together,
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
    pub fn take(disk: &impl Disk, path: &Path, sharing: Sharing) -> Result<Self, LockError> {
        Self::lock(disk, path, |file| match sharing.try_lock(file) {
            Ok(()) => Ok(Locked::Kept),
            Err(TryLockError::WouldBlock) => Ok(Locked::Refused),
            Err(TryLockError::Error(error)) => unless_unsupported(error),
        })
    }

    /// Like [`take`](Self::take), but alone, and waits while another process holds the lock.
    ///
    /// # Errors
    /// Like [`take`](Self::take), except that the lock can't be taken.
    pub fn wait(disk: &impl Disk, path: &Path) -> Result<Self, LockError> {
        Self::lock(disk, path, |file| match file.lock() {
            Ok(()) => Ok(Locked::Kept),
            Err(error) => unless_unsupported(error),
        })
    }

    /// Whether the file system keeps the lock. Some network file systems have no locks; there, the
    /// lock keeps nobody out.
    pub fn is_kept(&self) -> bool {
        self.is_kept
    }

    /// Removes the file, and ends the lock.
    ///
    /// # Errors
    /// The system refuses to remove the file. The lock ends all the same.
    pub fn remove(self, disk: &impl Disk) -> io::Result<()> {
        // While the file is locked, so that nobody else's is removed. Who waits for the lock finds
        // that the file is gone, and makes a new one.
        disk.remove(&self.path)
    }

    /// Who keeps this process from the lock of the file at `path`, in the words of the file; `None` if
    /// nobody does. Then the call itself holds it for a moment, and a [`take`](Self::take) may be refused.
    ///
    /// # Errors
    /// The system refuses to open or lock the file.
    pub fn owner(path: &Path, sharing: Sharing) -> Result<Option<String>, LockError> {
        let failed = |source| LockError::Io { path: path.to_owned(), source };
        // Network file systems lock a file alone only if it may be written.
        let mut options = File::options();
        options.read(true).write(sharing == Sharing::Alone);
        let file = match regular_file::open_with(&mut options, path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(failed)?,
        };
        match sharing.try_lock(&file) {
            Err(TryLockError::WouldBlock) => Ok(Some(owner_in(path))),
            Ok(()) => Ok(None),
            Err(TryLockError::Error(error)) => match unless_unsupported(error) {
                Ok(_) => Ok(None),
                Err(error) => Err(failed(error)),
            },
        }
    }

    fn lock(
        disk: &impl Disk,
        path: &Path,
        lock: impl Fn(&File) -> io::Result<Locked>,
    ) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { path: path.to_owned(), source };
        for _ in 0..MOST_TRIES {
            let mut options = File::options();
            options.read(true).write(true).create(true);
            let mut file = regular_file::open_with(&mut options, path).map_err(failed)?;
            let is_kept = match lock(&file).map_err(failed)? {
                Locked::Refused => return Err(LockError::Taken { owner: owner_in(path) }),
                Locked::Kept => true,
                Locked::Unsupported => false,
            };
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
                return Ok(LockFile { _file: file, path: path.to_owned(), is_kept });
            }
        }
        Err(failed(io::Error::other("the file changes while it is locked")))
    }
}

/// What the system said to a lock.
enum Locked {
    Kept,
    Refused,
    /// It has no locks here.
    Unsupported,
}

impl Sharing {
    fn try_lock(self, file: &File) -> Result<(), TryLockError> {
        match self {
            Sharing::Alone => file.try_lock(),
            Sharing::Together => file.try_lock_shared(),
        }
    }
}

/// How often a lock is tried for whose file others remove.
const MOST_TRIES: usize = 100;

/// Some network file systems have no locks. There, only a single process is safe.
fn unless_unsupported(error: io::Error) -> io::Result<Locked> {
    if error.kind() == io::ErrorKind::Unsupported { Ok(Locked::Unsupported) } else { Err(error) }
}

/// Locks a directory itself, so that the lock holds also if its lock file is removed. `None` if this
/// system can't lock directories, as Windows and some network file systems; then the lock file has
/// to do.
///
/// # Errors
/// Another process holds the lock; `lock_file` names it.
pub fn lock_directory(
    dir: &Path,
    lock_file: &Path,
    sharing: Sharing,
) -> Result<Option<File>, LockError> {
    let Ok(directory) = File::open(dir) else { return Ok(None) };
    match sharing.try_lock(&directory) {
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
mod tests;
