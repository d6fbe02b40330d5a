//! What is to be seen inside of a study's finished runs, read from its directory: what they make of
//! each test image, and their weights.

use fitroom_data::Dataset;
use fitroom_study::{RunStatus, Shape, StoreError, StoredRun, StoredStudy, Weights};

use crate::ReportError;
use crate::confusion::Confusion;
use crate::mistakes::{Mistake, most_confident, picture};
use crate::weights::{NetworkWeights, WeightPlan};

/// One for each network, in the study's order; empty where nothing was read.
#[derive(Default)]
pub struct Looks {
    /// In the study's order.
    pub networks: Vec<NetworkLook>,
}

/// One network over its finished runs.
#[derive(Default)]
pub struct NetworkLook {
    /// With the weights of the best epoch; `None` where no run has predictions.
    pub confusion: Option<Confusion>,
    /// Surest first, at most [`SHOWN_MISTAKES`]; with pictures where the images are at hand.
    pub mistakes: Vec<Mistake>,
    /// After the last epoch; `None` where no run has its weights.
    pub weights: Option<NetworkWeights>,
    /// Seeds of finished runs without predictions.
    pub unpredicted: Vec<u64>,
    /// Seeds of finished runs without weights.
    pub weightless: Vec<u64>,
}

/// Images of a picture sheet: two rows of ten.
pub const SHOWN_MISTAKES: usize = 20;

impl Looks {
    /// Reads them. `dataset` is of use where it is the study's.
    ///
    /// # Errors
    /// A file that can't be read, is damaged, or is of other images.
    pub fn read(stored: &StoredStudy, dataset: Option<&Dataset>) -> Result<Self, ReportError> {
        let dataset = dataset.filter(|dataset| dataset.fingerprint == stored.dataset.fingerprint);
        let networks =
            (0..stored.study.networks.len()).map(|network| look(stored, network, dataset));
        Ok(Looks { networks: networks.collect::<Result<_, _>>()? })
    }
}

fn look(
    stored: &StoredStudy,
    network: usize,
    dataset: Option<&Dataset>,
) -> Result<NetworkLook, ReportError> {
    let is_finished =
        |run: &&StoredRun| run.network == network && run.status == RunStatus::Finished;
    let runs: Vec<&StoredRun> = stored.runs.iter().filter(is_finished).collect();
    let mut look = NetworkLook::default();
    classify(stored, &runs, dataset, &mut look)?;
    weigh(stored, network, &runs, &mut look)?;
    Ok(look)
}

fn classify(
    stored: &StoredStudy,
    runs: &[&StoredRun],
    dataset: Option<&Dataset>,
    look: &mut NetworkLook,
) -> Result<(), ReportError> {
    let mut confusion = Confusion::new(stored.dataset.classes.len());
    let mut seeds = Vec::new();
    for run in runs {
        let Some(predictions) = stored.predictions(run)? else {
            look.unpredicted.push(run.seed);
            continue;
        };
        if let Some(dataset) = dataset
            && !predictions.iter().map(|prediction| &prediction.label).eq(&dataset.test.labels)
        {
            let path = stored.predictions_path(run);
            return Err(StoreError::Damaged {
                path,
                problem: "its labels are not the data set's".into(),
            }
            .into());
        }
        confusion.add(run.seed, &predictions);
        seeds.push(predictions);
    }
    look.mistakes = most_confident(&seeds, SHOWN_MISTAKES);
    if let Some(dataset) = dataset {
        look.mistakes
            .iter_mut()
            .for_each(|mistake| mistake.picture = Some(picture(dataset, mistake.image)));
    }
    look.confusion = (!seeds.is_empty()).then_some(confusion);
    Ok(())
}

fn weigh(
    stored: &StoredStudy,
    network: usize,
    runs: &[&StoredRun],
    look: &mut NetworkLook,
) -> Result<(), ReportError> {
    let (plan, dataset) = (&stored.study.networks[network], &stored.dataset);
    let image = [dataset.channels, dataset.height, dataset.width];
    let [channels, height, width] = image;
    let architecture = plan
        .architecture(Shape::Image { channels, height, width }, dataset.classes.len())
        .map_err(|error| ReportError::Network {
            network: plan.name.clone(),
            error: error.into(),
        })?;
    let weights = WeightPlan::new(plan, &architecture, image);
    let mut seeds = Vec::new();
    for run in runs {
        match stored.weights(run, Weights::Last)? {
            Some(tensors) => seeds.push(weights.count(run.seed, &tensors, seeds.is_empty())),
            None => look.weightless.push(run.seed),
        }
    }
    look.weights = weights.summarise(&seeds);
    Ok(())
}
