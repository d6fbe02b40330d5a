//! The phase before the study proper in which networks get their learning rates. It is a study of its
//! own in the directory `tuning`: each network with each learning rate, on seeds that no comparison
//! uses.

use std::collections::HashSet;
use std::path::Path;

use crate::budget_steps::with_learning_rate;
use crate::file_names::TUNING;
use crate::limits;
use crate::seal::sha256;
use crate::tune_subject::{choose, first_untuned, subject_of, waiting};
use crate::{
    Event, Monitor, NetworkPlan, RunError, RunStatus, SeedPlan, StoredRun, StoredStudy, Study,
    StudyError, Training, Tune,
};

/// The first seed of tuning. The seeds of a study and of its confirmations are far below it.
pub(crate) const FIRST_TUNING_SEED: u32 = 1_000_001;

/// Most characters of a network's name that the name of its tuning has: together with the rest, it is
/// no longer than a name may be.
const MOST_OF_NAME: usize = 50;

/// Finds the learning rates that are not known. `train` trains a study in a directory, to its end or
/// until it is stopped; `dir` is that of `study`, whose steps and epochs are known.
pub(crate) fn tune(
    study: &mut Study,
    dir: &Path,
    train: &dyn Fn(&Study, &Path) -> Result<(), RunError>,
    tell: &dyn Fn(&Event),
) -> Result<(), RunError> {
    let Some(tuning) = tuning_study(study)? else { return Ok(()) };
    let dir = dir.join(TUNING);
    train(&tuning, &dir)?;
    let stored = StoredStudy::open(&dir)?;
    while let Some(network) = first_untuned(study) {
        let (subject, tune) = (subject_of(network), network.tune.clone());
        let (Some(subject), Some(tune)) = (subject, tune) else { break };
        let chosen = best(network, &tune, &stored)?;
        let mut networks = Vec::new();
        for network in &mut study.networks {
            if waiting(network).as_ref() == Some(&subject) {
                choose(network, chosen);
                networks.push(network.name.clone());
            }
        }
        let (tried, seeds) = (tune.learning_rates.len(), tune.seeds);
        let is_at_an_end = Tune { chosen: Some(chosen), ..tune }.is_at_an_end();
        tell(&Event::Tuned { networks, learning_rate: chosen, tried, seeds, is_at_an_end });
    }
    Ok(())
}

/// The study that tries the learning rates; `None` if all are known.
fn tuning_study(study: &Study) -> Result<Option<Study>, StudyError> {
    let mut networks = Vec::new();
    let (mut subjects, mut seeds) = (HashSet::new(), 0);
    for network in &study.networks {
        let (Some(subject), Some(tune)) = (waiting(network), &network.tune) else { continue };
        if subjects.insert(subject) {
            seeds = seeds.max(tune.seeds);
            networks.extend(tune.learning_rates.iter().map(|&rate| tried(network, rate)));
        }
    }
    if networks.is_empty() {
        return Ok(None);
    }
    limits::check_runs(networks.len(), seeds)
        .map_err(|problem| StudyError::TooManyRuns { problem: Box::new(problem) })?;
    Ok(Some(Study {
        seeds,
        first_seed: FIRST_TUNING_SEED,
        seed_plan: SeedPlan::Declared,
        networks,
        ..study.clone()
    }))
}

/// The network with a learning rate that is tried.
fn tried(network: &NetworkPlan, rate: f32) -> NetworkPlan {
    let optimizer = with_learning_rate(network.training.optimizer, rate);
    NetworkPlan {
        name: name_of(network, rate),
        vs: None,
        reference: None,
        swept: None,
        tune: None,
        training: Training { optimizer, ..network.training },
        ..network.clone()
    }
}

/// The name of a network with a learning rate that is tried.
fn name_of(network: &NetworkPlan, rate: f32) -> String {
    let (name, rate) = (&network.name, short(rate));
    match name.chars().count() {
        ..=MOST_OF_NAME => format!("{name}, learning rate {rate}"),
        // Two long names may begin alike. Their bytes are told apart by a digest.
        _ => {
            let beginning: String = name.chars().take(MOST_OF_NAME).collect();
            format!("{beginning}… {}, learning rate {rate}", &sha256(name.as_bytes())[..8])
        }
    }
}

/// The learning rate in few characters.
fn short(rate: f32) -> String {
    match rate.to_string() {
        plain if plain.len() <= 10 => plain,
        _ => format!("{rate:e}"),
    }
}

/// The learning rate with the best mean score over the seeds of `tune`; of equals, the first.
fn best(network: &NetworkPlan, tune: &Tune, stored: &StoredStudy) -> Result<f32, RunError> {
    let mut best: Option<(f64, f32)> = None;
    for &rate in &tune.learning_rates {
        let name = name_of(network, rate);
        let position = stored.study.networks.iter().position(|tried| tried.name == name);
        let seeds = stored.study.first_seed..stored.study.first_seed + tune.seeds;
        let runs = stored
            .runs
            .iter()
            .filter(|run| Some(run.network) == position && seeds.contains(&(run.seed as u32)));
        let heights: Vec<f64> = runs.map(|run| height(&network.training, run)).collect();
        let mean = heights.iter().sum::<f64>() / heights.len() as f64;
        // Neither NaN nor the infinity of a run that diverged is better than anything.
        if mean.is_finite() && best.is_none_or(|(highest, _)| mean > highest) {
            best = Some((mean, rate));
        }
    }
    best.map(|(_, rate)| rate)
        .ok_or_else(|| RunError::NothingTuned { network: network.name.clone() })
}

/// The score by which a run is judged; higher is better.
fn height(training: &Training, run: &StoredRun) -> f64 {
    let score = training.chosen_val(&run.epochs).filter(|_| run.status == RunStatus::Finished);
    match (score, training.monitor) {
        (Some(score), Monitor::Accuracy) => score.accuracy,
        (Some(score), Monitor::Loss) => -score.loss,
        (None, Monitor::Accuracy | Monitor::Loss) => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests;
