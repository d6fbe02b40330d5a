//! What can be wrong with CIFAR files.

use std::io;

use thiserror::Error;

use crate::idx_problem::MOST_VALUES;

/// What is wrong with the files of CIFAR-10 or CIFAR-100.
#[derive(Debug, Error)]
pub enum CifarProblem {
    /// None of the files is there.
    #[error(
        "no CIFAR files: neither data_batch_1.bin nor train.bin is there\n\
         hint: name the directory with the .bin files, the directory around it, or the .tar.gz"
    )]
    NoFiles,
    /// A part of the files is missing.
    #[error("there is no {missing}\nhint: unpack the archive again, or name the .tar.gz itself")]
    Missing {
        /// The missing file.
        missing: String,
    },
    /// The version for Python.
    #[error(
        "this is the version for Python ({found}): its files are pickles, which are programs, and \
         are not read\n\
         hint: download the binary version (cifar-10-binary.tar.gz or cifar-100-binary.tar.gz)"
    )]
    Python {
        /// What shows it.
        found: String,
    },
    /// Files of CIFAR-10 and of CIFAR-100.
    #[error(
        "files of CIFAR-10 and of CIFAR-100 are both there\nhint: name the directory of one of them"
    )]
    Both,
    /// Two files of one name in an archive.
    #[error("{name} is in the archive twice")]
    Twice {
        /// The file.
        name: String,
    },
    /// A file whose size does not fit.
    #[error(
        "{name} has {bytes} bytes, which is no multiple of {record}, the bytes of an image and its \
         {labels}: it is truncated, or of another format"
    )]
    WrongSize {
        /// The file.
        name: String,
        /// Its size.
        bytes: u64,
        /// Bytes of an image with its labels.
        record: usize,
        /// `label` or `two labels`.
        labels: &'static str,
    },
    /// A file without images.
    #[error("{name} is empty")]
    Empty {
        /// The file.
        name: String,
    },
    /// A file of class names that holds something else.
    #[error("{name} is no list of class names, one a line")]
    Names {
        /// The file.
        name: String,
    },
    /// More bytes than are read.
    #[error("the files have more than {MOST_VALUES} bytes, the most that this program reads")]
    TooLarge,
    /// An archive that can't be unpacked.
    #[error("not a tar archive, or a damaged one: {0}")]
    Archive(io::Error),
}
