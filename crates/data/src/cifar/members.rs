//! The files that matter in a directory or an archive of CIFAR.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;
use flate2::bufread::MultiGzDecoder;
use tar::Archive;

use super::problem::CifarProblem;
use crate::DataError;
use crate::idx::is_gzip;
use crate::idx_problem::MOST_VALUES;

/// Most bytes of all files together, unpacked.
pub(super) const MOST_BYTES: u64 = MOST_VALUES;

/// Most bytes of a file of names.
const MOST_NAME_BYTES: u64 = 1 << 16;

/// The directories in the archives.
const INNER: [&str; 2] = ["cifar-10-batches-bin", "cifar-100-binary"];

/// The directories of the version for Python, and the files in them.
const PYTHON: [&str; 2] = ["cifar-10-batches-py", "cifar-100-python"];
const PYTHON_FILES: [&str; 5] = ["batches.meta", "data_batch_1", "test_batch", "train", "test"];

/// The names of the classes, of CIFAR-10 and of CIFAR-100.
pub(super) const NAMES: [&str; 2] = ["batches.meta.txt", "fine_label_names.txt"];

/// The bytes of each file, by name.
pub(super) type Members = BTreeMap<String, Vec<u8>>;

/// Reads the files in the directory or the archive at `path`.
pub(super) fn read_members(path: &Path) -> Result<Members, DataError> {
    let there = fs::metadata(path).map_err(DataError::io("open", path))?;
    if there.is_dir() {
        return read_directory(&directory(path)?);
    }
    let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
    read_archive(BufReader::new(file), MOST_BYTES)
        .map_err(|problem| DataError::wrong_file(path, problem))
}

/// The directory that holds the files: `path`, or the one in it.
fn directory(path: &Path) -> Result<PathBuf, DataError> {
    let wrong = |problem| Err(DataError::wrong_file(path, problem));
    let is_there = |name: &&str| path.join(name).is_dir();
    if ["data_batch_1.bin", "train.bin"].iter().any(|name| path.join(name).exists()) {
        return Ok(path.to_owned());
    }
    match INNER.iter().filter(|name| is_there(name)).collect::<Vec<_>>()[..] {
        [inner] => return Ok(path.join(inner)),
        [_, _, ..] => return wrong(CifarProblem::Both),
        [] => {}
    }
    let python = PYTHON.iter().find(|name| is_there(name));
    let python = python.or_else(|| PYTHON_FILES.iter().find(|name| path.join(name).is_file()));
    match python {
        Some(found) => wrong(CifarProblem::Python { found: (*found).to_owned() }),
        None => Ok(path.to_owned()),
    }
}

/// The files at `path` that are read: the archive, or those in the directory.
///
/// # Errors
/// If the directory can't be read, or holds no such files.
pub(super) fn files(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let directory = directory(path)?;
    Ok(names(&directory)?.iter().map(|name| directory.join(name)).collect())
}

/// The names of the files in `directory` that matter.
fn names(directory: &Path) -> Result<Vec<String>, DataError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(DataError::io("open", directory))? {
        let entry = entry.map_err(DataError::io("read", directory))?;
        names.extend(entry.file_name().to_str().filter(|name| matters(name)).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn read_directory(directory: &Path) -> Result<Members, DataError> {
    let (mut members, mut left) = (Members::new(), MOST_BYTES);
    for name in names(directory)? {
        let path = directory.join(&name);
        let file = regular_file::open_followed(&path).map_err(DataError::io("open", &path))?;
        let bytes = read_member(file, &name, &mut left).map_err(DataError::io("read", &path))?;
        let bytes = bytes.map_err(|problem| DataError::wrong_file(directory, problem))?;
        members.insert(name, bytes);
    }
    Ok(members)
}

/// Reads the files in an archive, gzipped or not, of which at most `most` bytes are unpacked.
pub(super) fn read_archive(mut reader: impl BufRead, most: u64) -> Result<Members, CifarProblem> {
    if is_gzip(reader.fill_buf().map_err(CifarProblem::Archive)?) {
        read_tar(MultiGzDecoder::new(reader), most)
    } else {
        read_tar(reader, most)
    }
}

fn read_tar(reader: impl Read, most: u64) -> Result<Members, CifarProblem> {
    let (mut members, mut left) = (Members::new(), most);
    // The bytes between the files are bounded too.
    let mut archive = Archive::new(Bounded { reader, left: most });
    let archive_error = |error: io::Error| {
        if is_too_large(&error) { CifarProblem::TooLarge } else { CifarProblem::Archive(error) }
    };
    // Raw: the reader must not collect long names, which may have any length, for us.
    for entry in archive.entries().map_err(archive_error)?.raw(true) {
        let entry = entry.map_err(archive_error)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path_bytes().into_owned();
        let mut parts = path.rsplit(|&byte| byte == b'/').map(String::from_utf8_lossy);
        let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if let Some(found) = PYTHON.iter().find(|known| **known == folder) {
            return Err(CifarProblem::Python { found: (*found).to_owned() });
        }
        if !matters(&name) {
            continue;
        }
        let bytes = read_member(entry, &name, &mut left).map_err(archive_error)??;
        if members.insert(name.to_string(), bytes).is_some() {
            return Err(CifarProblem::Twice { name: name.into_owned() });
        }
    }
    // Gzip's checksum stands at the end.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(archive_error)?;
    Ok(members)
}

/// Reads a file of which at most `left` bytes are taken. Memory grows with the bytes that are there.
fn read_member(
    reader: impl Read,
    name: &str,
    left: &mut u64,
) -> io::Result<Result<Vec<u8>, CifarProblem>> {
    let is_names = NAMES.contains(&name);
    let most = if is_names { MOST_NAME_BYTES.min(*left) } else { *left };
    let mut bytes = Vec::new();
    reader.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let name = name.to_owned();
        return Ok(Err(if is_names {
            CifarProblem::Names { name }
        } else {
            CifarProblem::TooLarge
        }));
    }
    *left -= bytes.len() as u64;
    Ok(Ok(bytes))
}

/// The number of a file of training images, `data_batch_1.bin` and so on.
pub(super) fn batch(name: &str) -> Option<u32> {
    let number = name.strip_prefix("data_batch_")?.strip_suffix(".bin")?;
    number.parse().ok().filter(|parsed: &u32| parsed.to_string() == number)
}

fn matters(name: &str) -> bool {
    ["test_batch.bin", "train.bin", "test.bin"].contains(&name)
        || NAMES.contains(&name)
        || batch(name).is_some()
}

/// Reads at most `left` bytes, and fails if there are more.
struct Bounded<R> {
    reader: R,
    left: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("too large")]
struct TooLarge;

fn is_too_large(error: &io::Error) -> bool {
    let mut source = error.get_ref().map(|error| error as &(dyn std::error::Error + 'static));
    while let Some(error) = source {
        if error.is::<TooLarge>() {
            return true;
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        source = inner.map(|error| error as _).or(error.source());
    }
    false
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 && !into.is_empty() {
            return if self.reader.read(&mut into[..1])? == 0 {
                Ok(0)
            } else {
                Err(io::Error::other(TooLarge))
            };
        }
        let read = self.reader.read(&mut into[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}
