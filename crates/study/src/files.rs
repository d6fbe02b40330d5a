//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// Puts `bytes` at `path` so that after a kill or a power cut at any moment it holds the old or the new bytes: written
/// aside, synced, renamed.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let aside = path.with_added_extension("partial");
    let write = || {
        let mut file = File::create(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)?;
        sync_directory(path.parent().unwrap_or(Path::new(".")))
    };
    write().map_err(|source| StoreError::Write { path: path.to_owned(), source })
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
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
    }
}

/// [`read`] of a file that has at most `most` bytes unless it is damaged.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
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

pub(crate) fn create_directory(path: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(path).map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Makes a rename survive a power cut; only Unix has and needs it.
fn sync_directory(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(if path.as_os_str().is_empty() { Path::new(".") } else { path })?.sync_all()
    } else {
        Ok(())
    }
}
