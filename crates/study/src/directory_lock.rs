//! The locks of a study's directory: for who trains, for who writes the study's own files, and for
//! who writes the report.

use std::fs::File;
use std::path::Path;

use fitroom_files::{LockError, LockFile, Sharing, local_locks, lock_directory};

use crate::disk::DISK;
use crate::file_names::{LOCK_FILE, REPORT_LOCK, STUDY_LOCK};
use crate::plain_text::make_plain;
use crate::stored_files::read_study;
use crate::{StoreError, StoredStudy};

/// The lock of a process that trains the study in a directory. The directory itself is locked, and
/// a file in it, which names the process.
pub(crate) struct DirectoryLock {
    _directory: Option<File>,
    _file: LockFile,
}

/// The lock of the process that writes the study's own files, until this is dropped. A process that
/// trains alone needs none. Of several that train together, one at a time reads what is there and
/// writes what is to be there.
pub(crate) struct StudyLock {
    _file: LockFile,
}

impl DirectoryLock {
    /// Locks `dir`, for a process that trains alone or together with others. The system releases the
    /// lock when the process ends, also after a kill.
    pub fn take(dir: &Path, sharing: Sharing) -> Result<Self, StoreError> {
        let path = dir.join(LOCK_FILE);
        let failed = |error| store_error(dir, error);
        let directory = lock_directory(dir, &path, sharing).map_err(failed)?;
        let file = LockFile::take(&DISK, &path, sharing).map_err(failed)?;
        Ok(DirectoryLock { _directory: directory, _file: file })
    }
}

impl StudyLock {
    /// Waits until nobody else writes the study's own files. Fails where processes can't rely on locks.
    pub fn wait(dir: &Path) -> Result<Self, StoreError> {
        let no_locks = |reason| StoreError::NoLocks { dir: dir.to_owned(), reason };
        if let Some(reason) = local_locks(dir) {
            return Err(no_locks(reason));
        }
        let file = LockFile::wait(&DISK, &dir.join(STUDY_LOCK));
        let file = file.map_err(|error| store_error(dir, error))?;
        if !file.is_kept() {
            return Err(no_locks("its file system".to_owned()));
        }
        Ok(StudyLock { _file: file })
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
