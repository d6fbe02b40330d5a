//! Directories with the IDX files of a data set.

use std::path::{Path, PathBuf};

use crate::class_names;
use crate::file_roles::Selection;
use crate::format::{FileStatus, ImageFormat};
use crate::idx_names::IdxFiles;
use crate::staging::{Copier, StagedFile};
use crate::unchecked::{Images, ReadFiles, UncheckedImages};
use crate::{DataError, ReadOptions, SourceError, idx};

/// The directory that `idx:DIR` names. If there is no such directory, its last component is the start
/// of the files' names.
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
        let is_start = Selection::of(&self.0).start.is_some();
        let parent = self.0.parent().filter(|_| is_start);
        let here = |path: &'_ Path| path.as_os_str().is_empty();
        Some(parent.map_or(&self.0, |path| if here(path) { Path::new(".") } else { path }))
    }

    fn read(&self, _options: &ReadOptions) -> Result<ReadFiles, DataError> {
        let files = IdxFiles::find(&self.0)?;
        let mut class_names = class_names::of_directory(&files.directory)?;
        if let (None, Some(mapping)) = (&class_names, files.mapping()) {
            class_names = class_names::of_mapping(&mapping)?;
        }
        let (mut train, mut test) =
            (read(&files.train)?, files.test.as_ref().map(read).transpose()?);
        let mut notes = Vec::new();
        if files.are_emnists() {
            notes.push("EMNIST's images are turned upright".to_owned());
            for part in [&mut train].into_iter().chain(test.as_mut()) {
                transpose(&mut part.images);
            }
        }
        Ok(ReadFiles { train, test, class_names, notes })
    }

    fn read_copies(
        &self,
        options: &ReadOptions,
        copy: &mut Copier,
    ) -> Result<ReadFiles, DataError> {
        let files = IdxFiles::find(&self.0)?;
        let (mapping, names) = (files.mapping(), class_names::file_of(&files.directory));
        let images = [Some(files.train), files.test].into_iter().flatten().flatten();
        let copies = copy(StagedFile::flat(images.chain(mapping).chain(names)))?.directory;
        let start = Selection::of(&self.0).start;
        IdxDirectory(start.map_or(copies.clone(), |start| copies.join(start))).read(options)
    }

    fn verify(&self, _options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
        let files = IdxFiles::find(&self.0)?;
        let status = |[images, labels]: [PathBuf; 2]| {
            [
                FileStatus { problem: idx::read_images(&images).err(), path: images },
                FileStatus { problem: idx::read_labels(&labels).err(), path: labels },
            ]
        };
        Ok([files.train].into_iter().chain(files.test).flat_map(status).collect())
    }
}

/// Reads a file of images and a file of labels.
fn read([images, labels]: &[PathBuf; 2]) -> Result<UncheckedImages, DataError> {
    Ok(UncheckedImages {
        images: idx::read_images(images)?,
        labels: idx::read_labels(labels)?,
        images_path: images.clone(),
        labels_path: labels.clone(),
    })
}

/// Swaps rows and columns of square images.
pub(crate) fn transpose(images: &mut Images) {
    let [height, width, channels] = images.shape();
    if height != width {
        return;
    }
    for image in images.pixels.chunks_exact_mut(height * width * channels) {
        for row in 0..height {
            for column in 0..row {
                for channel in 0..channels {
                    let at = |row, column| (row * width + column) * channels + channel;
                    image.swap(at(row, column), at(column, row));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::idx;

    #[test]
    fn square_images_are_transposed() {
        let mut images = Images { height: 2, width: 2, channels: 2, pixels: (0..16).collect() };
        transpose(&mut images);
        assert_eq!(images.pixels, [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
        let mut wide = Images { height: 1, width: 3, channels: 1, pixels: vec![1, 2, 3] };
        transpose(&mut wide);
        assert_eq!(wide.pixels, [1, 2, 3]);
    }

    #[test]
    fn emnists_letters_are_upright_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let write =
            |name: &str, bytes: Vec<u8>| std::fs::write(dir.path().join(name), bytes).unwrap();
        write("emnist-letters-train-images-idx3-ubyte", idx(0x803, &[1, 2, 2], &[1, 2, 3, 4]));
        write("emnist-letters-train-labels-idx1-ubyte", idx(0x801, &[1], &[2]));
        let format = IdxDirectory(dir.path().to_owned());
        let read = || format.read(&ReadOptions::default()).unwrap();
        assert_eq!(read().train.images.pixels, [1, 3, 2, 4]);
        assert_eq!(read().notes, ["EMNIST's images are turned upright"]);
        assert!(read().test.is_none() && read().class_names.is_none());
        write("emnist-letters-mapping.txt", b"1 65 97\n2 66 98\n".to_vec());
        assert_eq!(read().class_names.unwrap(), ["0", "A/a", "B/b"]);
        write("classes.txt", b"a\nb\n".to_vec());
        assert_eq!(read().class_names.unwrap(), ["a", "b"]);
        assert_eq!(format.verify(&ReadOptions::default()).unwrap().len(), 2);
        let start = IdxDirectory(dir.path().join("emnist-letters"));
        assert_eq!((start.directory(), format.directory()), (Some(dir.path()), Some(dir.path())));
        assert_eq!(start.read(&ReadOptions::default()).unwrap().train.images.pixels, [1, 3, 2, 4]);
    }
}
