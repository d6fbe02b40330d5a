//! Why a data set can't be loaded. Each error holds what was found and what was needed, and its
//! message is made here.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::checksum::ChecksumKind;
use crate::mirror::DownloadError;
use crate::staging_error::StagingError;

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
    /// Test images of another shape than the training images.
    #[error(
        "{} holds images of {}, but the training images are {}",
        path.display(), shape(*found, true), shape(*needed, false)
    )]
    SizesDiffer {
        /// The file of test images.
        path: PathBuf,
        /// Rows, columns and channels of the test images.
        found: [usize; 3],
        /// Rows, columns and channels of the training images.
        needed: [usize; 3],
    },
    /// Images that are larger than [`ReadOptions`](crate::ReadOptions) allow.
    #[error(
        "{} holds images of {height}x{width} (rows x columns), and no side may be longer than {most}\n\
         hint: scale them, with `resize = \"32x32\"` under [data] in a study file or --resize 32x32; \
         or allow them, with `max_side = {}` or --max-side {1}",
        path.display(), height.max(width)
    )]
    ImagesTooLarge {
        /// The file of images.
        path: PathBuf,
        /// Rows of an image.
        height: usize,
        /// Columns of an image.
        width: usize,
        /// The longest side that is allowed.
        most: usize,
    },
    /// Scaled images would take more memory than this program reads of one file.
    #[error(
        "{} holds {images} images, which scaled to {size} are more than {limit} values\nhint: choose a smaller `resize`",
        path.display()
    )]
    ScaledTooLarge {
        /// The file of images.
        path: PathBuf,
        /// How many images there are.
        images: usize,
        /// The size to which they would be scaled.
        size: crate::Size,
        /// The most values.
        limit: u64,
    },
    /// A label without a name, in a data set that names its classes.
    #[error(
        "{}: label {label} has no name: there are {names} names\n\
         hint: names stand in classes.txt or a file like it, a line per label from 0 or from 1",
        path.display()
    )]
    LabelWithoutName {
        /// The file of labels.
        path: PathBuf,
        /// The label.
        label: String,
        /// How many names there are.
        names: usize,
    },
    /// More classes than a data set can have.
    #[error(
        "{} and the test images have {classes} different labels, and a data set has at most {} classes",
        path.display(), crate::label::MOST_LABELS
    )]
    TooManyClasses {
        /// The file of training labels.
        path: PathBuf,
        /// How many different labels there are.
        classes: usize,
    },
    /// All training images are of one class.
    #[error(
        "every training image of {name} is of the class `{class}`, so there is nothing to learn"
    )]
    OneClass {
        /// The data set's name.
        name: String,
        /// The class.
        class: String,
    },
    /// All training images are equal.
    #[error("the {images} training images of {name} are all equal, so there is nothing to learn")]
    AllEqual {
        /// The data set's name.
        name: String,
        /// How many training images there are.
        images: usize,
    },
    /// No test image is of a class that is trained.
    #[error(
        "no test image of {name} is of a class that has training images, so nothing can be tested\n\
         hint: are labels written alike in both parts? `fitroom data show {name}` counts them"
    )]
    NothingToTest {
        /// The data set's name.
        name: String,
    },
    /// An option for another kind of data set.
    #[error("`{option}` says nothing about {name}\nhint: leave it out")]
    OptionNotHeeded {
        /// The option's key in a study file.
        option: &'static str,
        /// The prefix of the format, or the data set's name.
        name: String,
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
        path.display(), Sums { kind: *kind, found, needed, belongs_to: *belongs_to }, damaged_hint(path, *belongs_to)
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The data set that was asked for.
        name: String,
        /// The kind of checksum.
        kind: ChecksumKind,
        /// The checksum of the file.
        found: String,
        /// The published checksum. `None` for an unpacked file if only the gzipped file's is known.
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
    /// The files can't be copied to the directory that is to hold copies.
    #[error(transparent)]
    Staging(#[from] StagingError),
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

/// Shows `28x28`, or `28x28x3`; with the meaning of the numbers if `explained`.
fn shape([height, width, channels]: [usize; 3], explained: bool) -> String {
    let channels_text = if channels == 1 { String::new() } else { format!("x{channels}") };
    let meaning = match (explained, channels) {
        (false, _) => "",
        (true, 1) => " (rows x columns)",
        (true, _) => " (rows x columns x channels)",
    };
    format!("{height}x{width}{channels_text}{meaning}")
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
    kind: ChecksumKind,
    found: &'a str,
    needed: &'a Option<String>,
    belongs_to: Option<&'static str>,
}

impl fmt::Display for Sums<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.belongs_to, self.needed) {
            (Some(other), _) => write!(f, "it is {other}'s file of that name"),
            (None, Some(needed)) => {
                write!(f, "its {} is {}, but should be {needed}", self.kind, self.found)
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
