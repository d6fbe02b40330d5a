//! The lock of a run, which the process holds that trains it.

use std::path::Path;
use std::thread;
use std::time::Duration;

use fitroom_files::{LockError, LockFile, Sharing};

use crate::disk::DISK;
use crate::file_names::LOCK_FILE;
use crate::plain_text::make_plain;
use crate::{StoreError, files};

/// The lock of a run, in the run's directory. The file is there while the run is trained, and after a
/// kill.
#[derive(Debug)]
pub(crate) struct RunLock {
    /// `None` once it is dropped.
    file: Option<LockFile>,
}

/// Somebody who looks at a lock holds it for a moment: [`LockFile::owner`].
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

impl RunLock {
    /// Locks the run in `dir`, which is made if it does not exist. If another process has the lock, the
    /// error says which one.
    pub fn take(dir: &Path) -> Result<Result<Self, String>, StoreError> {
        files::create_directory(dir)?;
        let path = dir.join(LOCK_FILE);
        for tries in 1.. {
            match LockFile::take(&DISK, &path, Sharing::Alone) {
                Ok(file) => return Ok(Ok(RunLock { file: Some(file) })),
                Err(LockError::Taken { mut owner }) if tries == TRIES => {
                    make_plain(&mut owner);
                    return Ok(Err(owner));
                }
                Err(LockError::Taken { .. }) => thread::sleep(BETWEEN_TRIES),
                Err(LockError::Io { path, source }) => {
                    return Err(StoreError::Write { path, source });
                }
            }
        }
        unreachable!("the last try returns")
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // If it can't be removed, it stays as after a kill, which does no harm.
            let _ = file.remove(&DISK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_trains_a_run_and_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("0123456789abcdef");
        let lock = RunLock::take(&run).unwrap().unwrap();
        let owner = RunLock::take(&run).unwrap().unwrap_err();
        assert!(owner.starts_with(&format!("process {} on ", std::process::id())), "{owner}");
        drop(lock);
        assert_eq!(std::fs::read_dir(&run).unwrap().count(), 0);
        drop(RunLock::take(&run).unwrap().unwrap());
    }

    #[test]
    fn who_looks_at_a_lock_takes_the_run_from_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(LOCK_FILE);
        // As a killed process leaves it.
        std::fs::write(&path, "process 1 on elsewhere\n").unwrap();
        let looking = std::fs::File::open(&path).unwrap();
        looking.lock_shared().unwrap();
        thread::scope(|scope| {
            let taking = scope.spawn(|| RunLock::take(dir.path()).unwrap());
            thread::sleep(BETWEEN_TRIES * 2);
            drop(looking);
            taking.join().unwrap().unwrap();
        });
    }
}
