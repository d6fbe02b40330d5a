//! One run's directory, from which the run can be continued after a kill at any time.
//!
//! Each epoch appends its line, puts the old checkpoint aside, writes a new one and, if the epoch
//! is the best so far, the best weights. After a kill between these, [`RunDirectory::begin`] cuts
//! off the additional line or makes the best weights from the checkpoint. If the checkpoint is
//! damaged, the run continues from the one before it, to the same numbers.
//!
//! A run begins where one of fewer epochs ended, unless learning rates depend on that number.
//!
//! Every file has a seal that covers its content and the run's id. So damage is recognised, and so is
//! a file of another run.

mod copy;
mod shorter_run;
mod verification;

use std::path::{Path, PathBuf};

use fitroom_nn::{Architecture, Network, Tensor};

use crate::disk::{DISK, Disk};
use crate::epoch_lines::{EpochLines, LONGEST_LINE};
use crate::file_names::{
    BEST, CHECKPOINT, DAMAGED, EPOCHS, LAST, OUTCOME, PREDICTIONS, PREVIOUS, RUN, RUNS,
};
use crate::run::RunFacts;
use crate::run_files::{OutcomeFile, RunFile};
use crate::sealed_json::Sealed;
use crate::weights::{self, EpochPart, SavedAt, Weights};
use crate::{
    Choose, DatasetFacts, EpochRecord, Host, Outcome, Prediction, RunStatus, Scores, ScoresAt,
    StoreError, Training, files, predictions,
};

/// A run's directory, which may not exist yet.
pub(crate) struct RunDirectory {
    dir: PathBuf,
    id: String,
    training: Training,
}

impl RunDirectory {
    /// The directory of the run `id` of a study that is stored in `study`.
    pub fn new(study: &Path, id: String, training: Training) -> Self {
        RunDirectory { dir: study.join(RUNS).join(&id), id, training }
    }

    /// The path of one of the run's files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// How far the run has come: its status, its epochs in order, and its outcome.
    pub fn progress(&self) -> Result<(RunStatus, Vec<EpochRecord>, Option<Outcome>), StoreError> {
        files::require_directory(&self.dir)?;
        // The outcome is read first because it is written last: if it exists, so do all other files.
        let path = self.file(OUTCOME);
        let end = Sealed::<OutcomeFile>::read(&path)?;
        let run = RunFile::read(&self.file(RUN), &self.id)?;
        let epochs = self.epochs()?;
        let Some(end) = end else { return Ok((RunStatus::Pending, epochs.records, None)) };
        if run.is_none() {
            return Err(StoreError::damaged(&self.file(RUN), "it is missing"));
        }
        if !end.is_sealed() && epochs.is_sealed && !epochs.records.is_empty() {
            return Err(StoreError::damaged(&path, "it has no seal, and its epochs have one"));
        }
        let OutcomeFile { status, outcome, .. } = end.checked(&path, &[&self.id, &epochs.seal])?;
        let records = epochs.records;
        let expected = outcome.is_some() == (status == RunStatus::Finished);
        if !expected || (status == RunStatus::Finished && !self.training.is_over(&records)) {
            let (done, epochs) = (records.len(), self.training.epochs);
            return Err(StoreError::damaged(
                &path,
                format!("{status:?} after {done} of {epochs} epochs"),
            ));
        }
        if outcome.as_ref().is_some_and(|outcome| !self.is_of(outcome, &records)) {
            return Err(StoreError::damaged(&path, "its scores are not those of its epochs"));
        }
        Ok((status, records, outcome))
    }

    /// The run's end as its file says, without a look at its seal and at other files; `None` if it has
    /// not ended.
    pub fn outcome_unchecked(&self) -> Result<Option<OutcomeFile>, StoreError> {
        Ok(Sealed::read(&self.file(OUTCOME))?.map(|end| end.value))
    }

    /// Whether `outcome` can be that of these epochs.
    fn is_of(&self, outcome: &Outcome, records: &[EpochRecord]) -> bool {
        let is_of = |at: &ScoresAt, val: Option<Scores>| {
            let record = records.iter().find(|record| record.epoch == at.epoch);
            record.is_some_and(|record| at.is_of(record, val.unwrap_or(record.val())))
        };
        let mean = match self.training.choose {
            Choose::Best => None,
            Choose::LastQuarter => self.training.chosen_val(records),
        };
        is_of(&outcome.best, mean) && is_of(&outcome.last, None)
    }

    /// The machine on which the run began; `None` if it has not begun.
    pub fn host(&self) -> Result<Option<Host>, StoreError> {
        Ok(RunFile::read(&self.file(RUN), &self.id)?.map(|run| run.host))
    }

    /// The predictions of the finished run, for the test images of `dataset`; `None` if there are
    /// none.
    pub fn predictions(
        &self,
        dataset: &DatasetFacts,
    ) -> Result<Option<Vec<Prediction>>, StoreError> {
        let path = self.file(PREDICTIONS);
        let Some(end) = Sealed::<OutcomeFile>::read(&self.file(OUTCOME))? else { return Ok(None) };
        let Some((predictions, sha256)) = predictions::load(&path, dataset)? else {
            return Ok(None);
        };
        let OutcomeFile { outcome, predictions_sha256, .. } = end.value;
        if predictions_sha256.is_some_and(|expected| expected != sha256) {
            return Err(StoreError::damaged(&path, "its SHA-256 is not that of its run's outcome"));
        }
        let right = predictions.iter().filter(|prediction| prediction.is_right()).count();
        let accuracy = right as f64 / predictions.len() as f64;
        if outcome.is_some_and(|outcome| outcome.best.test.accuracy != accuracy) {
            let problem = format!("{right} of its predictions are right, and its outcome differs");
            return Err(StoreError::damaged(&path, problem));
        }
        Ok(Some(predictions))
    }

    /// The run's parameters and batch-norm statistics; `None` if they are not stored.
    pub fn weights(
        &self,
        which: Weights,
        architecture: &Architecture,
    ) -> Result<Option<Vec<Tensor>>, StoreError> {
        let name = match which {
            Weights::Best => BEST,
            Weights::Last => LAST,
        };
        let path = self.file(name);
        let Some((tensors, saved_at)) = weights::load_of(&path, &self.id, architecture)? else {
            return Ok(None);
        };
        let outcome = Sealed::<OutcomeFile>::read(&self.file(OUTCOME))?;
        let expected = outcome.and_then(|end| end.value.outcome).map(|outcome| match which {
            Weights::Best => outcome.best.epoch,
            Weights::Last => outcome.last.epoch,
        });
        match expected {
            Some(expected) if expected != saved_at.epoch => {
                Err(StoreError::other_epoch(&path, saved_at.epoch, expected))
            }
            _ => Ok(Some(tensors)),
        }
    }

    /// Begins the run, or restores `network` from its last checkpoint. Returns the epochs that are
    /// done, and the done part of the next one.
    pub fn begin(
        &self,
        name: &str,
        facts: &RunFacts,
        network: &mut Network,
    ) -> Result<(EpochLines, Option<EpochPart>), StoreError> {
        files::create_directory(&self.dir)?;
        files::remove_leftovers(&self.dir, |_| true);
        let path = self.file(RUN);
        if RunFile::read(&path, &self.id)?.is_none() {
            self.take_over(facts, network)?;
            RunFile::new(name, facts).write(&path)?;
        }
        let (done, part) = self.restore(network)?;
        let mut records = self.epochs()?.records;
        if records.len() < done as usize {
            let problem = format!(
                "it has {} epochs, and the checkpoint beside it was made after {done}",
                records.len()
            );
            return Err(StoreError::damaged(&self.file(EPOCHS), problem));
        }
        // Also cuts off a line that was not written to its end.
        records.truncate(done as usize);
        let epochs = self.save_epochs(records)?;
        // A kill may have come before the best weights were written. A checkpoint within the next
        // epoch is made later, when they are stored.
        let best = self.training.chosen(&epochs.records);
        if part.is_none() && best.is_some_and(|best| best.epoch == done) {
            self.save_best(network, done)?;
        }
        Ok((epochs, part))
    }

    /// Replaces the stored epochs.
    pub(super) fn save_epochs(&self, records: Vec<EpochRecord>) -> Result<EpochLines, StoreError> {
        let mut epochs = EpochLines::none(&self.id);
        let text: String = records.into_iter().map(|record| epochs.push(record)).collect();
        files::write_whole(&self.file(EPOCHS), text.as_bytes())?;
        Ok(epochs)
    }

    /// Adds an epoch to the stored `epochs`, and stores the network after it.
    pub fn save_epoch(
        &self,
        epochs: &mut EpochLines,
        record: EpochRecord,
        network: &Network,
    ) -> Result<(), StoreError> {
        files::append(&self.file(EPOCHS), &epochs.push(record))?;
        self.save_checkpoint(network, record.epoch, None)?;
        if self.training.chosen(&epochs.records).is_some_and(|best| best.epoch == record.epoch) {
            self.save_best(network, record.epoch)?;
        }
        Ok(())
    }

    /// Stores a checkpoint within the epoch after the `done` ones.
    pub fn save_part(
        &self,
        network: &Network,
        done: u32,
        part: EpochPart,
    ) -> Result<(), StoreError> {
        self.save_checkpoint(network, done, Some(part))
    }

    fn save_checkpoint(
        &self,
        network: &Network,
        epoch: u32,
        part: Option<EpochPart>,
    ) -> Result<(), StoreError> {
        self.put_aside(CHECKPOINT, PREVIOUS)?;
        weights::save(
            &self.file(CHECKPOINT),
            &self.id,
            weights::all_of(network),
            SavedAt { part, ..saved_at(network, epoch) },
        )
    }

    /// Stores the weights after the last epoch.
    pub fn save_last(&self, network: &Network, epoch: u32) -> Result<(), StoreError> {
        weights::save(&self.file(LAST), &self.id, network.scored_state(), saved_at(network, epoch))
    }

    /// Gives `network` the weights that are kept, those after `epoch`.
    pub fn load_best(&self, network: &mut Network, epoch: u32) -> Result<(), StoreError> {
        let path = self.file(BEST);
        let saved = weights::load_into(&path, &self.id, network)?
            .ok_or_else(|| StoreError::damaged(&path, "it is missing"))?;
        if saved.epoch != epoch {
            return Err(StoreError::other_epoch(&path, saved.epoch, epoch));
        }
        Ok(())
    }

    /// Stores the predictions of the weights that are kept, and returns their SHA-256.
    pub fn save_predictions(&self, predictions: &[Prediction]) -> Result<String, StoreError> {
        predictions::save(&self.file(PREDICTIONS), predictions)
    }

    /// Whether predictions are missing, and the weights exist that can make them.
    pub fn lacks_predictions(&self) -> bool {
        !self.file(PREDICTIONS).exists() && self.file(BEST).exists()
    }

    /// Ends the run with these epochs, and with predictions of this SHA-256.
    pub fn finish(
        &self,
        epochs: &EpochLines,
        outcome: &Outcome,
        predictions_sha256: String,
    ) -> Result<(), StoreError> {
        let end = OutcomeFile::finished(outcome, predictions_sha256);
        end.write(&self.file(OUTCOME), &self.id, &epochs.seal)?;
        // A finished run does not need this file. If it can't be removed, that does no harm.
        let _ = DISK.remove(&self.file(PREVIOUS));
        Ok(())
    }

    /// Ends the run in the epoch after `epochs`, in which its loss became NaN or infinite.
    pub fn diverge(&self, epochs: &EpochLines) -> Result<(), StoreError> {
        let epoch = epochs.records.len() as u32 + 1;
        OutcomeFile::diverged(epoch).write(&self.file(OUTCOME), &self.id, &epochs.seal)
    }

    fn save_best(&self, network: &Network, epoch: u32) -> Result<(), StoreError> {
        weights::save(&self.file(BEST), &self.id, network.scored_state(), saved_at(network, epoch))
    }

    /// Restores `network` from the last checkpoint or, if that is damaged or missing, from the one
    /// before it. Returns how many epochs are done (0 without a checkpoint), and the done part of
    /// the next one.
    fn restore(&self, network: &mut Network) -> Result<(u32, Option<EpochPart>), StoreError> {
        let newest = self.restore_from(CHECKPOINT, network);
        if let Ok(Some(done)) = newest {
            return Ok(done);
        }
        match (newest, self.restore_from(PREVIOUS, network)) {
            (Err(StoreError::Damaged { .. }), Ok(Some(done))) => {
                // Otherwise the next checkpoint would put it in the place of the good one.
                self.put_aside(CHECKPOINT, DAMAGED)?;
                Ok(done)
            }
            (Err(error), _) => Err(error),
            (Ok(_), previous) => Ok(previous?.unwrap_or_default()),
        }
    }

    fn restore_from(
        &self,
        name: &str,
        network: &mut Network,
    ) -> Result<Option<(u32, Option<EpochPart>)>, StoreError> {
        Ok(weights::restore(&self.file(name), &self.id, network)?
            .map(|saved_at| (saved_at.epoch, saved_at.part)))
    }

    /// Renames a file, if it exists.
    fn put_aside(&self, name: &str, to: &str) -> Result<(), StoreError> {
        files::put_aside(&self.file(name), &self.file(to))
    }

    /// Most bytes of `epochs.jsonl`: all epochs, one line too many, and a line that was cut off.
    fn most_epoch_bytes(&self) -> u64 {
        LONGEST_LINE * (u64::from(self.training.epochs) + 2)
    }

    /// The epochs whose lines were written completely.
    pub(super) fn epochs(&self) -> Result<EpochLines, StoreError> {
        let path = self.file(EPOCHS);
        let text = files::read_at_most(&path, self.most_epoch_bytes())?.unwrap_or_default();
        EpochLines::parse(&path, &text, &self.id)
    }
}

fn saved_at(network: &Network, epoch: u32) -> SavedAt {
    SavedAt { epoch, steps: network.steps(), part: None }
}
