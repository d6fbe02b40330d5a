//! The settings of a network that have changed.

use serde::{Deserialize, Serialize};

use crate::NetworkPlan;

/// A setting that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingChange {
    /// The setting's key in a study file.
    pub key: String,
    /// The value before, as in a study file.
    pub before: String,
    /// The value now, as in a study file.
    pub now: String,
}

impl SettingChange {
    /// The settings of `now` that had another value in `before`. A network's name, baseline and
    /// reference curve don't count, and neither does the path of the file from which it starts: the
    /// file's tensors do.
    pub(crate) fn between(before: &NetworkPlan, now: &NetworkPlan) -> Vec<SettingChange> {
        let settings = before.settings().into_iter().zip(now.settings());
        settings
            .filter(|((key, text), (key_now, text_now))| match *key {
                "init" => before.training.init != now.training.init,
                _ => (key, text) != (key_now, text_now),
            })
            .map(|((key, before), (key_now, now))| match key == key_now {
                true => SettingChange { key: key.to_owned(), before, now },
                // Epochs became steps or a budget, or the other way round.
                false => SettingChange {
                    key: "the length of training".to_owned(),
                    before: format!("{key} = {before}"),
                    now: format!("{key_now} = {now}"),
                },
            })
            .collect()
    }
}
