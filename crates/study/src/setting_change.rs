//! What is set otherwise in one network than in another.

use crate::NetworkPlan;

/// A setting with two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingChange {
    /// As in a study file.
    pub key: &'static str,
    /// What it was, as in a study file.
    pub before: String,
    /// What it is.
    pub now: String,
}

impl SettingChange {
    /// The settings of `now` that were others in `before`; names and baselines are none.
    pub(crate) fn between(before: &NetworkPlan, now: &NetworkPlan) -> Vec<SettingChange> {
        let settings = before.settings().into_iter().zip(now.settings());
        let change = |((key, before), (_, now))| SettingChange { key, before, now };
        settings.map(change).filter(|change| change.before != change.now).collect()
    }
}
