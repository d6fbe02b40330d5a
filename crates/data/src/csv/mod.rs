//! CSV files as people have them: one image per line, with its label.
//!
//! Nothing of the format is asked for. [`separator`] recognises what stands between two fields,
//! [`header`] a first line of names, [`columns`] and [`edge`] which column holds the labels,
//! [`pixels`] the range of the pixels. What is not as usual is told to people as the data's origin.

mod columns;
mod edge;
mod header;
mod labels;
mod lines;
mod pixels;
mod problem;
mod separator;
mod table;
#[cfg(test)]
mod tests;

#[cfg(feature = "hostile")]
use std::io::Read;
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;

use columns::Columns;
use labels::Label;
use pixels::{PixelRange, Pixels};
pub use problem::CsvProblem;
use problem::Located;
use table::Table;

use crate::format::{FileStatus, ImageFormat};
use crate::idx_problem::MOST_VALUES;
use crate::unchecked::{Images, ReadFiles, UncheckedImages};
use crate::{DataError, SourceError};

/// The two files that `csv:TRAIN,TEST` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFiles {
    /// The file of training images.
    pub train: PathBuf,
    /// The file of test images.
    pub test: PathBuf,
}

impl ImageFormat for CsvFiles {
    const PREFIX: &'static str = "csv:";
    const SYNTAX: &'static str = "csv:TRAIN,TEST";

    fn parse(paths: &str) -> Result<Self, SourceError> {
        let files: Vec<_> =
            paths.split(',').map(str::trim).filter(|file| !file.is_empty()).collect();
        let [train, test] = files[..] else {
            let name = format!("csv:{paths}");
            return Err(SourceError::NotTwoFiles { name, files: files.len() });
        };
        Ok(CsvFiles { train: train.into(), test: test.into() })
    }

    fn paths(&self) -> String {
        format!("{},{}", self.train.display(), self.test.display())
    }

    fn origin(&self) -> String {
        format!("{} and {}", self.train.display(), self.test.display())
    }

    fn read(&self) -> Result<ReadFiles, DataError> {
        let mut train = read(&self.train, None)?;
        let classes = train.labels.sorted();
        if let [label] = &classes[..] {
            let (label, column) = (label.to_string(), train.columns.label_place());
            return Err(DataError::wrong_file(&self.train, CsvProblem::OneClass { label, column }));
        }
        let mut test = read(&self.test, Some(&train.columns))?;
        Pixels::unify(&mut train.pixels, &mut test.pixels, true).map_err(
            |(is_test, problem)| located(if is_test { &self.test } else { &self.train }, problem),
        )?;
        let range = Pixels::range(&[&train.pixels, &test.pixels]);
        let mut notes: Vec<_> = range.note().map(str::to_owned).into_iter().collect();
        notes.extend(train.columns.notes());
        let take = |table: Table, path: &PathBuf| -> Result<UncheckedImages, DataError> {
            let (images, labels) =
                finish(table, range, &classes).map_err(|problem| located(path, problem))?;
            let (images_path, labels_path) = (path.clone(), path.clone());
            Ok(UncheckedImages { images, labels, images_path, labels_path })
        };
        Ok(ReadFiles {
            train: take(train, &self.train)?,
            test: take(test, &self.test)?,
            classes: Some(classes.iter().map(Label::to_string).collect()),
            notes,
        })
    }

    fn verify(&self) -> Result<Vec<FileStatus>, DataError> {
        let train = read(&self.train, None);
        // The columns of the training file say what the test file's should be.
        let test = read(&self.test, train.as_ref().ok().map(|train| &train.columns));
        let status = |path: &PathBuf, table: Result<Table, DataError>| FileStatus {
            path: path.clone(),
            problem: table.err(),
        };
        Ok(vec![status(&self.train, train), status(&self.test, test)])
    }
}

/// Reads a file, as the test file if `training` are the columns of the training file.
fn read(path: &Path, training: Option<&Columns>) -> Result<Table, DataError> {
    let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
    Table::read(file, training, MOST_VALUES).map_err(|problem| located(path, problem))
}

/// The error of a file with this problem.
fn located(path: &Path, (line, problem): Located) -> DataError {
    match line {
        Some(line) => DataError::wrong_line(path, line, problem),
        None => DataError::wrong_file(path, problem),
    }
}

/// Images with their classes, which are positions in `classes`.
fn finish(
    table: Table,
    range: PixelRange,
    classes: &[Label],
) -> Result<(Images, Vec<u8>), Located> {
    let side = table.side();
    let labels = table.labels.classes(classes)?;
    Ok((Images { height: side, width: side, pixels: table.pixels.into_bytes(range) }, labels))
}

/// Reads one file alone.
#[cfg(feature = "hostile")]
pub(crate) fn parse(reader: impl Read) -> Result<(Images, Vec<u8>), Located> {
    let table = Table::read(reader, None, MOST_VALUES)?;
    let (range, classes) = (Pixels::range(&[&table.pixels]), table.labels.sorted());
    finish(table, range, &classes)
}
