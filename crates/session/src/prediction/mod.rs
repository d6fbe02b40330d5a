//! Predictions on new images, by trained networks.
//!
//! A network was trained with several seeds, so there are several trained networks. Each gives the
//! probability of every class, and their mean is the answer. How much they differ tells how much of an
//! answer is luck. A run's weights are those of the epoch that it chose, as in `predictions.csv`.
//!
//! [`find_models`](crate::models::find_models) finds the networks, and [`fitroom_data::read_picture`]
//! makes an image of a PNG or JPEG file.

mod error;
#[cfg(test)]
mod tests;

use fitroom_data::{Dataset, ModelImages};
use fitroom_nn::{Network, NetworkMemory, Recipe};
use fitroom_study::StoredStudy;

use crate::models::{
    FoundModels, LeftOut, LeftOutBecause, ModelsError, SeedChoice, models_of_network,
};
pub use error::PredictionError;

/// Most bytes of memory that the networks of a predictor take together: 1 GiB.
pub const MOST_BYTES: u64 = 1 << 30;

/// Most images that a network scores at once. More take more memory, and are no faster.
const MOST_AT_ONCE: usize = 256;

/// A network with the weights of one or several seeds.
pub struct Predictor {
    network: String,
    images: ModelImages,
    classes: Vec<String>,
    trained: Vec<(u64, Network)>,
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
        let network = stored.study.network(network).map_err(ModelsError::from)?;
        let found = models_of_network(stored, network, SeedChoice::All, dataset)?;
        Self::of(found, 1, 1)
    }

    /// Makes networks of models, which are of one network with several seeds. They predict up to
    /// `images` images at once, on this many threads. Seeds for which there is no room in
    /// [`MOST_BYTES`] are [left out](Self::left_out).
    ///
    /// # Errors
    /// One network alone takes more memory, or the system has none or no threads left.
    pub fn of(found: FoundModels, images: usize, threads: usize) -> Result<Self, PredictionError> {
        Self::within(found, images, threads, MOST_BYTES)
    }

    fn within(
        found: FoundModels,
        images: usize,
        threads: usize,
        most: u64,
    ) -> Result<Self, PredictionError> {
        let FoundModels { models, mut left_out, study: _ } = found;
        let Some(first) = models.first() else { unreachable!("at least one model is found") };
        let architecture = first.architecture()?;
        let recipe = Recipe { augmentation: first.views, ..Recipe::default() };
        let bytes_of = |batch| NetworkMemory::of(&architecture, &recipe, batch, threads).reserved;
        // Fewer images at once are slower, and leave no seed out.
        let has_room = |batch: &usize| bytes_of(*batch).saturating_mul(models.len() as u64) <= most;
        let batches = [images.clamp(1, MOST_AT_ONCE), 16.min(images.max(1)), 1];
        let batch = batches.into_iter().find(has_room).unwrap_or(1);
        let bytes = bytes_of(batch);
        let network = first.network.clone();
        if bytes > most {
            return Err(PredictionError::TooLarge { network, bytes, most });
        }
        let (images, classes) = (first.images, first.classes.clone());
        let mut trained = Vec::new();
        for model in models {
            if bytes.saturating_mul(trained.len() as u64 + 1) > most {
                let run = model.facts.get("run").cloned().unwrap_or_default();
                left_out.push(LeftOut { run, seed: model.seed, because: LeftOutBecause::NoRoom });
                continue;
            }
            let mut network = model.network(batch)?;
            network.try_set_threads(threads).map_err(PredictionError::Threads)?;
            trained.push((model.seed, network));
        }
        Ok(Predictor { network, images, classes, trained, left_out })
    }

    /// The network's name.
    pub fn network(&self) -> &str {
        &self.network
    }

    /// The shape of the network's images, and what they look like.
    pub fn images(&self) -> &ModelImages {
        &self.images
    }

    /// The name of each class.
    pub fn classes(&self) -> &[String] {
        &self.classes
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
        let expected = self.image_len();
        if image.len() != expected {
            return Err(PredictionError::WrongLength { expected, found: image.len() });
        }
        Ok(self.predict_all(image)?.remove(0))
    }

    /// The probabilities of the classes of each image. The images follow each other.
    ///
    /// # Errors
    /// The bytes are no whole number of images.
    pub fn predict_all(&mut self, images: &[u8]) -> Result<Vec<Prediction>, PredictionError> {
        let (expected, classes) = (self.image_len(), self.classes.len());
        if !images.len().is_multiple_of(expected) {
            return Err(PredictionError::WrongLength { expected, found: images.len() });
        }
        let count = images.len() / expected;
        let indices: Vec<u32> = (0..count as u32).collect();
        // Labels only decide a score, which nobody reads here.
        let labels = vec![0; count];
        let of_seed = |(seed, network): &mut (u64, Network)| {
            let (mut predicted, mut probabilities) = (vec![0; count], vec![0.0; count * classes]);
            network.predict(images, &labels, &indices, &mut predicted, &mut probabilities);
            (*seed, probabilities)
        };
        let seeds: Vec<(u64, Vec<f32>)> = self.trained.iter_mut().map(of_seed).collect();
        let of_image = |image: usize| {
            let of_seed = |(seed, probabilities): &(u64, Vec<f32>)| SeedPrediction {
                seed: *seed,
                probabilities: probabilities[image * classes..][..classes].to_vec(),
            };
            let seeds: Vec<SeedPrediction> = seeds.iter().map(of_seed).collect();
            let mean = |class: usize| {
                let sum: f64 = seeds.iter().map(|seed| f64::from(seed.probabilities[class])).sum();
                (sum / seeds.len() as f64) as f32
            };
            Prediction { mean: (0..classes).map(mean).collect(), seeds }
        };
        Ok((0..count).map(of_image).collect())
    }

    fn image_len(&self) -> usize {
        let ModelImages { height, width, channels, .. } = self.images;
        height * width * channels
    }
}

impl Prediction {
    /// The class with the highest mean probability, the first of equals; `None` if the logits of a
    /// network overflow, so that there are no probabilities.
    pub fn class(&self) -> Option<usize> {
        most_probable(&self.mean)
    }
}

impl SeedPrediction {
    /// The class with the highest probability, the first of equals; `None` if the logits overflow.
    pub fn class(&self) -> Option<usize> {
        most_probable(&self.probabilities)
    }
}

fn most_probable(probabilities: &[f32]) -> Option<usize> {
    if probabilities.iter().any(|probability| probability.is_nan()) {
        return None;
    }
    let all = probabilities.iter().enumerate().rev();
    all.max_by(|a, b| a.1.total_cmp(b.1)).map(|(class, _)| class)
}
