//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, disk};

/// Puts `bytes` at `path` so that after a kill or a power cut at any moment it holds the old or the new bytes: written
/// aside, synced, renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let aside = path.with_added_extension("partial");
    let write = || {
        let mut file = disk::create(&aside)?;
        disk::write(&mut file, &aside, bytes)?;
        disk::sync(&file, &aside)?;
        disk::rename(&aside, path)?;
        disk::sync_directory(path.parent().unwrap_or(Path::new(".")))
    };
    write().map_err(|source| {
        // On a full disk, half a file is what others lack. It may not be there.
        let _ = disk::remove(&aside);
        StoreError::Write { path: path.to_owned(), source }
    })
}

/// Puts `line` behind what is at `path`. Where that fails, a part of it may be there.
pub(crate) fn append(path: &Path, line: &str) -> Result<(), StoreError> {
    let append = || {
        let mut file = disk::open_to_append(path)?;
        disk::write(&mut file, path, line.as_bytes())?;
        disk::sync(&file, path)
    };
    append().map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Renames a file, if it is there.
pub(crate) fn put_aside(path: &Path, to: &Path) -> Result<(), StoreError> {
    match disk::rename(path, to) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::Write { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

/// [`write_whole`] of JSON that people can read.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| StoreError::Write { path: path.to_owned(), source: error.into() })?;
    text.push(b'\n');
    write_whole(path, &text)
}

/// The bytes at `path`; `None` where nothing is.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
    }
}

/// [`read`] of a file that has at most `most` bytes unless it is damaged.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let has = file.metadata().map_err(failed)?.len();
    if has > most {
        return Err(StoreError::damaged(path, format!("it has {has} bytes, and {most} are the most it could need")));
    }
    let mut bytes = Vec::with_capacity(has as usize);
    // It may grow while it is read.
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// The JSON at `path`; `None` where nothing is.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let Some(bytes) = read(path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::damaged(path, error))
}

/// The names of what is in the directory; none where there is no directory.
pub(crate) fn names_in(path: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<Result<_, _>>().map_err(failed)
}

/// Makes the directory and those that it lies in, where they are not there.
pub(crate) fn create_directories(path: &Path) -> Result<(), StoreError> {
    disk::create_directories(path).map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Makes the directory, where it is not there; what it lies in must be.
pub(crate) fn create_directory(path: &Path) -> Result<(), StoreError> {
    match disk::create_directory(path) {
        Err(source) if source.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}
