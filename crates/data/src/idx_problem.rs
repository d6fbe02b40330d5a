//! What may be wrong with an IDX file.

use std::io;

use thiserror::Error;

/// Pixels, or labels, that one file may hold: 4 GiB, a hundred times Fashion-MNIST. A gzipped file
/// that promises more could be a few megabytes of zeros that would fill all memory.
pub(crate) const MOST_VALUES: u64 = 1 << 32;

/// What is wrong with an IDX file.
#[derive(Debug, Error)]
pub enum IdxProblem {
    /// Another kind of file, or of IDX file.
    #[error(
        "not an IDX file of {content}: the magic number is {found:#010x}, but should be {needed:#010x}{}",
        magic_hint(*found)
    )]
    WrongMagic {
        /// `images` or `labels`.
        content: &'static str,
        /// As read.
        found: u32,
        /// 0x00000803 for images, 0x00000801 for labels.
        needed: u32,
    },
    /// Bytes are missing.
    #[error("truncated: {needed} bytes are needed ({dimensions}), but only {found} are there")]
    Truncated {
        /// What the header says, as in `60000 x 28 x 28`.
        dimensions: String,
        /// Bytes, header included.
        found: u64,
        /// Bytes that the header promises, itself included.
        needed: u64,
    },
    /// More bytes than the header promises.
    #[error(
        "bytes follow the last value: {needed} bytes were expected ({dimensions}), and there are more"
    )]
    TrailingBytes {
        /// What the header says.
        dimensions: String,
        /// Bytes that the header promises, itself included.
        needed: u64,
    },
    /// A header that promises nothing, or images without pixels.
    #[error("nothing in it: the header says {dimensions}")]
    Empty {
        /// What the header says.
        dimensions: String,
    },
    /// A header that promises more than can be, or than this program holds in memory.
    #[error(
        "the header says {dimensions} values: more than {MOST_VALUES}, the most that this program reads of one file"
    )]
    TooLarge {
        /// What the header says.
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
        0x0801 => " (that is a file of labels)",
        0x0803 => " (that is a file of images)",
        0x0900..=0x0eff => " (only unsigned bytes, type 08, are read)",
        _ => "",
    }
}
