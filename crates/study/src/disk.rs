//! The disk that this crate writes to. All changes go through [`DISK`], so that a test can refuse
//! any of them.

pub(crate) use fitroom_files::Disk;

#[cfg(not(test))]
pub(crate) const DISK: fitroom_files::SystemDisk = fitroom_files::SystemDisk;

#[cfg(test)]
pub(crate) const DISK: refusal::RefusingDisk = refusal::RefusingDisk;

#[cfg(test)]
pub(crate) mod refusal {
    //! A disk for tests, which refuses chosen calls.

    use std::fs::File;
    use std::io::{Error, ErrorKind, Result, Write};
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};

    use fitroom_files::{Disk, SystemDisk};

    /// The system's disk, except for the calls that a [`Refusing`] refuses. It skips every sync:
    /// tests don't cut the power, and syncs would take most of their time.
    pub(crate) struct RefusingDisk;

    impl Disk for RefusingDisk {
        fn create(&self, path: &Path) -> Result<File> {
            allowed(path)?;
            SystemDisk.create(path)
        }

        fn open_to_append(&self, path: &Path) -> Result<File> {
            allowed(path)?;
            SystemDisk.open_to_append(path)
        }

        fn write(&self, file: &mut File, path: &Path, bytes: &[u8]) -> Result<()> {
            if let Err(refused) = allowed(path) {
                // As if the disk became full half-way through.
                file.write_all(&bytes[..bytes.len() / 2])?;
                return Err(refused);
            }
            SystemDisk.write(file, path, bytes)
        }

        fn sync(&self, _: &File, path: &Path) -> Result<()> {
            allowed(path)
        }

        fn sync_directory(&self, path: &Path) -> Result<()> {
            allowed(path)
        }

        fn rename(&self, from: &Path, to: &Path) -> Result<()> {
            allowed(from)?;
            SystemDisk.rename(from, to)
        }

        fn remove(&self, path: &Path) -> Result<()> {
            allowed(path)?;
            SystemDisk.remove(path)
        }

        fn create_directory(&self, path: &Path) -> Result<()> {
            allowed(path)?;
            SystemDisk.create_directory(path)
        }
    }

    static REFUSALS: Mutex<Vec<Arc<Mutex<Refusal>>>> = Mutex::new(Vec::new());

    struct Refusal {
        /// Only calls on paths in this directory are refused.
        dir: PathBuf,
        /// Calls that are still allowed.
        allowed: usize,
        /// Whether all later calls are refused too, as on a full disk.
        lasts: bool,
        /// Calls that were refused so far.
        refused: usize,
    }

    /// Refuses calls until it is dropped.
    pub(crate) struct Refusing(Arc<Mutex<Refusal>>);

    impl Refusing {
        /// Allows `allowed` calls on paths in `dir` and refuses the next one; if it `lasts`, also
        /// all later ones.
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

    fn allowed(path: &Path) -> Result<()> {
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
