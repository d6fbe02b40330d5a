//! What can be wrong with a file of reference curves.

use fitroom_nearest::did_you_mean;
use thiserror::Error;

/// Why a reference curve can't be read from its CSV file.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum ReferenceProblem {
    /// The file does not exist, or can't be read.
    #[error(
        "it can't be read: {message}\n\
         hint: `curves` is the path of a CSV file, relative to the study file"
    )]
    Unreadable {
        /// What the system says.
        message: String,
    },
    /// A directory, a pipe or a device.
    #[error(
        "it is no ordinary file\n\
         hint: `curves` is the path of a CSV file, relative to the study file"
    )]
    NotAFile,
    /// A study file in a directory of results names a file outside of that directory.
    #[error("a stored study may name only files in `reference/`")]
    NotKept,
    /// The files of a study's reference curves are too large together.
    #[error(
        "the files of reference curves of one study may have {limit} bytes together, and with this one they have more\n\
         hint: leave out networks and epochs that are not needed"
    )]
    TooLarge {
        /// Most bytes of all files of a study together.
        limit: usize,
    },
    /// The file is not UTF-8.
    #[error("it is no UTF-8 text\nhint: save it as CSV")]
    NotText,
    /// A required column that is missing.
    #[error(
        "it has no column `{column}`\n\
         hint: its first line is like network,epoch,train_loss,val_loss,train_accuracy,val_accuracy"
    )]
    MissingColumn {
        /// The column's name.
        column: &'static str,
    },
    /// There are no columns to draw.
    #[error(
        "it has no column of losses or accuracies\n\
         hint: its first line is like network,epoch,train_loss,val_loss,train_accuracy,val_accuracy"
    )]
    NoMeasure,
    /// An unknown column.
    #[error("unknown column `{column}`{}\nhint: known are {known}", did_you_mean(nearest))]
    UnknownColumn {
        /// The column as written.
        column: String,
        /// The known column with the most similar name.
        nearest: Option<String>,
        /// All known columns.
        known: String,
    },
    /// Two columns with the same name.
    #[error("it has two columns `{column}`")]
    DuplicateColumn {
        /// The column's name.
        column: &'static str,
    },
    /// A row that has more or fewer cells than the first line.
    #[error("line {line} has {cells} cells, and the first line has {columns}")]
    CellCount {
        /// The row's line, from 1.
        line: u64,
        /// Cells of the row.
        cells: usize,
        /// Cells of the first line.
        columns: usize,
    },
    /// A cell with a value that its column can't have.
    #[error("line {line}: `{column}` must be {must}, got `{got}`")]
    Cell {
        /// The cell's line, from 1.
        line: u64,
        /// The column's name.
        column: &'static str,
        /// The values that the column may have.
        must: &'static str,
        /// The cell as written.
        got: String,
    },
    /// Two rows for one epoch of one network.
    #[error("line {line}: a second row for epoch {epoch} of network `{network}`")]
    DuplicateEpoch {
        /// The second row's line, from 1.
        line: u64,
        /// The network's name.
        network: String,
        /// The epoch.
        epoch: u32,
    },
    /// A network that the file does not have.
    #[error(
        "it has no network `{network}`{}\nhint: its networks are {known}",
        did_you_mean(nearest)
    )]
    UnknownNetwork {
        /// The name in the study file.
        network: String,
        /// The network with the most similar name.
        nearest: Option<String>,
        /// All networks of the file.
        known: String,
    },
    /// A file without rows after its first line.
    #[error("it has no rows\nhint: write one row for each network and epoch")]
    NoRows,
}
