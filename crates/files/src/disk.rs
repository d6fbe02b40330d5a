//! The calls that change the disk, each as one method, so that a test can refuse any of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::regular_file;

/// A disk. By default, the methods do the system's calls. A test overrides them to refuse a call.
///
/// Each method's errors are the system's.
#[allow(clippy::missing_errors_doc)]
pub trait Disk {
    /// Creates the file. Nothing may have its name, so it is no link to another file.
    fn create(&self, path: &Path) -> io::Result<File> {
        File::create_new(path)
    }

    /// Opens an existing regular file to write at its end.
    fn open_to_append(&self, path: &Path) -> io::Result<File> {
        regular_file::open_with(File::options().append(true), path)
    }

    /// Writes all of `bytes` to `file`, which lies at `path`.
    fn write(&self, file: &mut File, _path: &Path, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    /// Waits until the content of `file`, which lies at `path`, is on the disk.
    fn sync(&self, file: &File, _path: &Path) -> io::Result<()> {
        file.sync_all()
    }

    /// Waits until the names in a directory are on the disk. A rename then survives a power cut.
    /// Only Unix has and needs this call. An empty path is the current directory.
    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        if !cfg!(unix) {
            return Ok(());
        }
        File::open(if path.as_os_str().is_empty() { Path::new(".") } else { path })?.sync_all()
    }

    /// Renames a file, and replaces an existing file of the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    /// Creates the directory, whose parent must exist.
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemDisk;

impl Disk for SystemDisk {}
