//! Dropout (Srivastava et al. 2014), inverted: in training each value is zero with probability p,
//! and the others are multiplied by 1/(1 − p); in inference nothing happens. PyTorch's
//! `nn.Dropout`.
//!
//! The random numbers depend on seed, layer and training step alone, one 32-bit number for each
//! value in order.

use rand_chacha::rand_core::Rng;

use super::Mode;
use crate::kernel::vectorized;
use crate::random::{Purpose, generator};
use crate::thread_team::{OutputRows, ThreadTeam, VALUE_COST};

pub(crate) struct Dropout {
    probability: f32,
    index: u32,
    /// 0 or 1/(1 − p) for each value of the batch.
    factors: Vec<f32>,
}

impl Dropout {
    pub(crate) fn new(probability: f32, values: usize, index: u32) -> Self {
        Dropout { probability, index, factors: vec![0.0; values] }
    }

    pub(crate) fn forward(&mut self, team: &ThreadTeam, values: &mut [f32], mode: Mode) {
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

    pub(crate) fn backward(&self, team: &ThreadTeam, gradient: &mut [f32]) {
        team.values(gradient, VALUE_COST, |first, gradient| {
            multiply(gradient, &self.factors[first..][..gradient.len()]);
        });
    }
}

/// Numbers that the generator makes at once: a thread that begins elsewhere would make some for
/// nothing.
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

    #[test]
    fn zeroes_its_share_scales_the_rest_and_passes_the_gradient_alike() {
        let mut dropout = Dropout::new(0.2, 10_000, 0);
        let mut values = vec![1.0; 10_000];
        dropout.forward(&ThreadTeam::new(1), &mut values, Mode::Training { seed: 1, step: 2 });
        let zeros = values.iter().filter(|&&x| x == 0.0).count();
        // Binomial: 2,000 expected, standard deviation 40.
        assert!((1800..2200).contains(&zeros), "{zeros}");
        assert!(values.iter().all(|&x| x == 0.0 || x == 1.25));
        let mut gradient = vec![1.0; 10_000];
        dropout.backward(&ThreadTeam::new(1), &mut gradient);
        assert_eq!(gradient, values);
        let mut unchanged = vec![3.0; 10_000];
        dropout.forward(&ThreadTeam::new(1), &mut unchanged, Mode::Inference);
        assert!(unchanged.iter().all(|&x| x == 3.0));
    }
}
