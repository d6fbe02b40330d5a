//! Reads and writes a store's files. A file is replaced as a whole, or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::disk::{DISK, Disk};

/// Writes `bytes` to `path`. After a kill or a power cut at any time, the file holds the old bytes
/// or the new ones.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    write_whole_by(path, |file| file.write_all(bytes))
}

/// Like [`write_whole`], for content that `content` writes piece by piece.
pub(crate) fn write_whole_by(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), StoreError> {
    fitroom_files::replace_on(&DISK, path, content)
        .map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Appends `line` to the file at `path`. If that fails, the file may end with a part of the line.
pub(crate) fn append(path: &Path, line: &str) -> Result<(), StoreError> {
    let append = || {
        let mut file = DISK.open_to_append(path)?;
        DISK.write(&mut file, path, line.as_bytes())?;
        DISK.sync(&file, path)
    };
    append().map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Renames a file, if it exists.
pub(crate) fn put_aside(path: &Path, to: &Path) -> Result<(), StoreError> {
    match DISK.rename(path, to) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(StoreError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Like [`write_whole`], for a value as indented JSON.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| StoreError::Write { path: path.to_owned(), source: error.into() })?;
    text.push(b'\n');
    write_whole(path, &text)
}

/// Most bytes of a JSON file. Each describes one thing in a few kilobytes.
const MOST_JSON_BYTES: u64 = 1 << 20;

/// Copies the file at `from` to `to`, like [`write_whole`].
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
    write_whole_by(to, |file| io::copy(&mut File::open(from)?, file).map(drop))
}

/// Opens the file at `path`, and gives its bytes; `None` if there is no such file. A file with more
/// than `most` bytes is damaged.
pub(crate) fn open_at_most(path: &Path, most: u64) -> Result<Option<(File, u64)>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    // Checked before the file is opened, because opening a pipe would wait for a writer.
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
    File::open(path).map(|file| Some((file, has))).map_err(failed)
}

/// The bytes of the file at `path`; `None` if there is no such file. A file with more than `most`
/// bytes is damaged.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    let Some((file, has)) = open_at_most(path, most)? else { return Ok(None) };
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(has as usize).map_err(|error| failed(error.into()))?;
    // The limit holds also for a file that grows while it is read.
    file.take(most).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// The value of the JSON file at `path`; `None` if there is no such file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let Some(bytes) = read_at_most(path, MOST_JSON_BYTES)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| StoreError::damaged(path, error))
}

/// The names of all entries of the directory; none if there is no such directory.
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

/// Removes a file, if it exists.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match DISK.remove(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(StoreError::Write { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes the directory and its parents, if they do not exist.
pub(crate) fn create_directories(path: &Path) -> Result<(), StoreError> {
    DISK.create_directories(path)
        .map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Makes the directory, if it does not exist. Its parent must exist.
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
    fn files_that_are_too_large_or_not_regular_are_refused_unread() {
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
        // A sparse file: it takes no room on the disk.
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
