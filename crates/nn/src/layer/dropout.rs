//! Dropout (Srivastava et al. 2014), inverted: in training, each value is zero with probability p,
//! and the others are multiplied by 1/(1 − p). Inference changes nothing. PyTorch's `nn.Dropout`.
//!
//! Shapes: any; y as x. Backward: dx = dy times the same factor, 0 or 1/(1 − p).
//!
//! The random numbers depend on seed, layer and training step alone: one 32-bit number for each
//! value, in order.

use std::fmt;

use rand_chacha::rand_core::Rng;

use super::description::{LayerDescription, LayerFamily, LayerPlace};
use super::execution::{Backward, Forward, Layer, Mode, OutputPlace, ReadByBackward};
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::vectorized;
use crate::random::{Purpose, generator};
use crate::thread_team::{OutputRows, VALUE_COST};

/// `dropout 0.5`: in training, each value is zero with this probability, and the others are
/// multiplied by 1/(1 − p). PyTorch's `nn.Dropout`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// Probability of a zero, from 0 to below 1.
    pub probability: f32,
}

impl LayerSyntax for Dropout {
    const NAME: &'static str = "dropout";
    const EXAMPLE: &'static str = "dropout 0.5";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Dropout { probability: probability(words)? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " {}", self.probability)
    }
}

/// The next word as the probability of a zero.
pub(super) fn probability(words: &mut Words) -> Result<f32, LayerSpecError> {
    let word = words.next("the probability")?;
    let is_allowed = |p| (0.0..1.0).contains(&p);
    words.real("the probability", "a probability from 0 to below 1", is_allowed, word)
}

impl LayerDescription for Dropout {
    fn family(&self) -> LayerFamily {
        LayerFamily::Dropout
    }

    fn keeps_pixels(&self) -> bool {
        true
    }

    fn output_place(&self) -> OutputPlace {
        OutputPlace::InPlace { backward_reads: ReadByBackward::Neither }
    }

    /// A factor for each value of the batch.
    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, _threads: usize) -> usize {
        size_of::<f32>() * training_batch * place.input.len()
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        let values = training_batch * place.input.len();
        Box::new(DropoutLayer::new(self.probability, values, place.index as u32))
    }
}

/// [`Dropout`] as it is executed.
struct DropoutLayer {
    probability: f32,
    index: u32,
    /// 0 or 1/(1 − p) for each value of the batch.
    factors: Vec<f32>,
}

impl DropoutLayer {
    /// `index` is the layer's place in the network: every dropout layer has random numbers of its
    /// own.
    fn new(probability: f32, values: usize, index: u32) -> Self {
        DropoutLayer { probability, index, factors: vec![0.0; values] }
    }
}

impl Layer for DropoutLayer {
    fn forward(&mut self, pass: Forward) {
        let Forward { team, y: values, mode, .. } = pass;
        let Mode::Training { seed, step } = mode else { return };
        let kept = 1.0 / (1.0 - self.probability);
        let threshold = (f64::from(self.probability) * 2f64.powi(32)) as u32;
        let (count, index) = (values.len(), self.index);
        let factors = OutputRows { values: &mut self.factors[..count], row_len: 1 };
        let out = (OutputRows { values, row_len: 1 }, factors);
        team.divide(count, DRAWN_AT_ONCE, 2 * VALUE_COST, out, |part, (values, factors)| {
            let mut generator = generator(seed, Purpose::Dropout, index, step);
            generator.set_word_pos(part.start as u128);
            for (values, factors) in values
                .values
                .chunks_mut(DRAWN_AT_ONCE)
                .zip(factors.values.chunks_mut(DRAWN_AT_ONCE))
            {
                let mut drawn = [0; DRAWN_AT_ONCE];
                generator.fill_bytes(bytemuck::cast_slice_mut(&mut drawn));
                let drawn = drawn.map(u32::from_le);
                vectorized(|| {
                    for ((value, factor), &drawn) in values.iter_mut().zip(factors).zip(&drawn) {
                        *factor = if drawn < threshold { 0.0 } else { kept };
                        *value *= *factor;
                    }
                });
            }
        });
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, dy: gradient, .. } = pass;
        team.values(gradient, VALUE_COST, |first, gradient| {
            multiply(gradient, &self.factors[first..][..gradient.len()]);
        });
    }
}

/// Random numbers that the generator makes at once. A thread that began at another multiple would
/// make some numbers for nothing.
const DRAWN_AT_ONCE: usize = 64;

fn multiply(values: &mut [f32], factors: &[f32]) {
    vectorized(|| {
        for (value, factor) in values.iter_mut().zip(factors) {
            *value *= factor;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread_team::ThreadTeam;
    use crate::trained::Trained;
    use crate::update::Update;

    #[test]
    fn zeroes_its_share_scales_the_rest_and_passes_the_gradient_alike() {
        let mut dropout = DropoutLayer::new(0.2, 10_000, 0);
        let team = &ThreadTeam::new(1);
        let mut forward = |values: &mut [f32], mode| {
            dropout.forward(Forward { team, parameters: &[], x: &[], y: values, mode });
        };
        let mut values = vec![1.0; 10_000];
        forward(&mut values, Mode::Training { seed: 1, step: 2 });
        let zeros = values.iter().filter(|&&x| x == 0.0).count();
        // Binomial: 2,000 expected, standard deviation 40.
        assert!((1800..2200).contains(&zeros), "{zeros}");
        assert!(values.iter().all(|&x| x == 0.0 || x == 1.25));
        let mut unchanged = vec![3.0; 10_000];
        forward(&mut unchanged, Mode::Inference);
        assert!(unchanged.iter().all(|&x| x == 3.0));
        let mut gradient = vec![1.0; 10_000];
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
    }
}
