//! Every call with which this crate changes what is on the disk, each in one place, so that a test
//! can have any one of them refused.

use std::fs::{self, File};
use std::io::{Result, Write};
use std::path::Path;

/// Tests don't cut the power, and waiting for the disk would take most of their time.
const WAITS: bool = cfg!(not(test));

pub(crate) fn create(path: &Path) -> Result<File> {
    allowed(path)?;
    File::create(path)
}

pub(crate) fn open_to_append(path: &Path) -> Result<File> {
    allowed(path)?;
    File::options().append(true).open(path)
}

/// Writes all of `bytes` to the file that is at `path`.
pub(crate) fn write(file: &mut File, path: &Path, bytes: &[u8]) -> Result<()> {
    if let Err(refused) = allowed(path) {
        // As when the disk is full half-way.
        file.write_all(&bytes[..bytes.len() / 2])?;
        return Err(refused);
    }
    file.write_all(bytes)
}

/// Has the file's content reach the disk.
pub(crate) fn sync(file: &File, path: &Path) -> Result<()> {
    allowed(path)?;
    if WAITS { file.sync_all() } else { Ok(()) }
}

/// Makes a rename survive a power cut; only Unix has and needs it.
pub(crate) fn sync_directory(path: &Path) -> Result<()> {
    allowed(path)?;
    if cfg!(unix) && WAITS {
        File::open(if path.as_os_str().is_empty() { Path::new(".") } else { path })?.sync_all()
    } else {
        Ok(())
    }
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    allowed(from)?;
    fs::rename(from, to)
}

pub(crate) fn remove(path: &Path) -> Result<()> {
    allowed(path)?;
    fs::remove_file(path)
}

/// Makes the directory and those that it lies in.
pub(crate) fn create_directories(path: &Path) -> Result<()> {
    allowed(path)?;
    fs::create_dir_all(path)
}

/// Makes the directory, whose parent must be there.
pub(crate) fn create_directory(path: &Path) -> Result<()> {
    allowed(path)?;
    fs::create_dir(path)
}

#[cfg(not(test))]
fn allowed(_path: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
use refusal::allowed;

#[cfg(test)]
pub(crate) mod refusal {
    //! A disk that refuses, for tests.

    use std::io::{Error, ErrorKind, Result};
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};

    static REFUSALS: Mutex<Vec<Arc<Mutex<Refusal>>>> = Mutex::new(Vec::new());

    struct Refusal {
        /// Of calls on paths in here.
        dir: PathBuf,
        /// Calls that are allowed before.
        allowed: usize,
        /// Whether all after the first are refused too, as on a disk that is full.
        lasts: bool,
        /// Calls that were refused.
        refused: usize,
    }

    /// While this is there, calls are refused.
    pub(crate) struct Refusing(Arc<Mutex<Refusal>>);

    impl Refusing {
        /// Refuses the call after `allowed` ones on paths in `dir`, and where it `lasts` all that
        /// follow.
        pub fn after(allowed: usize, dir: &Path, lasts: bool) -> Self {
            let refusal =
                Arc::new(Mutex::new(Refusal { dir: dir.to_owned(), allowed, lasts, refused: 0 }));
            REFUSALS.lock().unwrap().push(Arc::clone(&refusal));
            Refusing(refusal)
        }

        /// Calls that were refused so far.
        pub fn refused(&self) -> usize {
            self.0.lock().unwrap().refused
        }
    }

    impl Drop for Refusing {
        fn drop(&mut self) {
            REFUSALS.lock().unwrap().retain(|refusal| !Arc::ptr_eq(refusal, &self.0));
        }
    }

    pub(super) fn allowed(path: &Path) -> Result<()> {
        for refusal in REFUSALS.lock().unwrap().iter() {
            let mut refusal = refusal.lock().unwrap();
            if !path.starts_with(&refusal.dir) {
                continue;
            }
            if refusal.allowed > 0 {
                refusal.allowed -= 1;
            } else if refusal.lasts || refusal.refused == 0 {
                refusal.refused += 1;
                return Err(Error::new(ErrorKind::StorageFull, "no space left, says the test"));
            }
        }
        Ok(())
    }
}
