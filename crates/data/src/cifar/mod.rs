//! The binary files of CIFAR-10 and CIFAR-100 (Krizhevsky 2009), and other images of their layout.
//!
//! A record is an image with its label: a byte (of CIFAR-100 two bytes, the coarse and the fine label),
//! then 32x32 bytes of red, of green and of blue. Nothing stands around the records.

mod members;
mod problem;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use members::{Members, NAMES, batch, read_members};
pub use problem::CifarProblem;

use crate::format::{FileStatus, ImageFormat};
use crate::label::{Labels, MOST_LABELS};
use crate::plain_text::{is_plain, is_visible};
use crate::staging::{Copier, StagedFile};
use crate::unchecked::{Images, ReadFiles, UncheckedImages, channels_last};
use crate::{DataError, ReadOptions, SourceError};

/// Rows and columns of an image.
const SIDE: usize = 32;
const CHANNELS: usize = 3;

/// The path that `cifar:PATH` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CifarFiles(pub PathBuf);

impl ImageFormat for CifarFiles {
    const PREFIX: &'static str = "cifar:";
    const SYNTAX: &'static str = "cifar:PATH";

    fn parse(paths: &str) -> Result<Self, SourceError> {
        if paths.trim().is_empty() {
            let hint =
                "write cifar:PATH, where PATH is a directory of CIFAR's .bin files or a .tar.gz";
            return Err(SourceError::NoDirectory { name: format!("cifar:{paths}"), hint });
        }
        Ok(CifarFiles(paths.into()))
    }

    fn paths(&self) -> String {
        self.0.display().to_string()
    }

    fn origin(&self) -> String {
        self.0.display().to_string()
    }

    fn directory(&self) -> Option<&Path> {
        if self.0.is_dir() { Some(&self.0) } else { self.0.parent() }
    }

    fn read(&self, _options: &ReadOptions) -> Result<ReadFiles, DataError> {
        read(&self.0)
    }

    fn read_copies(
        &self,
        options: &ReadOptions,
        copy: &mut Copier,
    ) -> Result<ReadFiles, DataError> {
        let copies = copy(StagedFile::flat(members::files(&self.0)?))?.directory;
        let archive = self.0.file_name().filter(|_| !self.0.is_dir());
        CifarFiles(archive.map_or(copies.clone(), |name| copies.join(name))).read(options)
    }

    fn verify(&self, _options: &ReadOptions) -> Result<Vec<FileStatus>, DataError> {
        Ok(vec![FileStatus { path: self.0.clone(), problem: read(&self.0).err() }])
    }
}

/// Reads CIFAR-10 or CIFAR-100 from a directory or an archive.
///
/// # Errors
/// If files are missing, truncated or too large.
pub(crate) fn read(path: &Path) -> Result<ReadFiles, DataError> {
    let members = read_members(path)?;
    parse(members, path).map_err(|problem| DataError::wrong_file(path, problem))
}

/// The images of files by their names. `path` is where they were.
fn parse(mut members: Members, path: &Path) -> Result<ReadFiles, CifarProblem> {
    let mut batches: Vec<u32> = members.keys().filter_map(|name| batch(name)).collect();
    batches.sort_unstable();
    let kind = match (batches.is_empty(), members.contains_key("train.bin")) {
        (true, true) => Kind { labels: 2, test: "test.bin", names: NAMES[1] },
        (false, false) => Kind { labels: 1, test: "test_batch.bin", names: NAMES[0] },
        (true, false) => return Err(CifarProblem::NoFiles),
        (false, true) => return Err(CifarProblem::Both),
    };
    let missing = |missing: String| Err(CifarProblem::Missing { missing });
    // Numbers may begin at 0 or 1, but none may be missing between them.
    let first = batches.first().map_or(0, |&first| first.min(1));
    if let Some(number) = (first..).zip(&batches).find(|(number, batch)| number != *batch) {
        return missing(format!("data_batch_{}.bin", number.0));
    }
    if !members.contains_key(kind.test) {
        return missing(kind.test.to_owned());
    }
    let train = match kind.labels {
        1 => batches.iter().map(|number| format!("data_batch_{number}.bin")).collect(),
        _ => vec!["train.bin".to_owned()],
    };
    let mut take = |files: &[String]| -> Result<UncheckedImages, CifarProblem> {
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        for name in files {
            let bytes = members.remove(name).unwrap_or_default();
            kind.append(name, &bytes, &mut pixels, &mut labels)?;
        }
        let images = Images { height: SIDE, width: SIDE, channels: CHANNELS, pixels };
        let (images_path, labels_path) = (path.to_owned(), path.to_owned());
        Ok(UncheckedImages { images, labels: Labels::of_bytes(labels), images_path, labels_path })
    };
    let (train, test) = (take(&train)?, take(&[kind.test.to_owned()])?);
    let class_names = members.get(kind.names).map(|text| names(text, kind.names)).transpose()?;
    let notes = if kind.labels == 2 { vec!["the fine labels".to_owned()] } else { Vec::new() };
    Ok(ReadFiles { train, test: Some(test), class_names, notes })
}

/// CIFAR-10 or CIFAR-100.
struct Kind {
    /// Bytes of labels before an image, of which the last one is used.
    labels: usize,
    /// The file of test images.
    test: &'static str,
    /// The file of class names.
    names: &'static str,
}

impl Kind {
    /// Appends the images of a file.
    fn append(
        &self,
        name: &str,
        bytes: &[u8],
        pixels: &mut Vec<u8>,
        labels: &mut Vec<u8>,
    ) -> Result<(), CifarProblem> {
        let record = self.labels + CHANNELS * SIDE * SIDE;
        let name = name.to_owned();
        if bytes.is_empty() {
            return Err(CifarProblem::Empty { name });
        }
        if !bytes.len().is_multiple_of(record) {
            let (bytes, labels) =
                (bytes.len() as u64, if self.labels == 1 { "label" } else { "two labels" });
            return Err(CifarProblem::WrongSize { name, bytes, record, labels });
        }
        for record in bytes.chunks_exact(record) {
            let (label, planes) = record.split_at(self.labels);
            labels.push(label[self.labels - 1]);
            pixels.extend(channels_last(planes, CHANNELS, SIDE * SIDE));
        }
        Ok(())
    }
}

/// Class names, one a line.
fn names(text: &[u8], file: &str) -> Result<Vec<String>, CifarProblem> {
    let wrong = || CifarProblem::Names { name: file.to_owned() };
    let text = str::from_utf8(text).map_err(|_| wrong())?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Vec<String> = lines.map(str::to_owned).collect();
    let is_name = |name: &String| is_plain(name) && is_visible(name);
    if names.is_empty() || names.len() > MOST_LABELS || !names.iter().all(is_name) {
        return Err(wrong());
    }
    Ok(names)
}

/// The training and test images of an archive of which at most `most` bytes are unpacked.
pub(crate) fn for_hostile(bytes: &[u8], most: u64) -> Option<ReadFiles> {
    parse(members::read_archive(bytes, most).ok()?, Path::new("fuzz")).ok()
}
