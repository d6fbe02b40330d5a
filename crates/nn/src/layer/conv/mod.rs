//! Two-dimensional convolution (cross-correlation, as is usual in the field). PyTorch's
//! `nn.Conv2d`.
//!
//! y\[i, j, f\] = b\[f\] + Σ over the window's rows u, columns v and channels c of
//! x\[i·s₁ + u − p₁, j·s₂ + v − p₂, c\] · W\[u, v, c, f\]
//!
//! s₁ and s₂ are the strides, p₁ and p₂ the zeros above and to the left of x.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, filters]`, zeros
//! outside of x. W is kept `[window height, window width, channels, filters]` (PyTorch's is
//! `[filters, channels, height, width]`). Initial values: W and b uniform in ±1/√fan_in, with
//! fan_in = window height · window width · channels.
//!
//! Backward: db = Σ dy over the batch and all pixels; dW is the correlation of x with dy; dx is the
//! correlation of dy with W turned by 180°.
//!
//! Two methods compute it, chosen by shape alone ([`ConvMethod`]): [`direct`] for every window,
//! stride and padding, [`winograd`] for windows of 3×3 and 5×5 with stride 1, the same padding on all
//! sides and enough channels.

mod convolution;
mod direct;
mod geometry;
mod input_gradient;
mod padding;
#[cfg(test)]
mod tests;
mod winograd;

use std::fmt;

use self::convolution::{Convolution, method};
use self::geometry::Geometry;
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

/// `conv 32 3x3 stride 1 pad 1`: two-dimensional cross-correlation with bias. PyTorch's
/// `nn.Conv2d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    /// Output channels.
    pub filters: usize,
    /// Rows and columns of a filter, its stride and its padding.
    pub window: Window,
}

impl LayerSyntax for Conv {
    const NAME: &'static str = "conv";
    const EXAMPLE: &'static str = "conv 32 3x3 stride 1 pad 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let filters = words.next_count("the number of filters")?;
        Ok(Conv { filters, window: Window::parse(words, Some(PerAxis::ONE))? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.filters)?;
        self.window.write(f, Some(PerAxis::ONE))
    }
}

impl LayerDescription for Conv {
    fn family(&self) -> LayerFamily {
        LayerFamily::Convolution
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        self.window.output_shape(input, Some(self.filters))
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let Window { height, width, .. } = self.window;
        let (channels, filters) = (Extent::of(place.input).channels, self.filters);
        let initial = Initial::Uniform { fan_in: channels * height * width };
        vec![
            Parameter {
                name: "weight",
                shape: vec![filters, channels, height, width],
                layout: Layout::conv(height * width, channels, filters),
                initial,
                is_weight: true,
            },
            Parameter {
                name: "bias",
                shape: vec![filters],
                layout: Layout::same(filters),
                initial,
                is_weight: false,
            },
        ]
    }

    fn multiply_adds(&self, input: Shape, output: Shape) -> u64 {
        let Window { height, width, .. } = self.window;
        (output.len() * Extent::of(input).channels * height * width) as u64
    }

    fn method(&self, input: Shape, output: Shape) -> Option<ConvMethod> {
        let (channels, filters) = (Extent::of(input).channels, Extent::of(output).channels);
        Some(method(self.window, channels, filters))
    }

    fn own_bytes(&self, place: &LayerPlace, _training_batch: usize, threads: usize) -> usize {
        size_of::<f32>() * Convolution::values(geometry(self.window, place), threads)
    }

    fn build(&self, place: &LayerPlace, _training_batch: usize) -> Box<dyn Layer> {
        Box::new(Convolution::new(geometry(self.window, place)))
    }
}

fn geometry(window: Window, place: &LayerPlace) -> Geometry {
    Geometry { window, input: Extent::of(place.input), output: Extent::of(place.output) }
}
