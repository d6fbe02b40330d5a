//! Where event files lie, and how they are replaced.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fitroom_export::tensorboard::{EventFileName, ends_session};
use fitroom_files::{Disk, LockFile, Sharing, SystemDisk, regular_file};

use super::TensorBoardError;
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
    /// Whether there is an event file of the run with this ID that holds the run's end, and no other.
    pub fn has_whole(&self, run: &str) -> Result<bool, TensorBoardError> {
        let files = self.event_files()?;
        let [name] = &files[..] else { return Ok(false) };
        let path = self.dir.join(name.to_string());
        let ends = || ends_session(regular_file::open(&path)?);
        Ok(name.owner() == run && ends().map_err(TensorBoardError::at(&path))?)
    }

    /// Puts a whole event file into the place of those that are there, and returns its path. It has a new
    /// name, because TensorBoard looks at a name only once.
    ///
    /// A kill may leave the earlier files beside it. TensorBoard then forgets their events, because the new
    /// file begins anew.
    pub fn replace(&self, run: &str, content: &[u8]) -> Result<PathBuf, TensorBoardError> {
        let earlier = self.event_files()?;
        let host = gethostname::gethostname();
        let name = EventFileName::new(SystemTime::now(), &host.to_string_lossy(), run);
        let name = earlier.iter().fold(name, EventFileName::after);
        let path = self.dir.join(name.to_string());
        let aside = self.dir.join(ASIDE);
        let write = || {
            fitroom_files::remove_leftovers(&SystemDisk, &self.dir, |name| name == ASIDE);
            fitroom_files::replace(&aside, content)?;
            SystemDisk.rename(&aside, &path)?;
            for name in &earlier {
                SystemDisk.remove(&self.dir.join(name.to_string()))?;
            }
            SystemDisk.sync_directory(&self.dir)
        };
        write().map_err(TensorBoardError::at(&path))?;
        Ok(path)
    }

    /// The event files in the directory that this program wrote.
    fn event_files(&self) -> Result<Vec<EventFileName>, TensorBoardError> {
        let read = || {
            let mut found = Vec::new();
            for entry in fs::read_dir(&self.dir)? {
                let name = entry?.file_name();
                found.extend(name.to_str().and_then(|name| name.parse().ok()));
            }
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
