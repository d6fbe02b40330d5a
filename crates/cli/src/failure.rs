//! Why the program ended without having done what was asked.

use std::io;
use std::path::PathBuf;

use fitroom_session::report::number::counted;
use fitroom_session::{ErrorKind, SessionError};
use thiserror::Error;

use crate::exit_code::{FAILED, INTERRUPTED, WRONG_REQUEST};

/// Why the program ended without having done what was asked.
#[derive(Debug, Error)]
pub enum Failure {
    /// The session could not do what was asked.
    #[error(transparent)]
    Session(SessionError),
    /// Some files of a data set are not what they should be.
    #[error("{} of {name} {} wrong", counted(*count, "file"), if *count == 1 { "is" } else { "are" })]
    WrongFiles {
        /// The data set's name.
        name: String,
        /// Number of wrong files.
        count: usize,
    },
    /// A file that the command line itself writes can't be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard output can't be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Ctrl-C ended the training.
    #[error(
        "{done} of {runs} runs are done; the others are stored as far as they have come\n\
         hint: continue with: {command_line}"
    )]
    Interrupted {
        /// Runs that have ended by themselves.
        done: usize,
        /// All runs.
        runs: usize,
        /// What the user typed.
        command_line: String,
    },
}

/// Every error of the crates below is one of the session's.
impl<E: Into<SessionError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Session(error.into())
    }
}

impl Failure {
    /// The exit code that tells a script of this failure.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Session(error) => match error.kind() {
                ErrorKind::WrongRequest => WRONG_REQUEST,
                ErrorKind::WorkFailed => FAILED,
            },
            Failure::WrongFiles { .. } | Failure::Output(_) => FAILED,
            Failure::Write { .. } => WRONG_REQUEST,
            Failure::Interrupted { .. } => INTERRUPTED,
        }
    }
}
