//! AdamW (Loshchilov and Hutter 2019): [Adam](super::Adam) with a weight decay that is kept apart
//! from the gradient. `torch.optim.AdamW`.
//!
//! p ← p·(1 − lr·weight_decay), then Adam's step without weight decay.

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingLimits, StepAt, UpdateRule, number};
use crate::kernel::{AdamStep, PenaltyGradient};
use crate::trained::{MOST_MOMENTS, Trained};

/// `adamw`: Adam with decoupled weight decay. `torch.optim.AdamW`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamW {
    /// Base learning rate, 0.001 by default.
    pub learning_rate: f32,
    /// Decay of the mean of gradients, 0.9 by default.
    pub beta1: f32,
    /// Decay of the mean of squared gradients, 0.999 by default.
    pub beta2: f32,
    /// Added to the denominator, 10⁻⁸ by default.
    pub epsilon: f32,
    /// Share of each parameter that a step of learning rate 1 would take away, 0.01 by default.
    pub weight_decay: f32,
}

impl Default for AdamW {
    fn default() -> Self {
        AdamW { learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }
    }
}

impl UpdateRule for AdamW {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let AdamW { learning_rate, beta1, beta2, epsilon, weight_decay } = self;
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
        let AdamW { beta1, beta2, epsilon, weight_decay, .. } = *self;
        let Trained { parameters, gradients, moments: [means, squares] } = trained;
        let penalty = penalty.unwrap_or(PenaltyGradient::NONE);
        let kept = 1.0 - at.learning_rate * weight_decay;
        let adam = AdamStep { penalty, decay: 0.0, beta1, beta2, epsilon, kept };
        adam.apply(at.learning_rate, at.step, [parameters, gradients, means, squares]);
    }
}
