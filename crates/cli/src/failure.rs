//! Why the program ends without having done what was asked, and the exit code that says so.

use std::io;
use std::path::PathBuf;

use fitroom_data::{DataError, SourceError};
use fitroom_report::number::counted;
use fitroom_report::{ComparisonError, ReportError};
use fitroom_results::ResultsError;
use fitroom_study::{InstructionSetError, RunError, StoreError, StudyError};
use thiserror::Error;

use crate::output::say;

/// The work failed: a download, a run, a write.
pub const FAILED: u8 = 1;
/// The request was wrong: nothing was begun. (Clap ends with it too where arguments can't be
/// understood.)
pub const WRONG_REQUEST: u8 = 2;
/// Ctrl-C, as shells count it: 128 + SIGINT.
pub const INTERRUPTED: u8 = 130;

/// Why the program ends early.
#[derive(Debug, Error)]
pub enum Failure {
    /// The study, or what was asked of it.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// `FITROOM_SIMD` names what can't be used.
    #[error(transparent)]
    Instructions(#[from] InstructionSetError),
    /// A word that names no data set.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No data.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Some files of a data set are not what they should be.
    #[error("{} of {name} {} wrong", counted(*count, "file"), if *count == 1 { "is" } else { "are" })]
    WrongFiles {
        /// The data set.
        name: String,
        /// How many.
        count: usize,
    },
    /// A study's directory that can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The study was refused, or some of its runs failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The results in a study's directory.
    #[error(transparent)]
    Results(ResultsError),
    /// The report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Two networks that can't be compared.
    #[error(transparent)]
    Comparison(#[from] ComparisonError),
    /// A file of this program's own.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard output.
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
    /// Ctrl-C.
    #[error(
        "{done} of {runs} runs are done, and what is begun is kept\nhint: go on with: {command_line}"
    )]
    Interrupted {
        /// Runs that ended by themselves.
        done: usize,
        /// All of them.
        runs: usize,
        /// What the user typed.
        command_line: String,
    },
}

impl From<ResultsError> for Failure {
    fn from(error: ResultsError) -> Self {
        match error {
            ResultsError::Store(error) => Failure::Store(error),
            error @ (ResultsError::Network { .. } | ResultsError::OtherLabels { .. }) => {
                Failure::Results(error)
            }
        }
    }
}

impl Failure {
    /// What the process says at its end.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Interrupted { .. } => INTERRUPTED,
            Failure::Data(DataError::Download(_))
            | Failure::WrongFiles { .. }
            | Failure::Store(StoreError::Damaged { .. })
            | Failure::Run(RunError::Store(StoreError::Damaged { .. }) | RunError::Runs { .. })
            | Failure::Results(_)
            | Failure::Report(_)
            | Failure::Output(_) => FAILED,
            Failure::Study(_)
            | Failure::Instructions(_)
            | Failure::Source(_)
            | Failure::Data(_)
            | Failure::Store(_)
            | Failure::Run(_)
            | Failure::Comparison(_)
            | Failure::Write { .. } => WRONG_REQUEST,
        }
    }

    /// Says it on standard error: what went wrong, and each `hint:` on its own line.
    pub fn tell(&self) {
        let (word, style) = match self {
            Failure::Interrupted { .. } => ("interrupted", console::Style::new().yellow()),
            _ => ("error", console::Style::new().red()),
        };
        say(&told(word, style.bold(), &self.to_string()));
    }
}

/// Warns of something that the user will want to know although the work goes on.
pub fn warn(text: &str) {
    say(&told("warning", console::Style::new().yellow().bold(), text));
}

fn told(word: &str, style: console::Style, text: &str) -> String {
    let hint = console::Style::new().cyan().for_stderr().apply_to("hint: ");
    let lines = text.lines().map(|line| match line.strip_prefix("hint: ") {
        Some(rest) => format!("{hint}{rest}"),
        None => line.to_owned(),
    });
    format!("{}: {}", style.for_stderr().apply_to(word), lines.collect::<Vec<_>>().join("\n"))
}
