//! What can be wrong with an IDX file.

use std::io;

use thiserror::Error;

use crate::array_shape::ShapeProblem;
use crate::label::TooManyLabels;

/// Most pixels or labels of one file: 4 GiB, about a hundred times Fashion-MNIST. Without a limit,
/// a few megabytes of gzipped zeros could fill all memory.
pub(crate) const MOST_VALUES: u64 = 1 << 32;

/// What is wrong with an IDX file.
#[derive(Debug, Error)]
pub enum IdxProblem {
    /// A file that is not IDX, or an IDX file of another kind.
    #[error(
        "not an IDX file of {content}: the magic number is {found:#010x}, but should be {needed:#010x}{}",
        magic_hint(*found)
    )]
    WrongMagic {
        /// `images` or `labels`.
        content: &'static str,
        /// The magic number of the file.
        found: u32,
        /// The usual magic number of the kind: 0x00000803 for images, 0x00000801 for labels.
        needed: u32,
    },
    /// Bytes are missing.
    #[error("truncated: {needed} bytes are needed ({dimensions}), but only {found} are there")]
    Truncated {
        /// The dimensions in the header, such as `60000 x 28 x 28`.
        dimensions: String,
        /// Bytes of the file, including the header.
        found: u64,
        /// Bytes that the file should have by its header, including the header.
        needed: u64,
    },
    /// More bytes than the header says.
    #[error(
        "bytes follow the last value: {needed} bytes were expected ({dimensions}), and there are more"
    )]
    TrailingBytes {
        /// The dimensions in the header.
        dimensions: String,
        /// Bytes that the file should have by its header, including the header.
        needed: u64,
    },
    /// A header that says no images, no labels or images without pixels.
    #[error("nothing in it: the header says {dimensions}")]
    Empty {
        /// The dimensions in the header.
        dimensions: String,
    },
    /// An array of four dimensions that is not of images.
    #[error(transparent)]
    Shape(#[from] ShapeProblem),
    /// Labels of several columns that are not QMNIST's.
    #[error(
        "the header says {dimensions}: a label has {} columns\n\
         hint: a label is one number, or eight of QMNIST's, of which the first is the class",
        dimensions.rsplit(' ').next().unwrap_or_default()
    )]
    LabelColumns {
        /// The dimensions in the header.
        dimensions: String,
    },
    /// More labels than classes can be.
    #[error(transparent)]
    TooManyLabels(#[from] TooManyLabels),
    /// A header that says more values than this program reads.
    #[error(
        "the header says {dimensions} values: more than {MOST_VALUES}, the most that this program reads of one file"
    )]
    TooLarge {
        /// The dimensions in the header.
        dimensions: String,
    },
    /// Gzipped data that cannot be unpacked.
    #[error("damaged gzip data: {0}")]
    Gzip(io::Error),
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Io(io::Error),
}

fn magic_hint(found: u32) -> &'static str {
    match found {
        0x0801 | 0x0c02 => " (that is a file of labels)",
        0x0803 | 0x0804 => " (that is a file of images)",
        0x0900..=0x0eff => {
            " (images are read as unsigned bytes, type 08; labels as whole numbers, types 08, 09, 0B and 0C)"
        }
        _ => "",
    }
}
