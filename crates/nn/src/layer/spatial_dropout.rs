//! Spatial dropout (Tompson et al. 2015): in training, each channel of each image is zero with
//! probability p, all its pixels at once, and the others are multiplied by 1/(1 − p). Inference
//! changes nothing. PyTorch's `nn.Dropout2d`.
//!
//! Shapes: images; y as x. Backward: dx = dy times the same factor, 0 or 1/(1 − p).
//!
//! The random numbers depend on seed, layer and training step alone: one 32-bit number for each
//! channel of each image, in order.

use std::fmt;

use rand_chacha::rand_core::Rng;

use super::description::{LayerDescription, LayerFamily, LayerPlace, ShapeError};
use super::dropout::probability;
use super::execution::{Backward, Forward, Layer, Mode, OutputPlace, ReadByBackward};
use super::extent::Extent;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::kernel::vectorized;
use crate::random::{Purpose, generator};
use crate::thread_team::{OutputRows, VALUE_COST};

/// `spatialdropout 0.2`: in training, each channel of an image is zero with this probability, and
/// the others are multiplied by 1/(1 − p). PyTorch's `nn.Dropout2d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpatialDropout {
    /// Probability of a zero, from 0 to below 1.
    pub probability: f32,
}

impl LayerSyntax for SpatialDropout {
    const NAME: &'static str = "spatialdropout";
    const EXAMPLE: &'static str = "spatialdropout 0.2";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(SpatialDropout { probability: probability(words)? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.probability)
    }
}

impl LayerDescription for SpatialDropout {
    fn family(&self) -> LayerFamily {
        LayerFamily::Dropout
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        match input {
            Shape::Image { .. } => Ok(input),
            Shape::Flat { .. } => Err(ShapeError::NeedsImage { got: input }),
        }
    }

    fn keeps_pixels(&self) -> bool {
        true
    }

    fn output_place(&self) -> OutputPlace {
        OutputPlace::InPlace { backward_reads: ReadByBackward::Neither }
    }

    /// A factor for each channel of each image of the batch.
    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, _threads: usize) -> usize {
        size_of::<f32>() * training_batch * Extent::of(place.input).channels
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        let input = Extent::of(place.input);
        Box::new(SpatialDropoutLayer {
            probability: self.probability,
            index: place.index as u32,
            input,
            factors: vec![0.0; training_batch * input.channels],
        })
    }
}

/// [`SpatialDropout`] as it is executed.
struct SpatialDropoutLayer {
    probability: f32,
    /// The layer's place in the network: every dropout layer has random numbers of its own.
    index: u32,
    input: Extent,
    /// 0 or 1/(1 − p) for each channel of each image.
    factors: Vec<f32>,
}

impl Layer for SpatialDropoutLayer {
    fn forward(&mut self, pass: Forward) {
        let Forward { team, y: values, mode, .. } = pass;
        let Mode::Training { seed, step } = mode else { return };
        let kept = 1.0 / (1.0 - self.probability);
        let threshold = (f64::from(self.probability) * 2f64.powi(32)) as u32;
        let (image, channels, index) = (self.input.len(), self.input.channels, self.index);
        let images = values.len() / image;
        let factors = &mut self.factors[..images * channels];
        let factors = OutputRows { values: factors, row_len: channels };
        let out = (OutputRows { values, row_len: image }, factors);
        team.divide(images, 1, image * VALUE_COST, out, |part, (values, factors)| {
            let mut generator = generator(seed, Purpose::Dropout, index, step);
            generator.set_word_pos((part.start * channels) as u128);
            for factor in &mut *factors.values {
                *factor = if generator.next_u32() < threshold { 0.0 } else { kept };
            }
            multiply(values.values, image, factors.values, channels);
        });
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, dy: gradient, .. } = pass;
        let (image, channels) = (self.input.len(), self.input.channels);
        team.rows(gradient, image, 1, image * VALUE_COST, |first, gradient| {
            multiply(gradient, image, &self.factors[first * channels..], channels);
        });
    }
}

/// Multiplies each pixel of each image by the factors of the image's channels.
fn multiply(values: &mut [f32], image: usize, factors: &[f32], channels: usize) {
    for (image, factors) in values.chunks_exact_mut(image).zip(factors.chunks_exact(channels)) {
        vectorized(|| {
            for pixel in image.chunks_exact_mut(channels) {
                for (value, factor) in pixel.iter_mut().zip(factors) {
                    *value *= factor;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread_team::ThreadTeam;
    use crate::trained::Trained;
    use crate::update::Update;

    #[test]
    fn whole_channels_are_zero_and_the_gradient_passes_alike() {
        let shape = Shape::Image { channels: 25, height: 2, width: 3 };
        let place = LayerPlace { index: 0, input: shape, output: shape, flattened_from: shape };
        let mut dropout = SpatialDropout { probability: 0.2 }.build(&place, 400);
        let team = &ThreadTeam::new(1);
        let mut values = vec![1.0; 400 * shape.len()];
        let mode = Mode::Training { seed: 1, step: 2 };
        dropout.forward(Forward { team, parameters: &[], x: &[], y: &mut values, mode });
        assert!(values.iter().all(|&x| x == 0.0 || x == 1.25));
        for image in values.chunks_exact(shape.len()) {
            assert!(image.chunks_exact(25).all(|pixel| pixel == &image[..25]));
        }
        // Binomial: 2,000 of 10,000 channels expected, standard deviation 40.
        let zeros = values.iter().filter(|&&x| x == 0.0).count() / 6;
        assert!((1800..2200).contains(&zeros), "{zeros}");
        let mut gradient = vec![1.0; values.len()];
        dropout.backward(Backward {
            team,
            trained: Trained::without_moments(&mut [], &mut []),
            update: Update::NONE,
            x: &[],
            y: &[],
            dy: &mut gradient,
            dx: None,
        });
        assert_eq!(gradient, values);
        let mut unchanged = vec![3.0; shape.len()];
        let mode = Mode::Inference;
        dropout.forward(Forward { team, parameters: &[], x: &[], y: &mut unchanged, mode });
        assert!(unchanged.iter().all(|&x| x == 3.0));
    }

    #[test]
    fn a_vector_is_refused() {
        let got = Shape::Flat { features: 5 };
        let shape = SpatialDropout { probability: 0.2 }.output_shape(got);
        assert_eq!(shape, Err(ShapeError::NeedsImage { got }));
    }
}
