//! How gradients change parameters.

use serde::{Deserialize, Serialize};

use crate::buffer::Buffer;
use crate::kernel::vectorized;
use crate::team::{LINE, Rows, Team, VALUE_COST};

/// An optimizer and its settings; the defaults are PyTorch's.
///
/// `learning_rate` is the base that a [`Schedule`](crate::Schedule) scales. With g the gradient of loss and penalty:
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase", deny_unknown_fields)]
pub enum Optimizer {
    /// g ← g + weight_decay·p; v ← momentum·v + g (v = g in the first step); p ← p − lr·v, or with Nesterov momentum
    /// p ← p − lr·(g + momentum·v). `torch.optim.SGD`.
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
    /// Kingma and Ba 2015, with bias correction; weight decay is added to the gradient. `torch.optim.Adam`.
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
    /// Loshchilov and Hutter 2019: Adam, with p ← p·(1 − lr·weight_decay) apart from the gradient. `torch.optim.AdamW`.
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
    /// Hinton's lecture 6e: p ← p − lr·g / (√mean(g²) + epsilon), with momentum on that step. `torch.optim.RMSprop`.
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
    pub(crate) fn moments(&self) -> &'static [&'static str] {
        match *self {
            Optimizer::Sgd { momentum: 0.0, .. } => &[],
            Optimizer::Sgd { .. } => &["momentum_buffer"],
            Optimizer::Adam { .. } | Optimizer::AdamW { .. } => &["exp_avg", "exp_avg_sq"],
            Optimizer::RmsProp { momentum: 0.0, .. } => &["square_avg"],
            Optimizer::RmsProp { .. } => &["square_avg", "momentum_buffer"],
        }
    }

    /// One step of all `parameters` along `gradients`. `step` counts from 1; moments are zero before it.
    pub(crate) fn step(
        &self,
        team: &Team,
        parameters: &mut [f32],
        gradients: &[f32],
        moments: &mut [Buffer],
        learning_rate: f32,
        step: u64,
    ) {
        let mut moments = moments.iter_mut();
        // A moment that is not kept has no values for any parameter.
        let mut next = || match moments.next() {
            Some(moment) => Rows { values: &mut moment[..], row_len: 1 },
            None => Rows { values: &mut [], row_len: 0 },
        };
        let (count, moments) = (parameters.len(), (next(), next()));
        let out = (Rows { values: parameters, row_len: 1 }, moments);
        team.divide(count, LINE, 2 * VALUE_COST, out, |part, (parameters, (first, second))| {
            self.step_part(parameters.values, &gradients[part], first.values, second.values, learning_rate, step);
        });
    }

    /// [`step`](Self::step) of some parameters.
    fn step_part(
        &self,
        parameters: &mut [f32],
        gradients: &[f32],
        first_moment: &mut [f32],
        second_moment: &mut [f32],
        learning_rate: f32,
        step: u64,
    ) {
        match *self {
            Optimizer::Sgd { momentum: 0.0, weight_decay, .. } => vectorized(|| {
                for (p, &g) in parameters.iter_mut().zip(gradients) {
                    *p -= learning_rate * (g + weight_decay * *p);
                }
            }),
            Optimizer::Sgd { momentum, nesterov, weight_decay, .. } => vectorized(|| {
                for ((p, &g), v) in parameters.iter_mut().zip(gradients).zip(first_moment) {
                    let g = g + weight_decay * *p;
                    *v = momentum * *v + g;
                    *p -= learning_rate * if nesterov { g + momentum * *v } else { *v };
                }
            }),
            Optimizer::Adam { beta1, beta2, epsilon, weight_decay, .. } => {
                let adam = Adam { beta1, beta2, epsilon, added_decay: weight_decay, kept: 1.0 };
                adam.step(parameters, gradients, first_moment, second_moment, learning_rate, step);
            }
            Optimizer::AdamW { beta1, beta2, epsilon, weight_decay, .. } => {
                let kept = 1.0 - learning_rate * weight_decay;
                let adam = Adam { beta1, beta2, epsilon, added_decay: 0.0, kept };
                adam.step(parameters, gradients, first_moment, second_moment, learning_rate, step);
            }
            Optimizer::RmsProp { alpha, epsilon, momentum: 0.0, weight_decay, .. } => vectorized(|| {
                for ((p, &g), s) in parameters.iter_mut().zip(gradients).zip(first_moment) {
                    let g = g + weight_decay * *p;
                    *s = alpha * *s + (1.0 - alpha) * g * g;
                    *p -= learning_rate * g / (s.sqrt() + epsilon);
                }
            }),
            Optimizer::RmsProp { alpha, epsilon, momentum, weight_decay, .. } => vectorized(|| {
                let moments = first_moment.iter_mut().zip(second_moment);
                for ((p, &g), (s, v)) in parameters.iter_mut().zip(gradients).zip(moments) {
                    let g = g + weight_decay * *p;
                    *s = alpha * *s + (1.0 - alpha) * g * g;
                    *v = momentum * *v + g / (s.sqrt() + epsilon);
                    *p -= learning_rate * *v;
                }
            }),
        }
    }
}

/// What Adam and AdamW share.
struct Adam {
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    /// Weight decay that is part of the gradient.
    added_decay: f32,
    /// Share of the parameter that a decoupled weight decay leaves.
    kept: f32,
}

impl Adam {
    /// m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; p ← p − lr·(m/(1 − β₁ᵗ)) / (√(v/(1 − β₂ᵗ)) + ε).
    fn step(&self, parameters: &mut [f32], gradients: &[f32], m: &mut [f32], v: &mut [f32], rate: f32, step: u64) {
        let Adam { beta1, beta2, epsilon, added_decay, kept } = *self;
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(step as f64);
        let rate = (f64::from(rate) / correction(beta1)) as f32;
        let inverse_root = (1.0 / correction(beta2).sqrt()) as f32;
        vectorized(|| {
            for (((p, &g), m), v) in parameters.iter_mut().zip(gradients).zip(m).zip(v) {
                let g = g + added_decay * *p;
                *m += (1.0 - beta1) * (g - *m);
                *v = beta2 * *v + (1.0 - beta2) * g * g;
                *p = kept * *p - rate * *m / (v.sqrt() * inverse_root + epsilon);
            }
        });
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
