//! The interface of all optimizers: settings, moments and step.

use thiserror::Error;

use crate::PenaltyScope;
use crate::kernel::PenaltyGradient;
use crate::trained::{MOST_MOMENTS, Trained};

/// What every optimizer implements.
pub(crate) trait UpdateRule {
    /// The learning rate that a schedule scales.
    fn learning_rate(&self) -> f32;

    /// All settings, as study files name them.
    fn settings_mut(&mut self) -> Vec<Setting<'_>>;

    /// The weight decay, and which parameters it counts.
    fn decay_mut(&mut self) -> (&mut f32, PenaltyScope);

    /// Checks settings that depend on each other, beyond the limits of each setting.
    ///
    /// # Errors
    /// A setting that the others do not allow.
    fn check(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// The names of the moments that the optimizer keeps for each parameter, as in the state of
    /// PyTorch's optimizer; `None` for a moment that it does not keep. The first step finds them
    /// zero.
    fn moments(&self) -> [Option<&'static str>; MOST_MOMENTS];

    /// Adds the penalty's gradient to the gradients, and moves the parameters along them. A moment
    /// that the optimizer does not keep is empty.
    fn apply(&self, at: StepAt, penalty: Option<PenaltyGradient>, trained: Trained);
}

/// The number of a step, and its learning rate.
#[derive(Clone, Copy)]
pub(crate) struct StepAt {
    pub(crate) learning_rate: f32,
    /// Counted from 1.
    pub(crate) step: u64,
}

/// A setting of an optimizer that a study file may change.
pub struct Setting<'a> {
    /// The setting's name in a study file, such as `learning_rate`.
    pub key: &'static str,
    /// Where the setting is, and which values it may have.
    pub value: SettingValue<'a>,
}

/// Where a setting is, and which values it may have.
pub enum SettingValue<'a> {
    /// A number within limits.
    Number(&'a mut f32, SettingLimits),
    /// True or false.
    Flag(&'a mut bool),
    /// Which parameters something counts.
    Scope(&'a mut PenaltyScope),
}

/// The limits of a number. Infinity and NaN are never allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingLimits {
    /// Above 0.
    Positive,
    /// 0 or above.
    NotNegative,
    /// From 0 to below 1.
    BelowOne,
}

/// A setting that the optimizer's other settings do not allow.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{key}` must be {must}, got `{got}`")]
pub struct SettingError {
    /// The setting's name in a study file.
    pub key: &'static str,
    /// What the setting must be.
    pub must: &'static str,
    /// What it is.
    pub got: String,
}

/// A setting that is a number.
pub(super) fn number<'a>(
    key: &'static str,
    value: &'a mut f32,
    limits: SettingLimits,
) -> Setting<'a> {
    Setting { key, value: SettingValue::Number(value, limits) }
}

/// A setting that says which parameters something counts.
pub(super) fn scope<'a>(key: &'static str, scope: &'a mut PenaltyScope) -> Setting<'a> {
    Setting { key, value: SettingValue::Scope(scope) }
}

/// Adds the penalty's gradient, if there is a penalty.
pub(super) fn add_penalty(
    penalty: Option<PenaltyGradient>,
    parameters: &[f32],
    gradients: &mut [f32],
) {
    if let Some(penalty) = penalty {
        penalty.add(parameters, gradients);
    }
}
