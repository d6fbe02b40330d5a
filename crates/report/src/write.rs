//! Writes a report's files.

use std::io::{self, Read};
use std::path::Path;

use fitroom_files::{Disk, SystemDisk, regular_file};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sha2::{Digest, Sha256};

use crate::ReportError;
use crate::comparison::comparisons_csv;
use crate::comparison_figure::comparison_figure;
use crate::content::document;
use crate::cost::costs_csv;
use crate::document::{Document, Section};
use crate::ensembles::ensembles_csv;
use crate::figure::Figure;
use crate::html::to_html;
use crate::markdown::to_markdown;
use crate::measured_tables::{measured_epochs_csv, measured_summary_csv};
use crate::summary::Summary;
use crate::tables::{epochs_csv, summary_csv};

/// The document's files.
const PAGES: [&str; 2] = ["report.html", "report.md"];

/// Writes `report.html`, `report.md`, `plots/`, `epochs.csv`, `summary.csv` and `comparisons.csv`
/// into `dir`, with `costs.csv` where networks cost differently and `ensembles.csv` where there are ensembles, and replaces files that exist.
///
/// `further` holds sections of the caller, which come after the comparisons. Their ids must differ
/// from those of the report's sections.
///
/// Each file is written aside and then renamed, so a reader sees either the old file or the new
/// one. This takes a fraction of a second, so it can be called after each finished run. If two write
/// into one directory at once, files of both may stay: the caller lets only one.
///
/// # Errors
/// A file can't be written. Files that were written before the error stay.
pub fn write(summary: &Summary, further: Vec<Section>, dir: &Path) -> Result<(), ReportError> {
    let document = document(summary, further);
    let (epochs, runs) = match summary.results.measures.is_empty() {
        true => (epochs_csv(summary), summary_csv(summary)),
        false => (measured_epochs_csv(summary), measured_summary_csv(summary)),
    };
    let comparisons = comparisons_csv(&summary.comparisons);
    let tables = [("epochs.csv", epochs), ("summary.csv", runs), ("comparisons.csv", comparisons)];
    let tables = tables.map(|(file, csv)| {
        csv.map(|csv| (file, csv)).map_err(|error| ReportError::Table { file, error })
    });
    let mut tables = tables.into_iter().collect::<Result<Vec<_>, _>>()?;
    let ensembles = (!summary.ensembles.is_empty()).then(|| ensembles_csv(summary));
    for (file, csv) in [("costs.csv", costs_csv(summary)), ("ensembles.csv", ensembles)] {
        if let Some(csv) = csv {
            tables.push((file, csv.map_err(|error| ReportError::Table { file, error })?));
            continue;
        }
        // That of other networks, which were trained here before, would be taken for theirs.
        let path = dir.join(file);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ReportError::Io { path, error });
            }
            _ => {}
        }
    }
    write_document(Written { document: &document, tables }, dir)
}

/// What is written into a directory: a document, and tables beside it.
pub(crate) struct Written<'a> {
    pub document: &'a Document,
    /// File names and contents.
    pub tables: Vec<(&'static str, Vec<u8>)>,
}

/// Writes `report.html`, `report.md`, `plots/` and tables, as [`write()`] does.
pub(crate) fn write_document(written: Written, dir: &Path) -> Result<(), ReportError> {
    let Written { document, tables } = written;
    for (file, csv) in &tables {
        replace(&dir.join(file), csv)?;
    }
    let plots = dir.join("plots");
    own_directory(&plots).map_err(|error| ReportError::Io { path: plots.clone(), error })?;
    let is_own = |name: &str| PAGES.contains(&name) || tables.iter().any(|(file, _)| *file == name);
    fitroom_files::remove_leftovers(&SystemDisk, dir, is_own);
    fitroom_files::remove_leftovers(&SystemDisk, &plots, |_| true);
    document.figures().into_par_iter().try_for_each(|figure| write_figure(figure, &plots))?;
    SystemDisk
        .sync_directory(&plots)
        .map_err(|error| ReportError::Io { path: plots.clone(), error })?;
    replace(&dir.join("report.md"), to_markdown(document).as_bytes())?;
    replace(&dir.join("report.html"), to_html(document).as_bytes())?;
    Ok(())
}

/// The report as one HTML page, which needs no other file.
pub fn report_page(summary: &Summary) -> String {
    to_html(&document(summary, Vec::new()))
}

/// The figure of all comparisons in the first measure, as an SVG file. `None` where no comparison has an
/// interval.
pub fn differences_svg(summary: &Summary) -> Option<String> {
    let families = summary.families();
    let figure = comparison_figure(families.first()?, "overview-differences")?;
    Some(figure.svg_file())
}

/// Writes a figure as SVG and PNG, if its files are not there already.
pub(crate) fn write_figure(figure: &Figure, plots: &Path) -> Result<(), ReportError> {
    let svg_path = plots.join(format!("{}.svg", figure.slug));
    let png_path = plots.join(format!("{}.png", figure.slug));
    let svg = figure.svg_file();
    // The same SVG has the same pixels, so a PNG is not drawn again. The SVG ends with the digest of
    // its PNG, which shows whether the PNG is still the one that was written.
    let with_digest = |png: &[u8]| format!("{svg}<!-- SHA-256 of the PNG: {} -->\n", sha256(png));
    let svg_there = read(&svg_path);
    if svg_there.is_some() && svg_there == read(&png_path).map(|png| with_digest(&png).into()) {
        return Ok(());
    }
    let png = figure
        .png_file()
        .map_err(|error| ReportError::Plot { slug: figure.slug.clone(), error })?;
    let replace = |path: &Path, bytes: &[u8]| {
        fitroom_files::replace_one_of_many(path, bytes)
            .map_err(|error| ReportError::Io { path: path.to_owned(), error })
    };
    replace(&png_path, &png)?;
    replace(&svg_path, with_digest(&png).as_bytes())
}

/// Makes the directory if it does not exist. A link to a directory elsewhere is an error.
fn own_directory(path: &Path) -> io::Result<()> {
    regular_file::require_directory(path)?;
    fitroom_files::create_directories(&SystemDisk, path)
}

/// Most bytes that are read of a plot that is there already.
const MOST_PLOT_BYTES: u64 = 1 << 26;

/// The bytes of a regular file; `None` if there is none, or a larger one than any plot.
fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = regular_file::open(path).ok()?;
    file.take(MOST_PLOT_BYTES + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= MOST_PLOT_BYTES).then_some(bytes)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file, and replaces one that exists.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    fitroom_files::replace(path, bytes)
        .map_err(|error| ReportError::Io { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use std::fs;

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
    fn damaged_files_are_made_again_and_others_are_left_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let results = Fixture::new(1).with(Plan::new("a")).results();
        write(&results, dir).unwrap();
        let files = ["plots/a.png", "plots/a.svg", "report.html", "epochs.csv"];
        let read = || files.map(|name| fs::read(dir.join(name)).unwrap());
        let whole = read();
        for (name, content) in files.iter().zip(&whole) {
            let mut damaged = content.clone();
            let middle = damaged.len() / 2;
            damaged[middle] ^= 1;
            fs::write(dir.join(name), damaged).unwrap();
            write(&results, dir).unwrap();
            assert_eq!(read(), whole, "{name}");
            fs::remove_file(dir.join(name)).unwrap();
            write(&results, dir).unwrap();
            assert_eq!(read(), whole, "{name}");
        }
        let modified = || fs::metadata(dir.join("plots/a.png")).unwrap().modified().unwrap();
        let before = modified();
        write(&results, dir).unwrap();
        assert_eq!(modified(), before, "a plot that did not change is not drawn again");
    }

    #[test]
    #[cfg(unix)]
    fn planted_links_lead_nowhere() {
        use std::os::unix::fs::symlink;
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("theirs");
        let mine = place.path().join("mine");
        fs::create_dir_all(dir.join("plots")).unwrap();
        fs::write(&mine, "years of work").unwrap();
        let results = Fixture::new(1).with(Plan::new("a")).results();
        let tables = ["epochs.csv", "summary.csv", "comparisons.csv"];
        let plots = ["plots/a.png", "plots/a.svg"];
        for name in PAGES.into_iter().chain(tables).chain(plots) {
            symlink(&mine, dir.join(name)).unwrap();
            symlink(&mine, dir.join(format!("{name}.partial"))).unwrap();
            symlink(&mine, dir.join(format!("{name}.new"))).unwrap();
        }
        write(&results, &dir).unwrap();
        assert_eq!(fs::read(&mine).unwrap(), b"years of work");
        assert!(!dir.join("report.html").is_symlink());
        fs::remove_dir_all(dir.join("plots")).unwrap();
        symlink(place.path(), dir.join("plots")).unwrap();
        let error = write(&results, &dir).unwrap_err().to_string();
        assert!(error.contains("plots: it is a link and not a directory"), "{error}");
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
