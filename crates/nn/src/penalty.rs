//! What is added to the training loss to keep parameters small.

use serde::{Deserialize, Serialize};

use crate::kernel::vectorized;
use crate::team::{Rows, Team, VALUE_COST};

/// l1·Σ|p| + l2·Σp², added to the training loss only.
///
/// Not halved: the gradient of the second term is 2·l2·p. (PyTorch's `weight_decay` adds weight_decay·p to the
/// gradient; l2 = weight_decay / 2 is the same for plain SGD.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Strength of Σ|p|.
    #[serde(default)]
    pub l1: f32,
    /// Strength of Σp².
    #[serde(default)]
    pub l2: f32,
    /// Which parameters are counted.
    #[serde(default)]
    pub on: PenaltyScope,
}

impl Penalty {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalty of `parameters`, whose gradient l1·sign(p) + 2·l2·p is added to `gradients`; sign(0) = 0. `blocks` holds
    /// the penalty of each [`BLOCK`] of parameters: they are added in order, whichever thread they come from.
    pub(crate) fn add_gradient(
        &self,
        team: &Team,
        parameters: &[f32],
        gradients: &mut [f32],
        blocks: &mut [f64],
    ) -> f64 {
        let count = parameters.len().div_ceil(BLOCK);
        let blocks = &mut blocks[..count];
        let out = (Rows { values: gradients, row_len: BLOCK }, Rows { values: &mut *blocks, row_len: 1 });
        team.divide(count, 1, BLOCK * VALUE_COST, out, |part, (gradients, blocks)| {
            let parameters = parameters[part.start * BLOCK..].chunks(BLOCK);
            for ((parameters, gradients), value) in
                parameters.zip(gradients.values.chunks_mut(BLOCK)).zip(blocks.values)
            {
                *value = self.add_block(parameters, gradients);
            }
        });
        blocks.iter().sum()
    }

    /// [`add_gradient`](Self::add_gradient) of one block.
    fn add_block(&self, parameters: &[f32], gradients: &mut [f32]) -> f64 {
        let (l1, twice_l2) = (self.l1, 2.0 * self.l2);
        // Sixteen sums at once make vectors of them.
        let (mut absolute, mut squared) = ([0.0f32; 16], [0.0f32; 16]);
        vectorized(|| {
            for (parameters, gradients) in parameters.chunks(16).zip(gradients.chunks_mut(16)) {
                for (lane, (&p, g)) in parameters.iter().zip(gradients).enumerate() {
                    let sign = if p == 0.0 { 0.0 } else { 1f32.copysign(p) };
                    *g += l1 * sign + twice_l2 * p;
                    absolute[lane] += p.abs();
                    squared[lane] += p * p;
                }
            }
        });
        let sum = |lanes: [f32; 16]| lanes.iter().map(|&x| f64::from(x)).sum::<f64>();
        f64::from(self.l1) * sum(absolute) + f64::from(self.l2) * sum(squared)
    }
}

/// Parameters whose penalty is summed in f32: few enough for an exact sum.
pub(crate) const BLOCK: usize = 4096;

/// Which parameters a [`Penalty`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltyScope {
    /// All parameters: biases and batch normalisation's γ and β too.
    #[default]
    All,
    /// The weights of dense and convolution layers alone.
    Weights,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_and_gradient_are_the_formula() {
        let parameters: Vec<f32> = (0..9001).map(|i| ((i % 7) as f32 - 3.0) / 4.0).collect();
        let mut gradients = vec![1.0; parameters.len()];
        let penalty = Penalty { l1: 0.5, l2: 0.25, on: PenaltyScope::All };
        let value = penalty.add_gradient(&Team::new(1), &parameters, &mut gradients, &mut [0.0; 3]);
        let expected: f64 = parameters.iter().map(|&p| f64::from(0.5 * p.abs() + 0.25 * p * p)).sum();
        assert!((value - expected).abs() < 1e-9 * expected, "{value} {expected}");
        for (p, g) in parameters.iter().zip(gradients) {
            let sign = if *p == 0.0 { 0.0 } else { p.signum() };
            assert_eq!(g, 1.0 + 0.5 * sign + 0.5 * p);
        }
    }
}
