//! Group normalisation (Wu and He 2018): the channels of each image are divided into groups of
//! neighbours, and each group is normalised by the mean and the variance of its own values. PyTorch's
//! `nn.GroupNorm`.
//!
//! y = γ · (x − mean) / √(var + ε) + β
//!
//! The variance is the biased one. γ and β have a number for each channel. Training and inference
//! compute the same. Initial values: γ = 1 or the given scale, β = 0. One group is layer normalisation with a γ and β
//! per channel, and as many groups as channels are instance normalisation.
//!
//! Shapes: x and y `[batch, height, width, channels]`. Backward, with n values of a group, x̂ =
//! (x − mean)/√(var + ε) and g = γ·dy: dβ = Σ dy and dγ = Σ dy·x̂ over the batch and all pixels; dx =
//! (g − Σg/n − x̂·Σ(g·x̂)/n)/√(var + ε), with sums over the group's values.

mod passes;
mod sums;
#[cfg(test)]
mod tests;

use std::fmt;

use self::passes::GroupNormaliser;
use super::description::{LayerDescription, LayerFamily, LayerPlace, Parameter, ShapeError};
use super::execution::Layer;
use super::extent::Extent;
use super::norm::{parse_epsilon_and_scale, scale_and_shift, write_epsilon_and_scale};
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::layout::Layout;

/// `groupnorm 2 epsilon 0.00001 scale 1`: normalises each of 2 groups of an image's channels. PyTorch's
/// `nn.GroupNorm`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNorm {
    /// Groups of channels. They divide the channels of the image.
    pub groups: usize,
    /// Added to the variance, 0.00001 by default.
    pub epsilon: f32,
    /// What γ begins with, 1 by default; 0 as in [`BatchNorm`](super::BatchNorm).
    pub scale: f32,
}

impl LayerSyntax for GroupNorm {
    const NAME: &'static str = "groupnorm";
    const EXAMPLE: &'static str = "groupnorm 2 epsilon 0.00001 scale 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let groups = words.next_count("the number of groups")?;
        let (epsilon, scale) = parse_epsilon_and_scale(words)?;
        Ok(GroupNorm { groups, epsilon, scale })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.groups)?;
        write_epsilon_and_scale(self.epsilon, self.scale, f)
    }
}

impl LayerDescription for GroupNorm {
    fn family(&self) -> LayerFamily {
        LayerFamily::Normalisation
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        match input {
            Shape::Flat { .. } => Err(ShapeError::NeedsImage { got: input }),
            Shape::Image { channels, .. } if channels % self.groups != 0 => {
                Err(ShapeError::Groups {
                    groups: self.groups,
                    what: "channels come in",
                    got: channels,
                })
            }
            Shape::Image { .. } => Ok(input),
        }
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let channels = Extent::of(place.input).channels;
        scale_and_shift(vec![channels], Layout::same(channels), self.scale)
    }

    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, threads: usize) -> usize {
        GroupNormaliser::bytes(self.groups, Extent::of(place.input), training_batch, threads)
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        let input = Extent::of(place.input);
        Box::new(GroupNormaliser::new(self.epsilon, self.groups, input, training_batch))
    }
}
