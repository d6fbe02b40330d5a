//! Where event files lie, and how they are replaced.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fitroom_export::tensorboard::{EventFileName, ends_session};
use fitroom_files::{Disk, LockFile, Sharing, SystemDisk, regular_file};

use super::{TENSORBOARD_DIRECTORY, TensorBoardError};
use crate::file_name;

/// The directories of all runs.
pub(super) struct EventDirectories {
    root: PathBuf,
    /// The name of each network's directory.
    networks: Vec<String>,
}

/// A run's directory, into which this process alone writes.
#[derive(Debug)]
pub(super) struct EventDirectory {
    dir: PathBuf,
    lock: Option<LockFile>,
}

/// The name that a new event file has until it is complete. TensorBoard reads files of other names.
const ASIDE: &str = "events";

/// `DIR/tensorboard`, which must not be a link: a study's directory may come from anybody.
///
/// # Errors
/// Something else than a directory has that name.
pub(super) fn directory_in(study: &Path) -> Result<PathBuf, TensorBoardError> {
    let path = study.join(TENSORBOARD_DIRECTORY);
    regular_file::require_directory(&path).map_err(TensorBoardError::at(&path))?;
    Ok(path)
}

impl EventDirectories {
    /// The directories of the runs of these networks, in `root`. Networks whose names become the same
    /// file name are numbered.
    pub fn new<'a>(root: &Path, networks: impl Iterator<Item = &'a str>) -> Self {
        let mut taken = HashSet::new();
        let directory = |name: &str| {
            let name = Some(file_name(name)).filter(|name| !name.is_empty());
            let name = name.unwrap_or_else(|| "network".to_owned());
            let mut candidate = name.clone();
            let mut number = 2;
            while !taken.insert(candidate.clone()) {
                candidate = format!("{name}-{number}");
                number += 1;
            }
            candidate
        };
        EventDirectories { root: root.to_owned(), networks: networks.map(directory).collect() }
    }

    /// Makes the directory of a run, if it does not exist, and locks it.
    ///
    /// # Errors
    /// Another process writes there, or the system refuses.
    pub fn take(&self, network: usize, seed: u64) -> Result<EventDirectory, TensorBoardError> {
        let of_network = self.root.join(&self.networks[network]);
        let dir = of_network.join(format!("seed-{seed}"));
        // What was planted there must not lead elsewhere.
        for path in [&of_network, &dir] {
            regular_file::require_directory(path).map_err(TensorBoardError::at(path))?;
        }
        fitroom_files::create_directories(&SystemDisk, &dir).map_err(TensorBoardError::at(&dir))?;
        let lock = LockFile::take(&SystemDisk, &dir.join("lock"), Sharing::Alone)
            .map_err(|error| TensorBoardError::locking(&dir, error))?;
        Ok(EventDirectory { dir, lock: Some(lock) })
    }
}

impl EventDirectory {
    /// Whether there is one event file, of the run with this ID, and it holds the run's end.
    pub fn has_whole(&self, run: &str) -> Result<bool, TensorBoardError> {
        let files = self.event_files()?;
        let Some((last, earlier)) = files.split_last() else { return Ok(false) };
        if last.owner() != run {
            return Ok(false);
        }
        for name in earlier {
            let path = self.path(name);
            if fs::symlink_metadata(&path).map_err(TensorBoardError::at(&path))?.len() > 0 {
                return Ok(false);
            }
        }
        let path = self.path(last);
        let ends = || ends_session(regular_file::open(&path)?);
        ends().map_err(TensorBoardError::at(&path))
    }

    /// Puts a whole event file into the place of those that are there, and returns its path. It has a new
    /// name, because TensorBoard looks at a name only once.
    ///
    /// The file before it stays, empty, until the next one. A TensorBoard without its data server may be
    /// reading it: if it were gone, that TensorBoard would never look at another file of the directory.
    ///
    /// A kill may leave the file before it full. TensorBoard then forgets its events, because the new file
    /// begins anew.
    pub fn replace(&self, run: &str, content: &[u8]) -> Result<PathBuf, TensorBoardError> {
        let earlier = self.event_files()?;
        let host = gethostname::gethostname();
        let name = EventFileName::new(SystemTime::now(), &host.to_string_lossy(), run);
        let name = earlier.iter().fold(name, EventFileName::after);
        let path = self.path(&name);
        let aside = self.dir.join(ASIDE);
        let write = || {
            fitroom_files::remove_leftovers(&SystemDisk, &self.dir, |name| name == ASIDE);
            fitroom_files::replace(&aside, content)?;
            SystemDisk.rename(&aside, &path)?;
            if let Some((before, older)) = earlier.split_last() {
                regular_file::open_with(File::options().write(true), &self.path(before))?
                    .set_len(0)?;
                older.iter().try_for_each(|name| SystemDisk.remove(&self.path(name)))?;
            }
            SystemDisk.sync_directory(&self.dir)
        };
        write().map_err(TensorBoardError::at(&path))?;
        Ok(path)
    }

    fn path(&self, name: &EventFileName) -> PathBuf {
        self.dir.join(name.to_string())
    }

    /// The event files in the directory that this program wrote, in the order of their names.
    fn event_files(&self) -> Result<Vec<EventFileName>, TensorBoardError> {
        let read = || {
            let mut found: Vec<EventFileName> = Vec::new();
            for entry in fs::read_dir(&self.dir)? {
                let name = entry?.file_name();
                found.extend(name.to_str().and_then(|name| name.parse().ok()));
            }
            found.sort_by_cached_key(EventFileName::to_string);
            Ok(found)
        };
        read().map_err(TensorBoardError::at(&self.dir))
    }
}

impl Drop for EventDirectory {
    fn drop(&mut self) {
        // If the file can't be removed, it stays without a lock, and harms nobody.
        if let Some(lock) = self.lock.take() {
            let _ = lock.remove(&SystemDisk);
        }
    }
}

/// Opens an event file to add to its end.
pub(super) fn open_end(path: &Path) -> Result<File, TensorBoardError> {
    let open =
        || -> io::Result<File> { regular_file::open_with(File::options().append(true), path) };
    open().map_err(TensorBoardError::at(path))
}
