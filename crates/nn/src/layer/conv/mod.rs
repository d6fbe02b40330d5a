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
//!
//! `groups` divides the channels and the filters into groups of neighbours: each group of filters
//! sees its group of channels alone ([`grouped`]), and fan_in counts these channels. With a channel
//! and a filter in each group it is [`depthwise`].

mod convolution;
mod depthwise;
mod direct;
mod geometry;
mod grouped;
mod input_gradient;
mod padding;
#[cfg(test)]
mod tests;
mod winograd;

use std::fmt;

use self::convolution::{Convolution, method};
use self::depthwise::DepthwiseConvolution;
use self::geometry::Geometry;
use self::grouped::Grouped;
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

/// `conv 32 3x3 stride 1 pad 1 groups 1`: two-dimensional cross-correlation with bias. PyTorch's
/// `nn.Conv2d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conv {
    /// Output channels.
    pub filters: usize,
    /// Rows and columns of a filter, its stride and its padding.
    pub window: Window,
    /// Groups of channels and filters, 1 by default. They divide both.
    pub groups: usize,
}

/// How a convolution is executed.
enum Plan {
    /// All channels together.
    Whole(Geometry),
    /// Each channel by itself.
    Depthwise(Geometry),
    /// Group by group, with the geometry of one.
    Grouped(Geometry),
}

impl Conv {
    fn plan(&self, place: &LayerPlace) -> Plan {
        let whole = geometry(self.window, place);
        let (groups, channels) = (self.groups, whole.input.channels);
        if groups == 1 {
            return Plan::Whole(whole);
        }
        if groups == channels && groups == self.filters {
            return Plan::Depthwise(whole);
        }
        let of_group = |extent: Extent| Extent { channels: extent.channels / groups, ..extent };
        let (input, output) = (of_group(whole.input), of_group(whole.output));
        Plan::Grouped(Geometry { input, output, ..whole })
    }
}

impl LayerSyntax for Conv {
    const NAME: &'static str = "conv";
    const EXAMPLE: &'static str = "conv 32 3x3 stride 1 pad 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let filters = words.next_count("the number of filters")?;
        let groups = words.named("groups")?.unwrap_or("1");
        let groups = words.count("the number of groups", 1, groups)?;
        Ok(Conv { filters, window: Window::parse(words, Some(PerAxis::ONE))?, groups })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.filters)?;
        self.window.write(f, Some(PerAxis::ONE))?;
        if self.groups == 1 { Ok(()) } else { write!(f, " groups {}", self.groups) }
    }
}

impl LayerDescription for Conv {
    fn family(&self) -> LayerFamily {
        LayerFamily::Convolution
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        let groups = self.groups;
        let output = self.window.output_shape(input, Some(self.filters))?;
        for (what, got) in
            [("channels come in", Extent::of(input).channels), ("filters", self.filters)]
        {
            if got % groups != 0 {
                return Err(ShapeError::Groups { groups, what, got });
            }
        }
        Ok(output)
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let Window { height, width, .. } = self.window;
        let (filters, groups) = (self.filters, self.groups);
        let channels = Extent::of(place.input).channels / groups;
        let initial = Initial::Uniform { fan_in: channels * height * width };
        let pixels = height * width;
        let layout = match self.plan(place) {
            Plan::Whole(_) => Layout::conv(pixels, channels, filters),
            Plan::Depthwise(_) => Layout::conv(pixels, filters, 1),
            Plan::Grouped(_) => Layout::conv(pixels, channels, filters / groups).in_groups(groups),
        };
        vec![
            Parameter {
                name: "weight",
                shape: vec![filters, channels, height, width],
                layout,
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
        (output.len() * (Extent::of(input).channels / self.groups) * height * width) as u64
    }

    fn method(&self, input: Shape, output: Shape) -> Option<ConvMethod> {
        let (channels, filters) = (Extent::of(input).channels, Extent::of(output).channels);
        Some(method(self.window, channels / self.groups, filters / self.groups))
    }

    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, threads: usize) -> usize {
        let values = match self.plan(place) {
            Plan::Whole(geometry) => Convolution::values(geometry, threads),
            Plan::Depthwise(geometry) => DepthwiseConvolution::values(geometry, threads),
            Plan::Grouped(geometry) => Grouped::values(geometry, training_batch, threads),
        };
        size_of::<f32>() * values
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        match self.plan(place) {
            Plan::Whole(geometry) => Box::new(Convolution::new(geometry)),
            Plan::Depthwise(geometry) => Box::new(DepthwiseConvolution::new(geometry)),
            Plan::Grouped(geometry) => {
                Box::new(Grouped::new(geometry, self.groups, training_batch))
            }
        }
    }
}

fn geometry(window: Window, place: &LayerPlace) -> Geometry {
    Geometry { window, input: Extent::of(place.input), output: Extent::of(place.output) }
}

/// A convolution of each channel by itself, as it is executed.
pub(super) fn build_depthwise(window: Window, place: &LayerPlace) -> Box<dyn Layer> {
    Box::new(DepthwiseConvolution::new(geometry(window, place)))
}

/// Values of the memory of [`build_depthwise`]'s layer with room for `threads` threads.
pub(super) fn depthwise_values(window: Window, place: &LayerPlace, threads: usize) -> usize {
    DepthwiseConvolution::values(geometry(window, place), threads)
}
