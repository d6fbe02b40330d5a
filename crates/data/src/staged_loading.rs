//! Loads a data set from copies of its files. Its names stay those of the original files.

use std::path::{Path, PathBuf};
use std::slice;

use fitroom_files::{Disk, SystemDisk};

use crate::acquisition::{load_or_draw, locate, locate_or_download, read_named};
use crate::assembly::assemble;
use crate::format::check_options;
use crate::image_files::ImageFiles;
use crate::published::FASHION_MNIST;
use crate::staging::{Stage, StagedFile};
use crate::staging_error::StagingError;
use crate::{DataError, Dataset, DownloadProgress, Places, ReadOptions, Remote, Source, drawn};

impl Source {
    /// Like [`load`](Self::load), but copies the files to `stage` first, once for all processes of this
    /// machine, and reads the copies. The result is the same.
    ///
    /// A published data set that is nowhere on disk is downloaded to `stage`. `drawn` has no files, and
    /// nothing is done there.
    ///
    /// # Errors
    /// Like [`load`](Self::load), and if the files can't be copied.
    pub fn load_staged(
        &self,
        options: &ReadOptions,
        places: &Places,
        stage: &Path,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Dataset, DataError> {
        match self {
            Source::Published(remote) => {
                check_options(options, &[], remote.name)?;
                let stage = Stage::open(&SystemDisk, stage)?;
                match locate(remote, &places.directories()) {
                    Some(files) => read_published(remote, &files, options, &stage),
                    None => download(remote, options, &stage, progress),
                }
            }
            Source::Drawn => self.load(options, places, progress),
            Source::Files(files) => read_own(files, options, &Stage::open(&SystemDisk, stage)?),
        }
    }

    /// [`load_default`](Self::load_default) from copies, as [`load_staged`](Self::load_staged) makes them.
    ///
    /// # Errors
    /// Like [`load_default`](Self::load_default), and if the files can't be copied.
    pub fn load_default_staged(
        options: &ReadOptions,
        places: &Places,
        stage: &Path,
        progress: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Dataset, DataError> {
        load_default(&FASHION_MNIST, options, &places.directories(), stage, progress)
    }
}

pub(super) fn load_default(
    remote: &Remote,
    options: &ReadOptions,
    directories: &[PathBuf],
    stage: &Path,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Dataset, DataError> {
    check_options(options, &[], remote.name)?;
    let stage = Stage::open(&SystemDisk, stage)?;
    match locate(remote, directories) {
        Some(files) => read_published(remote, &files, options, &stage),
        None => load_or_draw(remote, options, &[stage.directory], drawn::dataset, progress),
    }
}

/// Downloads a published data set to the directory of copies, if it is not there, and reads it.
pub(super) fn download<D: Disk + Sync>(
    remote: &Remote,
    options: &ReadOptions,
    stage: &Stage<D>,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<Dataset, DataError> {
    let files = locate_or_download(remote, slice::from_ref(&stage.directory), progress);
    // On a full disk, for example, the hint is the same as if the files were copied.
    if let Err(DataError::Io { action, path, source }) = files {
        return Err(StagingError::io(stage.named, action, &path, None)(source).into());
    }
    read_named(remote, &files?, options)
}

/// Reads a published data set from copies of `files`.
pub(super) fn read_published<D: Disk + Sync>(
    remote: &Remote,
    files: &[PathBuf],
    options: &ReadOptions,
    stage: &Stage<D>,
) -> Result<Dataset, DataError> {
    let wanted = StagedFile::flat(files);
    let names: Vec<PathBuf> = wanted.iter().map(|file| file.name.clone()).collect();
    let directory = stage.copies(wanted)?.directory;
    let copies: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    let read =
        remote.read(&copies, options).and_then(|read| assemble(remote.names(files), read, options));
    read.or_else(|problem| {
        explained(remote.name, &directory, &problem, || read_named(remote, files, options))
    })
}

/// Reads files of the user's own from copies.
pub(super) fn read_own<D: Disk + Sync>(
    files: &ImageFiles,
    options: &ReadOptions,
    stage: &Stage<D>,
) -> Result<Dataset, DataError> {
    let mut directory = None;
    let read = files.read_copies(options, &mut |wanted| {
        let copies = stage.copies(wanted)?;
        directory = Some(copies.directory.clone());
        Ok(copies)
    });
    let dataset = read.and_then(|read| assemble(files.names(), read, options));
    match (dataset, directory) {
        (Err(problem), Some(directory)) => {
            let original = || assemble(files.names(), files.read(options)?, options);
            explained(&files.to_string(), &directory, &problem, original)
        }
        (dataset, _) => dataset,
    }
}

/// The error about the original files, since the user knows nothing of the copies: whatever is wrong
/// with the files is wrong with their copies too. If the original is right, its copy is damaged.
fn explained(
    name: &str,
    directory: &Path,
    problem: &DataError,
    original: impl FnOnce() -> Result<Dataset, DataError>,
) -> Result<Dataset, DataError> {
    original()?;
    let problem = problem.to_string().lines().next().unwrap_or_default().to_owned();
    let (name, directory) = (name.to_owned(), directory.to_owned());
    Err(StagingError::Damaged { name, directory, problem }.into())
}

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod published_tests;
#[cfg(test)]
mod tests;
