//! Batch normalisation (Ioffe and Szegedy 2015), for each feature or channel over all images and
//! pixels. PyTorch's `nn.BatchNorm1d` and `nn.BatchNorm2d`.
//!
//! y = γ · (x − mean) / √(var + ε) + β
//!
//! In training, mean and (biased) variance are the batch's, and the running ones move towards them:
//! running ← (1 − momentum) · running + momentum · batch, with the unbiased variance. Inference
//! uses the running ones. Initial values: γ = 1 or the given scale, β = 0, running mean 0, running variance 1.
//!
//! Shapes: x and y `[rows, channels]`, where a row is an image's vector or one of its pixels.
//! Backward, with n rows and x̂ = (x − mean)/√(var + ε): dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/√(var + ε)
//! · (dy − dβ/n − x̂·dγ/n).

mod normaliser;
mod sums;

use std::fmt;

use self::normaliser::Normaliser;
use super::description::{LayerDescription, LayerFamily, LayerPlace, Parameter};
use super::execution::Layer;
use super::norm::{parse_epsilon_and_scale, scale_and_shift, write_epsilon_and_scale};
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::layout::Layout;

/// `batchnorm momentum 0.1 epsilon 0.00001 scale 1`: normalises each feature or channel over the batch.
/// PyTorch's `nn.BatchNorm1d` and `nn.BatchNorm2d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Weight of the newest batch in the running statistics, 0.1 by default.
    pub momentum: f32,
    /// Added to the variance, 0.00001 by default.
    pub epsilon: f32,
    /// What γ begins with, 1 by default. With 0, a residual block that ends with this norm begins as the
    /// identity (Goyal et al. 2017; torchvision's `zero_init_residual`).
    pub scale: f32,
}

impl LayerSyntax for BatchNorm {
    const NAME: &'static str = "batchnorm";
    const EXAMPLE: &'static str = "batchnorm momentum 0.1 epsilon 0.00001 scale 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let momentum = words.named("momentum")?.unwrap_or("0.1");
        let is_share = |x| (0.0..=1.0).contains(&x);
        let momentum = words.real("momentum", "from 0 to 1", is_share, momentum)?;
        let (epsilon, scale) = parse_epsilon_and_scale(words)?;
        Ok(BatchNorm { momentum, epsilon, scale })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.momentum != 0.1 {
            write!(f, " momentum {}", self.momentum)?;
        }
        write_epsilon_and_scale(self.epsilon, self.scale, f)
    }
}

impl LayerDescription for BatchNorm {
    fn family(&self) -> LayerFamily {
        LayerFamily::BatchNormalisation
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let layout = layout(place);
        scale_and_shift(vec![layout.len()], layout, self.scale)
    }

    fn statistics(&self, place: &LayerPlace) -> Vec<(&'static str, Layout)> {
        ["running_mean", "running_var"].map(|name| (name, layout(place))).to_vec()
    }

    /// Over one value, the output is β whatever comes in, and the unbiased variance is infinite.
    fn least_batch(&self, input: Shape) -> usize {
        match input {
            Shape::Flat { .. } | Shape::Image { height: 1, width: 1, .. } => 2,
            Shape::Image { .. } => 1,
        }
    }

    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, _threads: usize) -> usize {
        Normaliser::bytes(layout(place).len(), rows(place, training_batch))
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        let rows = rows(place, training_batch);
        Box::new(Normaliser::new(self.momentum, self.epsilon, layout(place), rows))
    }
}

/// Rows of values that `batch` images have, one value for each channel or feature.
fn rows(place: &LayerPlace, batch: usize) -> usize {
    batch * place.input.len() / layout(place).len()
}

/// The order in memory of γ, β and the statistics: one value for each channel of an image, or for
/// each feature of a vector.
fn layout(place: &LayerPlace) -> Layout {
    match place.input {
        Shape::Image { channels, .. } => Layout::same(channels),
        Shape::Flat { .. } => Layout::features(place.flattened_from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_or_a_single_pixel_needs_two_images() {
        let batch_norm = BatchNorm { momentum: 0.1, epsilon: 1e-5, scale: 1.0 };
        let image = |height, width| Shape::Image { channels: 3, height, width };
        assert_eq!(batch_norm.least_batch(Shape::Flat { features: 9 }), 2);
        assert_eq!(batch_norm.least_batch(image(1, 1)), 2);
        assert_eq!(batch_norm.least_batch(image(1, 2)), 1);
    }
}
