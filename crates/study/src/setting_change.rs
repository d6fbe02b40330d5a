//! What is set otherwise in one network than in another.

use serde::{Deserialize, Serialize};

use crate::NetworkPlan;

/// A setting with two values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// As in a study file.
    pub key: String,
    /// What it was, as in a study file.
    pub before: String,
    /// What it is.
    pub now: String,
}

impl SettingChange {
    /// The settings of `now` that were others in `before`; names and baselines are none.
    pub(crate) fn between(before: &NetworkPlan, now: &NetworkPlan) -> Vec<SettingChange> {
        let settings = before.settings().into_iter().zip(now.settings());
        let changes = settings.map(|((key, before), (_, now))| SettingChange {
            key: key.into(),
            before,
            now,
        });
        changes.filter(|change| change.before != change.now).collect()
    }
}
