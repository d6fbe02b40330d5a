//! The ways in which a command can fail, and the exit code of each.

use std::io;
use std::path::PathBuf;

use fitroom_session::report::number::{counted, counted_in_digits};
use fitroom_session::study::RunError;
use fitroom_session::{ErrorKind, SessionError};
use fitroom_web::ServeError;
use thiserror::Error;

use crate::exit_code::{FAILED, INTERRUPTED, NOT_PASSED, WRONG_REQUEST};

/// Why a command failed.
#[derive(Debug, Error)]
pub enum Failure {
    /// The session failed.
    #[error(transparent)]
    Session(SessionError),
    /// The page can't be served.
    #[error(transparent)]
    Serve(ServeError),
    /// A verdict does not pass what `--fail-if` and `--require` ask for.
    #[error("not passed: {}", refused.join("; "))]
    NotPassed {
        /// The comparisons that do not pass, each in words.
        refused: Vec<String>,
    },
    /// Some files of a data set are not what they should be.
    #[error("{} of {name} {} wrong", counted(*count, "file"), if *count == 1 { "is" } else { "are" })]
    WrongFiles {
        /// The data set's name.
        name: String,
        /// Number of wrong files.
        count: usize,
    },
    /// Some files of a study are not what was written.
    #[error(
        "{} {} damaged\nhint: {}",
        counted(*count, "file"),
        if *count == 1 { "is" } else { "are" },
        if *are_runs_verified {
            "move a damaged run's directory away; the study then trains that run again"
        } else {
            "take the study's own files from a copy, or move the whole directory away"
        }
    )]
    Damaged {
        /// Number of damaged files.
        count: usize,
        /// Whether the study's own files are whole, so that its runs could be verified.
        are_runs_verified: bool,
    },
    /// A file that the user named for the command's output can't be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Options of ONNX with another format.
    #[error("--fold and --input are for --to onnx\nhint: leave them out")]
    OnlyForOnnx,
    /// Options of networks with TensorBoard.
    #[error(
        "--to tensorboard writes event files of all seeds\nhint: leave out --seed, --ensemble, --fold and --input"
    )]
    NotForTensorboard,
    /// Some images can't be read. What is wrong with each was said before.
    #[error("{unreadable} of {} can't be read", counted_in_digits(*images, "image"))]
    UnreadableImages {
        /// How many can't be read.
        unreadable: usize,
        /// How many images there are.
        images: usize,
    },
    /// It is not known what surrounds the things on the training images.
    #[error(
        "whether to invert pictures depends on the training images, which are not on disk\nhint: say it with --invert yes or --invert no, or \
         fetch the images with `fitroom data fetch`"
    )]
    UnknownSurroundings,
    /// Standard input is named more than once.
    #[error("standard input (-) is named more than once\nhint: name it once")]
    InputTwice,
    /// There is too much on standard input.
    #[error("standard input has more than {most} bytes\nhint: name a file instead")]
    InputTooLarge {
        /// The most.
        most: u64,
    },
    /// The directory of a study is no place for an evaluation.
    #[error("{} holds a study, whose report would be replaced\nhint: give another directory with --out", dir.display())]
    HoldsStudy {
        /// The directory.
        dir: PathBuf,
    },
    /// Standard input can't be read.
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    /// Standard output can't be written.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Slurm's sbatch can't be used as asked, or refuses a job.
    #[error("{problem}\nhint: {hint}")]
    Sbatch {
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
        /// Whether the user asked for something wrong.
        is_wrong_request: bool,
    },
    /// Ctrl-C ended the training.
    #[error(
        "{done} of {runs} runs are done; the others are stored up to their last step\n\
         hint: continue with: {command_line}"
    )]
    Interrupted {
        /// Number of runs that finished or diverged.
        done: usize,
        /// Number of all runs.
        runs: usize,
        /// The command that continues the study: the one that the user typed.
        command_line: String,
    },
}

/// Each error of a crate that the session uses converts into a `SessionError`.
impl<E: Into<SessionError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Session(error.into())
    }
}

impl Failure {
    /// Whether Ctrl-C is the reason, and nothing else.
    pub fn is_interruption(&self) -> bool {
        match self {
            Failure::Session(SessionError::Run(RunError::StoppedPreparing))
            | Failure::Interrupted { .. } => true,
            Failure::Session(_)
            | Failure::Serve(_)
            | Failure::NotPassed { .. }
            | Failure::Sbatch { .. }
            | Failure::UnknownSurroundings
            | Failure::InputTwice
            | Failure::InputTooLarge { .. }
            | Failure::HoldsStudy { .. }
            | Failure::OnlyForOnnx
            | Failure::NotForTensorboard
            | Failure::UnreadableImages { .. }
            | Failure::Input(_)
            | Failure::WrongFiles { .. }
            | Failure::Damaged { .. }
            | Failure::Write { .. }
            | Failure::Output(_) => false,
        }
    }

    /// The exit code that tells a script of this failure.
    pub fn exit_code(&self) -> u8 {
        match self {
            failure if failure.is_interruption() => INTERRUPTED,
            Failure::Session(error) => match error.kind() {
                ErrorKind::WrongRequest => WRONG_REQUEST,
                ErrorKind::WorkFailed => FAILED,
            },
            Failure::Serve(error) => match error.is_wrong_request() {
                true => WRONG_REQUEST,
                false => FAILED,
            },
            Failure::WrongFiles { .. } | Failure::Damaged { .. } | Failure::Output(_) => FAILED,
            Failure::Sbatch { is_wrong_request, .. } => match is_wrong_request {
                true => WRONG_REQUEST,
                false => FAILED,
            },
            Failure::Input(_) => FAILED,
            Failure::UnknownSurroundings
            | Failure::InputTwice
            | Failure::InputTooLarge { .. }
            | Failure::HoldsStudy { .. }
            | Failure::OnlyForOnnx
            | Failure::NotForTensorboard
            | Failure::UnreadableImages { .. }
            | Failure::Write { .. } => WRONG_REQUEST,
            Failure::NotPassed { .. } => NOT_PASSED,
            Failure::Interrupted { .. } => INTERRUPTED,
        }
    }
}
