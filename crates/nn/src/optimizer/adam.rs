//! Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019), with bias correction.
//! `torch.optim.Adam` and `torch.optim.AdamW`.
//!
//! m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²;
//! p ← p − lr·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε)
//!
//! They differ in where the weight decay goes. Before the step, Adam adds it to the gradient:
//! g ← g + weight_decay·p. AdamW shrinks the parameter: p ← p·(1 − lr·weight_decay).

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingLimits, StepAt, UpdateRule, number, scope};
use crate::PenaltyScope;
use crate::kernel::{AdamStep, PenaltyGradient};
use crate::trained::{MOST_MOMENTS, Trained};

/// `adam`: Adam, with its weight decay added to the gradient. `torch.optim.Adam`.
pub type Adam = AdamSettings<false>;

/// `adamw`: Adam with decoupled weight decay. `torch.optim.AdamW`.
pub type AdamW = AdamSettings<true>;

/// The settings of Adam, or of AdamW if the weight decay is `DECOUPLED` from the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default = "AdamSettings::default", deny_unknown_fields)]
pub struct AdamSettings<const DECOUPLED: bool> {
    /// Base learning rate, 0.001 by default.
    pub learning_rate: f32,
    /// Decay of the mean of gradients, 0.9 by default.
    pub beta1: f32,
    /// Decay of the mean of squared gradients, 0.999 by default.
    pub beta2: f32,
    /// Added to the denominator, 10⁻⁸ by default.
    pub epsilon: f32,
    /// Adam adds it to the gradient, times the parameter; 0 by default. AdamW shrinks each
    /// parameter by this share, times the learning rate; 0.01 by default.
    pub weight_decay: f32,
    /// Which parameters the weight decay counts, all by default.
    #[serde(skip_serializing_if = "PenaltyScope::is_all")]
    pub decay_on: PenaltyScope,
}

impl<const DECOUPLED: bool> Default for AdamSettings<DECOUPLED> {
    fn default() -> Self {
        let weight_decay = if DECOUPLED { 0.01 } else { 0.0 };
        AdamSettings {
            learning_rate: 0.001,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay,
            decay_on: PenaltyScope::All,
        }
    }
}

impl<const DECOUPLED: bool> UpdateRule for AdamSettings<DECOUPLED> {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn decay_mut(&mut self) -> (&mut f32, PenaltyScope) {
        (&mut self.weight_decay, self.decay_on)
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let AdamSettings { learning_rate, beta1, beta2, epsilon, weight_decay, decay_on } = self;
        vec![
            number("learning_rate", learning_rate, SettingLimits::Positive),
            number("beta1", beta1, SettingLimits::BelowOne),
            number("beta2", beta2, SettingLimits::BelowOne),
            number("epsilon", epsilon, SettingLimits::Positive),
            number("weight_decay", weight_decay, SettingLimits::NotNegative),
            scope("decay_on", decay_on),
        ]
    }

    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        [Some("exp_avg"), Some("exp_avg_sq")]
    }

    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained) {
        let AdamSettings { beta1, beta2, epsilon, weight_decay, .. } = *self;
        let Trained { parameters, gradients, moments: [means, squares] } = trained;
        let penalty = penalty.unwrap_or(PenaltyGradient::NONE);
        let (decay, kept) = match DECOUPLED {
            true => (0.0, 1.0 - at.learning_rate * weight_decay),
            false => (weight_decay, 1.0),
        };
        let adam = AdamStep { penalty, decay, beta1, beta2, epsilon, kept };
        adam.apply(at.learning_rate, at.step, [parameters, gradients, means, squares]);
    }
}
