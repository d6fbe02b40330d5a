//! What can be wrong with an NPZ file.

use std::io;

use thiserror::Error;

use crate::RowShape;
use crate::array_shape::ShapeProblem;
use crate::class_names::ClassNamesProblem;
use crate::csv::CsvProblem;
use crate::idx_problem::MOST_VALUES;
use crate::label::TooManyLabels;
use crate::plain_text::is_plain_char;

/// What is wrong with an NPZ file.
#[derive(Debug, Error)]
pub enum NpzProblem {
    /// A file of another kind.
    #[error("this is {kind}, and an NPZ file is one with arrays in it\nhint: {cure}")]
    OtherKind {
        /// The kind, such as `a single array (.npy)`.
        kind: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// An archive whose directory can't be read, or that has no arrays.
    #[error("not a whole NPZ file: {0}")]
    Archive(String),
    /// An array that is missing.
    #[error(
        "no array of {what}; the arrays are {keys}\n\
         hint: call them x_train, y_train, x_test and y_test, or images and labels in each of npz:TRAIN,TEST"
    )]
    Missing {
        /// What is missing, such as `training labels`.
        what: String,
        /// The names of all arrays.
        keys: String,
    },
    /// No array is called like images.
    #[error(
        "no array of images; the arrays are {keys}\nhint: call it images or x, or leave it alone in the file"
    )]
    NoImages {
        /// The names of all arrays.
        keys: String,
    },
    /// Two arrays that are called alike.
    #[error("`{first}` and `{second}` both hold {what}\nhint: remove one of the arrays")]
    Twice {
        /// The name of one array.
        first: String,
        /// The name of the other.
        second: String,
        /// What they hold.
        what: String,
    },
    /// A directory without NPZ files whose names say what they hold.
    #[error(
        "no NPZ files whose names say what they hold{}\n\
         hint: name the files, as in npz:TRAIN,TEST; or call them train.npz and test.npz, or \
         train-imgs.npz, train-labels.npz, test-imgs.npz and test-labels.npz",
        if files.is_empty() { String::new() } else { format!(" ({files})") }
    )]
    NoFiles {
        /// The names of the files that are there.
        files: String,
    },
    /// A problem of one array.
    #[error("array `{key}`: {problem}")]
    Array {
        /// The array's name.
        key: String,
        /// The problem.
        problem: ArrayProblem,
    },
}

/// What is wrong with an array.
#[derive(Debug, Error)]
pub enum ArrayProblem {
    /// An encrypted entry of the archive.
    #[error("it is encrypted\nhint: save it again with np.savez")]
    Encrypted,
    /// A compression that NumPy does not use.
    #[error(
        "it is compressed in a way that NumPy does not use\nhint: save it again with np.savez_compressed"
    )]
    Compression,
    /// A header that is not NumPy's.
    #[error("its header is not that of an array of NumPy: {0}")]
    Header(&'static str),
    /// An array of Python's objects.
    #[error(
        "it needs Python's pickle, which can run code\n\
         hint: save again with np.savez(..) of plain arrays, which have one type and one shape"
    )]
    Pickled,
    /// A type that is not read.
    #[error(
        "its type is {0}\nhint: read are whole numbers, floats of 16, 32 and 64 bits, truth values and texts"
    )]
    Type(String),
    /// An array without values.
    #[error("nothing in it: its shape is {0}")]
    Empty(String),
    /// More values than this program reads.
    #[error(
        "its shape is {0}: more than {MOST_VALUES} values, the most that this program reads of one array"
    )]
    TooLarge(String),
    /// An entry of another size than the header says.
    #[error("its header says {needed} bytes, but it has {found}")]
    OtherSize {
        /// Bytes by the header.
        needed: u64,
        /// Bytes by the archive's directory.
        found: u64,
    },
    /// Bytes follow the last value.
    #[error("bytes follow the last value")]
    TrailingBytes,
    /// Bytes are missing, or the checksum is wrong.
    #[error("damaged: {0}")]
    Damaged(io::Error),
    /// Images of a shape that is not read.
    #[error(transparent)]
    Shape(#[from] ShapeProblem),
    /// Rows of numbers that are no square.
    #[error(
        "{values} values an image, which is no square image\n\
         hint: say the shape of an image with `shape = \"ROWSxCOLUMNS\"` under [data] in a study file or --shape"
    )]
    NotSquare {
        /// Values of a row.
        values: u64,
    },
    /// Images with another number of values than [`ReadOptions::shape`](crate::ReadOptions::shape).
    #[error("{found} values an image, but images of {shape} have {}", shape.values())]
    OtherShape {
        /// Values of an image.
        found: u64,
        /// The shape that the user gave.
        shape: RowShape,
    },
    /// A shape was given for images whose shape is known.
    #[error(
        "its images are {known}, and not {shape}\nhint: leave `shape` out: it is for images that are rows of numbers"
    )]
    KnownShape {
        /// The sizes of an image's axes.
        known: String,
        /// The shape that the user gave.
        shape: RowShape,
    },
    /// Texts for pixels.
    #[error("it holds texts, and pixels are numbers")]
    TextForPixels,
    /// A pixel that is no number.
    #[error(
        "a pixel of image {image} (from 0) is {value}\nhint: pixels are finite; see np.nan_to_num"
    )]
    NotFinite {
        /// The image.
        image: u64,
        /// `NaN` or `inf`.
        value: f64,
    },
    /// A negative pixel.
    #[error(
        "a pixel of image {image} (from 0) is {value}, which is negative: the images were normalised\n\
         hint: map pixels to 0..1 or 0..255 and save again; from -1..1 it is (x + 1) / 2"
    )]
    Negative {
        /// The image.
        image: u64,
        /// The pixel.
        value: f64,
    },
    /// A pixel above 255.
    #[error(
        "a pixel of image {image} (from 0) is {value}\nhint: pixels are from 0 to 255, or fractions from 0 to 1"
    )]
    TooBright {
        /// The image.
        image: u64,
        /// The pixel.
        value: f64,
    },
    /// Fractions in images that have pixels above 1.
    #[error(
        "there are fractions beside pixels above 1: a pixel of image {image} (from 0) is {value}\n\
         hint: fractions are read if all pixels are from 0 to 1; else round them: np.round(x).astype(np.uint8)"
    )]
    Mixed {
        /// The image.
        image: u64,
        /// The pixel.
        value: f64,
    },
    /// A pixel above 1 in one array, and fractions in another.
    #[error(
        "a pixel of image {image} (from 0) is {value}, but another array of images has fractions\n\
         hint: fractions are read if all pixels are from 0 to 1; write all arrays in the same range"
    )]
    OtherRange {
        /// The image.
        image: u64,
        /// The pixel.
        value: u8,
    },
    /// A pixel above the range that the user gives.
    #[error(transparent)]
    Range(CsvProblem),
    /// Labels of a shape that is not read.
    #[error(
        "its shape is {0}, which is not that of labels\nhint: labels are one number or text per image"
    )]
    LabelShape(String),
    /// A value that is no label.
    #[error("the label of image {image} (from 0) is {reason}")]
    NotALabel {
        /// The image.
        image: u64,
        /// What it is.
        reason: &'static str,
    },
    /// A row of zeros and ones that does not have a single one.
    #[error(
        "image {image} (from 0) has {classes} classes\n\
         hint: one class per image is needed; data with several classes per image cannot be learnt here"
    )]
    NotOneClass {
        /// The image.
        image: u64,
        /// How many classes it has.
        classes: usize,
    },
    /// More labels than classes can be.
    #[error(transparent)]
    TooManyLabels(#[from] TooManyLabels),
    /// Names of classes that are not fit for it.
    #[error("name {}: {problem}", position.map_or_else(String::new, |position| position.to_string()))]
    ClassName {
        /// Which name, from 1.
        position: Option<u64>,
        /// The problem.
        problem: ClassNamesProblem,
    },
}

impl ArrayProblem {
    /// The problem of the array of this name.
    pub(crate) fn of(self, key: &str) -> NpzProblem {
        let plain = key.chars().filter(|&c| is_plain_char(c)).take(40);
        NpzProblem::Array { key: plain.collect(), problem: self }
    }
}
