//! The penalty: a term of the training loss that keeps parameters small.

use serde::{Deserialize, Serialize};

use crate::kernel::{PenaltyGradient, vectorized};
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// l1·Σ|p| + l2·Σp², added to the training loss only.
///
/// The second term is not halved, so its gradient is 2·l2·p. (PyTorch's `weight_decay` adds
/// weight_decay·p to the gradient; for plain SGD, l2 = weight_decay / 2 is the same.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Strength of Σ|p|.
    #[serde(default)]
    pub l1: f32,
    /// Strength of Σp².
    #[serde(default)]
    pub l2: f32,
    /// Which parameters the penalty counts.
    #[serde(default)]
    pub on: PenaltyScope,
}

impl Penalty {
    /// Whether the penalty is always 0.
    pub fn is_none(&self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalty's derivative by a parameter, which is added to the parameter's gradient.
    pub(crate) fn gradient(&self) -> PenaltyGradient {
        PenaltyGradient { l1: self.l1, twice_l2: 2.0 * self.l2 }
    }

    /// The penalty of `parameters`. `blocks` is scratch memory for the penalty of each [`BLOCK`] of
    /// parameters. The blocks are added in order, whichever thread computed them.
    pub(crate) fn value(&self, team: &ThreadTeam, parameters: &[f32], blocks: &mut [f64]) -> f64 {
        let blocks = &mut blocks[..parameters.len().div_ceil(BLOCK)];
        team.rows(blocks, 1, 1, BLOCK * VALUE_COST, |first, blocks| {
            for (parameters, value) in parameters[first * BLOCK..].chunks(BLOCK).zip(blocks) {
                *value = self.block_value(parameters);
            }
        });
        blocks.iter().sum()
    }

    /// The penalty of one block.
    fn block_value(&self, parameters: &[f32]) -> f64 {
        let l1 = if self.l1 == 0.0 { 0.0 } else { f64::from(self.l1) * sum(parameters, f32::abs) };
        let l2 = if self.l2 == 0.0 { 0.0 } else { f64::from(self.l2) * sum(parameters, |p| p * p) };
        l1 + l2
    }
}

/// Σ term(p), in [`SIDE_BY_SIDE`] sums side by side.
fn sum(parameters: &[f32], term: impl Fn(f32) -> f32) -> f64 {
    let (whole, last) = parameters.as_chunks::<SIDE_BY_SIDE>();
    // One array of all sums would be kept in memory, not in registers.
    let mut sums: [[f32; LANES]; SIDE_BY_SIDE / LANES] = vectorized(|| {
        let mut sums = [[0.0; LANES]; SIDE_BY_SIDE / LANES];
        for parameters in whole {
            for (sums, parameters) in sums.iter_mut().zip(parameters.as_chunks::<LANES>().0) {
                for (sum, &p) in sums.iter_mut().zip(parameters) {
                    *sum += term(p);
                }
            }
        }
        sums
    });
    for (sum, &p) in sums.as_flattened_mut().iter_mut().zip(last) {
        *sum += term(p);
    }
    sums.as_flattened().iter().map(|&sum| f64::from(sum)).sum()
}

/// Sums of a block that are computed side by side: a few vectors, enough that no addition waits for
/// the one before.
const SIDE_BY_SIDE: usize = 64;

/// Values of the widest vector register.
const LANES: usize = 16;

/// Parameters of a block, whose penalty is summed in f32: few enough for an exact sum.
pub(crate) const BLOCK: usize = 4096;

/// Which parameters a [`Penalty`] or an optimizer's weight decay counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltyScope {
    /// All parameters, including biases and batch normalisation's γ and β.
    #[default]
    All,
    /// The weights of dense and convolution layers alone.
    Weights,
}

impl PenaltyScope {
    /// The names of all scopes, as study files write them.
    pub const NAMES: &[&str] = &["all", "weights"];

    pub(crate) fn is_all(&self) -> bool {
        *self == PenaltyScope::All
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_and_gradient_are_the_formula() {
        let parameters: Vec<f32> = (0..9001).map(|i| ((i % 7) as f32 - 3.0) / 4.0).collect();
        let mut gradients = vec![1.0; parameters.len()];
        let penalty = Penalty { l1: 0.5, l2: 0.25, on: PenaltyScope::All };
        let value = penalty.value(&ThreadTeam::new(1), &parameters, &mut [0.0; 3]);
        penalty.gradient().add(&parameters, &mut gradients);
        let expected: f64 =
            parameters.iter().map(|&p| f64::from(0.5 * p.abs() + 0.25 * p * p)).sum();
        assert!((value - expected).abs() < 1e-9 * expected, "{value} {expected}");
        for (p, g) in parameters.iter().zip(gradients) {
            let sign = if *p == 0.0 { 0.0 } else { p.signum() };
            assert_eq!(g, 1.0 + 0.5 * sign + 0.5 * p);
        }
    }
}
