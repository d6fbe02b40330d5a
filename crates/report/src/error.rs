//! Why a report can't be written.

use std::io;
use std::path::PathBuf;

use fitroom_results::ResultsError;
use thiserror::Error;

use crate::plot::PngError;

/// Why a report can't be written.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A file or directory can't be written.
    #[error("can't write {path}: {error}\nhint: is the disk full, or does the directory belong to another user?", path = path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's reason.
        #[source]
        error: io::Error,
    },
    /// The stored predictions or weights of a run can't be read, or are damaged.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A plot can't be drawn as PNG.
    #[error("plot `{slug}`: {error}")]
    Plot {
        /// The plot's file name without extension.
        slug: String,
        /// Why.
        #[source]
        error: PngError,
    },
    /// There is no network, class or image of this index.
    #[error("`{parameter}` is {given}, and {}", known(*.count))]
    OutOfRange {
        /// What the index is of: `network`, `label`, `predicted`, `image`.
        parameter: &'static str,
        /// The index.
        given: usize,
        /// How many there are.
        count: usize,
    },
    /// A table can't be made.
    #[error("{file}: {error}")]
    Table {
        /// The file that the table belongs in.
        file: &'static str,
        /// Why.
        #[source]
        error: csv::Error,
    },
}

fn known(count: usize) -> String {
    match count {
        0 => "there is none".to_owned(),
        1 => "there is only 0".to_owned(),
        _ => format!("the last is {}\nhint: they are counted from 0", count - 1),
    }
}

/// Checks an index that a reader gave.
pub fn check_index(parameter: &'static str, given: usize, count: usize) -> Result<(), ReportError> {
    match given < count {
        true => Ok(()),
        false => Err(ReportError::OutOfRange { parameter, given, count }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_out_of_range_is_said_with_the_last_one() {
        assert!(check_index("image", 9, 10).is_ok());
        let words = |count| check_index("image", 10, count).unwrap_err().to_string();
        assert_eq!(
            [10, 1, 0].map(words),
            [
                "`image` is 10, and the last is 9\nhint: they are counted from 0",
                "`image` is 10, and there is only 0",
                "`image` is 10, and there is none"
            ]
        );
    }
}
