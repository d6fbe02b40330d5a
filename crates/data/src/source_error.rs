//! What can be wrong with a data set's name.

use thiserror::Error;

/// Why a text names no data set.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// An unknown name.
    #[error("unknown data set `{name}`\nhint: {}", match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known are {known}"),
    })]
    Unknown {
        /// The name as written.
        name: String,
        /// A known name with a similar spelling.
        nearest: Option<&'static str>,
        /// All known names and formats.
        known: String,
    },
    /// A format without its directory, such as `idx:`.
    #[error("`{name}` names no directory\nhint: {hint}")]
    NoDirectory {
        /// The name as written.
        name: String,
        /// How to write the name.
        hint: &'static str,
    },
    /// A name with control characters, which may move a terminal's cursor or end a line.
    #[error("{name:?} is no data set's name: it has control characters in it")]
    ControlCharacters {
        /// The name as written.
        name: String,
    },
    /// `csv:` without two files.
    #[error(
        "`{name}` should name two files, but names {files}\nhint: write csv:TRAIN,TEST, with no comma in either name"
    )]
    NotTwoFiles {
        /// The name as written.
        name: String,
        /// How many files it names.
        files: usize,
    },
}
