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
#[cfg(test)]
mod option_tests;
mod pixels;
mod problem;
mod separator;
mod table;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;

use columns::Columns;
pub(crate) use pixels::{Pixels, Recognised};
pub use problem::CsvProblem;
use problem::Located;
use table::Table;

use crate::format::{FileStatus, FormatOption, ImageFormat};
use crate::idx_problem::MOST_VALUES;
use crate::label::Labels;
use crate::staging::{Copier, StagedFile};
use crate::unchecked::{Images, ReadFiles, UncheckedImages, channels_last};
use crate::{DataError, ReadOptions, RowShape, Size, SourceError};

/// The files that `csv:TRAIN,TEST` or `csv:FILE` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFiles {
    /// The file of training images.
    pub train: PathBuf,
    /// The file of test images; `None`: a share of the training images is held out.
    pub test: Option<PathBuf>,
}

impl ImageFormat for CsvFiles {
    const PREFIX: &'static str = "csv:";
    const SYNTAX: &'static str = "csv:TRAIN,TEST";
    const OPTIONS: &'static [FormatOption] =
        &[FormatOption::Label, FormatOption::Shape, FormatOption::Pixels];

    fn parse(paths: &str) -> Result<Self, SourceError> {
        let files: Vec<_> =
            paths.split(',').map(str::trim).filter(|file| !file.is_empty()).collect();
        match files[..] {
            [file] => Ok(CsvFiles { train: file.into(), test: None }),
            [train, test] => Ok(CsvFiles { train: train.into(), test: Some(test.into()) }),
            _ => {
                let (name, files) = (format!("csv:{paths}"), files.len());
                let hint = "write csv:TRAIN,TEST or csv:FILE, with no comma in a name";
                Err(SourceError::OtherFiles { name, files, hint })
            }
        }
    }

    fn paths(&self) -> String {
        let files: Vec<_> = self.files().map(|path| path.display().to_string()).collect();
        files.join(",")
    }

    fn origin(&self) -> String {
        let files: Vec<_> = self.files().map(|path| path.display().to_string()).collect();
        files.join(" and ")
    }

    fn read(&self, options: &ReadOptions) -> Result<ReadFiles, DataError> {
        let mut train = read(&self.train, None, options)?;
        if let [label] = &train.labels.sorted()[..] {
            let (label, column) = (label.to_string(), train.columns.label_place());
            return Err(DataError::wrong_file(&self.train, CsvProblem::OneClass { label, column }));
        }
        let mut test = match &self.test {
            Some(path) => Some(read(path, Some(&train.columns), options)?),
            None => None,
        };
        let path = |is_test: bool| match &self.test {
            Some(test) if is_test => test,
            _ => &self.train,
        };
        if let Some(test) = &mut test {
            Pixels::unify(&mut train.pixels, &mut test.pixels, true)
                .map_err(|(is_test, problem)| located(path(is_test), problem))?;
        }
        let pixels = [Some(&train), test.as_ref()].into_iter().flatten().map(|part| &part.pixels);
        let range = Pixels::range(&pixels.collect::<Vec<_>>(), options.pixels)
            .map_err(|(part, problem)| DataError::wrong_file(path(part == 1), problem))?;
        let mut notes: Vec<_> = range.note().into_iter().collect();
        notes.extend(train.columns.notes());
        let take = |table: Table, path: &PathBuf| {
            let (images_path, labels_path) = (path.clone(), path.clone());
            let (images, labels) = finish(table, range, options.shape);
            UncheckedImages { images, labels, images_path, labels_path }
        };
        let (train, test) = (take(train, &self.train), test.map(|test| take(test, path(true))));
        Ok(ReadFiles { train, test, class_names: None, notes })
    }

    fn read_copies(
        &self,
        options: &ReadOptions,
        copy: &mut Copier,
    ) -> Result<ReadFiles, DataError> {
        let train = StagedFile::within("train", &self.train);
        let test = self.test.as_ref().map(|test| StagedFile::within("test", test));
        let names = (train.name.clone(), test.as_ref().map(|test| test.name.clone()));
        let copies = copy([Some(train), test].into_iter().flatten().collect())?.directory;
        let test = names.1.map(|name| copies.join(name));
        CsvFiles { train: copies.join(names.0), test }.read(options)
    }

    fn verify(&self, options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
        let train = read(&self.train, None, options);
        // The columns of the training file say what the test file's should be.
        let columns = train.as_ref().ok().map(|train| &train.columns);
        let test =
            self.test.as_ref().map(|path| (path.clone(), read(path, columns, options).err()));
        let mut files = vec![(self.train.clone(), train.err())];
        files.extend(test);
        Ok(files.into_iter().map(|(path, problem)| FileStatus { path, problem }).collect())
    }
}

impl CsvFiles {
    /// The file of training images, and that of test images if there is one.
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        [Some(&self.train), self.test.as_ref()].into_iter().flatten()
    }
}

/// Reads a file, as the test file if `training` are the columns of the training file.
fn read(
    path: &Path,
    training: Option<&Columns>,
    options: &ReadOptions,
) -> Result<Table, DataError> {
    let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
    Table::read(file, training, options, MOST_VALUES).map_err(|problem| located(path, problem))
}

/// The error of a file with this problem.
fn located(path: &Path, (line, problem): Located) -> DataError {
    match line {
        Some(line) => DataError::wrong_line(path, line, problem),
        None => DataError::wrong_file(path, problem),
    }
}

/// Images with their labels. Without a `shape` they are square.
fn finish(table: Table, range: Recognised, shape: Option<RowShape>) -> (Images, Labels) {
    let side = table.columns.pixels().isqrt();
    let square = Size { height: side, width: side };
    let shape = shape.unwrap_or(RowShape { size: square, channels: 1, channels_first: false });
    let Size { height, width } = shape.size;
    let mut pixels = table.pixels.into_bytes(range);
    if shape.channels_first {
        pixels = channels_last(&pixels, shape.channels, height * width);
    }
    let images = Images { height, width, channels: shape.channels, pixels };
    (images, table.labels.finish())
}

/// Reads one file alone.
pub(crate) fn parse(reader: impl Read) -> Result<(Images, Labels), Located> {
    let table = Table::read(reader, None, &ReadOptions::default(), MOST_VALUES)?;
    let range = Pixels::range(&[&table.pixels], None).map_err(|(_, problem)| (None, problem))?;
    Ok(finish(table, range, None))
}
