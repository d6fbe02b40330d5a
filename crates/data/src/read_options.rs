//! How a data set is read, where its files leave it open.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The longest side of an image, unless the user says otherwise.
pub const MAX_SIDE: usize = 64;

/// How a data set is read, where its files leave it open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// The column of labels of a CSV file. `None`: it is recognised.
    pub label: Option<String>,
    /// The shape of the images of a CSV file. `None`: grey and square.
    pub shape: Option<RowShape>,
    /// The range in which pixels are written. `None`: it is recognised.
    pub pixels: Option<PixelRange>,
    /// The size to which images are scaled. `None`: they stay as they are.
    pub resize: Option<Size>,
    /// Images with a longer side are refused, unless they are scaled.
    pub max_side: usize,
    /// Whether pictures that can't be decoded are left out. If not, they are an error.
    pub skip_corrupt: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions {
            label: None,
            shape: None,
            pixels: None,
            resize: None,
            max_side: MAX_SIDE,
            skip_corrupt: false,
        }
    }
}

/// The rows and columns of an image, written as `28x32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
}

/// The shape of an image that is written as a row of numbers: `28x32` for grey images, `32x32x3` for
/// images whose colours stand together, `3x32x32` for one colour after the other (as in CIFAR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowShape {
    /// Rows and columns.
    pub size: Size,
    /// Values per pixel.
    pub channels: usize,
    /// Whether a row holds one channel after the other.
    pub channels_first: bool,
}

/// The range in which pixels are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelRange {
    /// `0..1`: fractions, or zeros and ones.
    Unit,
    /// `0..16`: whole numbers, as in the digits of UCI and scikit-learn.
    Sixteen,
    /// `0..255`: whole numbers.
    Byte,
}

/// A text that is no value of an option.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{text}` is no {what}: write {example}")]
pub struct OptionError {
    /// The text as written.
    pub text: String,
    /// What it should be.
    pub what: &'static str,
    /// How that is written.
    pub example: &'static str,
}

/// Whole numbers from 1 to 65,535 between `x`s.
fn numbers(text: &str) -> Option<Vec<usize>> {
    let number = |text: &str| text.trim().parse::<u16>().ok().filter(|&n| n > 0).map(usize::from);
    text.split(['x', '×']).map(number).collect()
}

impl FromStr for Size {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        match numbers(text).as_deref() {
            Some(&[height, width]) => Ok(Size { height, width }),
            _ => Err(OptionError {
                text: text.to_owned(),
                what: "size of an image",
                example: "rows and columns from 1 to 65535, as in 32x32",
            }),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}

impl RowShape {
    /// Values of an image.
    pub fn values(&self) -> usize {
        self.size.height * self.size.width * self.channels
    }

    /// Whether an image of two or three axes of these lengths has this shape.
    pub(crate) fn has_axes(self, axes: &[u64]) -> bool {
        let RowShape { size, channels, channels_first } = self;
        let [height, width, channels] = [size.height, size.width, channels].map(|n| n as u64);
        match *axes {
            [rows, columns] => channels == 1 && [rows, columns] == [height, width],
            [a, b, c] if channels_first => [a, b, c] == [channels, height, width],
            [a, b, c] => [a, b, c] == [height, width, channels],
            _ => false,
        }
    }
}

impl FromStr for RowShape {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let shape = |height, width, channels, channels_first| RowShape {
            size: Size { height, width },
            channels,
            channels_first,
        };
        match numbers(text).as_deref() {
            Some(&[height, width]) => Ok(shape(height, width, 1, false)),
            // The number of channels is the smallest. Of equals it is the last.
            Some(&[a, b, c]) if c <= a => Ok(shape(a, b, c, false)),
            Some(&[a, b, c]) => Ok(shape(b, c, a, true)),
            _ => Err(OptionError {
                text: text.to_owned(),
                what: "shape of an image",
                example: "28x32 for grey images, 32x32x3 or 3x32x32 for colour",
            }),
        }
    }
}

impl fmt::Display for RowShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.channels, self.channels_first) {
            (1, _) => self.size.fmt(f),
            (channels, true) => write!(f, "{channels}x{}", self.size),
            (channels, false) => write!(f, "{}x{channels}", self.size),
        }
    }
}

impl PixelRange {
    /// The largest value.
    pub(crate) fn end(self) -> u8 {
        match self {
            PixelRange::Unit => 1,
            PixelRange::Sixteen => 16,
            PixelRange::Byte => 255,
        }
    }

    /// A whole number of this range as a byte of 0 to 255, rounded to the nearest.
    pub(crate) fn byte(self, value: u8) -> u8 {
        let end = u16::from(self.end());
        ((u16::from(value.min(self.end())) * 255 + end / 2) / end) as u8
    }
}

impl FromStr for PixelRange {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        match text.trim() {
            "0..1" => Ok(PixelRange::Unit),
            "0..16" => Ok(PixelRange::Sixteen),
            "0..255" => Ok(PixelRange::Byte),
            _ => Err(OptionError {
                text: text.to_owned(),
                what: "range of pixels",
                example: "0..1, 0..16 or 0..255",
            }),
        }
    }
}

impl fmt::Display for PixelRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0..{}", self.end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_shapes_are_read_and_written() {
        let size: Size = "28x32".parse().unwrap();
        assert_eq!((size.height, size.width, size.to_string()), (28, 32, "28x32".to_owned()));
        for (text, channels, channels_first) in
            [("28x32", 1, false), ("32x32x3", 3, false), ("3x32x30", 3, true), ("4x4x4", 4, false)]
        {
            let shape: RowShape = text.parse().unwrap();
            assert_eq!((shape.channels, shape.channels_first), (channels, channels_first));
            assert_eq!(shape.to_string(), text);
        }
        for text in ["", "28", "0x3", "-1x2", "1x2x3x4", "3.5x2", "99999x1"] {
            assert!(text.parse::<Size>().is_err() && text.parse::<RowShape>().is_err(), "{text}");
        }
    }

    #[test]
    fn axes_are_compared_in_the_order_of_the_shape() {
        let has = |shape: &str, axes: &[u64]| shape.parse::<RowShape>().unwrap().has_axes(axes);
        assert!(has("4x5", &[4, 5]) && has("4x5x3", &[4, 5, 3]) && has("3x4x5", &[3, 4, 5]));
        assert!(!has("4x5", &[5, 4]) && !has("4x5x3", &[3, 4, 5]) && !has("4x5", &[4, 5, 3]));
        assert!(!has("4x5", &[20]) && !has("4x5x1", &[1, 4, 5, 1]));
    }

    #[test]
    fn ranges_become_bytes() {
        for (text, value, byte) in [("0..1", 1, 255), ("0..16", 8, 128), ("0..255", 7, 7)] {
            let range: PixelRange = text.parse().unwrap();
            assert_eq!((range.byte(value), range.to_string().as_str()), (byte, text));
        }
        assert!("0..2".parse::<PixelRange>().is_err());
    }
}
