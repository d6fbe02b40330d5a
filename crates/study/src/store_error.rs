//! Why a study's directory can't be read or written.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::file_names::PREDICTIONS;
use crate::plain_text::harmless;
use crate::{InitProblem, ReferenceProblem, StudyError, StudyProblem};

/// Why a study's directory can't be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The directory holds no study.
    #[error(
        "there is no study in {dir}\nhint: `fitroom run` writes a study into the directory given with --out"
    )]
    Missing {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory holds other things.
    #[error("{dir} is not empty and holds no study\nhint: give a new directory with --out")]
    NotAStudy {
        /// The directory.
        dir: PathBuf,
    },
    /// The directory holds a study whose results can't be mixed with those of the study to run.
    #[error(
        "{dir} holds another study: {what} is {there} there and {here} now\nhint: give another directory with --out"
    )]
    AnotherStudy {
        /// The directory.
        dir: PathBuf,
        /// The setting in which they differ.
        what: String,
        /// Its value in the directory.
        there: String,
        /// Its value in the study to run.
        here: String,
    },
    /// The study to run would make the study in the directory larger than a study may be.
    #[error(
        "together with the study in {dir}, there would be more than a study may have: {problem}\nhint: give another directory with --out"
    )]
    TooLargeTogether {
        /// The directory.
        dir: PathBuf,
        /// What there would be too much of.
        problem: Box<StudyProblem>,
    },
    /// Another process works on the directory.
    #[error("{dir} is in use by {owner}\nhint: wait for it, or give another directory with --out")]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// The other process and its host.
        owner: String,
    },
    /// Several processes are to train in the directory, and can't rely on its locks.
    #[error(
        "several processes can't train in {dir}: {reason} keeps no lock between hosts\nhint: give each share a directory of its own with --out, and join them with `fitroom merge`"
    )]
    NoLocks {
        /// The directory.
        dir: PathBuf,
        /// What keeps no lock.
        reason: String,
    },
    /// The operating system refuses to write.
    #[error("can't write {path}: {source}")]
    Write {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The operating system refuses to read.
    #[error("can't read {path}: {source}")]
    Read {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file whose content this program did not write.
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
    /// The reference curves can't be copied into the directory.
    #[error("can't keep the reference curves in {dir}: {problem}")]
    Curves {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with them.
        problem: Box<ReferenceProblem>,
    },
    /// The initial weights can't be copied into the directory.
    #[error("can't keep the initial weights in {dir}: {problem}")]
    InitialWeights {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with them.
        problem: Box<InitProblem>,
    },
    /// A budget of seconds whose steps are not known where nothing can be measured.
    #[error(
        "the budget of `{}` has no `steps`: nobody has measured how many it is\nhint: `fitroom run` measures it",
        harmless(network)
    )]
    NotMeasured {
        /// The network's name.
        network: String,
    },
    /// A `tune` whose learning rate is not known where nothing can be trained.
    #[error(
        "the `tune` of `{}` has no `chosen` learning rate\nhint: `fitroom run` finds it",
        harmless(network)
    )]
    NotTuned {
        /// The network's name.
        network: String,
    },
    /// The stored study file is not valid, or a network does not fit the stored data set.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// What the user must move away so that the program makes a damaged file again. That is the file's
/// directory, usually a run. Predictions are an exception: they can be made again from the weights.
fn to_move(path: &Path) -> &Path {
    let alone = path.file_name().is_some_and(|name| name == PREDICTIONS);
    if alone { path } else { path.parent().unwrap_or(path) }
}

impl StoreError {
    pub(crate) fn broken_seal(path: &Path) -> Self {
        Self::damaged(path, "its seal does not match its content")
    }

    /// A file of weights that were saved after epoch `found`, in the place of those of `expected`.
    pub(crate) fn other_epoch(path: &Path, found: u32, expected: u32) -> Self {
        let problem = format!(
            "it holds the weights after epoch {found}, and those of epoch {expected} are kept"
        );
        Self::damaged(path, problem)
    }

    pub(crate) fn damaged(path: &Path, problem: impl Display) -> Self {
        StoreError::Damaged { path: path.to_owned(), problem: harmless(&problem.to_string()) }
    }
}
