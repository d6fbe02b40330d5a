//! Why a network can't be exported.

use std::io;
use std::path::PathBuf;

use fitroom_export::{InvalidModel, OnnxError, SafetensorsError};
use thiserror::Error;

/// Why a network can't be exported. Lines that begin with `hint: ` say what can be done.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The network makes no ONNX file.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// The network makes no safetensors file.
    #[error(transparent)]
    Safetensors(#[from] SafetensorsError),
    /// The network's parts do not fit each other.
    #[error(transparent)]
    Model(#[from] InvalidModel),
    /// Tables of something that is no study.
    #[error("{} is no study, and tables are made of a study's runs\nhint: give the study's directory, the --out of `fitroom run`", path.display())]
    NoTables {
        /// The file.
        path: PathBuf,
    },
    /// A table can't be made.
    #[error("cannot make {file}: {error}")]
    Table {
        /// The file.
        file: String,
        /// What is wrong.
        error: csv::Error,
    },
    /// A file or its directory can't be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}
