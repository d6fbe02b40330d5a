//! Gradient clipping by norm (Pascanu, Mikolov and Bengio 2013).
//! `torch.nn.utils.clip_grad_norm_`.
//!
//! n = √Σg², over the gradients of all parameters that are trained, penalty included;
//! g ← g·min(1, most/(n + 10⁻⁶)).
//!
//! n is known only after the last layer's gradients, so layers don't update their parameters
//! themselves.

use super::Network;
use crate::buffer::LINE;
use crate::kernel::{PenaltyGradient, vectorized};
use crate::penalty::BLOCK;
use crate::thread_team::{OutputRows, ThreadTeam, VALUE_COST};
use crate::trained::{Trained, TrainedRows};
use crate::update::Steps;

/// PyTorch adds this to the norm, so that it never divides by 0.
const ADDED: f64 = 1e-6;

impl Network {
    /// Adds the penalty's gradient to the gradients, scales them so that their norm is at most
    /// `most`, and does the optimizer's step.
    pub(super) fn update_clipped(&mut self, most: f32, steps: Steps) {
        let Network { team, parameters, gradients, moments, block_sums, .. } = self;
        let places = &self.places[self.frozen_places..];
        let square: f64 = places
            .iter()
            .map(|place| {
                let gradients = &mut gradients[place.range.clone()];
                if let Some(penalty) = steps.of(place.spec.is_weight).penalty {
                    add_penalty(team, penalty, &parameters[place.range.clone()], gradients);
                }
                sum_of_squares(team, gradients, block_sums)
            })
            .sum();
        let factor = factor(most, square.sqrt());
        for place in places {
            let optimizer = steps.of(place.spec.is_weight).optimizer;
            let trained = Trained::at(place.range.clone(), parameters, gradients, moments);
            let (count, rows) = (place.range.len(), TrainedRows { trained, row_len: 1 });
            team.divide(count, LINE, 2 * VALUE_COST, rows, |_, TrainedRows { trained, .. }| {
                if factor != 1.0 {
                    vectorized(|| trained.gradients.iter_mut().for_each(|g| *g *= factor));
                }
                optimizer.apply(None, trained);
            });
        }
    }
}

/// What all gradients are multiplied by. NaN if the norm is: then the loss is, or becomes so.
fn factor(most: f32, norm: f64) -> f32 {
    let share = f64::from(most) / (norm + ADDED);
    if share >= 1.0 { 1.0 } else { share as f32 }
}

fn add_penalty(
    team: &ThreadTeam,
    penalty: PenaltyGradient,
    parameters: &[f32],
    gradients: &mut [f32],
) {
    team.values(gradients, VALUE_COST, |first, gradients| {
        penalty.add(&parameters[first..][..gradients.len()], gradients)
    });
}

/// Σg². `blocks` is scratch memory for the sum of each [`BLOCK`]. The blocks are added in order,
/// whichever thread computed them.
fn sum_of_squares(team: &ThreadTeam, gradients: &[f32], blocks: &mut [f64]) -> f64 {
    let blocks = &mut blocks[..gradients.len().div_ceil(BLOCK)];
    let rows = OutputRows { values: &mut *blocks, row_len: 1 };
    team.divide(rows.values.len(), 1, BLOCK * VALUE_COST, rows, |places, sums| {
        let gradients = gradients[places.start * BLOCK..].chunks(BLOCK);
        for (gradients, sum) in gradients.zip(sums.values) {
            *sum = block_sum(gradients);
        }
    });
    blocks.iter().sum()
}

/// Σg² of a block, in [`SIDE_BY_SIDE`] sums side by side. In f64 no square of an f32 overflows.
fn block_sum(gradients: &[f32]) -> f64 {
    let (whole, last) = gradients.as_chunks::<SIDE_BY_SIDE>();
    let square = |g: f32| f64::from(g) * f64::from(g);
    // One array of all sums would be kept in memory, not in registers.
    let mut sums: [[f64; LANES]; SIDE_BY_SIDE / LANES] = vectorized(|| {
        let mut sums = [[0.0; LANES]; SIDE_BY_SIDE / LANES];
        for gradients in whole {
            for (sums, gradients) in sums.iter_mut().zip(gradients.as_chunks::<LANES>().0) {
                for (sum, &g) in sums.iter_mut().zip(gradients) {
                    *sum += square(g);
                }
            }
        }
        sums
    });
    for (sum, &g) in sums.as_flattened_mut().iter_mut().zip(last) {
        *sum += square(g);
    }
    sums.as_flattened().iter().sum()
}

/// Sums of a block that are computed side by side: a few vectors, enough that no addition waits for
/// the one before.
const SIDE_BY_SIDE: usize = 32;

/// f64s of the widest vector register.
const LANES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factor_is_pytorchs_and_never_above_one() {
        assert_eq!(factor(1.0, 0.5), 1.0);
        assert_eq!(factor(1.0, 4.0), (1.0 / 4.000001) as f32);
        assert_eq!(factor(0.001, 0.0), 1.0);
        assert_eq!(factor(1.0, f64::INFINITY), 0.0);
        assert!(factor(1.0, f64::NAN).is_nan());
    }

    #[test]
    fn squares_are_summed_whatever_their_number_and_size() {
        let gradients: Vec<f32> = (0..9001).map(|i| (i % 7) as f32 - 3.0).collect();
        let expected: f64 = gradients.iter().map(|&g| f64::from(g * g)).sum();
        let sum = |gradients: &[f32], threads| {
            sum_of_squares(&ThreadTeam::new(threads), gradients, &mut [0.0; 3])
        };
        assert_eq!((sum(&gradients, 1), sum(&gradients, 2)), (expected, expected));
        assert_eq!(sum(&[3.0], 1), 9.0);
        // The square has no place in an f32.
        let large = sum(&[1e30, 1e30], 1);
        assert!((large / 2e60 - 1.0).abs() < 1e-6, "{large}");
    }
}
