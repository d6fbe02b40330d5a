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
