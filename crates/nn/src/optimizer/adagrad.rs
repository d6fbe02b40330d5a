//! Adagrad (Duchi, Hazan and Singer 2011): gradients divided by the root of the sum of all squared
//! gradients. `torch.optim.Adagrad`.
//!
//! g ← g + weight_decay·p; s ← s + g² (s = initial_accumulator_value before the first step);
//! p ← p − lr/(1 + (t − 1)·lr_decay) · g / (√s + ε)

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingLimits, StepAt, UpdateRule, add_penalty, number, scope};
use crate::PenaltyScope;
use crate::kernel::{PenaltyGradient, vectorized};
use crate::trained::{MOST_MOMENTS, Trained};

/// `adagrad`: gradients divided by the root of the sum of their squares. `torch.optim.Adagrad`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adagrad {
    /// Base learning rate, 0.01 by default.
    pub learning_rate: f32,
    /// How fast the learning rate falls from step to step, beside any schedule; 0 by default.
    pub lr_decay: f32,
    /// The sum of squares before the first step, 0 by default.
    pub initial_accumulator_value: f32,
    /// Added to the denominator, 10⁻¹⁰ by default.
    pub epsilon: f32,
    /// Added to the gradient, times the parameter; 0 by default.
    pub weight_decay: f32,
    /// Which parameters the weight decay counts, all by default.
    #[serde(skip_serializing_if = "PenaltyScope::is_all")]
    pub decay_on: PenaltyScope,
}

impl Default for Adagrad {
    fn default() -> Self {
        Adagrad {
            learning_rate: 0.01,
            lr_decay: 0.0,
            initial_accumulator_value: 0.0,
            epsilon: 1e-10,
            weight_decay: 0.0,
            decay_on: PenaltyScope::All,
        }
    }
}

impl UpdateRule for Adagrad {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn decay_mut(&mut self) -> (&mut f32, PenaltyScope) {
        (&mut self.weight_decay, self.decay_on)
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let Adagrad {
            learning_rate,
            lr_decay,
            initial_accumulator_value,
            epsilon,
            weight_decay,
            decay_on,
        } = self;
        vec![
            number("learning_rate", learning_rate, SettingLimits::Positive),
            number("lr_decay", lr_decay, SettingLimits::NotNegative),
            number(
                "initial_accumulator_value",
                initial_accumulator_value,
                SettingLimits::NotNegative,
            ),
            number("epsilon", epsilon, SettingLimits::Positive),
            number("weight_decay", weight_decay, SettingLimits::NotNegative),
            scope("decay_on", decay_on),
        ]
    }

    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        [Some("sum"), None]
    }

    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained) {
        let Adagrad { lr_decay, initial_accumulator_value, epsilon, weight_decay, .. } = *self;
        let Trained { parameters, gradients, moments: [sums, _] } = trained;
        let steps_before = at.step.saturating_sub(1);
        let rate = f64::from(at.learning_rate) / (1.0 + steps_before as f64 * f64::from(lr_decay));
        let rate = rate as f32;
        // Moments are zero before the first step.
        let initial = if steps_before == 0 { initial_accumulator_value } else { 0.0 };
        add_penalty(penalty, parameters, gradients);
        vectorized(|| {
            for ((p, &mut g), s) in parameters.iter_mut().zip(gradients).zip(sums) {
                let g = g + weight_decay * *p;
                *s = (initial + *s) + g * g;
                *p -= rate * g / (s.sqrt() + epsilon);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_by_hand() {
        let adagrad = Adagrad {
            lr_decay: 1.0,
            initial_accumulator_value: 5.0,
            epsilon: 1.0,
            weight_decay: 1.0,
            ..Adagrad::default()
        };
        let (mut p, mut s) = ([1.0], [0.0]);
        // g = 1 + 1 = 2, s = 5 + 4 = 9: p = 1 − 1·2/(3 + 1) = 0.5.
        // g = 3.5 + 0.5 = 4, s = 9 + 16 = 25: p = 0.5 − ½·4/(5 + 1).
        for (step, gradient, expected) in [(1, 1.0, 0.5), (2, 3.5, 0.5 - 1.0 / 3.0)] {
            let at = StepAt { learning_rate: 1.0, step };
            let moments = [&mut s[..], &mut []];
            let trained = Trained { parameters: &mut p, gradients: &mut [gradient], moments };
            adagrad.apply(at, None, trained);
            assert!((p[0] - expected).abs() < 1e-6, "{p:?} {expected}");
        }
        assert_eq!(s, [25.0]);
    }

    /// 0/0 would be NaN: a dead unit's gradient is zero from the first step on.
    #[test]
    fn a_gradient_of_zero_moves_nothing() {
        let (mut p, mut s) = ([1.5], [0.0]);
        for step in 1..4 {
            let at = StepAt { learning_rate: 1.0, step };
            let moments = [&mut s[..], &mut []];
            let trained = Trained { parameters: &mut p, gradients: &mut [0.0], moments };
            Adagrad::default().apply(at, None, trained);
            assert_eq!((p, s), ([1.5], [0.0]));
        }
    }
}
