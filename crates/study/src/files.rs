//! Reads and writes a store's files. A file is replaced as a whole, or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use fitroom_files::regular_file;

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

/// Most bytes of a JSON file. Each describes one thing in a few kilobytes.
const MOST_JSON_BYTES: u64 = 1 << 20;

/// Opens the file at `path`, and gives its bytes; `None` if there is no such file. A file with more
/// than `most` bytes is damaged.
pub(crate) fn open_at_most(path: &Path, most: u64) -> Result<Option<(File, u64)>, StoreError> {
    let failed = |source| StoreError::Read { path: path.to_owned(), source };
    let file = match regular_file::open(path) {
        Ok(file) => file,
        // A file in the place of a directory holds no file either.
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => {
            return Ok(None);
        }
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            return Err(StoreError::damaged(path, error));
        }
        Err(error) => return Err(failed(error)),
    };
    let has = file.metadata().map_err(failed)?.len();
    if has > most {
        return Err(StoreError::damaged(
            path,
            format!("it has {has} bytes, and {most} are the most it could need"),
        ));
    }
    Ok(Some((file, has)))
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

/// The bytes of the JSON file at `path`; `None` if there is no such file.
pub(crate) fn read_json_bytes(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    read_at_most(path, MOST_JSON_BYTES)
}

/// Fails if `path` is anything but a directory of its own: a link would lead out of the results.
pub(crate) fn require_directory(path: &Path) -> Result<(), StoreError> {
    match regular_file::require_directory(path) {
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            Err(StoreError::damaged(path, error))
        }
        other => other.map_err(|source| StoreError::Read { path: path.to_owned(), source }),
    }
}

/// The names of the directories in the directory, without links; none if there is no such directory.
/// Each is looked at when it is asked for: on a network file system, thousands take seconds.
pub(crate) fn directories_in(path: &Path) -> Result<impl Iterator<Item = String>, StoreError> {
    let is_directory =
        |name: &String| fs::symlink_metadata(path.join(name)).is_ok_and(|there| there.is_dir());
    Ok(names_in(path)?.into_iter().filter(is_directory))
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
    fitroom_files::create_directories(&DISK, path)
        .map_err(|source| StoreError::Write { path: path.to_owned(), source })
}

/// Makes the directory, if it does not exist, and waits until its name is on the disk. Its parent
/// must exist.
pub(crate) fn create_directory(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::Write { path: path.to_owned(), source };
    match DISK.create_directory(path) {
        Err(source) if source.kind() == ErrorKind::AlreadyExists => require_directory(path),
        Err(source) => Err(failed(source)),
        Ok(()) => DISK.sync_directory(path.parent().unwrap_or(Path::new("."))).map_err(failed),
    }
}

/// Removes what a killed process left in the directory of files that it was replacing.
pub(crate) fn remove_leftovers(directory: &Path, is_ours: impl Fn(&str) -> bool) {
    fitroom_files::remove_leftovers(&DISK, directory, is_ours);
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
        let error = read_json_bytes(&path).unwrap_err().to_string();
        assert!(error.contains("it has 1099511627776 bytes"), "{error}");
        let error = read_at_most(dir.path(), u64::MAX).unwrap_err().to_string();
        assert!(error.contains("it is a directory and not a regular file"), "{error}");
        if cfg!(unix) {
            let error = read_at_most(Path::new("/dev/zero"), u64::MAX).unwrap_err().to_string();
            assert!(error.contains("it is a pipe or a device and not a regular file"), "{error}");
        }
    }
}
