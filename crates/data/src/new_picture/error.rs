//! Why a new picture can't be read.

use thiserror::Error;

use super::{MOST_PICTURE_BYTES, MOST_PICTURE_PIXELS};
use crate::Size;

/// Why a new picture can't be read. Lines that begin with `hint: ` say what can be done.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NewPictureError {
    /// The file is too large.
    #[error(
        "the picture has {bytes} bytes, and {MOST_PICTURE_BYTES} are the most\nhint: save it smaller"
    )]
    TooManyBytes {
        /// Bytes of the file.
        bytes: usize,
    },
    /// The picture is too large.
    #[error(
        "the picture has {size} pixels, and {MOST_PICTURE_PIXELS} in all are the most\nhint: save it smaller"
    )]
    TooManyPixels {
        /// Its rows and columns.
        size: Size,
    },
    /// The bytes are another format, or no picture at all.
    #[error("{}\nhint: give a PNG or JPEG file", match found {
        Some(format) => format!("{format} pictures are not read"),
        None => "these bytes are no picture".to_owned(),
    })]
    NoPicture {
        /// The format, if it is known.
        found: Option<&'static str>,
    },
    /// The JPEG stores four inks (CMYK), whose colours depend on a printer.
    #[error("the JPEG stores the inks of a printer (CMYK)\nhint: save it in RGB")]
    FourInks,
    /// The file is cut off or damaged.
    #[error("the picture is damaged: {problem}")]
    Damaged {
        /// What is wrong with it.
        problem: String,
    },
    /// The network's images have other channels, and neither is grey or colour.
    #[error(
        "the network takes images of {channels} channels, and this has {found}; only grey (1) and colour (3) are turned into each other"
    )]
    Channels {
        /// Channels of the picture.
        found: usize,
        /// Channels of the network's images.
        channels: usize,
    },
    /// Whether to invert the picture depends on training images that are not loaded.
    #[error(
        "whether to invert the picture depends on the training images, which are not loaded\nhint: load the data set, or say \
         whether to invert"
    )]
    UnknownSurroundings,
}
