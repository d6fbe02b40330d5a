//! Why the files of a data set can't be staged.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why the files of a data set can't be staged, or their copies can't be used.
#[derive(Debug, Error)]
pub enum StagingError {
    /// The operating system refused an operation in the directory of copies.
    #[error(
        "the data set can't be staged in {}: cannot {action} {}: {source}\n\
         hint: {}name another directory with --stage, or leave out --stage to read the files where they are",
        directory.display(), path.display(), needed(*bytes)
    )]
    Io {
        /// The directory, as the user named it.
        directory: PathBuf,
        /// The operation, such as `write` or `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Bytes of all files of the data set, if they are known.
        bytes: Option<u64>,
        /// What the system says.
        source: io::Error,
    },
    /// A file that was written to while it was copied. Nothing of the copy is kept.
    #[error(
        "{} changed while it was staged in {}\nhint: start again when nothing writes into the data set any more",
        path.display(), directory.display()
    )]
    Changed {
        /// The original file.
        path: PathBuf,
        /// The directory, as the user named it.
        directory: PathBuf,
    },
    /// A copy that can't be read, although its original can.
    #[error(
        "the staged copy of {name} is damaged: {problem}\nhint: delete {}, and its files are copied again",
        directory.display()
    )]
    Damaged {
        /// The data set's name.
        name: String,
        /// The directory of the copy.
        directory: PathBuf,
        /// What is wrong with the copy.
        problem: String,
    },
}

/// How much room the copy needs, as the start of a hint.
fn needed(bytes: Option<u64>) -> String {
    bytes.map_or(String::new(), |bytes| format!("the files have {bytes} bytes; "))
}

impl StagingError {
    /// For `map_err`: turns the system's error about `path` into a [`StagingError::Io`].
    pub(crate) fn io(
        directory: &Path,
        action: &'static str,
        path: &Path,
        bytes: Option<u64>,
    ) -> impl FnOnce(io::Error) -> StagingError {
        move |source| {
            let (directory, path) = (directory.to_owned(), path.to_owned());
            StagingError::Io { directory, action, path, bytes, source }
        }
    }
}
