//! Folders of pictures: a folder per class, as torchvision's `ImageFolder` and Keras'
//! `image_dataset_from_directory` read them.
//!
//! [`layout`] says which folders hold training and test pictures, [`listing`] which files are in
//! them, [`picture`] decodes one file, [`reading`] reads all of them, and [`collection`] puts the
//! pictures together.

mod cache;
#[cfg(test)]
mod cache_tests;
mod collection;
mod layout;
mod listing;
pub(crate) mod picture;
#[cfg(test)]
mod picture_tests;
mod problem;
mod reading;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use layout::Part;
use listing::{Listing, list};
pub(crate) use picture::for_hostile;
pub use problem::FolderProblem;
use problem::shown;
use reading::Reading;
pub(crate) use reading::is_named_as_picture;

use crate::format::{FileStatus, FormatOption, ImageFormat};
use crate::label::{Label, Labels};
use crate::places::decoded_directory;
use crate::staging::{Copier, StagedFile};
use crate::unchecked::{Images, ReadFiles, UncheckedImages};
use crate::{DataError, ReadOptions, Size, SourceError};

/// The folder that `folder:DIR` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFolder(pub PathBuf);

impl ImageFormat for PictureFolder {
    const PREFIX: &'static str = "folder:";
    const SYNTAX: &'static str = "folder:DIR";
    const OPTIONS: &'static [FormatOption] = &[FormatOption::SkipCorrupt];

    fn parse(paths: &str) -> Result<Self, SourceError> {
        if paths.trim().is_empty() {
            let hint = "write folder:DIR, where DIR holds a folder of pictures per class";
            return Err(SourceError::NoDirectory { name: format!("folder:{paths}"), hint });
        }
        Ok(PictureFolder(paths.into()))
    }

    fn paths(&self) -> String {
        self.0.display().to_string()
    }

    fn origin(&self) -> String {
        self.0.display().to_string()
    }

    fn directory(&self) -> Option<&Path> {
        Some(&self.0)
    }

    fn read(&self, options: &ReadOptions) -> Result<ReadFiles, DataError> {
        self.read_at(&self.0, list(&self.0)?, options, decoded_directory().as_deref())
    }

    /// What the copies are is read from the original folder, since files that are no copies are counted too.
    fn read_copies(
        &self,
        options: &ReadOptions,
        copy: &mut Copier,
    ) -> Result<ReadFiles, DataError> {
        let listing = list(&self.0)?;
        let file = |name: &PathBuf| StagedFile { original: self.0.join(name), name: name.clone() };
        let copies = copy(listing.files.iter().map(|listed| file(&listed.path)).collect())?;
        self.read_at(&copies.directory, listing, options, Some(&copies.decoded))
    }

    /// A status per corrupt picture; else one of the folder.
    fn verify(&self, options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
        let listing = list(&self.0)?;
        let corrupt = match reading::read(&self.0, &listing, options, false) {
            Ok((reading, _)) => reading.corrupt,
            Err(problem) => {
                return Ok(vec![FileStatus { path: self.0.clone(), problem: Some(problem) }]);
            }
        };
        if corrupt.is_empty() {
            return Ok(vec![FileStatus { path: self.0.clone(), problem: None }]);
        }
        let status = |(index, problem): (usize, _)| {
            let path = self.0.join(shown(&listing.files[index].path));
            FileStatus { problem: Some(DataError::wrong_file(&path, problem)), path }
        };
        Ok(corrupt.into_iter().map(status).collect())
    }
}

impl PictureFolder {
    /// Reads the files of a listing of this folder, from the same paths in `root`.
    fn read_at(
        &self,
        root: &Path,
        listing: Listing,
        options: &ReadOptions,
        decoded: Option<&Path>,
    ) -> Result<ReadFiles, DataError> {
        let reading = cache::read(root, &listing, options, decoded)?;
        if !options.skip_corrupt {
            reading.check(&listing).map_err(|problem| DataError::wrong_file(&self.0, problem))?;
        }
        finish(&self.0, listing, reading)
    }
}

/// The training and the test images of what was read in the folder `root`.
fn finish(root: &Path, listing: Listing, reading: Reading) -> Result<ReadFiles, DataError> {
    let mut notes = reading.collection.notes();
    notes.extend(listing.notes);
    match reading.others.len() {
        0 => {}
        1 => notes.push("1 file that is no picture is ignored".to_owned()),
        others => notes.push(format!("{others} files that are no pictures are ignored")),
    }
    if let [(index, problem), ..] = &reading.corrupt[..] {
        let path = &listing.files[*index].path;
        let count = reading.corrupt.len();
        let (noun, first) = if count == 1 { ("picture", "") } else { ("pictures", "first ") };
        notes.push(format!("{count} corrupt {noun} left out: {first}{}, {problem}", shown(path)));
    }
    let Some(Size { height, width }) = reading.collection.size() else {
        let problem = FolderProblem::NoClasses { folder: "this folder".to_owned() };
        return Err(DataError::wrong_file(root, problem));
    };
    let (channels, tests) = (reading.collection.channels, reading.collection.tests);
    let (mut pixels, mut labels) = (reading.collection.pixels, reading.collection.labels);
    let trained = labels.len() - tests;
    let test_pixels = pixels.split_off(trained * height * width * channels);
    let test_labels = labels.split_off(trained);
    let part = |part: Part, pixels, labels: Vec<Label>| -> Result<UncheckedImages, DataError> {
        let labels = Labels::collect(labels)
            .map_err(|error| DataError::wrong_file(root, FolderProblem::from(error)))?;
        let is_part =
            |(folder, of): &&(PathBuf, Part)| *of == part && !folder.as_os_str().is_empty();
        let folder = listing.folders.iter().find(is_part);
        let path = folder.map_or(root.to_owned(), |(folder, _)| root.join(folder));
        let images = Images { height, width, channels, pixels };
        Ok(UncheckedImages { images, labels, images_path: path.clone(), labels_path: path })
    };
    let train = part(Part::Train, pixels, labels)?;
    let has_test = listing.folders.iter().any(|(_, of)| *of == Part::Test);
    let test = has_test.then(|| part(Part::Test, test_pixels, test_labels)).transpose()?;
    Ok(ReadFiles { train, test, class_names: None, notes })
}
