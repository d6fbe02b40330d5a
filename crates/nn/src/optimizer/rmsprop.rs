//! RMSprop (Hinton's lecture 6e, 2012), with momentum. `torch.optim.RMSprop`.
//!
//! g ← g + weight_decay·p; s ← α·s + (1 − α)·g²; v ← momentum·v + g / (√s + ε); p ← p − lr·v.

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingLimits, StepAt, UpdateRule, add_penalty, number, scope};
use crate::PenaltyScope;
use crate::kernel::{PenaltyGradient, vectorized};
use crate::trained::{MOST_MOMENTS, Trained};

/// `rmsprop`: gradients divided by the root of their mean square. `torch.optim.RMSprop`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsProp {
    /// Base learning rate, 0.01 by default.
    pub learning_rate: f32,
    /// Decay of the mean of squared gradients, 0.99 by default.
    pub alpha: f32,
    /// Added to the denominator, 10⁻⁸ by default.
    pub epsilon: f32,
    /// Share of the last step that is kept, 0 by default.
    pub momentum: f32,
    /// Added to the gradient, times the parameter; 0 by default.
    pub weight_decay: f32,
    /// Which parameters the weight decay counts, all by default.
    #[serde(skip_serializing_if = "PenaltyScope::is_all")]
    pub decay_on: PenaltyScope,
}

impl Default for RmsProp {
    fn default() -> Self {
        let (learning_rate, alpha, epsilon) = (0.01, 0.99, 1e-8);
        RmsProp {
            learning_rate,
            alpha,
            epsilon,
            momentum: 0.0,
            weight_decay: 0.0,
            decay_on: PenaltyScope::All,
        }
    }
}

impl UpdateRule for RmsProp {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn decay_mut(&mut self) -> (&mut f32, PenaltyScope) {
        (&mut self.weight_decay, self.decay_on)
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let RmsProp { learning_rate, alpha, epsilon, momentum, weight_decay, decay_on } = self;
        vec![
            number("learning_rate", learning_rate, SettingLimits::Positive),
            number("alpha", alpha, SettingLimits::BelowOne),
            number("epsilon", epsilon, SettingLimits::Positive),
            number("momentum", momentum, SettingLimits::BelowOne),
            number("weight_decay", weight_decay, SettingLimits::NotNegative),
            scope("decay_on", decay_on),
        ]
    }

    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        [Some("square_avg"), (self.momentum != 0.0).then_some("momentum_buffer")]
    }

    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained) {
        let RmsProp { alpha, epsilon, momentum, weight_decay, .. } = *self;
        let StepAt { learning_rate, .. } = at;
        let Trained { parameters, gradients, moments: [squares, velocities] } = trained;
        add_penalty(penalty, parameters, gradients);
        vectorized(|| {
            if momentum == 0.0 {
                for ((p, &mut g), s) in parameters.iter_mut().zip(gradients).zip(squares) {
                    let g = g + weight_decay * *p;
                    *s = alpha * *s + (1.0 - alpha) * g * g;
                    *p -= learning_rate * g / (s.sqrt() + epsilon);
                }
                return;
            }
            let moments = squares.iter_mut().zip(velocities);
            for ((p, &mut g), (s, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
                let g = g + weight_decay * *p;
                *s = alpha * *s + (1.0 - alpha) * g * g;
                *v = momentum * *v + g / (s.sqrt() + epsilon);
                *p -= learning_rate * *v;
            }
        });
    }
}
