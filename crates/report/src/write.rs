//! Writes a report's files.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fitroom_data::Dataset;
use fitroom_stats::DEFAULT_MARGIN;
use fitroom_study::{StoreError, StoredStudy};
use thiserror::Error;

use crate::content::document;
use crate::contrast::comparisons_csv;
use crate::digest::Digest;
use crate::html::to_html;
use crate::looks::Looks;
use crate::markdown::to_markdown;
use crate::plot::{PngError, standalone, to_png};
use crate::tables::{epochs_csv, summary_csv};

/// Why a report can't be written.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A file or directory can't be written.
    #[error("can't write {path}: {error}\nhint: is the disk full, or the directory another user's?", path = path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A network that is stored does not fit the images that it is said to have been trained on.
    #[error("network `{network}` of the stored study: {error}")]
    Network {
        /// Its name.
        network: String,
        /// What is wrong with it.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
    /// What is stored of a run can't be read, or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A plot can't be drawn.
    #[error("plot `{slug}`: {error}")]
    Plot {
        /// Its file name without extension.
        slug: String,
        /// Why.
        #[source]
        error: PngError,
    },
    /// A table can't be made.
    #[error("{file}: {error}")]
    Table {
        /// The file that it would have become.
        file: &'static str,
        /// Why.
        #[source]
        error: csv::Error,
    },
}

/// Writes `report.html`, `report.md`, `plots/`, `epochs.csv`, `summary.csv` and `comparisons.csv`
/// into `dir`, over those that are there.
///
/// `dataset` is what the study ran on, where it is at hand: test images that are taken for
/// something else are then shown. Another data set is not taken for it.
///
/// Each file is written aside and then renamed: a reader sees the old one or the new one. Meant to
/// be called after each finished run: it takes a fraction of a second. Threads that call it wait
/// for each other.
///
/// # Errors
/// A file that can't be written, a stored file that can't be read or is damaged, or a network that
/// does not fit the study's images. Files that were written before the error stay.
pub fn write(
    stored: &StoredStudy,
    dataset: Option<&Dataset>,
    dir: &Path,
) -> Result<(), ReportError> {
    write_with_margin(stored, dataset, dir, DEFAULT_MARGIN)
}

/// [`write()`], where differences in accuracy up to `margin`, a fraction, count as not worth
/// having.
///
/// # Errors
/// As for [`write()`].
pub fn write_with_margin(
    stored: &StoredStudy,
    dataset: Option<&Dataset>,
    dir: &Path,
    margin: f64,
) -> Result<(), ReportError> {
    // Two writers would rename each other's half-written files.
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = WRITING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());

    let mut digest = Digest::with_margin(stored, margin)?;
    digest.looks = Looks::read(stored, dataset)?;
    let document = document(&digest);
    let table = |file, csv: Result<Vec<u8>, csv::Error>| {
        csv.map_err(|error| ReportError::Table { file, error })
    };
    replace(&dir.join("epochs.csv"), &table("epochs.csv", epochs_csv(&digest))?)?;
    replace(&dir.join("summary.csv"), &table("summary.csv", summary_csv(&digest))?)?;
    let comparisons = comparisons_csv(&digest.contrasts);
    replace(&dir.join("comparisons.csv"), &table("comparisons.csv", comparisons)?)?;
    let plots = dir.join("plots");
    fs::create_dir_all(&plots).map_err(|error| ReportError::Io { path: plots.clone(), error })?;
    for figure in document.figures() {
        let svg_path = plots.join(format!("{}.svg", figure.slug));
        let png_path = plots.join(format!("{}.png", figure.slug));
        let svg = standalone(&figure.scene, &figure.label);
        // Pixels follow from the SVG: where it is the same, so are they. They come first: the SVG
        // vouches for them.
        if !png_path.exists() || !holds(&svg_path, svg.as_bytes()) {
            let pixels = to_png(&figure.scene)
                .map_err(|error| ReportError::Plot { slug: figure.slug.clone(), error })?;
            replace(&png_path, &pixels)?;
            replace(&svg_path, svg.as_bytes())?;
        }
    }
    replace(&dir.join("report.md"), to_markdown(&document).as_bytes())?;
    replace(&dir.join("report.html"), to_html(&document).as_bytes())?;
    Ok(())
}

/// Whether a file is there and has these bytes.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    fs::read(path).is_ok_and(|old| old == bytes)
}

/// Puts a file in the place of the one that is there.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    fitroom_files::replace(path, bytes)
        .map_err(|error| ReportError::Io { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn all_files_are_there_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let mut stored =
            Fixture::new(2).with(Plan::new("../L1").published(6).pending(2, 3)).stored();
        write(&stored, None, dir).unwrap();
        assert_eq!(
            names(dir),
            ["comparisons.csv", "epochs.csv", "plots", "report.html", "report.md", "summary.csv"]
        );
        let plots = [
            "l1.png",
            "l1.svg",
            "overview-test.png",
            "overview-test.svg",
            "overview-validation.png",
            "overview-validation.svg",
        ];
        assert_eq!(names(&dir.join("plots")), plots);
        let page = fs::read(dir.join("report.html")).unwrap();
        let pixels = fs::read(dir.join("plots/l1.png")).unwrap();

        write(&stored, None, dir).unwrap();
        assert_eq!(
            fs::read(dir.join("report.html")).unwrap(),
            page,
            "the same study makes the same page"
        );

        stored.runs[1].epochs.pop();
        write(&stored, None, dir).unwrap();
        assert_ne!(fs::read(dir.join("plots/l1.png")).unwrap(), pixels, "plots follow their study");
    }

    #[test]
    fn plots_have_their_size_and_are_not_blank() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        write(&Fixture::new(1).with(Plan::new("a")).stored(), None, dir).unwrap();
        let file = io::Cursor::new(fs::read(dir.join("plots/a.png")).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (2144, 808));
        for ink in [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00]] {
            assert!(pixels.chunks(3).filter(|pixel| *pixel == ink).count() > 1000, "{ink:x?}");
        }
    }

    #[test]
    fn what_can_not_be_written_or_makes_no_sense_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let mut stored = Fixture::new(1).with(Plan::new("a")).stored();
        let missing = dir.join("missing");
        let error = write(&stored, None, &missing).unwrap_err();
        assert!(matches!(&error, ReportError::Io { path, .. } if path.starts_with(&missing)));
        assert!(error.to_string().contains("epochs.csv") && error.to_string().contains("\nhint: "));
        stored.study.networks[0].layers.insert(1, "conv 8 3x3".parse().unwrap());
        let error = write(&stored, None, dir).unwrap_err().to_string();
        assert!(
            error.starts_with("network `a` of the stored study: layer 2 `conv 8 3x3`"),
            "{error}"
        );
        assert_eq!(names(dir), [""; 0]);
    }
}
