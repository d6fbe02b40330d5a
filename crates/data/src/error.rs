//! Why there is no data: each error carries what was found and what was needed; the words are made
//! here.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::mirror::DownloadError;

/// Why there is no data.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried, as in `read` or `create`.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is not of the format it should be of.
    #[error("{}{}: {problem}", path.display(), OnLine(*line))]
    WrongFile {
        /// The file.
        path: PathBuf,
        /// The line, from 1, if the problem is in one line of a text file.
        line: Option<u64>,
        /// The format's own problem, such as [`IdxProblem`](crate::IdxProblem) or
        /// [`CsvProblem`](crate::CsvProblem).
        problem: Box<dyn Error + Send + Sync>,
    },
    /// Not as many labels as images.
    #[error("{} holds {image_count} images, but {} holds {label_count} labels", images.display(), labels.display())]
    CountsDiffer {
        /// The file of images.
        images: PathBuf,
        /// How many there are.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// How many there are.
        label_count: usize,
    },
    /// Test images that are not of the training images' size.
    #[error(
        "{} holds images of {}x{} (rows x columns), but the training images are {}x{}",
        path.display(), found.0, found.1, needed.0, needed.1
    )]
    SizesDiffer {
        /// The file of test images.
        path: PathBuf,
        /// Their rows and columns.
        found: (usize, usize),
        /// Rows and columns of the training images.
        needed: (usize, usize),
    },
    /// A label that names no class.
    #[error(
        "{}: label {label} of image {index} (from 0) is out of range: the data set has the {classes} classes 0 to {}\n\
         hint: labels count from 0, and training images have each of them",
        path.display(), classes - 1
    )]
    LabelOutOfRange {
        /// The file of labels.
        path: PathBuf,
        /// Which of them, from 0.
        index: usize,
        /// As found.
        label: u8,
        /// How many classes there are.
        classes: usize,
    },
    /// A directory without some of the four IDX files.
    #[error(
        "{} has no {}\nhint: the four files are {}; each may be gzipped (.gz)",
        directory.display(), missing.join(" and no "), needed.join(", ")
    )]
    MissingFiles {
        /// Where they were looked for.
        directory: PathBuf,
        /// The names that are not there.
        missing: Vec<&'static str>,
        /// The names of all files.
        needed: &'static [&'static str],
    },
    /// A file of a named data set whose bytes are not those that were published.
    #[error(
        "{} is not {name}'s: {}\nhint: {}",
        path.display(), Sums { found, needed, belongs_to: *belongs_to }, damaged_hint(path, *belongs_to)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The data set that was asked for.
        name: String,
        /// SHA-256 of the file.
        found: String,
        /// SHA-256 that was published; none is for an unpacked file of a data set that is published
        /// gzipped only.
        needed: Option<String>,
        /// The data set whose file it is, where it is known.
        belongs_to: Option<&'static str>,
    },
    /// A file of a named data set that is larger than any of it.
    #[error(
        "{} is not {name}'s: it has {bytes} bytes, and no file of it has more than {limit}\nhint: {}",
        path.display(), damaged_hint(path, None)
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The data set that was asked for.
        name: String,
        /// How many it has.
        bytes: u64,
        /// How many it may have.
        limit: u64,
    },
    /// A named data set that is nowhere on disk.
    #[error("{name} is not in {}\nhint: `fitroom data fetch {name}` downloads it", list(looked_in))]
    NotOnDisk {
        /// The data set that was asked for.
        name: String,
        /// The directories that were looked into.
        looked_in: Vec<PathBuf>,
    },
    /// No directory to look into or to download to.
    #[error(
        "there is no place to keep data sets: neither a home directory nor FITROOM_DATA is set\n\
         hint: name one with --data-dir DIR"
    )]
    NoPlace,
    /// No mirror delivered.
    #[error(transparent)]
    Download(#[from] DownloadError),
}

impl DataError {
    /// Turns what the system said of `path` into an error, for `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DataError {
        move |source| DataError::Io { action, path: path.to_owned(), source }
    }

    /// The file at `path` has a problem of its format.
    pub(crate) fn wrong_file(path: &Path, problem: impl Error + Send + Sync + 'static) -> Self {
        DataError::WrongFile { path: path.to_owned(), line: None, problem: Box::new(problem) }
    }

    /// A line, counted from 1, of the file at `path` has a problem of its format.
    pub(crate) fn wrong_line(
        path: &Path,
        line: u64,
        problem: impl Error + Send + Sync + 'static,
    ) -> Self {
        DataError::WrongFile { path: path.to_owned(), line: Some(line), problem: Box::new(problem) }
    }
}

/// `, line 7`, or nothing.
struct OnLine(Option<u64>);

impl fmt::Display for OnLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, ", line {line}"))
    }
}

/// What the checksum says.
struct Sums<'a> {
    found: &'a str,
    needed: &'a Option<String>,
    belongs_to: Option<&'static str>,
}

impl fmt::Display for Sums<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.belongs_to, self.needed) {
            (Some(other), _) => write!(f, "it is {other}'s file of that name"),
            (None, Some(needed)) => {
                write!(f, "its SHA-256 is {}, but should be {needed}", self.found)
            }
            (None, None) => {
                write!(
                    f,
                    "it is not gzipped, and checksums are known for this data set's gzipped files only"
                )
            }
        }
    }
}

fn damaged_hint(path: &Path, belongs_to: Option<&'static str>) -> String {
    match belongs_to {
        Some(other) => format!("keep each data set in a directory of its name, as in {other}/"),
        None => format!(
            "delete {} and it is downloaded again; or, if it is meant to differ, name its directory as idx:DIR",
            path.display()
        ),
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", nor in ")
}
