//! The optimizers, which change parameters by their gradients. The file of an optimizer has its
//! formula, its settings, its moments and its step. Adam and AdamW share a file.
//!
//! [`Optimizer`] is the closed list of all optimizers. To add one, write its file and add it to the
//! list below. All defaults are PyTorch's. From equal weights and gradients, a step is PyTorch's
//! too.

mod adagrad;
mod adam;
mod nadam;
mod rmsprop;
mod rule;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::{Adam, AdamSettings, AdamW};
pub use nadam::NAdam;
pub use rmsprop::RmsProp;
pub use rule::{Setting, SettingError, SettingLimits, SettingValue};
use rule::{StepAt, UpdateRule};
use serde::{Deserialize, Serialize};
pub use sgd::Sgd;

use crate::PenaltyScope;
use crate::kernel::PenaltyGradient;
use crate::trained::{MOST_MOMENTS, Trained};

/// Makes [`Optimizer`] of the list of all optimizers, each with its name in study files.
macro_rules! optimizers {
    ($($(#[$doc:meta])* $Rule:ident = $name:literal,)*) => {
        /// An optimizer and its settings. Its learning rate is the base that a
        /// [`Schedule`](crate::Schedule) scales.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name")]
        pub enum Optimizer {
            $($(#[$doc])* #[serde(rename = $name)] $Rule($Rule),)*
        }

        impl Optimizer {
            /// The names of all optimizers, as study files write them.
            pub const NAMES: &[&str] = &[$($name,)*];

            /// The optimizer of this name with its default settings, if there is one.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Optimizer::$Rule($Rule::default())),)*
                    _ => None,
                }
            }

            fn rule(&self) -> &dyn UpdateRule {
                match self {
                    $(Optimizer::$Rule(rule) => rule,)*
                }
            }

            fn rule_mut(&mut self) -> &mut dyn UpdateRule {
                match self {
                    $(Optimizer::$Rule(rule) => rule,)*
                }
            }
        }
    };
}

optimizers! {
    /// Stochastic gradient descent, with momentum. `torch.optim.SGD`.
    Sgd = "sgd",
    /// Adam, with its weight decay added to the gradient. `torch.optim.Adam`.
    Adam = "adam",
    /// Adam with decoupled weight decay. `torch.optim.AdamW`.
    AdamW = "adamw",
    /// Gradients divided by the root of their mean square. `torch.optim.RMSprop`.
    RmsProp = "rmsprop",
    /// Adam with Nesterov momentum. `torch.optim.NAdam`.
    NAdam = "nadam",
    /// Gradients divided by the root of the sum of their squares. `torch.optim.Adagrad`.
    Adagrad = "adagrad",
}

impl Default for Optimizer {
    /// Adam with learning rate 0.001.
    fn default() -> Self {
        Optimizer::Adam(Adam::default())
    }
}

impl Optimizer {
    /// The base learning rate.
    pub fn learning_rate(&self) -> f32 {
        self.rule().learning_rate()
    }

    /// All settings, as study files name them.
    pub fn settings_mut(&mut self) -> Vec<Setting<'_>> {
        self.rule_mut().settings_mut()
    }

    /// Checks settings that depend on each other, beyond the limits of each setting.
    ///
    /// # Errors
    /// A setting that the others do not allow.
    pub fn check(&self) -> Result<(), SettingError> {
        self.rule().check()
    }

    /// The optimizer of all parameters but the weights of dense and convolution layers. It decays
    /// none of them if the decay counts weights alone.
    pub(crate) fn on_others(&self) -> Self {
        let mut optimizer = *self;
        let (decay, scope) = optimizer.rule_mut().decay_mut();
        if scope == PenaltyScope::Weights {
            *decay = 0.0;
        }
        optimizer
    }

    /// The names of the moments that the optimizer keeps for each parameter, as in the state of
    /// PyTorch's optimizer; `None` for a moment that it does not keep.
    pub(crate) fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS] {
        self.rule().moments()
    }

    /// Step number `step`, counted from 1. The moments are zero before the first step.
    pub(crate) fn at(&self, learning_rate: f32, step: u64) -> OptimizerStep {
        OptimizerStep { optimizer: *self, at: StepAt { learning_rate, step } }
    }
}

/// A step of an optimizer, the same for every parameter.
#[derive(Clone, Copy)]
pub(crate) struct OptimizerStep {
    optimizer: Optimizer,
    at: StepAt,
}

impl OptimizerStep {
    /// Adds the penalty's gradient to the gradients, and moves the parameters along them.
    pub(crate) fn apply(&self, penalty: Option<PenaltyGradient>, trained: Trained) {
        self.optimizer.rule().apply(self.at, penalty, trained);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_optimizer_is_stored_under_its_name_with_all_settings() {
        for name in Optimizer::NAMES {
            let mut optimizer = Optimizer::named(name).unwrap();
            let stored = serde_json::to_value(optimizer).unwrap();
            let by_name = serde_json::json!({ "name": name });
            assert_eq!(serde_json::from_value::<Optimizer>(by_name).unwrap(), optimizer);
            assert_eq!(stored["name"], *name);
            assert_eq!(
                stored.get("decay_on"),
                None,
                "it came later, and older runs keep their IDs"
            );
            for Setting { value, .. } in optimizer.settings_mut() {
                if let SettingValue::Scope(scope) = value {
                    *scope = PenaltyScope::Weights;
                }
            }
            let stored = serde_json::to_value(optimizer).unwrap();
            assert_eq!(serde_json::from_value::<Optimizer>(stored.clone()).unwrap(), optimizer);
            let settings = optimizer.settings_mut();
            assert_eq!(stored.as_object().unwrap().len(), 1 + settings.len());
            assert!(settings.iter().all(|setting| stored.get(setting.key).is_some()), "{name}");
        }
        assert_eq!(Optimizer::named("flatten"), None);
    }

    #[test]
    fn the_stored_form_stays_the_same() {
        let stored = serde_json::to_string(&Optimizer::default()).unwrap();
        assert_eq!(
            stored,
            r#"{"name":"adam","learning_rate":0.001,"beta1":0.9,"beta2":0.999,"epsilon":1e-8,"weight_decay":0.0}"#
        );
        let unknown = r#"{"name":"sgd","beta1":0.5}"#;
        assert!(serde_json::from_str::<Optimizer>(unknown).is_err());
    }
}
