//! Makes missing predictions: an earlier version finished runs without storing any.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fitroom_data::Dataset;
use fitroom_nn::{Network, Recipe};

use crate::directory::Directory;
use crate::predictions::predict;
use crate::run::RunFacts;
use crate::trainer::{channel_norms, split};
use crate::workers::on_threads;
use crate::{Event, RunError, RunFailure, RunLabel, RunStatus, Study, image_shape};

/// Classifies the test images for each finished run in `labels` that has its best weights but no
/// predictions, on up to `threads` threads. Returns the runs for which that failed.
pub(crate) fn make_missing(
    study: &Study,
    dataset: &Dataset,
    directory: &Directory,
    labels: &[RunLabel],
    threads: usize,
    stop: &AtomicBool,
    observer: &dyn Fn(&Event),
) -> Result<Vec<(RunLabel, RunFailure)>, RunError> {
    let mut seen = HashSet::new();
    let lacking: Vec<(&RunLabel, RunFacts)> = labels
        .iter()
        .filter(|label| label.status == RunStatus::Finished)
        .map(|label| {
            let plan = &study.networks[label.network_index];
            (label, directory.facts(plan, label.seed, dataset))
        })
        .filter(|(_, facts)| seen.insert(facts.id()) && directory.run(facts).lacks_predictions())
        .collect();
    if !lacking.is_empty() {
        observer(&Event::PredictionsMissing { runs: lacking.len() });
    }
    let make = |(label, facts): &(&RunLabel, RunFacts), threads| -> Result<(), RunFailure> {
        let run = directory.run(facts);
        let architecture = study.networks[label.network_index]
            .architecture(image_shape(dataset), dataset.classes.len())?;
        // Nothing is trained, so of the recipe only augmentation matters (it may apply in tests
        // too), and a batch size of 1 saves memory.
        let recipe =
            Recipe { augmentation: facts.training.augmentation.of_scoring(), ..Recipe::default() };
        let mut network = Network::try_new(&architecture, &recipe, 1, facts.seed)?;
        network.try_set_threads(threads)?;
        let split = split(&dataset.train.labels, facts.held_out(), facts.train_images, facts.seed);
        if let Some(channels) = channel_norms(facts.training.normalise, dataset, &split.train) {
            network.normalise(&channels);
        }
        let (_, _, Some(outcome)) = run.progress()? else { return Ok(()) };
        run.load_best(&mut network, outcome.best.epoch)?;
        if let Some((_, predictions)) = predict(&mut network, &dataset.test, stop) {
            run.save_predictions(&predictions)?;
        }
        Ok(())
    };
    let at_once = threads.clamp(1, lacking.len().max(1));
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(run) = lacking.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = make(run, (threads / at_once).max(1)) {
                failures.lock().expect("pushing does not panic").push((run.0.clone(), error));
            }
        }
    };
    on_threads(at_once, work).map_err(|source| RunError::Threads { threads: at_once, source })?;
    Ok(failures.into_inner().expect("pushing does not panic"))
}
