//! What a format of image files must provide: a name, a reader and a check.

use std::path::{Path, PathBuf};

use crate::staging::Copier;
use crate::unchecked::ReadFiles;
use crate::{DataError, ReadOptions, SourceError};

/// Image files of one format, as a user names them.
pub(crate) trait ImageFormat: Sized {
    /// The text before the paths in a data set's name, such as `idx:`.
    const PREFIX: &'static str;
    /// How a user writes the name, such as `idx:DIR`.
    const SYNTAX: &'static str;

    /// The options that this format heeds, beside those that all formats do.
    const OPTIONS: &'static [FormatOption] = &[];

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
    fn read(&self, options: &ReadOptions) -> Result<ReadFiles, DataError>;

    /// Like [`read`](Self::read), but reads copies of the files. `copy` makes them.
    ///
    /// # Errors
    /// Like [`read`](Self::read), and those of `copy`. An error may name the copies.
    fn read_copies(&self, options: &ReadOptions, copy: &mut Copier)
    -> Result<ReadFiles, DataError>;

    /// Checks each file by itself.
    ///
    /// # Errors
    /// If a file is missing.
    fn verify(&self, options: &ReadOptions) -> Result<Vec<FileStatus>, DataError>;
}

/// An option that not every format heeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormatOption {
    /// [`ReadOptions::label`]
    Label,
    /// [`ReadOptions::shape`]
    Shape,
    /// [`ReadOptions::pixels`]
    Pixels,
    /// [`ReadOptions::skip_corrupt`]
    SkipCorrupt,
}

/// A file of a data set, and what is wrong with it.
#[derive(Debug)]
pub struct FileStatus {
    /// The file.
    pub path: PathBuf,
    /// The problem; `None` if the file is right.
    pub problem: Option<DataError>,
}

/// Refuses options that are set and that a format does not heed. `name` is the format's prefix, or a
/// data set's name.
pub(crate) fn check_options(
    options: &ReadOptions,
    heeded: &[FormatOption],
    name: &str,
) -> Result<(), DataError> {
    let is_set = [
        (FormatOption::Label, "label", options.label.is_some()),
        (FormatOption::Shape, "shape", options.shape.is_some()),
        (FormatOption::Pixels, "pixels", options.pixels.is_some()),
        (FormatOption::SkipCorrupt, "skip_corrupt", options.skip_corrupt),
    ];
    match is_set.iter().find(|(option, _, is_set)| *is_set && !heeded.contains(option)) {
        Some(&(_, option, _)) => Err(DataError::OptionNotHeeded { option, name: name.to_owned() }),
        None => Ok(()),
    }
}
