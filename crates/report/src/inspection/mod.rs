//! Inspection of finished runs: their predictions for each test image, and their weights.

mod confusion;
mod first_layer;
mod mistakes;
mod weights;

use fitroom_data::Dataset;
use fitroom_results::{Prediction, Results, ResultsError, Run, RunStatus};

use crate::ReportError;
use crate::comparison::RightAnswers;
use mistakes::{most_confident, picture};
use weights::WeightPlan;

pub use confusion::{ConfusedPair, Confusion};
pub use first_layer::{FirstLayer, Shown};
pub use mistakes::Mistake;
pub use weights::{LayerWeights, NEAR_ZERO, NetworkWeights, RELATIVELY_NEAR_ZERO};

/// Inspections of all networks.
#[derive(Default)]
pub struct Inspection {
    /// One for each network, in the results' order; empty if nothing was read.
    pub networks: Vec<NetworkInspection>,
}

/// One network over its finished runs.
#[derive(Default)]
pub struct NetworkInspection {
    /// Predictions with the weights of the best epoch; `None` if no run has any.
    pub confusion: Option<Confusion>,
    /// The mistakes with the highest confidence, highest first, at most `SHOWN_MISTAKES`. They have
    /// pictures if the images are available.
    pub mistakes: Vec<Mistake>,
    /// Weights after the last epoch; `None` if no run has any.
    pub weights: Option<NetworkWeights>,
    /// On which test images each seed is right, the fresh seeds of a sweep's winner too.
    pub right: RightAnswers,
    /// Seeds of finished runs without predictions.
    pub unpredicted: Vec<u64>,
    /// Seeds of finished runs without weights.
    pub weightless: Vec<u64>,
}

/// Number of mistakes that are shown for each network: two rows of ten.
pub const SHOWN_MISTAKES: usize = 20;

impl Inspection {
    /// Reads predictions and weights. `dataset` is used only if it is the one that was trained on.
    ///
    /// # Errors
    /// A file can't be read, is damaged, or is of other images.
    pub fn read(results: &Results, dataset: Option<&Dataset>) -> Result<Self, ReportError> {
        let fingerprint = results.dataset.fingerprint.as_ref();
        let dataset = dataset.filter(|dataset| Some(&dataset.fingerprint) == fingerprint);
        let networks =
            (0..results.networks.len()).map(|network| inspect(results, network, dataset));
        Ok(Inspection { networks: networks.collect::<Result<_, _>>()? })
    }
}

fn inspect(
    results: &Results,
    network: usize,
    dataset: Option<&Dataset>,
) -> Result<NetworkInspection, ReportError> {
    let is_finished = |run: &&Run| run.network == network && run.status == RunStatus::Finished;
    let runs: Vec<&Run> = results.runs.iter().filter(is_finished).collect();
    let mut inspection = NetworkInspection::default();
    read_predictions(results, &runs, dataset, &mut inspection)?;
    read_fresh(results, network, &mut inspection)?;
    read_weights(results, network, &runs, &mut inspection)?;
    Ok(inspection)
}

/// Reads on which test images the runs on fresh seeds are right.
fn read_fresh(
    results: &Results,
    network: usize,
    inspection: &mut NetworkInspection,
) -> Result<(), ReportError> {
    let fresh =
        results.confirmations.iter().flat_map(|one| one.runs.iter().chain(&one.baseline_runs));
    for run in fresh.filter(|run| run.network == network) {
        if let Some(predictions) = results.predictions(run)? {
            let right = predictions.iter().map(Prediction::is_right).collect();
            inspection.right.insert(run.seed, right);
        }
    }
    Ok(())
}

fn read_predictions(
    results: &Results,
    runs: &[&Run],
    dataset: Option<&Dataset>,
    inspection: &mut NetworkInspection,
) -> Result<(), ReportError> {
    let mut confusion = Confusion::new(results.dataset.classes.len());
    let mut seeds = Vec::new();
    for run in runs {
        let Some(predictions) = results.predictions(run)? else {
            inspection.unpredicted.push(run.seed);
            continue;
        };
        if let Some(dataset) = dataset
            && !predictions.iter().map(|prediction| &prediction.label).eq(&dataset.test.labels)
        {
            let path = results.predictions_path(run).unwrap_or_default();
            return Err(ResultsError::OtherLabels { path }.into());
        }
        confusion.add(run.seed, &predictions);
        let right = predictions.iter().map(Prediction::is_right).collect();
        inspection.right.insert(run.seed, right);
        seeds.push(predictions);
    }
    inspection.mistakes = most_confident(&seeds, SHOWN_MISTAKES);
    if let Some(dataset) = dataset {
        inspection
            .mistakes
            .iter_mut()
            .for_each(|mistake| mistake.picture = Some(picture(dataset, mistake.image)));
    }
    inspection.confusion = (!seeds.is_empty()).then_some(confusion);
    Ok(())
}

fn read_weights(
    results: &Results,
    network: usize,
    runs: &[&Run],
    inspection: &mut NetworkInspection,
) -> Result<(), ReportError> {
    let plan = WeightPlan::new(&results.networks[network].weights, results.dataset.image);
    let mut seeds = Vec::new();
    for run in runs {
        match results.last_weights(run)? {
            Some(tensors) => seeds.push(plan.count(run.seed, &tensors, seeds.is_empty())),
            None => inspection.weightless.push(run.seed),
        }
    }
    inspection.weights = plan.summarise(&seeds);
    Ok(())
}
