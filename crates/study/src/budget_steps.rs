//! Turns budgets of seconds into steps. Each is measured once: what a directory of results has
//! counts from then on.

use std::collections::HashMap;

use fitroom_nn::optimizer::SettingValue;
use fitroom_nn::{InitialValues, Optimizer, Schedule};

use crate::{Budget, Choose, Event, Monitor, NetworkPlan, Study, StudyError, Training};

/// What decides how fast the steps of a network are: layers, and the settings without those that
/// only decide what comes of the steps. So networks of a sweep over learning rates get equally many.
type Speed = String;

/// Gives each network whose budget has no steps yet those of a network that has the same budget and
/// steps of the same speed: one of `stored`, or another one of the study.
pub(crate) fn adopt_steps(study: &mut Study, stored: &[NetworkPlan]) {
    if !study.networks.iter().any(is_unknown) {
        return;
    }
    let mut known: HashMap<(Speed, u64), u32> = HashMap::new();
    for network in stored.iter().chain(&study.networks) {
        if let (Some(budget), Some(steps)) = (seconds(network), network.training.steps) {
            known.entry((speed(network), budget.to_bits())).or_insert(steps);
        }
    }
    for network in study.networks.iter_mut().filter(|network| is_unknown(network)) {
        let Some(budget) = seconds(network) else { continue };
        network.training.steps = known.get(&(speed(network), budget.to_bits())).copied();
    }
}

/// Measures what no stored study knows: `measure` returns the seconds of a step of a network. `tell`
/// is told what each budget is.
pub(crate) fn measure_steps<E: From<StudyError>>(
    study: &mut Study,
    measure: &mut dyn FnMut(&NetworkPlan) -> Result<f64, E>,
    tell: &dyn Fn(&Event),
) -> Result<(), E> {
    let mut speeds: HashMap<Speed, f64> = HashMap::new();
    while let Some(first) = study.networks.iter().find(|network| is_unknown(network)) {
        let Some(budget) = seconds(first) else { break };
        let speed_of_first = speed(first);
        let step_seconds = match speeds.get(&speed_of_first) {
            Some(&known) => known,
            None => measure(first)?,
        };
        let steps = first.checked_steps((budget / step_seconds).floor())?;
        let mut networks = Vec::new();
        for network in &mut study.networks {
            let is_same = is_unknown(network) && seconds(network) == Some(budget);
            if is_same && speed(network) == speed_of_first {
                network.training.steps = Some(steps);
                networks.push(network.name.clone());
            }
        }
        speeds.insert(speed_of_first, step_seconds);
        tell(&Event::BudgetMeasured { networks, seconds: budget, steps });
    }
    Ok(())
}

/// The first network whose steps nobody has measured.
pub(crate) fn first_unknown(study: &Study) -> Option<&NetworkPlan> {
    study.networks.iter().find(|network| is_unknown(network))
}

/// Whether the network has a budget whose steps are still to be measured.
fn is_unknown(network: &NetworkPlan) -> bool {
    seconds(network).is_some() && network.training.steps.is_none()
}

fn seconds(network: &NetworkPlan) -> Option<f64> {
    match network.budget? {
        Budget::Seconds(seconds) => Some(seconds),
        Budget::MultiplyAdds(_) => None,
    }
}

fn speed(network: &NetworkPlan) -> Speed {
    let alike = Training {
        epochs: 0,
        steps: None,
        optimizer: with_learning_rate(network.training.optimizer, 1.0),
        schedule: Schedule::default(),
        monitor: Monitor::default(),
        patience: None,
        fit_images: None,
        choose: Choose::default(),
        initial_values: InitialValues::default(),
        ..network.training
    };
    let settings = serde_json::to_string(&alike).expect("settings are plain data");
    format!("{}\n{settings}", network.layers_text())
}

/// The optimizer with another learning rate.
pub(crate) fn with_learning_rate(mut optimizer: Optimizer, rate: f32) -> Optimizer {
    for setting in optimizer.settings_mut() {
        if let ("learning_rate", SettingValue::Number(number, _)) = (setting.key, setting.value) {
            *number = rate;
        }
    }
    optimizer
}

#[cfg(test)]
mod tests;
