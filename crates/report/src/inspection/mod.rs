//! Inspection of finished runs: their predictions for each test image, and their weights.

mod confusion;
mod first_layer;
mod mistakes;
mod seed_predictions;
mod weights;

use fitroom_data::Dataset;
use fitroom_results::{Prediction, Results, Run};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::ReportError;
use crate::comparison::RightAnswers;
use crate::error::check_index;
use seed_predictions::{each_seed, finished};
use weights::WeightPlan;

pub use confusion::{ConfusedPair, Confusion};
pub use first_layer::{FirstLayer, Shown};
pub use mistakes::{Mistake, Mistakes, picture, raster};
pub use seed_predictions::SeedPredictions;
pub use weights::{LayerWeights, NEAR_ZERO, NetworkWeights, RELATIVELY_NEAR_ZERO};

/// Inspections of all networks.
#[derive(Default)]
pub struct Inspection {
    /// One for each network, in the results' order; empty if nothing was read.
    pub networks: Vec<NetworkInspection>,
}

/// One network over its finished runs.
#[derive(Clone, Default)]
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
    /// Reads predictions and weights: of each network as much as `depths` says, in the results' order.
    /// `dataset` is used only if it is the one that was trained on.
    ///
    /// # Errors
    /// A file can't be read, is damaged, or is of other images.
    pub fn read(
        results: &Results,
        dataset: Option<&Dataset>,
        depths: &[Depth],
    ) -> Result<Self, ReportError> {
        let network = |(network, depth): (usize, &Depth)| match depth {
            Depth::Everything => NetworkInspection::read(results, network, dataset),
            Depth::RightAnswers => NetworkInspection::read_right(results, network, dataset),
            Depth::Nothing => Ok(NetworkInspection::default()),
        };
        let networks: Vec<_> = depths.par_iter().enumerate().map(network).collect();
        // One after the other, so that of several errors the first one is told.
        Ok(Inspection { networks: networks.into_iter().collect::<Result<_, _>>()? })
    }
}

/// How much is read of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Predictions and weights.
    Everything,
    /// Only on which test images its runs are right.
    RightAnswers,
    /// Nothing.
    Nothing,
}

impl NetworkInspection {
    /// Reads the predictions and weights of one network. `dataset` is used only if it is the one
    /// that was trained on.
    ///
    /// # Errors
    /// There is no such network, or a file can't be read, is damaged, or is of other images.
    pub fn read(
        results: &Results,
        network: usize,
        dataset: Option<&Dataset>,
    ) -> Result<Self, ReportError> {
        let mut inspection = NetworkInspection::read_classes(results, network, dataset)?;
        read_fresh(results, network, &mut inspection)?;
        read_weights(results, network, &finished(results, network), &mut inspection)?;
        Ok(inspection)
    }

    /// Reads only on which test images the network's runs are right, those on fresh seeds too.
    fn read_right(
        results: &Results,
        network: usize,
        dataset: Option<&Dataset>,
    ) -> Result<Self, ReportError> {
        let labels = dataset.filter(|dataset| is_of(results, dataset));
        let labels = labels.map(|dataset| &dataset.test.labels[..]);
        let mut inspection = NetworkInspection::default();
        each_seed(results, network, labels, |seed, predictions| {
            let right = predictions.iter().map(Prediction::is_right).collect();
            inspection.right.insert(seed, right);
        })?;
        read_fresh(results, network, &mut inspection)?;
        Ok(inspection)
    }

    /// Reads the confusion matrix and the weights of one run.
    ///
    /// # Errors
    /// There is no such network, or a file can't be read or is damaged.
    pub fn read_run(results: &Results, run: &Run) -> Result<Self, ReportError> {
        check_index("network", run.network, results.networks.len())?;
        let mut inspection = NetworkInspection::default();
        if let Some(predictions) = results.predictions(run)? {
            let mut confusion = Confusion::new(results.dataset.classes.len());
            confusion.add(run.seed, &predictions);
            inspection.confusion = Some(confusion);
        }
        read_weights(results, run.network, &[run], &mut inspection)?;
        Ok(inspection)
    }

    /// Reads only what is known of classes and mistakes: the predictions of one network, without
    /// those on fresh seeds, and no weights, which are far larger.
    ///
    /// # Errors
    /// There is no such network, or a file can't be read, is damaged, or is of other images.
    pub fn read_classes(
        results: &Results,
        network: usize,
        dataset: Option<&Dataset>,
    ) -> Result<Self, ReportError> {
        let dataset = dataset.filter(|dataset| is_of(results, dataset));
        let mut inspection = NetworkInspection::default();
        read_predictions(results, network, dataset, &mut inspection)?;
        Ok(inspection)
    }
}

/// Whether the results were trained on this data set.
fn is_of(results: &Results, dataset: &Dataset) -> bool {
    results.dataset.fingerprint.as_ref() == Some(&dataset.fingerprint)
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
    network: usize,
    dataset: Option<&Dataset>,
    inspection: &mut NetworkInspection,
) -> Result<(), ReportError> {
    let labels = dataset.map(|dataset| &dataset.test.labels[..]);
    let mut confusion = Confusion::new(results.dataset.classes.len());
    let mut mistakes = Mistakes::default();
    inspection.unpredicted = each_seed(results, network, labels, |seed, predictions| {
        confusion.add(seed, &predictions);
        mistakes.add(&predictions);
        let right = predictions.iter().map(Prediction::is_right).collect();
        inspection.right.insert(seed, right);
    })?;
    inspection.mistakes = mistakes.most_confident(SHOWN_MISTAKES);
    if let Some(dataset) = dataset {
        inspection.mistakes.iter_mut().for_each(|mistake| {
            mistake.picture = Some(picture(dataset, &dataset.test, mistake.image));
        });
    }
    inspection.confusion = (confusion.seeds() > 0).then_some(confusion);
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
