//! Names of data sets, and how each is found.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

use crate::Dataset;

/// A data set as a study names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `fashion-mnist`
    FashionMnist,
    /// `mnist`
    Mnist,
    /// `kmnist`
    Kmnist,
    /// `drawn`: made by the program.
    Drawn,
    /// `idx:DIR`: a directory with the four IDX files, gzipped or not.
    Idx(PathBuf),
    /// `csv:TRAIN,TEST`: label first, then a byte a pixel.
    Csv {
        /// Training images.
        train: PathBuf,
        /// Test images.
        test: PathBuf,
    },
}

/// A name that is no data set's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("unknown data set `{name}`")]
pub struct SourceError {
    /// As written.
    pub name: String,
}

impl FromStr for Source {
    type Err = SourceError;
    fn from_str(_name: &str) -> Result<Self, SourceError> {
        todo!()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// Where named data sets are looked for, in this order, and kept: the last is downloaded to.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
}

/// How far a download has come.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Bytes that are there.
    pub bytes_done: u64,
    /// Bytes of the whole file, where the server said so.
    pub bytes_total: Option<u64>,
}

/// Why there is no data.
#[derive(Debug, Error)]
pub enum DataError {}

impl Source {
    /// Reads the data set, downloading it first where it has to be and can be.
    ///
    /// # Errors
    /// What could not be found, downloaded or read, and what was wrong with it.
    pub fn load(&self, _places: &Places, _progress: &mut dyn FnMut(Progress)) -> Result<Dataset, DataError> {
        todo!()
    }

    /// Fashion-MNIST, or `drawn` with [`Dataset::stands_in_because`] where it is neither on disk nor to be downloaded:
    /// for studies that name no data set. Files that are there but damaged are an error, not a reason to draw.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_default(_places: &Places, _progress: &mut dyn FnMut(Progress)) -> Result<Dataset, DataError> {
        todo!()
    }
}
