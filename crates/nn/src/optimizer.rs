//! How gradients change parameters.

use serde::{Deserialize, Serialize};

use crate::kernel::{Adam, LEAST_MEAN, PenaltyGradient, vectorized};
use crate::trained::{MOST_MOMENTS, Trained};

/// An optimizer and its settings; the defaults are PyTorch's.
///
/// `learning_rate` is the base that a [`Schedule`](crate::Schedule) scales. With g the gradient of
/// loss and penalty:
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum Optimizer {
    /// g ← g + weight_decay·p; v ← momentum·v + g (v = g in the first step); p ← p − lr·v, or with
    /// Nesterov momentum p ← p − lr·(g + momentum·v). `torch.optim.SGD`.
    Sgd {
        /// Base learning rate.
        #[serde(default = "default::sgd_learning_rate")]
        learning_rate: f32,
        /// Share of the last step's velocity that is kept.
        #[serde(default)]
        momentum: f32,
        /// Whether to look ahead along the velocity.
        #[serde(default)]
        nesterov: bool,
        /// Added to the gradient, times the parameter.
        #[serde(default)]
        weight_decay: f32,
    },
    /// Kingma and Ba 2015, with bias correction; weight decay is added to the gradient.
    /// `torch.optim.Adam`.
    Adam {
        /// Base learning rate.
        #[serde(default = "default::learning_rate")]
        learning_rate: f32,
        /// Decay of the mean of gradients.
        #[serde(default = "default::beta1")]
        beta1: f32,
        /// Decay of the mean of squared gradients.
        #[serde(default = "default::beta2")]
        beta2: f32,
        /// Added to the denominator.
        #[serde(default = "default::epsilon")]
        epsilon: f32,
        /// Added to the gradient, times the parameter.
        #[serde(default)]
        weight_decay: f32,
    },
    /// Loshchilov and Hutter 2019: Adam, with p ← p·(1 − lr·weight_decay) apart from the gradient.
    /// `torch.optim.AdamW`.
    AdamW {
        /// Base learning rate.
        #[serde(default = "default::learning_rate")]
        learning_rate: f32,
        /// Decay of the mean of gradients.
        #[serde(default = "default::beta1")]
        beta1: f32,
        /// Decay of the mean of squared gradients.
        #[serde(default = "default::beta2")]
        beta2: f32,
        /// Added to the denominator.
        #[serde(default = "default::epsilon")]
        epsilon: f32,
        /// Share of each parameter that a step of learning rate 1 would take away.
        #[serde(default = "default::adamw_weight_decay")]
        weight_decay: f32,
    },
    /// Hinton's lecture 6e: p ← p − lr·g / (√mean(g²) + epsilon), with momentum on that step.
    /// `torch.optim.RMSprop`.
    RmsProp {
        /// Base learning rate.
        #[serde(default = "default::rmsprop_learning_rate")]
        learning_rate: f32,
        /// Decay of the mean of squared gradients.
        #[serde(default = "default::alpha")]
        alpha: f32,
        /// Added to the denominator.
        #[serde(default = "default::epsilon")]
        epsilon: f32,
        /// Share of the last step that is kept.
        #[serde(default)]
        momentum: f32,
        /// Added to the gradient, times the parameter.
        #[serde(default)]
        weight_decay: f32,
    },
}

impl Default for Optimizer {
    /// Adam with learning rate 0.001.
    fn default() -> Self {
        Optimizer::Adam {
            learning_rate: default::learning_rate(),
            beta1: default::beta1(),
            beta2: default::beta2(),
            epsilon: default::epsilon(),
            weight_decay: 0.0,
        }
    }
}

impl Optimizer {
    /// The base learning rate.
    pub fn learning_rate(&self) -> f32 {
        match *self {
            Optimizer::Sgd { learning_rate, .. }
            | Optimizer::Adam { learning_rate, .. }
            | Optimizer::AdamW { learning_rate, .. }
            | Optimizer::RmsProp { learning_rate, .. } => learning_rate,
        }
    }

    /// Names of the moments that it keeps for each parameter, as in PyTorch's optimizer state.
    pub(crate) fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        match *self {
            Optimizer::Sgd { momentum: 0.0, .. } => [None, None],
            Optimizer::Sgd { .. } => [Some("momentum_buffer"), None],
            Optimizer::Adam { .. } | Optimizer::AdamW { .. } => {
                [Some("exp_avg"), Some("exp_avg_sq")]
            }
            Optimizer::RmsProp { momentum: 0.0, .. } => [Some("square_avg"), None],
            Optimizer::RmsProp { .. } => [Some("square_avg"), Some("momentum_buffer")],
        }
    }

    /// What step number `step` does, counted from 1; moments are zero before it.
    pub(crate) fn at(&self, learning_rate: f32, step: u64) -> Step {
        Step { optimizer: *self, learning_rate, step }
    }
}

/// A step of an optimizer: the same for every parameter.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    optimizer: Optimizer,
    learning_rate: f32,
    step: u64,
}

impl Step {
    /// One that moves nothing.
    #[cfg(test)]
    pub(crate) const NONE: Self = Step {
        optimizer: Optimizer::Sgd {
            learning_rate: 0.0,
            momentum: 0.0,
            nesterov: false,
            weight_decay: 0.0,
        },
        learning_rate: 0.0,
        step: 1,
    };

    /// Adds the penalty's gradient to `gradients`, and moves `parameters` along them. A moment that
    /// the optimizer doesn't keep is not looked at.
    pub(crate) fn apply(&self, penalty: Option<PenaltyGradient>, trained: Trained) {
        let Trained { parameters, gradients, moments: [first, second] } = trained;
        let Step { optimizer, learning_rate, step } = *self;
        match optimizer {
            Optimizer::Adam { beta1, beta2, epsilon, weight_decay, .. } => {
                let penalty = penalty.unwrap_or(PenaltyGradient::NONE);
                let adam = Adam { penalty, decay: weight_decay, beta1, beta2, epsilon, kept: 1.0 };
                adam.apply(learning_rate, step, [parameters, gradients, first, second]);
            }
            Optimizer::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
                let kept = 1.0 - learning_rate * weight_decay;
                let penalty = penalty.unwrap_or(PenaltyGradient::NONE);
                let adam = Adam { penalty, decay: 0.0, beta1, beta2, epsilon, kept };
                adam.apply(learning_rate, step, [parameters, gradients, first, second]);
            }
            Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => {
                add(penalty, parameters, gradients);
                vectorized(|| {
                    if momentum == 0.0 {
                        for (p, &mut g) in parameters.iter_mut().zip(gradients) {
                            *p -= learning_rate * (g + weight_decay * *p);
                        }
                        return;
                    }
                    for ((p, &mut g), v) in parameters.iter_mut().zip(gradients).zip(first) {
                        let g = g + weight_decay * *p;
                        let velocity = momentum * *v + g;
                        *v = if velocity.abs() < LEAST_MEAN { 0.0 } else { velocity };
                        *p -= learning_rate * if nesterov { g + momentum * *v } else { *v };
                    }
                });
            }
            Optimizer::RmsProp { alpha, epsilon, momentum, weight_decay, .. } => {
                add(penalty, parameters, gradients);
                vectorized(|| {
                    if momentum == 0.0 {
                        for ((p, &mut g), s) in parameters.iter_mut().zip(gradients).zip(first) {
                            let g = g + weight_decay * *p;
                            *s = alpha * *s + (1.0 - alpha) * g * g;
                            *p -= learning_rate * g / (s.sqrt() + epsilon);
                        }
                        return;
                    }
                    for ((p, &mut g), (s, v)) in
                        parameters.iter_mut().zip(gradients).zip(first.iter_mut().zip(second))
                    {
                        let g = g + weight_decay * *p;
                        *s = alpha * *s + (1.0 - alpha) * g * g;
                        *v = momentum * *v + g / (s.sqrt() + epsilon);
                        *p -= learning_rate * *v;
                    }
                });
            }
        }
    }
}

/// The penalty's gradient, where there is one. Adam adds it itself, while it has the values in
/// registers.
fn add(penalty: Option<PenaltyGradient>, parameters: &[f32], gradients: &mut [f32]) {
    if let Some(penalty) = penalty {
        penalty.add(parameters, gradients);
    }
}

/// PyTorch's defaults, by name: serde wants functions.
mod default {
    pub fn sgd_learning_rate() -> f32 {
        0.001
    }
    pub fn learning_rate() -> f32 {
        0.001
    }
    pub fn rmsprop_learning_rate() -> f32 {
        0.01
    }
    pub fn beta1() -> f32 {
        0.9
    }
    pub fn beta2() -> f32 {
        0.999
    }
    pub fn epsilon() -> f32 {
        1e-8
    }
    pub fn adamw_weight_decay() -> f32 {
        0.01
    }
    pub fn alpha() -> f32 {
        0.99
    }
}
