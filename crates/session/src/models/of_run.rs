//! Makes models of stored runs.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use fitroom_data::{Dataset, ModelImages};
use fitroom_export::Model;
use fitroom_study::{ENGINE_VERSION, ScoresAt, StoredRun, StoredStudy, Weights};

use super::{FoundModels, LeftOut, LeftOutBecause, ModelsError, SeedChoice, left_out_by_status};

/// The models of a study's network (by its index) that `seeds` asks for. `dataset` is needed only if the
/// network normalises images by those that it was trained on, and for results of earlier versions,
/// which do not say what surrounds the things on images.
///
/// # Errors
/// There is no such seed, no run can be used, weights are damaged, or the data set is missing or
/// another one.
pub fn models_of_network(
    stored: &StoredStudy,
    network: usize,
    seeds: SeedChoice,
    dataset: Option<&Dataset>,
) -> Result<FoundModels, ModelsError> {
    let wanted = runs_of(stored, network, seeds)?;
    let (mut models, mut left_out) = (Vec::new(), Vec::new());
    for run in wanted {
        match model_of_run(stored, run, Weights::Best, dataset)? {
            Ok(model) => models.push(model),
            Err(left) => left_out.push(left),
        }
    }
    if models.is_empty() {
        let network = stored.study.networks[network].name.clone();
        return Err(ModelsError::NoRuns { network, left_out });
    }
    Ok(FoundModels { models, left_out, study: Some(stored.dir.clone()) })
}

/// The runs of a network that `seeds` asks for, finished or not. Without a finished run, all are the best.
///
/// # Errors
/// There is no such seed.
pub(crate) fn runs_of(
    stored: &StoredStudy,
    network: usize,
    seeds: SeedChoice,
) -> Result<Vec<&StoredRun>, ModelsError> {
    let runs: Vec<&StoredRun> = stored.runs.iter().filter(|run| run.network == network).collect();
    match seeds {
        SeedChoice::All => Ok(runs),
        SeedChoice::Best => Ok(best(&runs).map_or(runs, |run| vec![run])),
        SeedChoice::Seed(seed) => match runs.iter().find(|run| run.seed == seed) {
            Some(run) => Ok(vec![*run]),
            None => {
                let network = stored.study.networks[network].name.clone();
                Err(ModelsError::NoSuchSeed { network, seed, seeds: runs.len() })
            }
        },
    }
}

/// The finished run with the highest accuracy on validation images.
fn best<'a>(runs: &[&'a StoredRun]) -> Option<&'a StoredRun> {
    let accuracy = |run: &StoredRun| {
        let ScoresAt { val, fit, .. } = run.outcome?.best;
        Some(if val.accuracy.is_nan() { fit.accuracy } else { val.accuracy })
    };
    let finished = runs.iter().filter_map(|&run| Some((accuracy(run)?, run)));
    // The first of equals, which has the lowest seed.
    finished
        .rev()
        .max_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal))
        .map(|(_, run)| run)
}

/// The model of a run, or why the run can't be used.
///
/// # Errors
/// The weights are damaged, or the data set is missing or another one.
pub fn model_of_run(
    stored: &StoredStudy,
    run: &StoredRun,
    weights: Weights,
    dataset: Option<&Dataset>,
) -> Result<Result<Model, LeftOut>, ModelsError> {
    if let Some(left_out) = left_out_by_status(run) {
        return Ok(Err(left_out));
    }
    let Some(tensors) = stored.weights(run, weights)? else {
        return Ok(Err(LeftOut::of(run, LeftOutBecause::NoWeights(weights))));
    };
    let normalisation = stored.normalisation(run, dataset)?;
    let plan = &stored.study.networks[run.network];
    let augmentation = plan.training.augmentation;
    let images = match dataset {
        Some(dataset) => ModelImages::of(dataset),
        None => stored.dataset.images(),
    };
    Ok(Ok(Model {
        network: plan.name.clone(),
        seed: run.seed,
        layers: plan.layers_text(),
        images,
        classes: stored.dataset.classes.clone(),
        normalisation,
        views: augmentation.of_scoring(),
        tensors,
        facts: facts(stored, run, weights),
    }))
}

/// What is known of a run's network, under names that programs can rely on.
fn facts(stored: &StoredStudy, run: &StoredRun, weights: Weights) -> BTreeMap<String, String> {
    let StoredStudy { study, dataset, host, .. } = stored;
    let mut facts = BTreeMap::new();
    let mut say = |name: &str, value: String| facts.insert(name.to_owned(), value);
    say("study", study.title.clone());
    say("run", run.id.clone());
    say("program", host.program.clone());
    say("engine_version", ENGINE_VERSION.to_string());
    say("dataset", dataset.title.clone());
    say("dataset_fingerprint", dataset.fingerprint.clone());
    if let Some(outcome) = &run.outcome {
        let scores = match weights {
            Weights::Best => outcome.best,
            Weights::Last => outcome.last,
        };
        say("epoch", scores.epoch.to_string());
        for (part, scores) in [("fit", scores.fit), ("val", scores.val), ("test", scores.test)] {
            if !scores.accuracy.is_nan() {
                say(&format!("{part}_accuracy"), scores.accuracy.to_string());
                say(&format!("{part}_loss"), scores.loss.to_string());
            }
        }
    }
    for (key, value) in study.networks[run.network].settings() {
        say(key, value);
    }
    facts
}
