//! The disk that this crate writes to. All changes go through [`DISK`], so that a test can refuse
//! any of them.

pub(crate) use fitroom_files::Disk;

#[cfg(not(test))]
pub(crate) const DISK: fitroom_files::SystemDisk = fitroom_files::SystemDisk;

#[cfg(test)]
pub(crate) const DISK: refusal::RefusingDisk = refusal::RefusingDisk;

#[cfg(test)]
pub(crate) mod refusal {
    //! A disk for tests, which refuses chosen calls, and notes them for [`record`](super::record).

    use std::fs::File;
    use std::io::{Error, ErrorKind, Result, Write};
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};

    use fitroom_files::{Disk, SystemDisk};

    use super::record::{Operation, note};

    /// The system's disk, except for the calls that a [`Refusing`] refuses. It skips every sync:
    /// tests don't cut the power, and syncs would take most of their time.
    pub(crate) struct RefusingDisk;

    impl Disk for RefusingDisk {
        fn create(&self, path: &Path) -> Result<File> {
            allowed(path)?;
            note(Operation::Create(path.to_owned()));
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
            note(Operation::Write(path.to_owned(), bytes.to_owned()));
            SystemDisk.write(file, path, bytes)
        }

        fn sync(&self, _: &File, path: &Path) -> Result<()> {
            note(Operation::Sync(path.to_owned()));
            allowed(path)
        }

        fn sync_directory(&self, path: &Path) -> Result<()> {
            note(Operation::SyncDirectory(path.to_owned()));
            allowed(path)
        }

        fn rename(&self, from: &Path, to: &Path) -> Result<()> {
            allowed(from)?;
            SystemDisk.rename(from, to)?;
            note(Operation::Rename(from.to_owned(), to.to_owned()));
            Ok(())
        }

        fn remove(&self, path: &Path) -> Result<()> {
            allowed(path)?;
            SystemDisk.remove(path)?;
            note(Operation::Remove(path.to_owned()));
            Ok(())
        }

        fn create_directory(&self, path: &Path) -> Result<()> {
            allowed(path)?;
            SystemDisk.create_directory(path)?;
            note(Operation::CreateDirectory(path.to_owned()));
            Ok(())
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

#[cfg(test)]
pub(crate) mod record {
    //! What was done to the disk, for tests that cut its power.

    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};

    /// Something that was done to the disk.
    #[derive(Clone, Debug)]
    pub(crate) enum Operation {
        Create(PathBuf),
        CreateDirectory(PathBuf),
        Write(PathBuf, Vec<u8>),
        Sync(PathBuf),
        SyncDirectory(PathBuf),
        Rename(PathBuf, PathBuf),
        Remove(PathBuf),
    }

    impl Operation {
        fn path(&self) -> &Path {
            match self {
                Operation::Create(path)
                | Operation::CreateDirectory(path)
                | Operation::Write(path, _)
                | Operation::Sync(path)
                | Operation::SyncDirectory(path)
                | Operation::Rename(path, _)
                | Operation::Remove(path) => path,
            }
        }
    }

    struct Record {
        dir: PathBuf,
        operations: Mutex<Vec<Operation>>,
    }

    static RECORDS: Mutex<Vec<Arc<Record>>> = Mutex::new(Vec::new());

    /// Records what is done in a directory until it is dropped.
    pub(crate) struct Recording(Arc<Record>);

    impl Recording {
        pub fn of(dir: &Path) -> Self {
            let record = Arc::new(Record { dir: dir.to_owned(), operations: Mutex::default() });
            RECORDS.lock().unwrap().push(Arc::clone(&record));
            Recording(record)
        }

        /// What was done so far, in order.
        pub fn operations(&self) -> Vec<Operation> {
            self.0.operations.lock().unwrap().clone()
        }
    }

    impl Drop for Recording {
        fn drop(&mut self) {
            RECORDS.lock().unwrap().retain(|record| !Arc::ptr_eq(record, &self.0));
        }
    }

    pub(super) fn note(operation: Operation) {
        for record in RECORDS.lock().unwrap().iter() {
            if operation.path().starts_with(&record.dir) {
                record.operations.lock().unwrap().push(operation.clone());
            }
        }
    }
}
