//! Stochastic gradient descent, with momentum (Polyak 1964; Nesterov 1983). `torch.optim.SGD`.
//!
//! g ← g + weight_decay·p; v ← momentum·v + g (v = g in the first step); p ← p − lr·v, or with
//! Nesterov momentum p ← p − lr·(g + momentum·v).

use serde::{Deserialize, Serialize};

use super::rule::{Setting, SettingError, SettingLimits, SettingValue, StepAt, UpdateRule};
use super::rule::{add_penalty, number, scope};
use crate::PenaltyScope;
use crate::kernel::{LEAST_MEAN, PenaltyGradient, vectorized};
use crate::trained::{MOST_MOMENTS, Trained};

/// `sgd`: stochastic gradient descent, with momentum. `torch.optim.SGD`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sgd {
    /// Base learning rate, 0.001 by default.
    pub learning_rate: f32,
    /// Share of the last step's velocity that is kept, 0 by default.
    pub momentum: f32,
    /// Whether to look ahead along the velocity.
    pub nesterov: bool,
    /// Added to the gradient, times the parameter; 0 by default.
    pub weight_decay: f32,
    /// Which parameters the weight decay counts, all by default.
    #[serde(skip_serializing_if = "PenaltyScope::is_all")]
    pub decay_on: PenaltyScope,
}

impl Default for Sgd {
    fn default() -> Self {
        Sgd {
            learning_rate: 0.001,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
            decay_on: PenaltyScope::All,
        }
    }
}

impl UpdateRule for Sgd {
    fn learning_rate(&self) -> f32 {
        self.learning_rate
    }

    fn decay_mut(&mut self) -> (&mut f32, PenaltyScope) {
        (&mut self.weight_decay, self.decay_on)
    }

    fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        let Sgd { learning_rate, momentum, nesterov, weight_decay, decay_on } = self;
        vec![
            number("learning_rate", learning_rate, SettingLimits::Positive),
            number("momentum", momentum, SettingLimits::BelowOne),
            Setting { key: "nesterov", value: SettingValue::Flag(nesterov) },
            number("weight_decay", weight_decay, SettingLimits::NotNegative),
            scope("decay_on", decay_on),
        ]
    }

    fn check(&self) -> Result<(), SettingError> {
        if self.nesterov && self.momentum == 0.0 {
            return Err(SettingError {
                key: "nesterov",
                must: "false where there is no momentum to look ahead along",
                got: "true".to_owned(),
            });
        }
        Ok(())
    }

    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        [(self.momentum != 0.0).then_some("momentum_buffer"), None]
    }

    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained) {
        let Sgd { momentum, nesterov, weight_decay, .. } = *self;
        let StepAt { learning_rate, .. } = at;
        let Trained { parameters, gradients, moments: [velocities, _] } = trained;
        add_penalty(penalty, parameters, gradients);
        vectorized(|| {
            if momentum == 0.0 {
                for (p, &mut g) in parameters.iter_mut().zip(gradients) {
                    *p -= learning_rate * (g + weight_decay * *p);
                }
                return;
            }
            for ((p, &mut g), v) in parameters.iter_mut().zip(gradients).zip(velocities) {
                let g = g + weight_decay * *p;
                let velocity = momentum * *v + g;
                *v = if velocity.abs() < LEAST_MEAN { 0.0 } else { velocity };
                *p -= learning_rate * if nesterov { g + momentum * *v } else { *v };
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_with_momentum_by_hand() {
        let sgd = Sgd { momentum: 0.5, ..Sgd::default() };
        let (mut p, mut v) = ([1.0], [0.0]);
        for (step, expected) in [(1, 0.0), (2, -1.5)] {
            let at = StepAt { learning_rate: 0.5, step };
            let moments = [&mut v[..], &mut []];
            let trained = Trained { parameters: &mut p, gradients: &mut [2.0], moments };
            sgd.apply(at, None, trained);
            assert_eq!(p, [expected]);
        }
        assert_eq!(v, [3.0]);
    }

    #[test]
    fn nesterov_needs_momentum() {
        let sgd = Sgd { nesterov: true, ..Sgd::default() };
        assert_eq!(sgd.check().unwrap_err().key, "nesterov");
        assert_eq!(Sgd { momentum: 0.9, ..sgd }.check(), Ok(()));
    }
}
