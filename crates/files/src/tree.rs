//! Many files in one directory, which become durable together.

use std::io;
use std::path::Path;

/// Waits until everything in `directory` is on the disk.
///
/// On Linux, it is one call for the whole file system: for thousands of small files that takes far
/// less time than a call for each. Elsewhere, each file is synced.
///
/// # Errors
/// The system's error of the call that it refused.
pub fn sync_tree(directory: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::fs::syncfs(std::fs::File::open(directory)?)?);
    #[cfg(not(target_os = "linux"))]
    return sync_each(directory);
}

#[cfg(any(not(target_os = "linux"), test))]
fn sync_each(directory: &Path) -> io::Result<()> {
    use crate::{Disk, SystemDisk, regular_file};
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => sync_each(&entry.path())?,
            false => regular_file::open_with(std::fs::File::options().write(true), &entry.path())?
                .sync_all()?,
        }
    }
    SystemDisk.sync_directory(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_synced_and_a_missing_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/file"), "content").unwrap();
        for sync in [sync_tree, sync_each] {
            sync(dir.path()).unwrap();
            let error = sync(&dir.path().join("none")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound);
        }
    }
}
