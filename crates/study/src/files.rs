//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::disk::{DISK, Disk};

/// Puts `bytes` at `path` so that after a kill or a power cut at any moment it holds the old or the
/// new bytes.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_whole_by(path, |file| file.write_all(bytes))
}

/// [`write_whole`] of what `content` writes, piece by piece.
pub(crate) fn write_whole_by(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    fitroom_files::replace_on(&DISK, path, content)
        .map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Puts `line` behind what is at `path`. Where that fails, a part of it may be there.
pub(crate) fn append(path: &Path, line: &str) -> Result<(), StoreError> {
    let append = || {
        let mut file = DISK.open_to_append(path)?;
        DISK.write(&mut file, path, line.as_bytes())?;
        DISK.sync(&file, path)
    };
    append().map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Renames a file, if it is there.
pub(crate) fn put_aside(path: &Path, to: &Path) -> Result<(), StoreError> {
    match DISK.rename(path, to) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(StoreError::Write { path: path.to_owned(), source })
        }
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

/// JSON files describe one thing each: they are some kilobytes.
const MOST_JSON_BYTES: u64 = 1 << 20;

/// The bytes at `path`, of a file that has at most `most` bytes unless it is damaged; `None` where
/// nothing is.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    // Looked at before it is opened: opening a pipe would wait for who writes to it.
    let has = match fs::metadata(path) {
        Ok(has) if has.is_dir() || has.is_file() => has.len(),
        Ok(_) => return Err(StoreError::damaged(path, "it is no ordinary file")),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    if has > most {
        return Err(StoreError::damaged(
            path,
            format!("it has {has} bytes, and {most} are the most it could need"),
        ));
    }
    let mut bytes = Vec::with_capacity(has as usize);
    // It may grow while it is read.
    File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    Ok(Some(bytes))
}

/// The JSON at `path`; `None` where nothing is.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let Some(bytes) = read_at_most(path, MOST_JSON_BYTES)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::damaged(path, error))
}

/// The names of what is in the directory; none where there is no directory.
pub(crate) fn names_in(path: &Path) -> Result<Vec<String>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let name = |entry: std::io::Result<fs::DirEntry>| {
        Ok(entry?.file_name().to_string_lossy().into_owned())
    };
    entries.map(name).collect::<Result<_, _>>().map_err(failed)
}

/// Makes the directory and those that it lies in, where they are not there.
pub(crate) fn create_directories(path: &Path) -> Result<(), StoreError> {
    DISK.create_directories(path)
        .map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Makes the directory, where it is not there; what it lies in must be.
pub(crate) fn create_directory(path: &Path) -> Result<(), StoreError> {
    match DISK.create_directory(path) {
        Err(source) if source.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_too_large_or_none_at_all_are_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run.json");
        assert_eq!(read_at_most(&path, 5).unwrap(), None);
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_at_most(&path, 5).unwrap().unwrap(), b"12345");
        let error = read_at_most(&path, 4).unwrap_err().to_string();
        assert!(
            error.contains("run.json is damaged: it has 5 bytes, and 4 are the most it could need"),
            "{error}"
        );
        // Sparse: it takes no room on the disk.
        File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
        let error = read_json::<u32>(&path).unwrap_err().to_string();
        assert!(error.contains("it has 1099511627776 bytes"), "{error}");
        let error = read_at_most(dir.path(), u64::MAX).unwrap_err();
        assert!(matches!(error, StoreError::Read { .. }), "{error}");
        if cfg!(unix) {
            let error = read_at_most(Path::new("/dev/zero"), u64::MAX).unwrap_err().to_string();
            assert!(error.contains("it is no ordinary file"), "{error}");
        }
    }

    #[test]
    fn json_that_is_nested_too_deeply_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep.json");
        fs::write(&path, "[".repeat(500_000)).unwrap();
        let error = read_json::<serde_json::Value>(&path).unwrap_err().to_string();
        assert!(error.contains("recursion limit exceeded"), "{error}");
    }
}
