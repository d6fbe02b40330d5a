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
        let mut read = SeedPredictions::default();
        read.unpredicted = each_seed(results, network, labels, |seed, predictions| {
            read.seeds.push(seed);
            read.predictions.push(predictions);
        })?;
        Ok(read)
    }

    /// The classes of the test images; `None` if no run has predictions.
    pub fn labels(&self) -> Option<Vec<u8>> {
        Some(self.predictions.first()?.iter().map(|prediction| prediction.label).collect())
    }
}

/// Reads the predictions of one network, calls `take` with those of each seed, and returns the seeds of
/// finished runs without predictions. Like [`SeedPredictions::read`], but holds one seed's at a time.
///
/// # Errors
/// Those of [`SeedPredictions::read`].
pub fn each_seed(
    results: &Results,
    network: usize,
    labels: Option<&[u8]>,
    mut take: impl FnMut(u64, Vec<Prediction>),
) -> Result<Vec<u64>, ReportError> {
    check_index("network", network, results.networks.len())?;
    let mut labels = labels.map(<[u8]>::to_vec);
    let mut unpredicted = Vec::new();
    for run in finished(results, network) {
        let Some(predictions) = results.predictions(run)? else {
            unpredicted.push(run.seed);
            continue;
        };
        let mut of_run = predictions.iter().map(|prediction| prediction.label);
        match &labels {
            Some(labels) if !of_run.by_ref().eq(labels.iter().copied()) => {
                let path = results.predictions_path(run).unwrap_or_default();
                return Err(ResultsError::OtherLabels { path }.into());
            }
            Some(_) => {}
            None => labels = Some(of_run.collect()),
        }
        take(run.seed, predictions);
    }
    Ok(unpredicted)
}

/// The finished runs of a network, without those on fresh seeds.
pub fn finished(results: &Results, network: usize) -> Vec<&Run> {
    let runs = results.runs_of(network).iter();
    runs.filter(|run| run.status == RunStatus::Finished).collect()
}
