//! The network of a finished run with the weights of its best epoch, for images that no run has seen.

use fitroom_data::Dataset;
use fitroom_nn::{Network, NetworkMemory, OutOfMemory, Recipe, Shape};
use thiserror::Error;

use crate::file_names::BEST;
use crate::trainer::{normalise, split};
use crate::{DatasetFacts, Normalise, StoreError, StoredRun, StoredStudy, StudyError};

/// A network with the weights that a run keeps. It uses one thread.
pub struct TrainedNetwork {
    network: Network,
    image_len: usize,
    classes: usize,
}

/// Why a run's network can't be made.
#[derive(Debug, Error)]
pub enum TrainedNetworkError {
    /// The run's weights can't be read or are damaged, or the network does not fit the images.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The network normalises images by the images that it was trained on, and there are none.
    #[error(
        "`{network}` normalises images by the mean of its training images, and the data set {dataset} is not loaded\nhint: load the \
         data set first"
    )]
    DataNeeded {
        /// The network.
        network: String,
        /// The name of the data set that is needed.
        dataset: String,
    },
    /// The data set is not the one that the run was trained on.
    #[error(
        "the data set {found} does not have the images that the study was trained on ({expected})\nhint: give the same files as \
         when the study ran"
    )]
    OtherData {
        /// The name of the given data set.
        found: String,
        /// The name of the study's data set.
        expected: String,
    },
    /// The system refuses memory.
    #[error("there is no memory for the network: {0}")]
    Memory(#[from] OutOfMemory),
}

impl From<StudyError> for TrainedNetworkError {
    fn from(error: StudyError) -> Self {
        TrainedNetworkError::Store(error.into())
    }
}

impl TrainedNetwork {
    /// The bytes of an image: height × width × channels.
    pub fn image_len(&self) -> usize {
        self.image_len
    }

    /// The probability of each class: softmax of the logits, as `predictions.csv` has it. NaN if the
    /// logits overflow.
    ///
    /// # Panics
    /// If `image` has not [`image_len`](Self::image_len) bytes.
    pub fn probabilities(&mut self, image: &[u8]) -> Vec<f32> {
        assert_eq!(image.len(), self.image_len, "an image is height × width × channels bytes");
        let mut probabilities = vec![0.0; self.classes];
        // The label only decides a score, which nobody reads here.
        self.network.predict(image, &[0], &[0], &mut [0], &mut probabilities);
        probabilities
    }
}

impl StoredStudy {
    /// The network of a finished run, with the weights of the epoch that it chose. `None` if the run is
    /// not finished, or its weights are not stored. `dataset` is needed only if the network
    /// [normalises](Normalise::MeanStd) by its training images.
    ///
    /// # Errors
    /// The weights are damaged, or the data set is missing or another one.
    pub fn trained_network(
        &self,
        run: &StoredRun,
        dataset: Option<&Dataset>,
    ) -> Result<Option<TrainedNetwork>, TrainedNetworkError> {
        let plan = &self.study.networks[run.network];
        let Some(outcome) = &run.outcome else { return Ok(None) };
        let directory = self.directory(run);
        if !directory.file(BEST).exists() {
            return Ok(None);
        }
        if let Some(dataset) = dataset.filter(|data| data.fingerprint != self.dataset.fingerprint) {
            let (found, expected) = (dataset.name.clone(), self.dataset.name.clone());
            return Err(TrainedNetworkError::OtherData { found, expected });
        }
        let (recipe, classes) = (self.recipe(run.network), self.dataset.classes.len());
        let architecture = plan.architecture(self.image(), classes)?;
        let mut network = Network::try_new(&architecture, &recipe, 1, run.seed)?;
        match (plan.training.normalise, dataset) {
            (Normalise::Unit, _) => {}
            (Normalise::MeanStd, Some(dataset)) => {
                let held_out = self.study.held_out(dataset.train.len());
                let labels = &dataset.train.labels;
                let split = split(labels, held_out, self.study.train_images, run.seed);
                normalise(&mut network, plan.training.normalise, dataset, &split.train);
            }
            (Normalise::MeanStd, None) => {
                let (network, dataset) = (plan.name.clone(), self.dataset.name.clone());
                return Err(TrainedNetworkError::DataNeeded { network, dataset });
            }
        }
        directory.load_best(&mut network, outcome.best.epoch)?;
        let DatasetFacts { channels, height, width, .. } = self.dataset;
        Ok(Some(TrainedNetwork { network, image_len: height * width * channels, classes }))
    }

    /// The bytes of memory that one [`trained_network`](Self::trained_network) of the network at this
    /// index takes.
    ///
    /// # Errors
    /// The network does not fit the data set's images.
    pub fn trained_network_bytes(&self, network: usize) -> Result<u64, TrainedNetworkError> {
        let classes = self.dataset.classes.len();
        let architecture = self.study.networks[network].architecture(self.image(), classes)?;
        Ok(NetworkMemory::of(&architecture, &self.recipe(network), 1, 1).reserved)
    }

    fn image(&self) -> Shape {
        let DatasetFacts { channels, height, width, .. } = self.dataset;
        Shape::Image { channels, height, width }
    }

    /// Nothing is trained, so of the recipe only augmentation matters: it may apply in tests too.
    fn recipe(&self, network: usize) -> Recipe {
        let augmentation = self.study.networks[network].training.augmentation;
        Recipe { augmentation, ..Recipe::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{RunOptions, Study, run_study, test_data};

    fn stored(study: &Study, dataset: &Dataset, dir: &std::path::Path) -> StoredStudy {
        let options = RunOptions::new(2);
        run_study(study, dataset, dir, &options, &AtomicBool::new(false), &|_| {}).unwrap();
        StoredStudy::open(dir).unwrap()
    }

    #[test]
    fn probabilities_are_those_of_predictions_csv_for_all_kinds_of_layers() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = test_data::dataset(60, 30);
        let study = test_data::study(
            "seeds = 2\n\
             training = { epochs = 3, batch_size = 8, validation = 12 }\n\
             network = [\n\
             { name = 'none', layers = '' },\n\
             { name = 'dense', layers = 'dense 8, relu, dropout 0.2, dense 5, batchnorm' },\n\
             { name = 'conv', layers = 'conv 4 3x3 pad 1, batchnorm, relu, maxpool 2x2, flatten, dense 6, relu' },\n\
             { name = 'normalised', layers = 'conv 3 3x3, relu, flatten', normalise = 'mean-std' },\n\
             { name = 'views', layers = 'dense 4, relu', augmentation = { shift = 1, flip = true, test_time = true } },\n\
             ]\n",
        );
        let stored = stored(&study, &dataset, dir.path());
        for run in &stored.runs {
            let name = &stored.study.networks[run.network].name;
            let mut network = stored.trained_network(run, Some(&dataset)).unwrap().unwrap();
            let predictions = stored.predictions(run).unwrap().unwrap();
            for (image, expected) in dataset.test.images.chunks(36).zip(predictions) {
                let found = network.probabilities(image);
                assert_eq!(found[usize::from(expected.predicted)], expected.confidence, "{name}");
                assert_eq!(
                    found[usize::from(expected.label)],
                    expected.label_probability,
                    "{name}"
                );
                assert!(found.iter().all(|&p| p <= expected.confidence), "{name}");
            }
        }
        let normalised = stored.runs.iter().find(|run| run.network == 3).unwrap();
        let missing = stored.trained_network(normalised, None).err().unwrap();
        assert!(matches!(missing, TrainedNetworkError::DataNeeded { .. }), "{missing}");
        let other = test_data::dataset(63, 30);
        let error = stored.trained_network(normalised, Some(&other)).err().unwrap();
        assert!(matches!(error, TrainedNetworkError::OtherData { .. }), "{error}");
        assert!(stored.trained_network(&stored.runs[0], None).unwrap().is_some());
        assert!(stored.trained_network_bytes(1).unwrap() > 4 * 36 * 8);
    }

    #[test]
    fn damaged_weights_are_an_error_that_names_the_run_and_missing_ones_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = test_data::dataset(30, 6);
        let study = test_data::study(
            "training = { epochs = 1, batch_size = 8, validation = 6 }\n\
             network = [{ name = 'none', layers = '' }]\n",
        );
        let stored = stored(&study, &dataset, dir.path());
        let run = &stored.runs[0];
        let path = stored.directory(run).file(BEST);
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = stored.trained_network(run, None).err().unwrap().to_string();
        assert!(error.contains(&run.id) && error.contains("damaged"), "{error}");
        std::fs::remove_file(&path).unwrap();
        assert!(stored.trained_network(run, None).unwrap().is_none());
        let unfinished = StoredRun { outcome: None, ..run.clone() };
        assert!(stored.trained_network(&unfinished, None).unwrap().is_none());
    }
}
