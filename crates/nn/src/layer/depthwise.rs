//! Depthwise convolution: each channel of an image is convolved with one filter of its own. PyTorch's
//! `nn.Conv2d` with `groups` = channels, as in MobileNet (Howard et al. 2017). A `conv` of 1×1 behind
//! it, which mixes the channels, makes a separable convolution.
//!
//! y\[i, j, c\] = b\[c\] + Σ over the window's rows u and columns v of
//! x\[i·s₁ + u − p₁, j·s₂ + v − p₂, c\] · W\[u, v, c\]
//!
//! s₁ and s₂ are the strides, p₁ and p₂ the zeros above and to the left of x.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, channels]`. W is
//! kept `[window height, window width, channels]` (PyTorch's is `[channels, 1, height, width]`).
//! Initial values: W and b uniform in ±1/√fan_in, with fan_in = window height · window width.

use std::fmt;

use super::conv::{build_depthwise, depthwise_values};
use super::description::{
    ConvMethod, Initial, LayerDescription, LayerFamily, LayerPlace, Parameter, ShapeError,
};
use super::execution::Layer;
use super::extent::Extent;
use super::per_axis::PerAxis;
use super::window::Window;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::layout::Layout;

/// `depthwise 3x3 stride 1 pad 1`: convolves each channel by itself. PyTorch's `nn.Conv2d` with
/// `groups` = channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Depthwise {
    /// Rows and columns of a filter, its stride and its padding.
    pub window: Window,
}

impl LayerSyntax for Depthwise {
    const NAME: &'static str = "depthwise";
    const EXAMPLE: &'static str = "depthwise 3x3 stride 1 pad 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Depthwise { window: Window::parse(words, Some(PerAxis::ONE))? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.window.write(f, Some(PerAxis::ONE))
    }
}

impl LayerDescription for Depthwise {
    fn family(&self) -> LayerFamily {
        LayerFamily::Convolution
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        self.window.output_shape(input, None)
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let Window { height, width, .. } = self.window;
        let channels = Extent::of(place.input).channels;
        let initial = Initial::Uniform { fan_in: height * width };
        vec![
            Parameter {
                name: "weight",
                shape: vec![channels, 1, height, width],
                layout: Layout::conv(height * width, channels, 1),
                initial,
                is_weight: true,
            },
            Parameter {
                name: "bias",
                shape: vec![channels],
                layout: Layout::same(channels),
                initial,
                is_weight: false,
            },
        ]
    }

    fn multiply_adds(&self, _input: Shape, output: Shape) -> u64 {
        (output.len() * self.window.height * self.window.width) as u64
    }

    fn method(&self, _input: Shape, _output: Shape) -> Option<ConvMethod> {
        Some(ConvMethod::Direct)
    }

    fn own_bytes(&self, place: &LayerPlace, _training_batch: usize, threads: usize) -> usize {
        size_of::<f32>() * depthwise_values(self.window, place, threads)
    }

    fn build(&self, place: &LayerPlace, _training_batch: usize) -> Box<dyn Layer> {
        build_depthwise(self.window, place)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Architecture, Shape};

    #[test]
    fn it_costs_a_filter_for_each_channel() {
        let image = Shape::Image { channels: 3, height: 8, width: 9 };
        let layers = "depthwise 3x3 stride 2 pad 1, conv 16 1x1, globalavgpool";
        let network = Architecture::parse(image, layers, 10).unwrap();
        let summary = network.summary();
        assert_eq!(summary[0].output, Shape::Image { channels: 3, height: 4, width: 5 });
        assert_eq!((summary[0].parameters, summary[0].multiply_adds), (3 * 9 + 3, 3 * 4 * 5 * 9));
        assert_eq!(network.parameters()[0].shape, [3, 1, 3, 3]);
        let same = Architecture::parse(image, &layers.replace("depthwise", "conv 3"), 10).unwrap();
        assert_eq!(same.summary()[0].multiply_adds, 3 * summary[0].multiply_adds);
    }
}
