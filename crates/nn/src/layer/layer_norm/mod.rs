//! Layer normalisation (Ba, Kiros and Hinton 2016): each image is normalised by the mean and the
//! variance of all its own values. PyTorch's `nn.LayerNorm` over the whole shape of an image.
//!
//! y = γ · (x − mean) / √(var + ε) + β
//!
//! The variance is the biased one. γ and β have a number for each value of an image. Training and
//! inference compute the same. Initial values: γ = 1 or the given scale, β = 0.
//!
//! Shapes: x and y `[batch, values]`, where the values are a vector or a whole image. Backward, with
//! n values, x̂ = (x − mean)/√(var + ε) and g = γ·dy: dβ = Σ dy and dγ = Σ dy·x̂ over the batch; dx =
//! (g − Σg/n − x̂·Σ(g·x̂)/n)/√(var + ε), with sums over the values of the image.

mod passes;
mod sums;

use std::fmt;

use self::passes::LayerNormaliser;
use super::description::{LayerDescription, LayerFamily, LayerPlace, Parameter};
use super::execution::Layer;
use super::norm::{parse_epsilon_and_scale, scale_and_shift, write_epsilon_and_scale};
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::layout::Layout;

/// `layernorm epsilon 0.00001 scale 1`: normalises each image over all its values. PyTorch's
/// `nn.LayerNorm`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNorm {
    /// Added to the variance, 0.00001 by default.
    pub epsilon: f32,
    /// What γ begins with, 1 by default; 0 as in [`BatchNorm`](super::BatchNorm).
    pub scale: f32,
}

impl LayerSyntax for LayerNorm {
    const NAME: &'static str = "layernorm";
    const EXAMPLE: &'static str = "layernorm epsilon 0.00001 scale 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let (epsilon, scale) = parse_epsilon_and_scale(words)?;
        Ok(LayerNorm { epsilon, scale })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_epsilon_and_scale(self.epsilon, self.scale, f)
    }
}

impl LayerDescription for LayerNorm {
    fn family(&self) -> LayerFamily {
        LayerFamily::Normalisation
    }

    fn parameters(&self, place: &LayerPlace) -> Vec<Parameter> {
        let (shape, layout) = match place.input {
            Shape::Image { channels, height, width } => {
                (vec![channels, height, width], Layout::features(place.input))
            }
            Shape::Flat { features } => (vec![features], Layout::features(place.flattened_from)),
        };
        scale_and_shift(shape, layout, self.scale)
    }

    fn own_bytes(&self, _place: &LayerPlace, training_batch: usize, _threads: usize) -> usize {
        LayerNormaliser::bytes(training_batch)
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        Box::new(LayerNormaliser::new(self.epsilon, place.input.len(), training_batch))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Architecture, Shape};

    #[test]
    fn parameters_have_the_shape_of_an_image_or_a_vector() {
        let image = Shape::Image { channels: 2, height: 5, width: 4 };
        let layers = "layernorm, flatten, layernorm, dense 7, layernorm";
        let network = Architecture::parse(image, layers, 3).unwrap();
        let of_norms = network.parameters().into_iter().map(|tensor| (tensor.name, tensor.shape));
        let of_norms: Vec<_> = of_norms.filter(|(name, _)| name.ends_with("bias")).collect();
        let expected = [
            ("0.bias", vec![2, 5, 4]),
            ("2.bias", vec![40]),
            ("3.bias", vec![7]),
            ("4.bias", vec![7]),
            ("5.bias", vec![3]),
        ];
        assert_eq!(of_norms, expected.map(|(name, shape)| (name.to_owned(), shape)));
    }
}
