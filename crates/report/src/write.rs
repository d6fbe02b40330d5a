//! Writes a report's files.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::ReportError;
use crate::comparison::comparisons_csv;
use crate::content::document;
use crate::document::Section;
use crate::html::to_html;
use crate::markdown::to_markdown;
use crate::plot::{standalone, to_png};
use crate::summary::Summary;
use crate::tables::{epochs_csv, summary_csv};

/// Writes `report.html`, `report.md`, `plots/`, `epochs.csv`, `summary.csv` and `comparisons.csv`
/// into `dir`, and replaces files that exist.
///
/// `further` holds sections of the caller, which come after the comparisons. Their ids must differ
/// from those of the report's sections.
///
/// Each file is written aside and then renamed, so a reader sees either the old file or the new
/// one. This takes a fraction of a second, so it can be called after each finished run. Threads
/// that call it wait for each other.
///
/// # Errors
/// A file can't be written. Files that were written before the error stay.
pub fn write(summary: &Summary, further: Vec<Section>, dir: &Path) -> Result<(), ReportError> {
    // Two writers would rename each other's half-written files.
    static WRITING: Mutex<()> = Mutex::new(());
    let _alone = WRITING.lock().unwrap_or_else(|poisoned| poisoned.into_inner());

    let document = document(summary, further);
    let table = |file, csv: Result<Vec<u8>, csv::Error>| {
        csv.map_err(|error| ReportError::Table { file, error })
    };
    replace(&dir.join("epochs.csv"), &table("epochs.csv", epochs_csv(summary))?)?;
    replace(&dir.join("summary.csv"), &table("summary.csv", summary_csv(summary))?)?;
    let comparisons = comparisons_csv(&summary.comparisons);
    replace(&dir.join("comparisons.csv"), &table("comparisons.csv", comparisons)?)?;
    let plots = dir.join("plots");
    fs::create_dir_all(&plots).map_err(|error| ReportError::Io { path: plots.clone(), error })?;
    for figure in document.figures() {
        let svg_path = plots.join(format!("{}.svg", figure.slug));
        let png_path = plots.join(format!("{}.png", figure.slug));
        let svg = standalone(&figure.scene, &figure.label);
        // The same SVG has the same pixels. The PNG is written first, so an SVG on disk shows that
        // its PNG is on disk too.
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

/// Whether a file exists and has these bytes.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    fs::read(path).is_ok_and(|old| old == bytes)
}

/// Writes a file, and replaces one that exists.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    fitroom_files::replace(path, bytes)
        .map_err(|error| ReportError::Io { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use std::io;

    use fitroom_results::Results;
    use fitroom_stats::DEFAULT_MARGIN;

    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn write(results: &Results, dir: &Path) -> Result<(), ReportError> {
        super::write(&Summary::new(results, DEFAULT_MARGIN), Vec::new(), dir)
    }

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
        let mut results =
            Fixture::new(2).with(Plan::new("../L1").reference(6).pending(2, 3)).results();
        write(&results, dir).unwrap();
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

        write(&results, dir).unwrap();
        assert_eq!(
            fs::read(dir.join("report.html")).unwrap(),
            page,
            "the same results make the same page"
        );

        results.runs[1].epochs.pop();
        write(&results, dir).unwrap();
        assert_ne!(fs::read(dir.join("plots/l1.png")).unwrap(), pixels, "plots follow the results");
    }

    #[test]
    fn further_sections_come_after_the_comparisons() {
        let dir = tempfile::tempdir().unwrap();
        let results = Fixture::new(1).with(Plan::new("a")).results();
        let further =
            Section { id: "claims".into(), heading: Some("Mine".into()), blocks: Vec::new() };
        super::write(&Summary::new(&results, DEFAULT_MARGIN), vec![further], dir.path()).unwrap();
        let page = fs::read_to_string(dir.path().join("report.md")).unwrap();
        assert!(page.find("## Mine").unwrap() < page.find("## 1. a").unwrap());
    }

    #[test]
    fn plots_have_their_size_and_are_not_blank() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        write(&Fixture::new(1).with(Plan::new("a")).results(), dir).unwrap();
        let file = io::Cursor::new(fs::read(dir.join("plots/a.png")).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (2144, 808));
        for color in [[0x00, 0x72, 0xb2], [0xd5, 0x5e, 0x00]] {
            assert!(pixels.chunks(3).filter(|pixel| *pixel == color).count() > 1000, "{color:x?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let results = Fixture::new(1).with(Plan::new("a")).results();
        let missing = dir.path().join("missing");
        let error = write(&results, &missing).unwrap_err();
        assert!(matches!(&error, ReportError::Io { path, .. } if path.starts_with(&missing)));
        assert!(error.to_string().contains("epochs.csv") && error.to_string().contains("\nhint: "));
    }
}
