//! What can be wrong with a CSV file.

use std::io;

use thiserror::Error;

use crate::label::MOST_LABELS;
use crate::{PixelRange, RowShape};

/// Most bytes of a line. An image of 2048 x 2048 pixels needs no more.
pub(crate) const LONGEST_LINE: usize = 1 << 24;

/// A problem, with the number of the line that has it, from 1, if it is in one line.
pub(crate) type Located = (Option<u64>, CsvProblem);

/// What is wrong with a CSV file.
#[derive(Debug, Error)]
pub enum CsvProblem {
    /// A value that is not a pixel.
    #[error(
        "pixel {pixel} is `{value}`, but should be a whole number from 0 to 255{}",
        hint_of_fraction(value)
    )]
    NotAPixel {
        /// Which pixel of its line, from 1.
        pixel: usize,
        /// The value as written.
        value: String,
    },
    /// A pixel above 1 in a data set that has fractions.
    #[error(
        "a pixel is {value}, but line {fraction_line} of {} has a fraction\n\
         hint: fractions are read if all pixels of both files are from 0 to 1; \
         else write whole numbers from 0 to 255",
        if *in_other_file { "the other file" } else { "this file" }
    )]
    MixedRanges {
        /// The pixel.
        value: u8,
        /// The first line that has a fraction.
        fraction_line: u64,
        /// Whether that is a line of the data set's other file.
        in_other_file: bool,
    },
    /// A label that is neither a whole number nor a name.
    #[error(
        "the label is `{value}`, which is {reason}\n\
         hint: a label is a whole number or a name; call the column of labels `label` in the first line"
    )]
    NotALabel {
        /// The label as written.
        value: String,
        /// Why not.
        reason: &'static str,
    },
    /// More labels than classes can be.
    #[error(
        "label {} that differs from all before it: a data set has at most {MOST_LABELS} classes\n\
         hint: is this the column of labels? Call that column `label` in the first line",
        MOST_LABELS + 1
    )]
    TooManyLabels,
    /// All training images are of one class.
    #[error(
        "every image has the label `{label}`, so there is nothing to learn\n\
         hint: labels are read from {column}; if they stand elsewhere, name their column with `label = \"NAME\"` \
         under [data] in a study file or --label NAME"
    )]
    OneClass {
        /// The label.
        label: String,
        /// Where labels are read from.
        column: String,
    },
    /// A test file that has pixels only.
    #[error(
        "{found} columns, but the training file has {needed}: the column of labels is missing\n\
         hint: test images need labels too; a part of the training file can serve as the test file"
    )]
    NoLabels {
        /// Columns of this file.
        found: usize,
        /// Columns of the training file.
        needed: usize,
    },
    /// A file with numbers of images and pixels, but no labels.
    #[error(
        "a column called `{index}` and {pixels} pixels, but no column of labels\n\
         hint: call the column of labels `label`"
    )]
    NoLabelBesideIndex {
        /// The name of the column that numbers the images.
        index: String,
        /// Pixels of an image.
        pixels: usize,
    },
    /// Two columns that are called like labels.
    #[error(
        "`{first}` and `{second}` both name a column of labels\nhint: remove one of the columns"
    )]
    TwoLabels {
        /// The name of one column.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// No column has the name that [`ReadOptions::label`](crate::ReadOptions::label) gives.
    #[error(
        "no column is called `{name}`{}",
        match columns {
            Some(columns) => format!("\nhint: the columns are {columns}"),
            None => "\nhint: the first line names no columns; add a line of names".to_owned(),
        }
    )]
    NoSuchColumn {
        /// The name.
        name: String,
        /// The names of the columns; `None` if they have none.
        columns: Option<String>,
    },
    /// A row has another number of pixels than [`ReadOptions::shape`](crate::ReadOptions::shape).
    #[error("{found} pixels a line, but images of {shape} have {}", shape.values())]
    OtherShape {
        /// Values of a line without the label.
        found: usize,
        /// The shape that the user gave.
        shape: RowShape,
    },
    /// A pixel above the range that [`ReadOptions::pixels`](crate::ReadOptions::pixels) gives.
    #[error(
        "a pixel is {value}, which is not in the range {range}\nhint: leave `pixels` out to have the range recognised"
    )]
    OutOfRange {
        /// The pixel.
        value: String,
        /// The range that the user gave.
        range: PixelRange,
    },
    /// A table whose columns are called by words.
    #[error(
        "the columns are called {names}: this is a table, but not of images\n\
         hint: if these are pixels, call them pixel1, pixel2 and so on, or remove the first line"
    )]
    NotImages {
        /// The first names.
        names: String,
    },
    /// A line with more or fewer values than the first.
    #[error("{found} values, but the lines before have {needed}")]
    UnequalLength {
        /// Values in this line.
        found: usize,
        /// Values in the first line.
        needed: usize,
    },
    /// Images that are not square.
    #[error("{pixels} pixels a line, which is no square image\nhint: {}", hint_of_shape(*pixels))]
    NotSquare {
        /// Values of a line without the label.
        pixels: usize,
    },
    /// A quote that is not closed on its line.
    #[error("a quote is left open")]
    OpenQuote,
    /// A line that is too long.
    #[error("a line of more than {LONGEST_LINE} bytes\nhint: a line holds one image")]
    LineTooLong,
    /// More pixels than this program reads.
    #[error("more than {limit} pixels in all, the most that this program reads of one file")]
    TooLarge {
        /// Most pixels of one file.
        limit: u64,
    },
    /// A file of another kind.
    #[error("this is {kind}, not CSV\nhint: {cure}")]
    OtherKind {
        /// The kind, such as `a ZIP archive`.
        kind: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// A file without images.
    #[error("no images in it")]
    Empty,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
}

fn hint_of_fraction(value: &str) -> &'static str {
    if value.parse().is_ok_and(|value: f64| value.fract() != 0.0 || value < 0.0) {
        "\nhint: fractions are read if all pixels are from 0 to 1; other pixels must be scaled to whole \
         numbers from 0 to 255"
    } else {
        ""
    }
}

fn hint_of_shape(pixels: usize) -> String {
    let columns = pixels + 1;
    if columns > 1 && columns.isqrt().pow(2) == columns {
        return "with the first column it would be: is the column of labels missing?".to_owned();
    }
    let side = (pixels / 3).isqrt();
    let example = if pixels > 0 && side * side * 3 == pixels {
        format!("{side}x{side}x3, or 3x{side}x{side} if one colour stands after the other")
    } else {
        "28x32".to_owned()
    };
    format!(
        "say the shape of an image with `shape = \"ROWSxCOLUMNS\"` under [data] in a study file or --shape, as in {example}"
    )
}
