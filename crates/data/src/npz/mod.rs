//! NPZ files, in which NumPy stores arrays: `npz:FILE`, `npz:DIR` or `npz:TRAIN,TEST`.
//!
//! [`files`] finds the files, [`names`] what their arrays hold, [`header`] and [`arrays`] read them. The
//! range of pixels is recognised over all arrays together, as in CSV files.

mod arrays;
mod files;
mod header;
mod names;
mod parts;
mod problem;
#[cfg(test)]
mod tests;

use std::io::{BufRead, Seek};
use std::path::{Path, PathBuf};

use arrays::Archive;
use files::Layout;
use names::{Keys, Part};
use parts::{Parts, RawPart};
pub use problem::{ArrayProblem, NpzProblem};

use crate::class_names;
use crate::csv::Pixels;
use crate::file_roles;
use crate::format::{FileStatus, FormatOption, ImageFormat};
use crate::label::Labels;
use crate::staging::{Copier, StagedFile};
use crate::unchecked::Images;
use crate::unchecked::ReadFiles;
use crate::{DataError, ReadOptions, SourceError};

/// The files that `npz:FILE`, `npz:DIR` or `npz:TRAIN,TEST` name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpzFiles {
    /// The file of all images or of the training images, a directory, or a directory and the start of
    /// its files' names.
    pub path: PathBuf,
    /// The file of test images, if it is named by itself.
    pub test: Option<PathBuf>,
}

impl ImageFormat for NpzFiles {
    const PREFIX: &'static str = "npz:";
    const SYNTAX: &'static str = "npz:FILE";
    const OPTIONS: &'static [FormatOption] = &[FormatOption::Shape, FormatOption::Pixels];

    fn parse(paths: &str) -> Result<Self, SourceError> {
        let files: Vec<_> =
            paths.split(',').map(str::trim).filter(|file| !file.is_empty()).collect();
        let (path, test) = match files[..] {
            [path] => (path.into(), None),
            [train, test] => (train.into(), Some(test.into())),
            _ => {
                let (name, files) = (format!("npz:{paths}"), files.len());
                let hint = "write npz:FILE, npz:DIR or npz:TRAIN,TEST, with no comma in a name";
                return Err(SourceError::OtherFiles { name, files, hint });
            }
        };
        Ok(NpzFiles { path, test })
    }

    fn paths(&self) -> String {
        let path = self.path.display();
        self.test.as_ref().map_or(path.to_string(), |test| format!("{path},{}", test.display()))
    }

    fn origin(&self) -> String {
        let path = self.path.display();
        self.test.as_ref().map_or(path.to_string(), |test| format!("{path} and {}", test.display()))
    }

    fn directory(&self) -> Option<&Path> {
        let path = (self.test.is_none() && self.path.is_dir()).then_some(&self.path);
        path.map(PathBuf::as_path)
    }

    fn read(&self, options: &ReadOptions) -> Result<ReadFiles, DataError> {
        let Parts { train, validation, test, mut class_names, notes: of_parts } =
            parts::read(&self.layout()?, options)?;
        if let (None, Some(directory)) = (&class_names, self.directory()) {
            class_names = class_names::of_directory(directory)?;
        }
        let (has_validation, has_test) = (validation.is_some(), test.is_some());
        let mut parts: Vec<RawPart> =
            [Some(train), validation, test].into_iter().flatten().collect();
        let range = parts::range_of(&mut parts, options.pixels)?;
        let mut notes: Vec<String> = range.note().into_iter().collect();
        notes.extend(parts.iter_mut().find_map(|part| part.images.note.take()));
        if parts.iter().any(|part| part.is_one_hot) {
            notes.push("labels are one-hot".to_owned());
        }
        notes.extend(of_parts);
        let test = if has_test { parts.pop() } else { None };
        let validation = if has_validation { parts.pop() } else { None };
        let train = parts.pop().expect("it is the first part").finish(range);
        let train = match validation.map(|part| part.finish(range)) {
            None => train,
            Some(validation) => {
                let count = validation.images.count();
                notes.push(format!("{count} validation images are joined to the training images"));
                parts::joined(train, validation)?
            }
        };
        Ok(ReadFiles { train, test: test.map(|part| part.finish(range)), class_names, notes })
    }

    fn read_copies(
        &self,
        options: &ReadOptions,
        copy: &mut Copier,
    ) -> Result<ReadFiles, DataError> {
        if let Some(test) = &self.test {
            let files = [StagedFile::within("train", &self.path), StagedFile::within("test", test)];
            let [train, test] = files.clone().map(|file| file.name);
            let copies = copy(files.to_vec())?.directory;
            return NpzFiles { path: copies.join(train), test: Some(copies.join(test)) }
                .read(options);
        }
        let layout = self.layout()?;
        let names = self.directory().and_then(class_names::file_of);
        let files = layout.paths().into_iter().map(|(path, _)| path.to_owned()).chain(names);
        let copies = copy(StagedFile::flat(files))?.directory;
        let name = self.path.file_name().filter(|_| self.directory().is_none());
        let path = name.map_or(copies.clone(), |name| copies.join(name));
        NpzFiles { path, test: None }.read(options)
    }

    fn verify(&self, options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
        let layout = self.layout()?;
        let status = |(path, role): (&Path, Option<file_roles::Role>)| FileStatus {
            problem: parts::check(path, role, options).err(),
            path: path.to_owned(),
        };
        Ok(layout.paths().into_iter().map(status).collect())
    }
}

/// Whether a file that starts so is an archive, as NPZ files are.
pub(crate) fn is_npz(start: &[u8]) -> bool {
    start.starts_with(b"PK")
}

/// The images of an archive, whatever labels are with them, and the name of their array. Of several parts
/// the test images are taken.
pub(crate) fn images_of(
    reader: impl BufRead + Seek,
) -> Result<(String, arrays::ImageArray), NpzProblem> {
    let mut archive = Archive::open(reader)?;
    let key = match &archive.keys[..] {
        [key] => key.clone(),
        keys => Keys::of(keys)?.images()?.clone(),
    };
    let images = archive.images(&key, None)?;
    Ok((key, images))
}

impl NpzFiles {
    fn layout(&self) -> Result<Layout, DataError> {
        match &self.test {
            Some(test) => Ok(Layout::Two(self.path.clone(), test.clone())),
            None => Layout::find(&self.path),
        }
    }
}

/// Reads the images and labels that are for training in one file.
pub(crate) fn parse(reader: impl BufRead + Seek) -> Result<(Images, Labels), NpzProblem> {
    let mut archive = Archive::open(reader)?;
    let keys = Keys::of(&archive.keys)?;
    if let Some(key) = keys.class_names() {
        archive.class_names(key)?;
    }
    let [images_key, labels_key] = keys.first(&[Part::Train, Part::Whole])?;
    let (labels, _) = archive.labels(&labels_key)?;
    let images = archive.images(&images_key, None)?;
    let range = Pixels::range(&[&images.pixels], None)
        .map_err(|(_, problem)| ArrayProblem::Range(problem).of(&images_key))?;
    Ok((images.shape.images(images.pixels.into_bytes(range)), labels))
}
