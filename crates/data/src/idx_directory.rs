//! Directories with the four IDX files of a data set.

use std::path::{Path, PathBuf};

use crate::format::{FileStatus, ImageFormat};
use crate::label::Labels;
use crate::unchecked::{ReadFiles, UncheckedImages};
use crate::{DataError, ReadOptions, SourceError, idx};

/// The usual names, in the order of [`Folder::files`].
pub(crate) const FILE_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The directory that `idx:DIR` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxDirectory(pub PathBuf);

impl ImageFormat for IdxDirectory {
    const PREFIX: &'static str = "idx:";
    const SYNTAX: &'static str = "idx:DIR";

    fn parse(paths: &str) -> Result<Self, SourceError> {
        if paths.trim().is_empty() {
            let hint = "write idx:DIR, where DIR holds the four IDX files";
            return Err(SourceError::NoDirectory { name: format!("idx:{paths}"), hint });
        }
        Ok(IdxDirectory(paths.into()))
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

    fn read(&self, _options: &ReadOptions) -> Result<ReadFiles, DataError> {
        let [train, test] = Folder::find(&self.0)?.read()?;
        Ok(ReadFiles { train, test: Some(test), class_names: None, notes: Vec::new() })
    }

    fn verify(&self, _options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
        let [train_images, train_labels, test_images, test_labels] = Folder::find(&self.0)?.files;
        let images = |path: PathBuf| FileStatus { problem: idx::read_images(&path).err(), path };
        let labels = |path: PathBuf| FileStatus { problem: idx::read_labels(&path).err(), path };
        Ok(vec![
            images(train_images),
            labels(train_labels),
            images(test_images),
            labels(test_labels),
        ])
    }
}

/// A directory that holds all four files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// In the order of [`FILE_NAMES`].
    pub files: [PathBuf; 4],
}

impl Folder {
    /// Finds the files by their usual names, dotted (`train-images.idx3-ubyte`) or not, gzipped or
    /// not. Gzipped files are preferred, because checksums are published for them.
    pub(crate) fn find(directory: &Path) -> Result<Folder, DataError> {
        std::fs::read_dir(directory).map_err(DataError::io("open", directory))?;
        let found = FILE_NAMES.map(|name| {
            let dotted = name.replacen("-idx", ".idx", 1);
            let names = [format!("{name}.gz"), name.to_owned(), format!("{dotted}.gz"), dotted];
            names.map(|name| directory.join(name)).into_iter().find(|path| path.is_file())
        });
        let missing: Vec<_> = FILE_NAMES
            .into_iter()
            .zip(&found)
            .filter(|(_, path)| path.is_none())
            .map(|(name, _)| name)
            .collect();
        if !missing.is_empty() {
            return Err(DataError::MissingFiles {
                directory: directory.to_owned(),
                missing,
                needed: &FILE_NAMES,
            });
        }
        Ok(Folder { files: found.map(|path| path.expect("none is missing")) })
    }

    /// Reads the training and the test images.
    pub(crate) fn read(&self) -> Result<[UncheckedImages; 2], DataError> {
        let [train_images, train_labels, test_images, test_labels] = &self.files;
        let read = |images: &PathBuf, labels: &PathBuf| -> Result<UncheckedImages, DataError> {
            Ok(UncheckedImages {
                images: idx::read_images(images)?,
                labels: Labels::of_bytes(idx::read_labels(labels)?),
                images_path: images.clone(),
                labels_path: labels.clone(),
            })
        };
        Ok([read(train_images, train_labels)?, read(test_images, test_labels)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_found_and_missing_ones_named() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, "").unwrap();
            path
        };
        let [a, b, c] =
            ["train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte.gz"]
                .map(write);
        write("train-images-idx3-ubyte");
        match Folder::find(dir.path()) {
            Err(DataError::MissingFiles { missing, .. }) => {
                assert_eq!(missing, ["t10k-labels-idx1-ubyte"])
            }
            other => panic!("{other:?}"),
        }
        let d = write("t10k-labels-idx1-ubyte");
        assert_eq!(Folder::find(dir.path()).unwrap().files, [a, b, c, d]);
        assert!(matches!(Folder::find(&dir.path().join("nowhere")), Err(DataError::Io { .. })));
    }
}
