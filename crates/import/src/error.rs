//! Why nothing could be read.

use std::io;
use std::path::{Path, PathBuf};

use fitroom_nearest::did_you_mean;

/// Nothing could be read from a path.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub struct ImportError {
    /// The file or directory.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub problem: Problem,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The system refused, or the path is no regular file.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// The file is larger than any that is read.
    #[error("the file has {bytes} bytes, and at most {most} are read\nhint: {hint}")]
    TooLarge {
        /// Bytes of the file.
        bytes: u64,
        /// Most bytes.
        most: u64,
        /// What to do.
        hint: &'static str,
    },
    /// The file has no content.
    #[error("the file is empty\nhint: did the run log anything before it ended?")]
    Empty,
    /// The file is something else.
    #[error("this is {kind}\nhint: {hint}")]
    OtherKind {
        /// What it is.
        kind: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// No reader knows the file or directory.
    #[error("no log of training runs was recognised; looked for:\n{looked_for}\nhint: {hint}")]
    NotRecognised {
        /// One line per format.
        looked_for: String,
        /// What to do.
        hint: String,
    },
    /// The table has no row below its header.
    #[error("the table has a header and no rows\nhint: did the run log anything before it ended?")]
    NoRows,
    /// The table has no column with this name.
    #[error("there is no column `{column}`; the columns are {known}{}", did_you_mean(nearest))]
    NoColumn {
        /// The name that was asked for.
        column: String,
        /// The columns.
        known: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// No column holds a measure.
    #[error(
        "no column looks like a measure; the columns are {known}\nhint: name the column of the \
         score, as in `val_acc`"
    )]
    NoMeasure {
        /// The columns.
        known: String,
    },
    /// No column looks like a measure, and some hold numbers.
    #[error(
        "no column looks like a measure; the columns are {known}\nhint: name the column of the score, as \
         in --score COLUMN; {numbers} hold numbers"
    )]
    NoKnownMeasure {
        /// The columns.
        known: String,
        /// The columns that hold numbers.
        numbers: String,
    },
    /// Another program holds the database.
    #[error(
        "another program is writing to the database, and did not let go within {seconds} s\nhint: try \
         again when its run has ended, or copy the database and read the copy"
    )]
    Locked {
        /// How long it was waited for.
        seconds: u64,
    },
    /// The file is broken from its start.
    #[error("{what}\nhint: {hint}")]
    Broken {
        /// What is wrong, and where.
        what: String,
        /// What to do.
        hint: &'static str,
    },
}

impl ImportError {
    /// Makes an error of this path from its problem.
    pub(crate) fn at(path: &Path) -> impl Fn(Problem) -> ImportError {
        move |problem| ImportError { path: path.to_owned(), problem }
    }
}

/// Names in backticks for a message, at most 20 of them.
pub fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    let mut names = names.fuse();
    let shown: Vec<_> =
        names.by_ref().take(MOST).map(|name| format!("`{}`", shown(name))).collect();
    let rest = names.count();
    let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
    shown.join(", ") + &rest
}

/// Text of a file for a message: at most 60 characters, none of which controls a terminal, turns the
/// direction of writing, or can't be seen.
pub fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let is_hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let plain = |c: char| if c.is_control() || is_hidden(c) { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(MOST).map(plain).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_can_t_be_seen_is_replaced() {
        for hidden in
            ['\u{7}', '\u{200b}', '\u{200f}', '\u{202e}', '\u{2060}', '\u{2069}', '\u{feff}']
        {
            assert_eq!(shown(&format!("a{hidden}b")), "a\u{fffd}b");
        }
        assert_eq!(shown("né—ü"), "né—ü");
    }
}
