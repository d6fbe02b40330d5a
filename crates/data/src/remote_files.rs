//! The files of a published data set on disk: finds, verifies and reads them.

use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;

use crate::assembly::Names;
use crate::checksum::Checksum;
use crate::format::ImageFormat;
use crate::idx_folder::Folder;
use crate::npz::NpzFiles;
use crate::published::published;
use crate::remote::{Content, Remote};
use crate::unchecked::{ReadFiles, UncheckedImages};
use crate::{DataError, ReadOptions, cifar, emnist_archive, idx};

impl Remote<'_> {
    /// The files in the first of the directories that holds all of them. For MNIST's family, it skips
    /// directories whose files are another known data set's, since these use the same file names.
    pub(crate) fn find(&self, directories: &[PathBuf]) -> Option<Vec<PathBuf>> {
        match self.content {
            Content::IdxFiles { .. } => {
                // The smallest file is enough to tell data sets apart.
                let is_anothers = |folder: &Folder| {
                    matches!(
                        self.read_verified(3, &folder.files[3]),
                        Err(DataError::Damaged { belongs_to: Some(_), .. })
                    )
                };
                let mut folders =
                    directories.iter().filter_map(|directory| Folder::find(directory).ok());
                folders.find(|folder| !is_anothers(folder)).map(|folder| folder.files.to_vec())
            }
            Content::Emnist { .. } | Content::Cifar | Content::MedMnist { .. } => {
                let within = |directory: &PathBuf| -> Vec<PathBuf> {
                    self.files.iter().map(|file| directory.join(file.name)).collect()
                };
                let mut found = directories.iter().map(within);
                found.find(|files| files.iter().all(|file| file.is_file()))
            }
        }
    }

    /// Reads the files, which were [found](Self::find). Each one's checksum must be right.
    pub(crate) fn read(
        &self,
        files: &[PathBuf],
        options: &ReadOptions,
    ) -> Result<ReadFiles, DataError> {
        match self.content {
            Content::IdxFiles { names } => {
                let part = |images: usize, labels: usize| self.read_part(files, images, labels);
                let (train, test) = (part(0, 1)?, Some(part(2, 3)?));
                Ok(ReadFiles { train, test, class_names: Some(owned(names)), notes: Vec::new() })
            }
            Content::Emnist { split } => {
                self.verify(0, &files[0])?;
                emnist_archive::read(&files[0], split)
            }
            Content::Cifar => {
                self.verify(0, &files[0])?;
                cifar::read(&files[0])
            }
            Content::MedMnist { names } => {
                self.verify(0, &files[0])?;
                let read = NpzFiles { path: files[0].clone(), test: None }.read(options)?;
                Ok(ReadFiles { class_names: Some(owned(names)), ..read })
            }
        }
    }

    fn read_part(
        &self,
        files: &[PathBuf],
        images: usize,
        labels: usize,
    ) -> Result<UncheckedImages, DataError> {
        let (images_path, labels_path) = (files[images].clone(), files[labels].clone());
        let bytes = self.read_verified(images, &images_path)?;
        let images = idx::parse_images(Cursor::new(&bytes), bytes.len() as u64)
            .map_err(|problem| DataError::wrong_file(&images_path, problem))?;
        let bytes = self.read_verified(labels, &labels_path)?;
        let labels = idx::parse_labels(Cursor::new(&bytes), bytes.len() as u64)
            .map_err(|problem| DataError::wrong_file(&labels_path, problem))?;
        Ok(UncheckedImages { images, labels, images_path, labels_path })
    }

    /// The names of the data set when it is read from these files.
    pub(crate) fn names(&self, files: &[PathBuf]) -> Names {
        let directory = files[0].parent().unwrap_or(Path::new("."));
        Names {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            origin: directory.display().to_string(),
        }
    }

    /// Checks that the bytes of file `index` at `path` are the published ones.
    ///
    /// # Errors
    /// [`DataError::Damaged`] if they are not.
    pub(crate) fn verify(&self, index: usize, path: &Path) -> Result<(), DataError> {
        let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
        self.check_size(path, file.metadata().map_err(DataError::io("read", path))?.len())?;
        self.check(index, path, BufReader::new(file))
    }

    /// [`verify`](Self::verify) that also returns the file's bytes.
    pub(crate) fn read_verified(&self, index: usize, path: &Path) -> Result<Vec<u8>, DataError> {
        let mut file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
        self.check_size(path, file.metadata().map_err(DataError::io("read", path))?.len())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(DataError::io("read", path))?;
        self.check(index, path, Cursor::new(&bytes))?;
        Ok(bytes)
    }

    fn check_size(&self, path: &Path, bytes: u64) -> Result<(), DataError> {
        let limit = self.limit();
        if bytes <= limit {
            return Ok(());
        }
        let (path, name) = (path.to_owned(), self.name.to_owned());
        Err(DataError::TooLarge { path, name, bytes, limit })
    }

    fn check(
        &self,
        index: usize,
        path: &Path,
        mut reader: impl Read + Seek,
    ) -> Result<(), DataError> {
        let mut start = [0; 2];
        let is_gzip = reader.read(&mut start).is_ok_and(|read| idx::is_gzip(&start[..read]));
        let rewound = reader.rewind();
        let file = &self.files[index];
        let is_idx = matches!(self.content, Content::IdxFiles { .. });
        let needed = match is_idx && !is_gzip {
            true => file.unpacked_sha256.map(Checksum::Sha256),
            false => Some(file.checksum),
        };
        let kind = needed.unwrap_or(Checksum::Sha256(""));
        let found = rewound.and_then(|()| kind.compute(reader));
        let found = found.map_err(DataError::io("read", path))?;
        if needed.is_some_and(|needed| needed.digits() == found) {
            return Ok(());
        }
        let is_of = |other: &&Remote<'static>| {
            other.name != self.name
                && other.files.get(index).is_some_and(|file| {
                    file.checksum.digits() == found || file.unpacked_sha256 == Some(&found)
                })
        };
        Err(DataError::Damaged {
            path: path.to_owned(),
            name: self.name.to_owned(),
            belongs_to: published().find(is_of).map(|other| other.name),
            kind: kind.kind(),
            found,
            needed: needed.map(|needed| needed.digits().to_owned()),
        })
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FASHION_MNIST;
    use crate::remote::RemoteFile;

    #[test]
    fn a_file_that_is_far_too_large_is_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("train-images-idx3-ubyte.gz");
        // A sparse file: it takes no room on the disk, but reading it would take memory.
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = FASHION_MNIST.read_verified(0, &path).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { bytes: 1_099_511_627_776, .. }), "{error}");
        let message = error.to_string();
        assert!(
            message.contains("is not fashion-mnist's: it has 1099511627776 bytes"),
            "{message}"
        );
        assert!(message.contains("\nhint: delete "), "{message}");
    }

    #[test]
    fn an_archive_is_found_by_its_name_verified_and_read() {
        let dir = tempfile::tempdir().unwrap();
        let record = |label: u8| [vec![label], vec![label * 20; 3072]].concat();
        let batch =
            |labels: &[u8]| labels.iter().flat_map(|&label| record(label)).collect::<Vec<_>>();
        let mut archive = tar::Builder::new(Vec::new());
        for (name, bytes) in [
            ("data_batch_1.bin", batch(&[3, 7, 3])),
            ("test_batch.bin", batch(&[7])),
            ("batches.meta.txt", (0..10).map(|i| format!("name {i}\n")).collect::<String>().into()),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            archive
                .append_data(&mut header, format!("cifar-10-batches-bin/{name}"), &bytes[..])
                .unwrap();
        }
        let bytes = archive.into_inner().unwrap();
        let sum = Checksum::Md5("").compute(&bytes[..]).unwrap();
        let name = "cifar-10-binary.tar.gz";
        let file = |checksum| RemoteFile { name, bytes: None, checksum, unpacked_sha256: None };
        let files = [file(Checksum::Md5(&sum))];
        let cifar = published().find(|remote| remote.name == "cifar10").unwrap();
        let remote = Remote { files: &files, ..cifar.clone() };
        let directories = [dir.path().join("nothing"), dir.path().to_owned()];
        assert_eq!(remote.find(&directories), None);
        std::fs::write(dir.path().join(name), &bytes).unwrap();
        let found = remote.find(&directories).unwrap();
        let read = remote.read(&found, &ReadOptions::default()).unwrap();
        assert_eq!(read.train.images.shape(), [32, 32, 3]);
        assert_eq!(read.class_names.unwrap()[7], "name 7");

        std::fs::write(dir.path().join(name), [&bytes[..], b"x"].concat()).unwrap();
        let error = remote.read(&found, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("is not cifar10's: its MD5 is "), "{error}");
        let error = cifar.read(&found, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains("its SHA-256 is "), "{error}");
    }
}
