//! A window that slides over the rows and columns of an image, as convolution and pooling use it.

use std::fmt;

use super::description::ShapeError;
use super::words::{LayerSpecError, Words};
use crate::Shape;

/// A window that slides over the rows and columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows of the window.
    pub height: usize,
    /// Columns of the window.
    pub width: usize,
    /// Rows and columns from one position of the window to the next.
    pub stride: usize,
    /// Rows and columns of zeros on every side of the image.
    pub pad: usize,
}

impl Window {
    /// The positions of the window over an image, in rows and columns:
    /// (size + 2·pad − window) / stride + 1, rounded down. `None` if the window does not fit.
    pub fn slide(&self, height: usize, width: usize) -> Option<(usize, usize)> {
        let along = |size: usize, window: usize| {
            Some((size + 2 * self.pad).checked_sub(window)? / self.stride + 1)
        };
        Some((along(height, self.height)?, along(width, self.width)?))
    }

    /// The shape of `channels` maps with a value for each position of the window over `input`; as
    /// many maps as `input` has channels with `None`.
    pub(crate) fn output_shape(
        &self,
        input: Shape,
        channels: Option<usize>,
    ) -> Result<Shape, ShapeError> {
        let Shape::Image { channels: input_channels, height, width } = input else {
            return Err(ShapeError::NeedsImage { got: input });
        };
        let (height, width) =
            self.slide(height, width).ok_or(ShapeError::WindowTooLarge { got: input })?;
        Ok(Shape::Image { channels: channels.unwrap_or(input_channels), height, width })
    }

    /// Reads `3x3`, then `stride S` and `pad P` in any order. Without a stride it is
    /// `default_stride`, or the window's height with `None`.
    pub(crate) fn parse(
        words: &mut Words,
        default_stride: Option<usize>,
    ) -> Result<Self, LayerSpecError> {
        let size = words.next("the window's size")?;
        let wrong = || words.out_of_range("the window", "rows x columns such as 3x3", size);
        let (height, width) = size.split_once('x').ok_or_else(wrong)?;
        let side = |word| words.count("the window", 1, word).map_err(|_| wrong());
        let (height, width) = (side(height)?, side(width)?);
        let stride = match words.named("stride")? {
            Some(word) => words.count("the stride", 1, word)?,
            None => default_stride.unwrap_or(height),
        };
        let pad = match words.named("pad")? {
            Some(word) => words.count("the padding", 0, word)?,
            None => 0,
        };
        Ok(Window { height, width, stride, pad })
    }

    /// Reads a window for pooling, whose stride is by default its own height. As in PyTorch, the
    /// padding is at most half the window, so that no window holds padding alone.
    pub(crate) fn parse_pool(words: &mut Words) -> Result<Self, LayerSpecError> {
        let window = Window::parse(words, None)?;
        if window.pad * 2 > window.height.min(window.width) {
            let pad = window.pad.to_string();
            return Err(words.out_of_range("the padding", "at most half the window", &pad));
        }
        Ok(window)
    }

    /// Writes what [`parse`](Self::parse) reads, after a space.
    pub(crate) fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        default_stride: Option<usize>,
    ) -> fmt::Result {
        write!(f, " {}x{}", self.height, self.width)?;
        if self.stride != default_stride.unwrap_or(self.height) {
            write!(f, " stride {}", self.stride)?;
        }
        if self.pad != 0 {
            write!(f, " pad {}", self.pad)?;
        }
        Ok(())
    }
}
