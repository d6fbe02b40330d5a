//! The report of a stored study. This is the only file of the crate that makes one.

use std::path::{Path, PathBuf};

use fitroom_data::{Dataset, Places};
use fitroom_report::{Digest, ReportError};
use fitroom_study::StoredStudy;

use crate::SessionError;
use crate::dataset::load_stored;

/// A report that was written, and what it was made from.
#[derive(Debug)]
pub struct WrittenReport {
    /// The page.
    pub path: PathBuf,
    /// The study as it is stored.
    pub stored: StoredStudy,
    /// Differences in accuracy up to this fraction are not worth having.
    pub margin: f64,
}

impl WrittenReport {
    /// What the report says, as numbers: for a front end that shows some of them itself.
    ///
    /// # Errors
    /// A network that is stored does not fit the study's images.
    pub fn summary(&self) -> Result<Digest<'_>, ReportError> {
        Digest::with_margin(&self.stored, self.margin)
    }
}

/// Writes the report of the study that is stored in `dir` again. The report shows some of the
/// study's images if these are still on disk.
///
/// # Errors
/// There is no study, what is stored of it is damaged, or a file can't be written.
pub fn rebuild_report(
    dir: &Path,
    places: &Places,
    margin: f64,
) -> Result<WrittenReport, SessionError> {
    let stored = StoredStudy::open(dir)?;
    let dataset = load_stored(&stored.dataset, places);
    write(stored, dataset.as_ref(), dir, margin)
}

/// Writes the report of the study that is stored in `dir` and was trained on `dataset`.
pub(crate) fn write_report(
    dir: &Path,
    dataset: &Dataset,
    margin: f64,
) -> Result<WrittenReport, SessionError> {
    write(StoredStudy::open(dir)?, Some(dataset), dir, margin)
}

fn write(
    stored: StoredStudy,
    dataset: Option<&Dataset>,
    dir: &Path,
    margin: f64,
) -> Result<WrittenReport, SessionError> {
    fitroom_report::write_with_margin(&stored, dataset, dir, margin)?;
    Ok(WrittenReport { path: dir.join("report.html"), stored, margin })
}
