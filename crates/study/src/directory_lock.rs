//! The locks of a study's directory: one for who trains, one for who writes the report.

use std::fs::File;
use std::path::Path;

use fitroom_files::{LockError, LockFile, lock_directory};

use crate::disk::DISK;
use crate::file_names::{LOCK_FILE, REPORT_LOCK};
use crate::plain_text::make_plain;
use crate::stored_files::read_study;
use crate::{StoreError, StoredStudy};

/// The lock of the process that trains the study in a directory. The directory itself is locked, and
/// a file in it, which names the process.
pub(crate) struct DirectoryLock {
    _directory: Option<File>,
    _file: LockFile,
}

impl DirectoryLock {
    /// Locks `dir`. The system releases the lock when the process ends, also after a kill.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_FILE);
        let failed = |error| store_error(dir, error);
        let directory = lock_directory(dir, &path).map_err(failed)?;
        let file = LockFile::take(&DISK, &path).map_err(failed)?;
        Ok(DirectoryLock { _directory: directory, _file: file })
    }
}

/// The lock of whoever writes a study's report, until this is dropped.
#[derive(Debug)]
pub struct ReportLock {
    _file: LockFile,
}

impl StoredStudy {
    /// Waits until nobody else writes the report of the study in `dir`. What is read of the study
    /// after that is no older than what others have reported.
    ///
    /// # Errors
    /// If `dir` holds no study, or can't be written.
    pub fn lock_report(dir: &Path) -> Result<ReportLock, StoreError> {
        if read_study(dir)?.is_none() {
            return Err(StoreError::Missing { dir: dir.to_owned() });
        }
        let file = LockFile::wait(&DISK, &dir.join(REPORT_LOCK));
        Ok(ReportLock { _file: file.map_err(|error| store_error(dir, error))? })
    }
}

fn store_error(dir: &Path, error: LockError) -> StoreError {
    match error {
        LockError::Taken { mut owner } => {
            make_plain(&mut owner);
            let owner = if owner.is_empty() { "another process".to_owned() } else { owner };
            StoreError::InUse { dir: dir.to_owned(), owner }
        }
        LockError::Io { path, source } => StoreError::Write { path, source },
    }
}
