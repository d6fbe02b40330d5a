//! Why new images can't be read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::array::ArrayImagesProblem;
use crate::NewPictureError;

/// Why new images can't be listed. Lines that begin with `hint: ` say what can be done.
#[derive(Debug, Error)]
pub enum NewImagesError {
    /// The system refuses to read a file or a folder.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A folder without pictures.
    #[error("there is no picture in {}\nhint: pictures end in .png, .jpg or .jpeg", path.display())]
    NoPictures {
        /// The folder.
        path: PathBuf,
    },
    /// A folder with too many files or folders in it, or in too many folders.
    #[error("{} has more files and folders than are read", path.display())]
    FolderTooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// A file that holds no images.
    #[error(
        "{name} {}\nhint: images come from PNG and JPEG files, folders of them, IDX files and .npz files",
        if *bytes == 0 { "is empty" } else { "holds no images" }
    )]
    NoImages {
        /// The file.
        name: String,
        /// Its bytes.
        bytes: u64,
    },
    /// An IDX or NPZ file that can't be read.
    #[error("{name}: {problem}")]
    Array {
        /// The file.
        name: String,
        /// What is wrong with it.
        problem: ArrayImagesProblem,
    },
    /// More images than can be counted.
    #[error("there are more than {most} images\nhint: give fewer at once")]
    TooMany {
        /// The most.
        most: usize,
    },
}

/// Why one new image can't be read.
#[derive(Debug, Error)]
pub enum NewImageError {
    /// The system refuses to read the file.
    #[error("cannot be read: {0}")]
    Io(io::Error),
    /// It is no picture, or does not suit the network.
    #[error(transparent)]
    Picture(#[from] NewPictureError),
}
