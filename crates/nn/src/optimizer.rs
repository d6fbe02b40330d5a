//! How gradients change parameters.

use serde::{Deserialize, Serialize};

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
