//! From the order in which the engine keeps a tensor to PyTorch's, and back.
//!
//! Activations are channels-last here and channels-first in PyTorch, and a dense layer's weights are kept `[in, out]`, a
//! convolution's `[height, width, in, out]`: so that every forward product and every weight gradient reads and writes
//! rows of neighbouring outputs. Only what leaves or enters the engine by name is reordered.

use crate::Shape;

/// How a tensor is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// As in PyTorch.
    Same,
    /// One value for each feature of a flattened image of this shape.
    Features(Shape),
    /// `[in, out]`, the inputs being a flattened image or a vector of this shape; `[out, in]` in PyTorch.
    Dense { input: Shape, outputs: usize },
    /// `[height, width, channels, filters]`; `[filters, channels, height, width]` in PyTorch.
    Conv { filters: usize, channels: usize, height: usize, width: usize },
}

/// Where value `index` of PyTorch's flattened image of shape `shape` stands in the engine's.
fn feature(shape: Shape, index: usize) -> usize {
    match shape {
        Shape::Flat { .. } => index,
        Shape::Image { channels, height, width } => {
            let (channel, pixel) = (index / (height * width), index % (height * width));
            pixel * channels + channel
        }
    }
}

impl Layout {
    /// Where value `index` of PyTorch's tensor stands in the engine's.
    fn position(self, index: usize) -> usize {
        match self {
            Layout::Same => index,
            Layout::Features(shape) => feature(shape, index),
            Layout::Dense { input, outputs } => {
                let (output, input_index) = (index / input.len(), index % input.len());
                feature(input, input_index) * outputs + output
            }
            Layout::Conv { filters, channels, height, width } => {
                let (filter, rest) = (index / (channels * height * width), index % (channels * height * width));
                let (channel, pixel) = (rest / (height * width), rest % (height * width));
                (pixel * channels + channel) * filters + filter
            }
        }
    }

    /// PyTorch's tensor of the engine's values.
    pub(crate) fn export(self, values: &[f32]) -> Vec<f32> {
        (0..values.len()).map(|index| values[self.position(index)]).collect()
    }

    /// Writes PyTorch's tensor to the engine's values.
    pub(crate) fn import(self, tensor: &[f32], values: &mut [f32]) {
        for (index, &value) in tensor.iter().enumerate() {
            values[self.position(index)] = value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Shape = Shape::Image { channels: 2, height: 1, width: 3 };

    #[test]
    fn tensors_are_reordered_as_documented() {
        // Engine: pixel by pixel, both channels of each.
        let kept = [0.0, 10.0, 1.0, 11.0, 2.0, 12.0];
        assert_eq!(Layout::Features(IMAGE).export(&kept), [0.0, 1.0, 2.0, 10.0, 11.0, 12.0]);
        let dense = Layout::Dense { input: Shape::Flat { features: 2 }, outputs: 3 };
        assert_eq!(dense.export(&[0.0, 10.0, 20.0, 1.0, 11.0, 21.0]), [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
        let conv = Layout::Conv { filters: 3, channels: 2, height: 1, width: 1 };
        assert_eq!(conv.export(&[0.0, 10.0, 20.0, 1.0, 11.0, 21.0]), [0.0, 1.0, 10.0, 11.0, 20.0, 21.0]);
    }

    #[test]
    fn import_undoes_export() {
        let layouts = [
            (Layout::Same, 24),
            (Layout::Features(IMAGE), 6),
            (Layout::Dense { input: IMAGE, outputs: 4 }, 24),
            (Layout::Conv { filters: 2, channels: 3, height: 2, width: 2 }, 24),
        ];
        for (layout, len) in layouts {
            let kept: Vec<f32> = (0..len).map(|x| x as f32).collect();
            let mut back = vec![-1.0; len];
            layout.import(&layout.export(&kept), &mut back);
            assert_eq!(back, kept, "{layout:?}");
        }
    }
}
