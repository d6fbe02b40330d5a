//! What a format of image files does: its name, its reader and its check.

use std::path::{Path, PathBuf};

use crate::unchecked::UncheckedImages;
use crate::{DataError, SourceError};

/// Image files of one format, as a user names them.
pub(crate) trait ImageFormat: Sized {
    /// What stands before the paths in a data set's name, as in `idx:`.
    const PREFIX: &'static str;
    /// How a user writes the name, as in `idx:DIR`.
    const SYNTAX: &'static str;

    /// Reads what stands after the prefix.
    ///
    /// # Errors
    /// If the paths are not those that the format needs.
    fn parse(paths: &str) -> Result<Self, SourceError>;

    /// Writes what stands after the prefix, so that [`parse`](Self::parse) reads it back.
    fn paths(&self) -> String;

    /// Where the images come from, for people.
    fn origin(&self) -> String;

    /// The directory that holds all files, if the format has one.
    fn directory(&self) -> Option<&Path> {
        None
    }

    /// Reads the training and the test images.
    ///
    /// # Errors
    /// If a file is missing or is not what it should be.
    fn read(&self) -> Result<[UncheckedImages; 2], DataError>;

    /// Checks each file by itself.
    ///
    /// # Errors
    /// If a file is missing.
    fn verify(&self) -> Result<Vec<FileStatus>, DataError>;
}

/// A file of a data set, and what is wrong with it.
#[derive(Debug)]
pub struct FileStatus {
    /// The file.
    pub path: PathBuf,
    /// `None` if the file is what it should be.
    pub problem: Option<DataError>,
}
