//! The report of a stored study. This is the only file of the crate that writes one.

use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

use fitroom_data::{Dataset, Places};
use fitroom_report::{Comparison, Summary};
use fitroom_results::Results;
use fitroom_study::StoredStudy;

use crate::SessionError;
use crate::dataset::load_stored;
use crate::ensembles::{Scoring, ensembles};

/// A report that was written, with the results that it was made from.
#[derive(Debug)]
pub struct WrittenReport {
    /// The HTML page.
    pub path: PathBuf,
    /// The results that the report shows.
    pub results: Results,
    /// Networks whose accuracies differ by no more than this fraction are equivalent.
    pub margin: f64,
    /// The comparisons that the report shows, with what test images say of them.
    pub comparisons: Vec<Comparison>,
}

impl WrittenReport {
    /// The numbers of the report, for a front end that shows some of them itself.
    pub fn summary(&self) -> Summary<'_> {
        Summary::of(&self.results, self.margin, self.comparisons.clone())
    }
}

/// Writes the report of the study that is stored in `dir` again. The report shows some of the
/// study's images if they are still on disk and unchanged. While another process writes the report,
/// this waits.
///
/// # Errors
/// There is no study in `dir`, one of its files is damaged, or a file can't be written.
pub fn rebuild_report(
    dir: &Path,
    places: &Places,
    margin: f64,
) -> Result<WrittenReport, SessionError> {
    let _alone = StoredStudy::lock_report(dir)?;
    let stored = StoredStudy::open(dir)?;
    let dataset = load_stored(&stored, places);
    let threads = available_parallelism().map_or(1, usize::from);
    write(stored, dataset.as_ref(), Scoring::Missing { threads }, margin)
}

/// Writes the report of the study that is stored in `dir` and was trained on `dataset`.
/// `scoring` says whether ensembles are scored for it.
pub(crate) fn write_report(
    dir: &Path,
    dataset: &Dataset,
    scoring: Scoring,
    margin: f64,
) -> Result<WrittenReport, SessionError> {
    let _alone = StoredStudy::lock_report(dir)?;
    write(StoredStudy::open(dir)?, Some(dataset), scoring, margin)
}

fn write(
    stored: StoredStudy,
    dataset: Option<&Dataset>,
    scoring: Scoring,
    margin: f64,
) -> Result<WrittenReport, SessionError> {
    let ensembles = ensembles(&stored, dataset, scoring)?;
    let (results, dir) = (Results::try_from(&stored)?, stored.dir.clone());
    // The results hold all runs once more.
    drop(stored);
    let mut summary = Summary::inspect(&results, dataset, margin)?;
    summary.ensembles = ensembles;
    fitroom_report::write(&summary, fitroom_published::sections(&summary), &dir)?;
    let comparisons = summary.comparisons;
    Ok(WrittenReport { path: dir.join("report.html"), results, margin, comparisons })
}
