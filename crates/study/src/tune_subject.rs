//! What a `tune` is about, and which learning rates are known already.

use std::collections::HashSet;

use crate::budget_steps::with_learning_rate;
use crate::{NetworkPlan, Study, StudyError, Training, Tune};

/// What a tuning is about: a network and its settings without the learning rate, and what is tried.
/// Networks that differ in nothing else are tuned once, and stay tuned whatever they are called.
pub(crate) type Subject = String;

/// Gives each network that waits for its learning rate the one that was chosen for a network of
/// `stored` that differs in nothing else.
pub(crate) fn adopt_learning_rates(study: &mut Study, stored: &[NetworkPlan]) {
    for network in &mut study.networks {
        let Some(subject) = waiting(network) else { continue };
        let chosen = stored.iter().find_map(|stored| {
            let chosen = stored.tune.as_ref()?.chosen?;
            (subject_of(stored)? == subject).then_some(chosen)
        });
        if let Some(chosen) = chosen {
            choose(network, chosen);
        }
    }
}

/// The first network that waits for its learning rate.
pub(crate) fn first_untuned(study: &Study) -> Option<&NetworkPlan> {
    study.networks.iter().find(|network| waiting(network).is_some())
}

impl Study {
    /// Fails if a sweep runs over learning rates and nothing else, and `tune` replaces them all.
    pub(crate) fn check_tunes(&self) -> Result<(), StudyError> {
        for sweep in self.sweeps() {
            let mut subjects = HashSet::new();
            let networks = sweep.networks.iter().map(|&network| &self.networks[network]);
            for subject in networks.filter_map(subject_of) {
                if !subjects.insert(subject) {
                    return Err(StudyError::OutOfRange {
                        key: "tune",
                        must: "left out of a sweep over learning rates, which it would replace"
                            .to_owned(),
                        got: format!("it in the sweep `{}`", sweep.name),
                    });
                }
            }
        }
        Ok(())
    }
}

pub(crate) fn choose(network: &mut NetworkPlan, rate: f32) {
    network.training.optimizer = with_learning_rate(network.training.optimizer, rate);
    if let Some(tune) = &mut network.tune {
        tune.chosen = Some(rate);
    }
}

/// What the tuning of a network that waits for it is about.
pub(crate) fn waiting(network: &NetworkPlan) -> Option<Subject> {
    network.tune.as_ref().filter(|tune| tune.chosen.is_none())?;
    subject_of(network)
}

/// What the tuning of a network is about; `None` if it is not tuned.
pub(crate) fn subject_of(network: &NetworkPlan) -> Option<Subject> {
    let Tune { learning_rates, seeds, .. } = network.tune.as_ref()?;
    let optimizer = with_learning_rate(network.training.optimizer, 1.0);
    let settings = serde_json::to_string(&Training { optimizer, ..network.training });
    let settings = settings.expect("settings are plain data");
    Some(format!("{}\n{settings}\n{learning_rates:?} {seeds}", network.layers_text()))
}
