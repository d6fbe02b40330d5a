//! Adam (Kingma and Ba 2015), with bias correction; weight decay is added to the gradient.
//! `torch.optim.Adam`.
//!
//! g ← g + weight_decay·p; m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
//! p ← p − lr·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingLimits, StepAt, UpdateRule, number};
use crate::kernel::{AdamStep, PenaltyGradient};
use crate::trained::{MOST_MOMENTS, Trained};

/// `adam`: Adam, its weight decay added to the gradient. `torch.optim.Adam`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adam {
    /// Base learning rate, 0.001 by default.
    pub learning_rate: f32,
    /// Decay of the mean of gradients, 0.9 by default.
    pub beta1: f32,
    /// Decay of the mean of squared gradients, 0.999 by default.
    pub beta2: f32,
    /// Added to the denominator, 10⁻⁸ by default.
    pub epsilon: f32,
    /// Added to the gradient, times the parameter; 0 by default.
    pub weight_decay: f32,
}

impl Default for Adam {
    fn default() -> Self {
        Adam { learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

impl UpdateRule for Adam {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let Adam { learning_rate, beta1, beta2, epsilon, weight_decay } = self;
        vec![
            number("learning_rate", learning_rate, SettingLimits::Positive),
            number("beta1", beta1, SettingLimits::BelowOne),
            number("beta2", beta2, SettingLimits::BelowOne),
            number("epsilon", epsilon, SettingLimits::Positive),
            number("weight_decay", weight_decay, SettingLimits::NotNegative),
        ]
    }

    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        [Some("exp_avg"), Some("exp_avg_sq")]
    }

    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained) {
        let Adam { beta1, beta2, epsilon, weight_decay, .. } = *self;
        let Trained { parameters, gradients, moments: [means, squares] } = trained;
        let penalty = penalty.unwrap_or(PenaltyGradient::NONE);
        let adam = AdamStep { penalty, decay: weight_decay, beta1, beta2, epsilon, kept: 1.0 };
        adam.apply(at.learning_rate, at.step, [parameters, gradients, means, squares]);
    }
}
