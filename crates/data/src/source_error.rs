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
    /// A name of several data sets.
    #[error("`{name}` names no data set: {what}\nhint: name one: {sets}")]
    Several {
        /// The name as written.
        name: String,
        /// What is known by this name.
        what: &'static str,
        /// The names of the data sets.
        sets: String,
    },
    /// A data set whose images have several labels.
    #[error(
        "`{name}` can't be used: its images have several labels each, and this program trains on one label an image"
    )]
    SeveralLabels {
        /// The name as written.
        name: String,
    },
    /// A format without its directory, such as `idx:`.
    #[error("`{name}` names no directory\nhint: {hint}")]
    NoDirectory {
        /// The name as written.
        name: String,
        /// How to write the name.
        hint: &'static str,
    },
    /// A name with characters that may move a terminal's cursor, end a line or turn the direction of
    /// writing.
    #[error(
        "{name:?} is no data set's name: it has characters in it that control a terminal, break a line or turn the direction of writing"
    )]
    ControlCharacters {
        /// The name as written.
        name: String,
    },
    /// A format with too few or too many files.
    #[error("`{name}` names {files} files\nhint: {hint}")]
    OtherFiles {
        /// The name as written.
        name: String,
        /// How many files it names.
        files: usize,
        /// How to write the name.
        hint: &'static str,
    },
}
