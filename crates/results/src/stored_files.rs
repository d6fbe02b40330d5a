//! The files of a stored study that are large, and so are read only on demand.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use fitroom_study as study;
use fitroom_study::StoredStudy;

use crate::{Prediction, ResultsError, Run, RunStatus, Tensor};

/// The files of a stored study that are read on demand.
#[derive(Clone, Debug)]
pub struct StoredFiles(Arc<StoredStudy>);

impl StoredFiles {
    /// The files of `stored`. Its list of runs is not needed and may be empty.
    pub(crate) fn of(stored: StoredStudy) -> Self {
        StoredFiles(Arc::new(stored))
    }

    /// The study as it is stored. Its list of runs may be empty.
    pub fn study(&self) -> &StoredStudy {
        &self.0
    }

    /// The study's directory.
    pub fn dir(&self) -> &Path {
        &self.0.dir
    }

    pub(crate) fn read_run(&self, network: usize, seed: u64) -> Result<Run, ResultsError> {
        Ok(Run::from(&self.0.read_run(network, seed)?))
    }

    pub(crate) fn last_epoch_at(&self, run: &Run) -> Option<SystemTime> {
        let path = self.0.epochs_path(&stored_run(run));
        fs::symlink_metadata(path).and_then(|file| file.modified()).ok()
    }

    pub(crate) fn predictions(&self, run: &Run) -> Result<Option<Vec<Prediction>>, ResultsError> {
        let Some(predictions) = self.0.predictions(&stored_run(run))? else { return Ok(None) };
        let prediction = |at: study::Prediction| Prediction {
            label: at.label,
            predicted: at.predicted,
            confidence: at.confidence,
            label_probability: at.label_probability,
        };
        Ok(Some(predictions.into_iter().map(prediction).collect()))
    }

    pub(crate) fn predictions_path(&self, run: &Run) -> PathBuf {
        self.0.predictions_path(&stored_run(run))
    }

    pub(crate) fn last_weights(&self, run: &Run) -> Result<Option<Vec<Tensor>>, ResultsError> {
        let Some(tensors) = self.0.weights(&stored_run(run), study::Weights::Last)? else {
            return Ok(None);
        };
        let tensor = |tensor: study::Tensor| Tensor {
            name: tensor.name,
            shape: tensor.shape,
            values: tensor.values,
        };
        Ok(Some(tensors.into_iter().map(tensor).collect()))
    }
}

/// The facts about a run that the store needs to find its files.
fn stored_run(run: &Run) -> study::StoredRun {
    study::StoredRun {
        id: run.id.clone(),
        network: run.network,
        seed: run.seed,
        status: match run.status {
            RunStatus::Pending => study::RunStatus::Pending,
            RunStatus::Finished => study::RunStatus::Finished,
            RunStatus::Diverged => study::RunStatus::Diverged,
        },
        epochs: Vec::new(),
        outcome: None,
    }
}
