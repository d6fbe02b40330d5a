//! NAdam (Dozat 2016): Adam with Nesterov momentum. `torch.optim.NAdam`.
//!
//! g ← g + weight_decay·p; m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
//! μₜ = β₁·(1 − ½·0.96^(t·momentum_decay)); Mₜ = μ₁·μ₂·…·μₜ;
//! p ← p − lr·(g·(1 − μₜ)/(1 − Mₜ) + m·μₜ₊₁/(1 − Mₜ₊₁)) / (√(v/(1 − β₂ᵗ)) + ε)
//!
//! PyTorch keeps the product M in its state. Here M follows from the number of the step alone, so a
//! training that goes on from a checkpoint gets the same bits.

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingLimits, StepAt, UpdateRule, add_penalty, number, scope};
use crate::PenaltyScope;
use crate::kernel::{LEAST_MEAN, PenaltyGradient, vectorized};
use crate::trained::{MOST_MOMENTS, Trained};

/// The base of the decay of μ, as in Dozat's paper and in PyTorch.
const DECAY_BASE: f64 = 0.96;

/// `nadam`: Adam with Nesterov momentum. `torch.optim.NAdam`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NAdam {
    /// Base learning rate, 0.002 by default.
    pub learning_rate: f32,
    /// Decay of the mean of gradients, 0.9 by default.
    pub beta1: f32,
    /// Decay of the mean of squared gradients, 0.999 by default.
    pub beta2: f32,
    /// Added to the denominator, 10⁻⁸ by default.
    pub epsilon: f32,
    /// Added to the gradient, times the parameter; 0 by default.
    pub weight_decay: f32,
    /// Which parameters the weight decay counts, all by default.
    #[serde(skip_serializing_if = "PenaltyScope::is_all")]
    pub decay_on: PenaltyScope,
    /// How fast the momentum μ rises from β₁/2 to β₁, 0.004 by default.
    pub momentum_decay: f32,
}

impl Default for NAdam {
    fn default() -> Self {
        NAdam {
            learning_rate: 0.002,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
            decay_on: PenaltyScope::All,
            momentum_decay: 0.004,
        }
    }
}

/// The momentum of step t.
struct Momentum {
    /// μₜ.
    now: f64,
    /// μₜ₊₁.
    next: f64,
    /// Mₜ.
    product: f64,
}

impl NAdam {
    /// The momentum of step `step`, counted from 1.
    ///
    /// The loop ends after some fifty steps with the default settings, and after a few thousand at
    /// most: either M is too small to matter, or μ has become β₁ and the rest of M is a power of it.
    fn momentum(&self, step: u64) -> Momentum {
        let beta1 = f64::from(self.beta1);
        let ratio = DECAY_BASE.powf(f64::from(self.momentum_decay));
        let after = |decay: f64| beta1 * (1.0 - 0.5 * decay);
        let (mut decay, mut product) = (ratio, 1.0);
        for done in 0..step {
            let momentum = after(decay);
            // From here on, 1 − M is 1.
            if product < 1e-20 {
                product = 0.0;
                break;
            }
            if momentum == beta1 {
                product *= beta1.powf((step - done) as f64);
                break;
            }
            product *= momentum;
            decay *= ratio;
        }
        let at = |step: f64| after(DECAY_BASE.powf(step * f64::from(self.momentum_decay)));
        Momentum { now: at(step as f64), next: at(step as f64 + 1.0), product }
    }
}

impl UpdateRule for NAdam {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn decay_mut(&mut self) -> (&mut f32, PenaltyScope) {
        (&mut self.weight_decay, self.decay_on)
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let NAdam { learning_rate, beta1, beta2, epsilon, weight_decay, decay_on, momentum_decay } =
            self;
        vec![
            number("learning_rate", learning_rate, SettingLimits::Positive),
            number("beta1", beta1, SettingLimits::BelowOne),
            number("beta2", beta2, SettingLimits::BelowOne),
            number("epsilon", epsilon, SettingLimits::Positive),
            number("weight_decay", weight_decay, SettingLimits::NotNegative),
            scope("decay_on", decay_on),
            number("momentum_decay", momentum_decay, SettingLimits::NotNegative),
        ]
    }

    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        [Some("exp_avg"), Some("exp_avg_sq")]
    }

    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained) {
        let NAdam { beta1, beta2, epsilon, weight_decay, .. } = *self;
        let Trained { parameters, gradients, moments: [means, squares] } = trained;
        let Momentum { now, next, product } = self.momentum(at.step);
        let rate = f64::from(at.learning_rate);
        let of_gradient = (rate * (1.0 - now) / (1.0 - product)) as f32;
        let of_mean = (rate * next / (1.0 - product * next)) as f32;
        let second = 1.0 - f64::from(beta2).powf(at.step as f64);
        let root = (1.0 / second.sqrt()) as f32;
        add_penalty(penalty, parameters, gradients);
        vectorized(|| {
            let moments = means.iter_mut().zip(squares);
            for ((p, &mut g), (m, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
                let g = g + weight_decay * *p;
                let mean = beta1 * *m + (1.0 - beta1) * g;
                // The mean of gradients that have become zero would be subnormal, which is slow.
                *m = if mean.abs() < LEAST_MEAN { 0.0 } else { mean };
                *v = beta2 * *v + (1.0 - beta2) * g * g;
                *p -= (of_gradient * g + of_mean * *m) / (v.sqrt() * root + epsilon);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with momentum_decay 0, so that μ = β₁/2 = 0.25 in every step.
    #[test]
    fn two_steps_by_hand() {
        let nadam = NAdam {
            beta1: 0.5,
            beta2: 0.75,
            epsilon: 1.0,
            momentum_decay: 0.0,
            ..NAdam::default()
        };
        let (mut p, mut m, mut v) = ([1.0], [0.0], [0.0]);
        // g = 2, m = 1, v = 1: v/(1 − β₂) = 4, so the divisor is 3.
        // g·0.75/0.75 + m·0.25/(1 − 0.0625) = 2 + 4/15.
        let first = 1.0 - 0.5 * (2.0 + 4.0 / 15.0) / 3.0;
        // m = 1.5, v = 1.75: v/(1 − β₂²) = 4, and the divisor is 3 again.
        // g·0.75/(1 − 1/16) + m·0.25/(1 − 1/64) = 1.6 + 8/21.
        let second = first - 0.5 * (1.6 + 8.0 / 21.0) / 3.0;
        for (step, expected) in [(1, first), (2, second)] {
            let at = StepAt { learning_rate: 0.5, step };
            let moments = [&mut m[..], &mut v[..]];
            nadam.apply(at, None, Trained { parameters: &mut p, gradients: &mut [2.0], moments });
            assert!((f64::from(p[0]) - expected).abs() < 1e-6, "{} {expected}", p[0]);
        }
        assert_eq!((m, v), ([1.5], [1.75]));
    }

    #[test]
    fn the_product_of_momenta_is_that_of_all_steps_one_by_one() {
        for (beta1, momentum_decay) in
            [(0.9, 0.004), (0.9, 0.0), (0.99, 3.0), (0.9999, 0.5), (0.999, 100.0), (0.0, 0.004)]
        {
            let nadam = NAdam { beta1, momentum_decay, ..NAdam::default() };
            let mut product = 1.0;
            for step in 1..5000 {
                let decay = 0.96f64.powf(step as f64 * f64::from(momentum_decay));
                product *= f64::from(beta1) * (1.0 - 0.5 * decay);
                let momentum = nadam.momentum(step);
                let error = (momentum.product - product).abs();
                assert!(
                    error <= 1e-11 * product + 1e-20,
                    "{beta1} {momentum_decay} {step}: {error}"
                );
            }
        }
    }

    #[test]
    fn momentum_stays_finite_after_very_many_steps() {
        for momentum_decay in [0.0, 1e-6, 0.004, 1e30] {
            let nadam = NAdam { beta1: 0.999_99, momentum_decay, ..NAdam::default() };
            let Momentum { now, next, product } = nadam.momentum(u64::MAX);
            assert!([now, next].iter().all(|mu| (0.49..1.0).contains(mu)), "{now} {next}");
            assert_eq!(product, 0.0);
        }
    }
}
