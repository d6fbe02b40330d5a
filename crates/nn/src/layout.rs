//! Converts a tensor from the engine's order in memory to PyTorch's, and back.
//!
//! Activations are channels-last here and channels-first in PyTorch. The weights of a dense layer
//! are kept as `[in, out]`, and those of a convolution as `[height, width, in, out]`, so that every
//! forward product and every weight gradient reads and writes rows of neighbouring outputs. A
//! convolution of groups keeps these weights group by group. Only tensors that are stored or loaded
//! are reordered.

use std::collections::TryReserveError;

use crate::Shape;
use crate::kernel::transpose;

/// The order of a tensor in memory: `[groups, pixels, channels, outputs]`, which is `[groups,
/// outputs, channels, pixels]` in PyTorch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    groups: usize,
    pixels: usize,
    channels: usize,
    outputs: usize,
}

impl Layout {
    /// `len` values in PyTorch's order.
    pub(crate) fn same(len: usize) -> Self {
        Layout { groups: 1, pixels: 1, channels: 1, outputs: len }
    }

    /// One value for each feature of a flattened image of this shape.
    pub(crate) fn features(shape: Shape) -> Self {
        Layout::dense(shape, 1)
    }

    /// `[in, out]`, where the inputs are a flattened image or a vector of this shape; `[out, in]`
    /// in PyTorch.
    pub(crate) fn dense(input: Shape, outputs: usize) -> Self {
        match input {
            Shape::Flat { features } => {
                Layout { groups: 1, pixels: features, channels: 1, outputs }
            }
            Shape::Image { channels, height, width } => {
                Layout { groups: 1, pixels: height * width, channels, outputs }
            }
        }
    }

    /// `[height · width, channels, filters]`; `[filters, channels, height · width]` in PyTorch.
    pub(crate) fn conv(pixels: usize, channels: usize, filters: usize) -> Self {
        Layout { groups: 1, pixels, channels, outputs: filters }
    }

    /// This layout for each of `groups` groups, one after the other.
    pub(crate) fn in_groups(self, groups: usize) -> Self {
        Layout { groups: self.groups * groups, ..self }
    }

    /// How many values the tensor has.
    pub(crate) fn len(self) -> usize {
        self.groups * self.of_group()
    }

    /// How many values a group has.
    fn of_group(self) -> usize {
        self.pixels * self.channels * self.outputs
    }

    /// Converts the engine's values to PyTorch's order.
    ///
    /// # Panics
    /// If the system refuses to give the memory.
    pub(crate) fn export(self, values: &[f32]) -> Vec<f32> {
        self.try_export(values).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`export`](Self::export), with an error instead of a panic.
    pub(crate) fn try_export(self, values: &[f32]) -> Result<Vec<f32>, TryReserveError> {
        let mut tensor = Vec::new();
        tensor.try_reserve_exact(values.len())?;
        tensor.resize(values.len(), 0.0);
        let groups = values.chunks_exact(self.of_group());
        for (values, tensor) in groups.zip(tensor.chunks_exact_mut(self.of_group())) {
            reverse(values, [self.pixels, self.channels, self.outputs], tensor);
        }
        Ok(tensor)
    }

    /// Writes a tensor in PyTorch's order to the engine's values.
    pub(crate) fn import(self, tensor: &[f32], values: &mut [f32]) {
        let groups = tensor.chunks_exact(self.of_group());
        for (tensor, values) in groups.zip(values.chunks_exact_mut(self.of_group())) {
            reverse(tensor, [self.outputs, self.channels, self.pixels], values);
        }
    }
}

/// Writes the values of `from`, which has these dimensions, with the dimensions in reverse order.
fn reverse(from: &[f32], [outer, middle, inner]: [usize; 3], to: &mut [f32]) {
    for index in 0..middle {
        let (from, to) = (&from[index * inner..], &mut to[index * outer..]);
        transpose(from, middle * inner, (outer, inner), to, middle * outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Shape = Shape::Image { channels: 2, height: 1, width: 3 };

    #[test]
    fn tensors_are_reordered_as_documented() {
        // The engine keeps both channels of a pixel together.
        let kept = [0.0, 10.0, 1.0, 11.0, 2.0, 12.0];
        assert_eq!(Layout::features(IMAGE).export(&kept), [0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
        let dense = Layout::dense(Shape::Flat { features: 2 }, 3);
        assert_eq!(
            dense.export(&[0.0, 10.0, 20.0, 1.0, 11.0, 21.0]),
            [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]
        );
        let conv = Layout::conv(1, 2, 3);
        assert_eq!(
            conv.export(&[0.0, 10.0, 20.0, 1.0, 11.0, 21.0]),
            [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]
        );
        assert_eq!(
            Layout::conv(2, 1, 2)
                .in_groups(2)
                .export(&[0.0, 10.0, 1.0, 11.0, 5.0, 15.0, 6.0, 16.0]),
            [0.0, 1.0, 10.0, 11.0, 5.0, 6.0, 15.0, 16.0]
        );
        assert_eq!(Layout::same(3).export(&[5.0, 6.0, 7.0]), [5.0, 6.0, 7.0]);
    }

    #[test]
    fn import_undoes_export() {
        let layouts = [
            (Layout::same(24), 24),
            (Layout::features(IMAGE), 6),
            (Layout::dense(IMAGE, 4), 24),
            (Layout::conv(4, 3, 2), 24),
            (Layout::conv(4, 3, 2).in_groups(5), 120),
            (Layout::dense(Shape::Image { channels: 3, height: 5, width: 7 }, 18), 1890),
        ];
        for (layout, len) in layouts {
            assert_eq!(layout.len(), len);
            let kept: Vec<f32> = (0..len).map(|x| x as f32).collect();
            let mut back = vec![-1.0; len];
            layout.import(&layout.export(&kept), &mut back);
            assert_eq!(back, kept, "{layout:?}");
        }
    }
}
