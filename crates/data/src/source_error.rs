//! What may be wrong with a data set's name.

use thiserror::Error;

/// A name that is no data set's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// No data set is called so.
    #[error("unknown data set `{name}`\nhint: {}", match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known are {known}"),
    })]
    Unknown {
        /// As written.
        name: String,
        /// A known name that differs little.
        nearest: Option<&'static str>,
        /// All known names and formats.
        known: String,
    },
    /// A format without its directory, such as `idx:`.
    #[error("`{name}` names no directory\nhint: {hint}")]
    NoDirectory {
        /// As written.
        name: String,
        /// How the name is written right.
        hint: &'static str,
    },
    /// A name with a character that moves a terminal's cursor or ends a line.
    #[error("{name:?} is no data set's name: it has control characters in it")]
    ControlCharacters {
        /// As written.
        name: String,
    },
    /// `csv:` without two files.
    #[error(
        "`{name}` should name two files, but names {files}\nhint: write csv:TRAIN,TEST, with no comma in either name"
    )]
    NotTwoFiles {
        /// As written.
        name: String,
        /// How many it names.
        files: usize,
    },
}
