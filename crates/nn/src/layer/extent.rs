//! Rows, columns and channels of an image, and the windows that slide over it.

use super::window::{Padding, Window};
use crate::Shape;

/// Rows, columns and channels of an image. A vector is one pixel of many channels.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
}

impl Extent {
    pub(crate) fn of(shape: Shape) -> Self {
        match shape {
            Shape::Image { channels, height, width } => Extent { height, width, channels },
            Shape::Flat { features } => Extent { height: 1, width: 1, channels: features },
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// With a border around it.
    pub(crate) fn padded(self, Padding { before, after }: Padding) -> Self {
        Extent {
            height: before.rows + self.height + after.rows,
            width: before.columns + self.width + after.columns,
            ..self
        }
    }

    /// How many values a row has.
    pub(crate) fn row(&self) -> usize {
        self.width * self.channels
    }
}

/// Calls `visit(output pixel, input pixel)` for every place of every window that is not padding,
/// window by window and row by row.
#[inline(always)]
pub(crate) fn windows(
    window: Window,
    input: Extent,
    output: Extent,
    mut visit: impl FnMut(usize, usize),
) {
    for i in 0..output.height {
        for j in 0..output.width {
            for u in 0..window.height {
                let row = (i * window.stride.rows + u).wrapping_sub(window.pad.before.rows);
                for v in 0..window.width {
                    let column =
                        (j * window.stride.columns + v).wrapping_sub(window.pad.before.columns);
                    // A place before the image has wrapped around to a huge number.
                    if row < input.height && column < input.width {
                        visit(i * output.width + j, row * input.width + column);
                    }
                }
            }
        }
    }
}
