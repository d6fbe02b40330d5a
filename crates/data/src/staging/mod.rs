//! Copies the files of a data set to a disk of this machine, once for all of its processes.
//!
//! On a cluster, many processes on a machine read the same files of a slow shared file system. Staged
//! files are copied to a directory that the user names, and read there:
//!
//! ```text
//! DIR/fitroom-UID/            this user's alone (mode 0700)
//!   lock                      held by the process that copies
//!   KEY/                      the copies of one data set
//!   KEY.partial/              copies that are being made
//!   NAME/                     a published data set that was on no disk and was downloaded
//!   decoded/                  decoded pictures of folders
//! ```
//!
//! [`original`] makes KEY of the path, size and times of each file, so files that have changed are copied
//! again. A copy is renamed once it is complete and on the disk. What a killed process left is removed
//! by the next one that copies. `staged_loading` reads the copies, under the names of the originals.

pub(crate) mod original;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use fitroom_files::{Disk, LockFile, private_directory, regular_file, sync_tree};
use rayon::prelude::*;

pub(crate) use original::StagedFile;
use original::{Original, Originals};

use crate::DataError;
use crate::staging_error::StagingError;

/// The start of the name of the directory in the one that the user names.
const NAME: &str = "fitroom";

/// Ends the name of a directory whose copies are not complete.
const PARTIAL: &str = "partial";

/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// A directory for copies.
pub(crate) struct Stage<'a, D> {
    disk: &'a D,
    /// The directory, as the user named it.
    pub(crate) named: &'a Path,
    /// This user's directory in it.
    pub(crate) directory: PathBuf,
}

/// The copies of a data set's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copies {
    /// The directory that holds them.
    pub(crate) directory: PathBuf,
    /// The directory of decoded pictures.
    pub(crate) decoded: PathBuf,
}

/// Copies files, or finds that they are copied.
pub(crate) type Copier<'a> = dyn FnMut(Vec<StagedFile>) -> Result<Copies, DataError> + 'a;

impl<'a, D: Disk + Sync> Stage<'a, D> {
    /// Creates this user's directory in `named`, if it does not exist.
    ///
    /// # Errors
    /// If it can't be created, or if it is not this user's alone.
    pub(crate) fn open(disk: &'a D, named: &'a Path) -> Result<Self, DataError> {
        let directory = private_directory(named, NAME).map_err(StagingError::io(
            named,
            "use",
            &named.join(NAME),
            None,
        ))?;
        Ok(Stage { disk, named, directory })
    }

    /// Copies the files, unless they are there already. Waits while another process copies.
    ///
    /// # Errors
    /// If a file can't be read or changes meanwhile, or if the copy can't be written.
    pub(crate) fn copies(&self, files: Vec<StagedFile>) -> Result<Copies, DataError> {
        let originals = Originals::look(files)?;
        let directory = self.directory.join(originals.key()?);
        if !originals.are_copied_to(&directory) {
            self.copy(&originals, &directory)?;
        }
        Ok(Copies { directory, decoded: self.directory.join("decoded") })
    }

    pub(crate) fn copy(&self, originals: &Originals, directory: &Path) -> Result<(), DataError> {
        let io = |action, path| StagingError::io(self.named, action, path, Some(originals.bytes()));
        let lock = self.directory.join("lock");
        let _lock = LockFile::wait(self.disk, &lock)
            .map_err(|error| io("lock", &lock)(io::Error::from(error)))?;
        // Another process may have copied them while this one waited for the lock.
        if originals.are_copied_to(directory) {
            return Ok(());
        }
        self.remove_leftovers().map_err(io("tidy up", &self.directory))?;
        remove(directory).map_err(io("remove", directory))?;
        let partial = directory.with_extension(PARTIAL);
        let copied = self.copy_all(originals, &partial).and_then(|()| {
            sync_tree(&partial).map_err(io("write", &partial))?;
            self.disk.rename(&partial, directory).map_err(io("create", directory))?;
            Ok(self.disk.sync_directory(&self.directory).map_err(io("write", &self.directory))?)
        });
        copied.inspect_err(|_| {
            // On a full disk, it would take room that others need. The next process tries again.
            let _ = remove(&partial);
        })
    }

    /// Removes what killed processes left. Nobody else copies now.
    fn remove_leftovers(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == PARTIAL) {
                remove(&path)?;
            }
        }
        Ok(())
    }

    fn copy_all(&self, originals: &Originals, to: &Path) -> Result<(), DataError> {
        let parents = originals.0.iter().filter_map(|original| original.file.name.parent());
        for parent in parents.chain([Path::new("")]).collect::<BTreeSet<_>>() {
            let path = to.join(parent);
            fs::create_dir_all(&path).map_err(StagingError::io(
                self.named,
                "create",
                &path,
                Some(originals.bytes()),
            ))?;
        }
        let (buffer, bytes) = (|| vec![0; PIECE], originals.bytes());
        let copies = originals.0.par_iter();
        copies.try_for_each_init(buffer, |buffer, file| self.copy_one(file, to, bytes, buffer))?;
        match originals.written_since()? {
            Some(path) => Err(self.changed(path)),
            None => Ok(()),
        }
    }

    fn copy_one(
        &self,
        original: &Original,
        to: &Path,
        all_bytes: u64,
        buffer: &mut [u8],
    ) -> Result<(), DataError> {
        let (path, copy) = (&original.file.original, to.join(&original.file.name));
        let io = |action| StagingError::io(self.named, action, &copy, Some(all_bytes));
        // Links are followed, as all readers do.
        let mut from = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
        let mut file = self.disk.create(&copy).map_err(io("create"))?;
        let mut bytes = 0;
        loop {
            let read = match from.read(buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read.map_err(DataError::io("read", path))?,
            };
            bytes += read as u64;
            // A file that grows is not copied for ever.
            if read == 0 || bytes > original.bytes {
                break;
            }
            self.disk.write(&mut file, &copy, &buffer[..read]).map_err(io("write"))?;
        }
        if bytes == original.bytes { Ok(()) } else { Err(self.changed(path)) }
    }

    fn changed(&self, path: &Path) -> DataError {
        let (path, directory) = (path.to_owned(), self.named.to_owned());
        StagingError::Changed { path, directory }.into()
    }
}

/// Removes a directory with everything in it, or whatever else has its name. Follows no link.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
