//! The predictions of a network's finished runs.

use fitroom_results::{Prediction, Results, ResultsError, Run, RunStatus};

use crate::error::{ReportError, check_index};

/// The predictions of a network's finished runs for the same test images, without those of runs on
/// fresh seeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SeedPredictions {
    /// Seeds of the runs that have predictions, ascending.
    pub seeds: Vec<u64>,
    /// The predictions of each of these seeds, image by image.
    pub predictions: Vec<Vec<Prediction>>,
    /// Seeds of finished runs without predictions.
    pub unpredicted: Vec<u64>,
}

impl SeedPredictions {
    /// Reads the predictions of one network. `labels` are the classes of the test images; `None` if
    /// they are not known.
    ///
    /// # Errors
    /// There is no such network, or a file can't be read, is damaged, or is of other images than
    /// `labels` or the other runs.
    pub fn read(
        results: &Results,
        network: usize,
        labels: Option<&[u8]>,
    ) -> Result<Self, ReportError> {
        check_index("network", network, results.networks.len())?;
        let mut labels = labels.map(<[u8]>::to_vec);
        let mut read = SeedPredictions::default();
        for run in finished(results, network) {
            let Some(predictions) = results.predictions(run)? else {
                read.unpredicted.push(run.seed);
                continue;
            };
            let of_run: Vec<u8> = predictions.iter().map(|prediction| prediction.label).collect();
            match &labels {
                Some(labels) if of_run != *labels => {
                    let path = results.predictions_path(run).unwrap_or_default();
                    return Err(ResultsError::OtherLabels { path }.into());
                }
                Some(_) => {}
                None => labels = Some(of_run),
            }
            read.seeds.push(run.seed);
            read.predictions.push(predictions);
        }
        Ok(read)
    }

    /// The classes of the test images; `None` if no run has predictions.
    pub fn labels(&self) -> Option<Vec<u8>> {
        Some(self.predictions.first()?.iter().map(|prediction| prediction.label).collect())
    }
}

/// The finished runs of a network, without those on fresh seeds.
pub fn finished(results: &Results, network: usize) -> Vec<&Run> {
    let is_finished = |run: &&Run| run.network == network && run.status == RunStatus::Finished;
    results.runs.iter().filter(is_finished).collect()
}
