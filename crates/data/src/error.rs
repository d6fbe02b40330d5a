//! Why a data set can't be loaded. Each error holds what was found and what was needed, and its
//! message is made here.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::mirror::DownloadError;

/// Why a data set can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The operating system refused an operation on a file.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The operation, such as `read` or `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that does not have the format that it should have.
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
    /// More or fewer labels than images.
    #[error("{} holds {image_count} images, but {} holds {label_count} labels", images.display(), labels.display())]
    CountsDiffer {
        /// The file of images.
        images: PathBuf,
        /// How many images there are.
        image_count: usize,
        /// The file of labels.
        labels: PathBuf,
        /// How many labels there are.
        label_count: usize,
    },
    /// Test images of another size than the training images.
    #[error(
        "{} holds images of {}x{} (rows x columns), but the training images are {}x{}",
        path.display(), found.0, found.1, needed.0, needed.1
    )]
    SizesDiffer {
        /// The file of test images.
        path: PathBuf,
        /// Rows and columns of the test images.
        found: (usize, usize),
        /// Rows and columns of the training images.
        needed: (usize, usize),
    },
    /// A label that is not a class.
    #[error(
        "{}: label {label} of image {index} (from 0) is out of range: the data set has the {classes} classes 0 to {}\n\
         hint: labels count from 0, and training images have each of them",
        path.display(), classes - 1
    )]
    LabelOutOfRange {
        /// The file of labels.
        path: PathBuf,
        /// Position of the label, from 0.
        index: usize,
        /// The label.
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
        /// The directory.
        directory: PathBuf,
        /// The names of the missing files.
        missing: Vec<&'static str>,
        /// The names of all files.
        needed: &'static [&'static str],
    },
    /// A file of a published data set whose bytes are not the published ones.
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
        /// The published SHA-256. `None` for an unpacked file if only the gzipped file's is known.
        needed: Option<String>,
        /// The published data set that the file belongs to, if it is a known one.
        belongs_to: Option<&'static str>,
    },
    /// A file that is larger than any file of the published data set.
    #[error(
        "{} is not {name}'s: it has {bytes} bytes, and no file of it has more than {limit}\nhint: {}",
        path.display(), damaged_hint(path, None)
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The data set that was asked for.
        name: String,
        /// Bytes of the file.
        bytes: u64,
        /// Most bytes of a file.
        limit: u64,
    },
    /// A published data set that is not on disk.
    #[error("{name} is not in {}\nhint: `fitroom data fetch {name}` downloads it", list(looked_in))]
    NotOnDisk {
        /// The data set that was asked for.
        name: String,
        /// The directories that were searched.
        looked_in: Vec<PathBuf>,
    },
    /// There is no directory to search or to download to.
    #[error(
        "there is no place to keep data sets: neither a home directory nor FITROOM_DATA is set\n\
         hint: name one with --data-dir DIR"
    )]
    NoPlace,
    /// No mirror delivered a file.
    #[error(transparent)]
    Download(#[from] DownloadError),
}

impl DataError {
    /// For `map_err`: turns the system's error about `path` into a [`DataError::Io`].
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DataError {
        move |source| DataError::Io { action, path: path.to_owned(), source }
    }

    /// The error of a file at `path` with a wrong format.
    pub(crate) fn wrong_file(path: &Path, problem: impl Error + Send + Sync + 'static) -> Self {
        DataError::WrongFile { path: path.to_owned(), line: None, problem: Box::new(problem) }
    }

    /// The error of a line, counted from 1, of the file at `path` with a wrong format.
    pub(crate) fn wrong_line(
        path: &Path,
        line: u64,
        problem: impl Error + Send + Sync + 'static,
    ) -> Self {
        DataError::WrongFile { path: path.to_owned(), line: Some(line), problem: Box::new(problem) }
    }
}

/// Shows `, line 7`, or nothing.
struct OnLine(Option<u64>);

impl fmt::Display for OnLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |line| write!(f, ", line {line}"))
    }
}

/// Shows why a file is not the published one.
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
