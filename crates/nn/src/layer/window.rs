//! A window that slides over the rows and columns of an image, as convolution and pooling use it.

use std::fmt;

use super::description::ShapeError;
use super::per_axis::PerAxis;
use super::words::{LayerSpecError, Words};
use crate::Shape;

/// The rows and columns of zeros around an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    /// Rows above the image, and columns to the left of it.
    pub before: PerAxis,
    /// Rows below the image, and columns to the right of it.
    pub after: PerAxis,
}

impl Padding {
    pub(crate) const NONE: Padding = Padding::both(PerAxis::both(0));

    /// As much before the image as after it.
    pub const fn both(pad: PerAxis) -> Self {
        Padding { before: pad, after: pad }
    }

    /// The padding with which a window of stride 1 has as many positions as the image has pixels.
    /// A window of even size needs an odd number of zeros. The one that is over is put after the
    /// image, as PyTorch's `padding='same'` does.
    fn same(height: usize, width: usize) -> Self {
        let before = PerAxis { rows: (height - 1) / 2, columns: (width - 1) / 2 };
        Padding { before, after: PerAxis { rows: height / 2, columns: width / 2 } }
    }

    /// The padding of each of the four sides, if they are all the same.
    pub(crate) fn uniform(&self) -> Option<usize> {
        let pad = self.before.rows;
        (*self == Padding::both(PerAxis::both(pad))).then_some(pad)
    }
}

/// A window that slides over the rows and columns of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows of the window.
    pub height: usize,
    /// Columns of the window.
    pub width: usize,
    /// Rows and columns from one position of the window to the next.
    pub stride: PerAxis,
    /// Zeros around the image.
    pub pad: Padding,
}

impl Window {
    /// A window with the same size, stride and padding on both axes.
    #[cfg(test)]
    pub(crate) fn square(side: usize, stride: usize, pad: usize) -> Self {
        let pad = Padding::both(PerAxis::both(pad));
        Window { height: side, width: side, stride: PerAxis::both(stride), pad }
    }

    /// The positions of the window over an image, in rows and columns:
    /// (size + padding before and after − window) / stride + 1, rounded down. `None` if the window
    /// does not fit.
    pub fn slide(&self, height: usize, width: usize) -> Option<(usize, usize)> {
        let Padding { before, after } = self.pad;
        let along = |padded: usize, window: usize, stride: usize| {
            Some(padded.checked_sub(window)? / stride + 1)
        };
        Some((
            along(before.rows + height + after.rows, self.height, self.stride.rows)?,
            along(before.columns + width + after.columns, self.width, self.stride.columns)?,
        ))
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
    /// `default_stride`, or the window itself with `None`.
    pub(crate) fn parse(
        words: &mut Words,
        default_stride: Option<PerAxis>,
    ) -> Result<Self, LayerSpecError> {
        let size = words.next("the window's size")?;
        let wrong = || words.out_of_range("the window", "rows x columns such as 3x3", size);
        let (height, width) = size.split_once('x').ok_or_else(wrong)?;
        let side = |word| words.count("the window", 1, word).map_err(|_| wrong());
        let (height, width) = (side(height)?, side(width)?);
        let stride = match words.named("stride")? {
            Some(word) => words.per_axis("the stride", 1, word)?,
            None => default_stride.unwrap_or(PerAxis { rows: height, columns: width }),
        };
        let pad = match words.named("pad")? {
            Some("same") if stride == PerAxis::ONE => Padding::same(height, width),
            Some("same") => return Err(words.same_needs_stride_1(stride)),
            Some(word) => Padding::both(words.per_axis("the padding", 0, word)?),
            None => Padding::NONE,
        };
        Ok(Window { height, width, stride, pad })
    }

    /// Reads a window for pooling, whose stride is by default its own size. As in PyTorch, the
    /// padding is at most half the window, so that no window holds padding alone.
    pub(crate) fn parse_pool(words: &mut Words) -> Result<Self, LayerSpecError> {
        let window = Window::parse(words, None)?;
        // `pad same` is never more than half the window.
        let pad = window.pad.before;
        if pad.rows * 2 > window.height || pad.columns * 2 > window.width {
            let pad = pad.to_string();
            return Err(words.out_of_range("the padding", "at most half the window", &pad));
        }
        Ok(window)
    }

    /// Writes what [`parse`](Self::parse) reads, after a space.
    ///
    /// Runs are found by this text. The stride of a pooling window that is not square is always
    /// written: engines up to 9 left it out where it was the window's height on both axes, and
    /// their runs must not be taken for those of today's default.
    pub(crate) fn write(
        &self,
        f: &mut fmt::Formatter<'_>,
        default_stride: Option<PerAxis>,
    ) -> fmt::Result {
        write!(f, " {}x{}", self.height, self.width)?;
        let square = (self.height == self.width).then_some(PerAxis::both(self.height));
        if default_stride.or(square) != Some(self.stride) {
            write!(f, " stride {}", self.stride)?;
        }
        let Padding { before, after } = self.pad;
        match before == after {
            true if self.pad == Padding::NONE => Ok(()),
            true => write!(f, " pad {before}"),
            // Nothing else pads one side more than the other.
            false => f.write_str(" pad same"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::layer::LayerSpec;
    use crate::{Architecture, Shape};

    #[test]
    fn windows_have_one_text_for_one_meaning() {
        for (written, text) in [
            // What every engine has written.
            ("maxpool 2x2", "maxpool 2x2"),
            ("maxpool 2x2 stride 2", "maxpool 2x2"),
            ("avgpool 3x3 pad 1 stride 2", "avgpool 3x3 stride 2 pad 1"),
            ("maxpool 3x2 stride 1", "maxpool 3x2 stride 1"),
            ("conv 4 5x3 stride 2 pad 1", "conv 4 5x3 stride 2 pad 1"),
            ("conv 4 5x3 stride 1 pad 0", "conv 4 5x3"),
            // Windows that are not square, whose default stride was their height.
            ("maxpool 2x4", "maxpool 2x4 stride 2x4"),
            ("avgpool 1x7", "avgpool 1x7 stride 1x7"),
            ("maxpool 2x4 stride 2", "maxpool 2x4 stride 2"),
            // A number per axis.
            ("maxpool 2x2 stride 2x2", "maxpool 2x2"),
            ("maxpool 2x2 stride 2x1 pad 1x0", "maxpool 2x2 stride 2x1 pad 1x0"),
            ("conv 4 3x3 stride 1x1 pad 1x1", "conv 4 3x3 pad 1"),
            ("conv 4 3x3 stride 1x2 pad 0x1", "conv 4 3x3 stride 1x2 pad 0x1"),
            ("conv 4 3x3 pad 0x0", "conv 4 3x3"),
            // The padding that keeps the size.
            ("conv 4 3x3 pad same", "conv 4 3x3 pad 1"),
            ("conv 4 1x5 pad same stride 1", "conv 4 1x5 pad 0x2"),
            ("conv 4 1x1 pad same", "conv 4 1x1"),
            ("conv 4 2x2 pad same", "conv 4 2x2 pad same"),
            ("conv 4 3x4 pad same", "conv 4 3x4 pad same"),
            ("maxpool 2x3 stride 1 pad same", "maxpool 2x3 stride 1 pad same"),
        ] {
            let layer: LayerSpec = written.parse().unwrap();
            assert_eq!(layer.to_string(), text);
            assert_eq!(text.parse(), Ok(layer), "{written}");
        }
    }

    #[test]
    fn each_axis_has_its_own_size() {
        let image = Shape::Image { channels: 1, height: 28, width: 28 };
        for (layer, height, width) in [
            ("maxpool 2x4", 14, 7),
            ("avgpool 1x7", 28, 4),
            ("maxpool 2x4 stride 2", 14, 13),
            ("maxpool 3x3 stride 2x3 pad 1x0", 14, 9),
            ("conv 4 3x3 stride 2x1 pad 1x0", 14, 26),
            ("conv 4 3x3 pad same", 28, 28),
            ("conv 4 4x2 pad same", 28, 28),
            ("avgpool 6x1 stride 1 pad same", 28, 28),
        ] {
            let channels = if layer.starts_with("conv") { 4 } else { 1 };
            let network =
                Architecture::parse(image, &format!("{layer}, flatten, dense 3"), 2).unwrap();
            let found = network.layers()[0].output();
            assert_eq!(found, Shape::Image { channels, height, width }, "{layer}");
        }
    }

    #[test]
    fn mistakes_in_strides_and_paddings_are_named() {
        let bounds = "a whole number from 1 to 65536, or rows x columns such as 2x1";
        for (layer, message) in [
            (
                "conv 8 3x3 stride 2x",
                format!("`conv 8 3x3 stride 2x`: the stride must be {bounds}, got `2x`"),
            ),
            (
                "conv 8 3x3 stride 0x1",
                format!("`conv 8 3x3 stride 0x1`: the stride must be {bounds}, got `0x1`"),
            ),
            (
                "maxpool 2x4 pad 2x1",
                "`maxpool 2x4 pad 2x1`: the padding must be at most half the window, got `2x1`"
                    .to_owned(),
            ),
            (
                "maxpool 4x2 pad 2",
                "`maxpool 4x2 pad 2`: the padding must be at most half the window, got `2`"
                    .to_owned(),
            ),
            (
                "conv 8 3x3 stride 2x1 pad same",
                "`conv 8 3x3 stride 2x1 pad same`: `pad same` needs stride 1, got stride 2x1\n\
                 hint: write `stride 1`, or the padding in numbers such as `pad 1`"
                    .to_owned(),
            ),
            (
                "maxpool 3x3 pad same",
                "`maxpool 3x3 pad same`: `pad same` needs stride 1, got stride 3\n\
                 hint: write `stride 1`, or the padding in numbers such as `pad 1`"
                    .to_owned(),
            ),
        ] {
            assert_eq!(layer.parse::<LayerSpec>().unwrap_err().to_string(), message);
        }
        assert!("maxpool 4x2 pad 2x1".parse::<LayerSpec>().is_ok());
    }
}
