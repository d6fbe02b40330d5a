//! Why TensorBoard's event files can't be written.

use std::io;
use std::path::{Path, PathBuf};

use fitroom_files::LockError;
use thiserror::Error;

/// Why an event file can't be written.
#[derive(Debug, Error)]
pub enum TensorBoardError {
    /// A file or directory can't be written.
    #[error(
        "can't write {path}: {error}\nhint: is the disk full, or does the directory belong to another user?",
        path = path.display()
    )]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// Another process writes the run's event file.
    #[error("{dir} is written by {owner}", dir = dir.display())]
    InUse {
        /// The run's directory.
        dir: PathBuf,
        /// The other process, as `process 12 on node3`.
        owner: String,
    },
}

impl TensorBoardError {
    /// An error of the system about this file or directory.
    pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| TensorBoardError::Io { path: path.to_owned(), error }
    }

    /// Why the run's directory can't be locked.
    pub(crate) fn locking(dir: &Path, error: LockError) -> Self {
        match error {
            LockError::Taken { owner } => TensorBoardError::InUse { dir: dir.to_owned(), owner },
            LockError::Io { path, source } => TensorBoardError::Io { path, error: source },
        }
    }
}
