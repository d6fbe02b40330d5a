//! Predictions on new images, by the trained networks of a stored study.
//!
//! A network was trained with several seeds, so there are several trained networks. Each gives the
//! probability of every class, and their mean is the answer. How much they differ tells how much of an
//! answer is luck. A run's weights are those of the epoch that it chose, as in `predictions.csv`.
//!
//! [`fitroom_data::read_picture`] makes an image of a PNG or JPEG file.

mod error;
mod left_out;
#[cfg(test)]
mod tests;

use fitroom_data::Dataset;
use fitroom_study::{RunStatus, StoredStudy, TrainedNetwork};

pub use error::PredictionError;
pub use left_out::{LeftOut, LeftOutBecause};

/// Most bytes of memory that the networks of a predictor take together: 1 GiB.
pub const MOST_BYTES: u64 = 1 << 30;

/// One network of a study, with the weights of each finished run.
pub struct Predictor {
    network: String,
    image_len: usize,
    trained: Vec<(u64, TrainedNetwork)>,
    left_out: Vec<LeftOut>,
}

/// The probabilities of the classes of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// What the network of each seed says, seeds ascending.
    pub seeds: Vec<SeedPrediction>,
    /// The mean of the probabilities over the seeds, by class. NaN if one of them is.
    pub mean: Vec<f32>,
}

/// What the network of one seed says.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedPrediction {
    /// The seed.
    pub seed: u64,
    /// The probability of each class: softmax of the logits. NaN if they overflow.
    pub probabilities: Vec<f32>,
}

impl Predictor {
    /// Loads the weights of all finished runs of the study's network of this name. `dataset` is needed
    /// only if the network normalises images by those that it was trained on. Seeds for which there is
    /// no room in [`MOST_BYTES`] are [left out](Self::left_out), as are runs without weights.
    ///
    /// # Errors
    /// There is no such network, it has no finished run with weights, the weights of a run are damaged,
    /// or the data set is missing or another one.
    pub fn open(
        stored: &StoredStudy,
        network: &str,
        dataset: Option<&Dataset>,
    ) -> Result<Self, PredictionError> {
        Self::open_within(stored, network, dataset, MOST_BYTES)
    }

    fn open_within(
        stored: &StoredStudy,
        network: &str,
        dataset: Option<&Dataset>,
        most: u64,
    ) -> Result<Self, PredictionError> {
        let names = || stored.study.networks.iter().map(|plan| plan.name.as_str());
        let Some(index) = names().position(|name| name == network) else {
            let nearest = fitroom_nearest::nearest(network, names()).map(str::to_owned);
            return Err(PredictionError::NoSuchNetwork { name: network.to_owned(), nearest });
        };
        let (mut trained, mut left_out) = (Vec::new(), Vec::new());
        for run in stored.runs.iter().filter(|run| run.network == index) {
            let failed = |error| PredictionError::Run {
                run: run.id.clone(),
                seed: run.seed,
                error: Box::new(error),
            };
            let mut leave_out = |because| {
                left_out.push(LeftOut { run: run.id.clone(), seed: run.seed, because });
            };
            match run.status {
                RunStatus::Pending => leave_out(LeftOutBecause::NotFinished),
                RunStatus::Diverged => leave_out(LeftOutBecause::Diverged),
                RunStatus::Finished => {
                    let bytes = stored.trained_network_bytes(index).map_err(failed)?;
                    if bytes > most {
                        let network = network.to_owned();
                        return Err(PredictionError::TooLarge { network, bytes, most });
                    }
                    if bytes.saturating_mul(trained.len() as u64 + 1) > most {
                        leave_out(LeftOutBecause::NoRoom);
                        continue;
                    }
                    match stored.trained_network(run, dataset).map_err(failed)? {
                        Some(network) => trained.push((run.seed, network)),
                        None => leave_out(LeftOutBecause::NoWeights),
                    }
                }
            }
        }
        let network = network.to_owned();
        let Some(image_len) = trained.first().map(|(_, network)| network.image_len()) else {
            return Err(PredictionError::NoRuns { network, left_out });
        };
        Ok(Predictor { network, image_len, trained, left_out })
    }

    /// The network's name.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The seeds whose networks predict, ascending.
    pub fn seeds(&self) -> impl Iterator<Item = u64> {
        self.trained.iter().map(|(seed, _)| *seed)
    }

    /// The runs of the network that are not used, and why.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The probabilities of the classes of an image: height × width × channels bytes.
    ///
    /// # Errors
    /// The image has another number of bytes.
    pub fn predict(&mut self, image: &[u8]) -> Result<Prediction, PredictionError> {
        if image.len() != self.image_len {
            let (expected, found) = (self.image_len, image.len());
            return Err(PredictionError::WrongLength { expected, found });
        }
        let of_seed = |(seed, network): &mut (u64, TrainedNetwork)| SeedPrediction {
            seed: *seed,
            probabilities: network.probabilities(image),
        };
        let seeds: Vec<SeedPrediction> = self.trained.iter_mut().map(of_seed).collect();
        let classes = seeds.first().map_or(0, |seed| seed.probabilities.len());
        let mean = |class: usize| {
            let sum: f64 = seeds.iter().map(|seed| f64::from(seed.probabilities[class])).sum();
            (sum / seeds.len() as f64) as f32
        };
        Ok(Prediction { mean: (0..classes).map(mean).collect(), seeds })
    }
}
