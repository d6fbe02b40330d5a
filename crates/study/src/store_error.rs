//! Why a study's directory can't be read or written.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::file_names::PREDICTIONS;
use crate::plain_text::harmless;
use crate::{ReferenceProblem, StudyError};

/// Why a store can't be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Nothing to read.
    #[error("there is no study in {dir}\nhint: `fitroom run` leaves one where its --out says")]
    Missing {
        /// The directory.
        dir: PathBuf,
    },
    /// A directory in which other things are.
    #[error("{dir} is not empty and holds no study\nhint: give a new directory with --out")]
    NotAStudy {
        /// The directory.
        dir: PathBuf,
    },
    /// Results that can't be mixed with those asked for.
    #[error(
        "{dir} holds another study: {what} is {there} there and {here} now\nhint: give another directory with --out"
    )]
    AnotherStudy {
        /// The directory.
        dir: PathBuf,
        /// Where they differ.
        what: String,
        /// In the directory.
        there: String,
        /// As asked for.
        here: String,
    },
    /// Another process is at work there.
    #[error("{dir} is in use by {owner}\nhint: wait for it, or give another directory with --out")]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// Process and host.
        owner: String,
    },
    /// The system refuses to write.
    #[error("can't write {path}: {source}")]
    Write {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system refuses to read.
    #[error("can't read {path}: {source}")]
    Read {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that this program did not leave like this.
    #[error(
        "{path} is damaged: {problem}\nhint: move {} away; what it held is then done again",
        to_move(path).display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Reference curves that can't be kept there.
    #[error("can't keep the reference curves in {dir}: {problem}")]
    Curves {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with them.
        problem: Box<ReferenceProblem>,
    },
    /// The stored study file is none.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// What is to be moved away for a damaged file to be made again: its run, as a rule. Predictions
/// are made without one.
fn to_move(path: &Path) -> &Path {
    let alone = path.file_name().is_some_and(|name| name == PREDICTIONS);
    if alone { path } else { path.parent().unwrap_or(path) }
}

impl StoreError {
    pub(crate) fn damaged(path: &Path, problem: impl Display) -> Self {
        StoreError::Damaged { path: path.to_owned(), problem: harmless(&problem.to_string()) }
    }
}
