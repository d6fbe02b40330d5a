//! How the network of a stored run normalises images.

use fitroom_data::Dataset;
use fitroom_nn::ChannelNorm;
use thiserror::Error;

use crate::trainer::{channel_norms, split};
use crate::{Normalise, StoredRun, StoredStudy};

/// Why it is not known how a run's network normalises images.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NormalisationError {
    /// The network normalises images by the images that it was trained on, and there are none.
    #[error(
        "`{network}` normalises images by the mean of its training images, and the data set {dataset} is not loaded\nhint: `fitroom \
         data fetch` downloads it, and --data-dir names its directory"
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
}

impl StoredStudy {
    /// The mean and the standard deviation of each channel by which the network of this run normalises
    /// images; `None` if it does not. `dataset` is needed only if it does: they are those of the images
    /// that the run was trained on.
    ///
    /// # Errors
    /// The data set is missing or another one.
    pub fn normalisation(
        &self,
        run: &StoredRun,
        dataset: Option<&Dataset>,
    ) -> Result<Option<Vec<ChannelNorm>>, NormalisationError> {
        let plan = &self.study.networks[run.network];
        if let Some(dataset) = dataset.filter(|data| data.fingerprint != self.dataset.fingerprint) {
            let (found, expected) = (dataset.name.clone(), self.dataset.name.clone());
            return Err(NormalisationError::OtherData { found, expected });
        }
        match (plan.training.normalise, dataset) {
            (Normalise::Unit, _) => Ok(None),
            (normalise @ Normalise::MeanStd, Some(dataset)) => {
                let held_out = self.study.held_out(dataset.train.len());
                let labels = &dataset.train.labels;
                let split = split(labels, held_out, self.study.train_images, run.seed);
                Ok(channel_norms(normalise, dataset, &split.train))
            }
            (Normalise::MeanStd, None) => {
                let (network, dataset) = (plan.name.clone(), self.dataset.name.clone());
                Err(NormalisationError::DataNeeded { network, dataset })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{RunOptions, run_study, test_data};

    #[test]
    fn a_run_normalises_by_the_images_that_it_was_trained_on() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = test_data::dataset(60, 30);
        let study = test_data::study(
            "seeds = 2\n\
             training = { epochs = 1, batch_size = 8, validation = 12 }\n\
             network = [{ name = 'plain', layers = '' }, { name = 'normalised', layers = '', normalise = 'mean-std' }]\n",
        );
        let options = RunOptions::new(1);
        run_study(&study, &dataset, dir.path(), &options, &AtomicBool::new(false), &|_| {})
            .unwrap();
        let stored = StoredStudy::open(dir.path()).unwrap();
        let other = test_data::dataset(63, 30);
        for run in &stored.runs {
            let of = |dataset| stored.normalisation(run, dataset);
            assert!(matches!(of(Some(&other)), Err(NormalisationError::OtherData { .. })));
            if run.network == 0 {
                assert_eq!(of(None), Ok(None));
                continue;
            }
            assert!(matches!(of(None), Err(NormalisationError::DataNeeded { .. })));
            let [norm] = of(Some(&dataset)).unwrap().unwrap()[..] else { panic!("one channel") };
            let trained_on = fitroom_data::Split::new(60, 12, run.seed).train;
            let len = stored.dataset.height * stored.dataset.width;
            let bytes = trained_on
                .iter()
                .flat_map(|&image| &dataset.train.images[image as usize * len..][..len]);
            let values: Vec<f64> = bytes.map(|&byte| f64::from(byte) / 255.0).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            assert!((f64::from(norm.mean) - mean).abs() < 1e-6, "{norm:?} {mean}");
        }
    }
}
