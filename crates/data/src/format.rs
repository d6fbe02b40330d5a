//! What a format of image files must provide: a name, a reader and a check.

use std::path::{Path, PathBuf};

use crate::unchecked::ReadFiles;
use crate::{DataError, SourceError};

/// Image files of one format, as a user names them.
pub(crate) trait ImageFormat: Sized {
    /// The text before the paths in a data set's name, such as `idx:`.
    const PREFIX: &'static str;
    /// How a user writes the name, such as `idx:DIR`.
    const SYNTAX: &'static str;

    /// Reads the text after the prefix.
    ///
    /// # Errors
    /// If the paths are not those that the format needs.
    fn parse(paths: &str) -> Result<Self, SourceError>;

    /// Writes the text after the prefix, so that [`parse`](Self::parse) reads it back.
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
    /// If a file is missing or has the wrong format.
    fn read(&self) -> Result<ReadFiles, DataError>;

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
    /// The problem; `None` if the file is right.
    pub problem: Option<DataError>,
}
