//! Finds, downloads and loads the data set of a study.

use std::path::{Path, PathBuf};

use fitroom_data::{
    DataError, Dataset, DownloadProgress, FASHION_MNIST, Places, ReadOptions, Remote, Size, Source,
};
use fitroom_study::{Shape, StoredStudy, image_shape};

use crate::{Observer, SessionEvent};

/// The shape of a data set's images, and the number of their classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Channels, height and width.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
}

/// Loads the data set of a study, and downloads it first if it is not on disk. `None` stands for a
/// study that names no data set: it gets Fashion-MNIST. If that is not available, it gets drawn
/// garments, and [`SessionEvent::DatasetSubstituted`] says so.
///
/// # Errors
/// The data set can't be found, downloaded or read, or is wrong.
pub fn load_dataset(
    source: Option<&Source>,
    reading: &ReadOptions,
    places: &Places,
    observer: &mut Observer,
) -> Result<Dataset, DataError> {
    load_by_way_of(source, reading, places, None, observer)
}

/// Like [`load_dataset`]. If `stage` names a directory, the files are copied to it and read there.
///
/// # Errors
/// Like [`load_dataset`], and if the files can't be copied.
pub(crate) fn load_by_way_of(
    source: Option<&Source>,
    reading: &ReadOptions,
    places: &Places,
    stage: Option<&Path>,
    observer: &mut Observer,
) -> Result<Dataset, DataError> {
    let mut progress = |progress: DownloadProgress| observer(&download(&progress));
    let dataset = match (source, stage) {
        (Some(source), None) => source.load(reading, places, &mut progress)?,
        (Some(source), Some(stage)) => source.load_staged(reading, places, stage, &mut progress)?,
        (None, None) => Source::load_default(reading, places, &mut progress)?,
        (None, Some(stage)) => Source::load_default_staged(reading, places, stage, &mut progress)?,
    };
    if let Some(reason) = &dataset.stands_in_because {
        observer(&SessionEvent::DatasetSubstituted {
            title: dataset.title.clone(),
            reason: reason.clone(),
        });
    }
    Ok(dataset)
}

/// Downloads a data set if it is not on disk, and checks it. Returns its directory: `None` if it
/// has none.
///
/// # Errors
/// The data set can't be found, downloaded or read, or is wrong.
pub fn fetch_dataset(
    source: &Source,
    reading: &ReadOptions,
    places: &Places,
    observer: &mut Observer,
) -> Result<Option<PathBuf>, DataError> {
    source.fetch(reading, places, &mut |progress| observer(&download(&progress)))
}

/// The shape and the number of classes of a study's images. Only the user's own files are loaded
/// for that; the facts of all other data sets are known.
///
/// # Errors
/// A data set of the user's own can't be found or read, or is wrong.
pub fn image_facts(
    source: Option<&Source>,
    reading: &ReadOptions,
    places: &Places,
    observer: &mut Observer,
) -> Result<ImageFacts, DataError> {
    match source {
        None | Some(Source::Drawn) => Ok(published_facts(&FASHION_MNIST, reading)),
        Some(Source::Published(remote)) => Ok(published_facts(remote, reading)),
        Some(source @ Source::Files(_)) => {
            let dataset = load_dataset(Some(source), reading, places, observer)?;
            Ok(ImageFacts { shape: image_shape(&dataset), classes: dataset.classes.len() })
        }
    }
}

fn published_facts(remote: &Remote, reading: &ReadOptions) -> ImageFacts {
    let [height, width, channels] = remote.shape;
    let Size { height, width } = reading.resize.unwrap_or(Size { height, width });
    ImageFacts { shape: Shape::Image { channels, height, width }, classes: remote.classes }
}

/// The data set that the study in `dir` was trained on. `None` if there is no study, or if its images are
/// no longer on disk or have changed. Nothing is downloaded.
pub fn stored_dataset(dir: &Path, places: &Places) -> Option<Dataset> {
    load_stored(&StoredStudy::open(dir).ok()?, places)
}

/// The data set that a stored study was trained on; `None` if it is no longer on disk or has
/// changed. Nothing is downloaded.
pub(crate) fn load_stored(stored: &StoredStudy, places: &Places) -> Option<Dataset> {
    let facts = &stored.dataset;
    let source: Source = facts.name.parse().ok()?;
    source
        .load_from_disk(&stored.study.reading, places)
        .ok()
        .filter(|dataset| dataset.fingerprint == facts.fingerprint)
}

fn download(progress: &DownloadProgress) -> SessionEvent {
    SessionEvent::Download {
        file: progress.file.to_owned(),
        bytes_done: progress.bytes_done,
        bytes_total: progress.bytes_total,
    }
}
