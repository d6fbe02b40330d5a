//! What can be wrong with a folder of pictures.

use std::path::Path;

use thiserror::Error;

use crate::idx_problem::MOST_VALUES;
use crate::plain_text::is_plain_char;
use crate::{Size, TooManyLabels};

/// How the folders must lie.
const LAYOUT: &str = "pictures lie in a folder per class: DIR/train/CLASS/*.png and \
    DIR/test/CLASS/*.png, or DIR/CLASS/*.png if there are no test pictures";

/// What is wrong with a folder of pictures. Files are named by their path in the folder.
#[derive(Debug, Error)]
pub enum FolderProblem {
    /// No folder per class.
    #[error("no class folders in {folder}\nhint: {LAYOUT}")]
    NoClasses {
        /// The folder in which they should be, such as `train`.
        folder: String,
    },
    /// A folder of test pictures, but none of training pictures.
    #[error("there is a folder `{found}`, but no folder `train`\nhint: {LAYOUT}")]
    NoTraining {
        /// The folder that is there.
        found: String,
    },
    /// Two folders where one is expected.
    #[error("both `{0}` and `{1}` are there, and it is not clear which one is meant\nhint: remove or rename one of them", folders[0], folders[1])]
    TwoFolders {
        /// The folders.
        folders: [String; 2],
    },
    /// A class folder without pictures.
    #[error("class folder {folder} holds no {}\nhint: remove the folder, or put PNG or JPEG pictures in it", if *left_out { "readable picture" } else { "picture" })]
    EmptyClass {
        /// The folder.
        folder: String,
        /// Whether it holds pictures, all of them corrupt.
        left_out: bool,
    },
    /// A folder's name that can't name a class.
    #[error("the folder's name {folder} is no name of a class: {reason}")]
    ClassName {
        /// The folder.
        folder: String,
        /// Why not.
        reason: &'static str,
    },
    /// Two folders for one class, such as `1` and `01`.
    #[error("folders {0} and {1} have the same number, and would be one class\nhint: rename one of them", folders[0], folders[1])]
    SameClass {
        /// The folders.
        folders: [String; 2],
    },
    /// Too many class folders.
    #[error(transparent)]
    TooManyClasses(#[from] TooManyLabels),
    /// Folders that lie too deep in each other.
    #[error("{folder} lies more than {most} folders deep")]
    TooDeep {
        /// The folder.
        folder: String,
        /// Most folders in each other.
        most: usize,
    },
    /// Too many files.
    #[error("more than {most} files and folders")]
    TooManyFiles {
        /// Most files and folders.
        most: usize,
    },
    /// A picture in a format that is not read.
    #[error("{file} is a {format} picture{}\nhint: PNG and JPEG are read: convert pictures to PNG", and_others(*others, "such picture"))]
    Foreign {
        /// The first such file.
        file: String,
        /// The format, such as `BMP`.
        format: &'static str,
        /// How many others there are.
        others: usize,
    },
    /// Pictures of two sizes.
    #[error(
        "pictures differ in size: {0} is {1}, but {2} is {3} (rows x columns)\n\
         hint: scale them to one size, with `resize = \"32x32\"` under [data] in a study file or \
         --resize 32x32",
        files[0].0, files[0].1, files[1].0, files[1].1
    )]
    SizesDiffer {
        /// Two files with their sizes.
        files: [(String, Size); 2],
    },
    /// More pixels than this program reads.
    #[error(
        "the pictures have more than {MOST_VALUES} bytes of pixels, the most that this program reads\n\
         hint: scale them, with `resize = \"32x32\"` under [data] in a study file or --resize 32x32"
    )]
    TooManyPixels,
    /// Pictures that can't be decoded.
    #[error(
        "{count} of {of} pictures can't be decoded: {}{}\n\
         hint: leave them out, with `skip_corrupt = true` under [data] in a study file or \
         --skip-corrupt",
        first.join(", "), and_others(count - first.len(), "one")
    )]
    Corrupt {
        /// How many there are.
        count: usize,
        /// How many pictures there are, with these.
        of: usize,
        /// The first few, each with what is wrong with it.
        first: Vec<String>,
    },
}

/// Shows ` (and 3 other pictures)`; nothing for no others.
fn and_others(count: usize, noun: &str) -> String {
    match count {
        0 => String::new(),
        1 => format!(" (and 1 other {noun})"),
        _ => format!(" (and {count} other {noun}s)"),
    }
}

/// A path for people: with `/` between folders, and with a question mark for each character that is
/// not safe to show.
pub(super) fn shown(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/").chars().map(|c| if is_plain_char(c) { c } else { '?' }).collect()
}
