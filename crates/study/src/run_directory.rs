//! One run's directory, from which the run can be continued after a kill at any time.
//!
//! Each epoch appends its line, puts the old checkpoint aside, writes a new one and, if the epoch
//! is the best so far, the best weights. After a kill between these, [`RunDirectory::begin`] cuts
//! off the additional line or makes the best weights from the checkpoint. If the checkpoint is
//! damaged, the run continues from the one before it, to the same numbers.
//!
//! A run begins where one of fewer epochs ended, unless learning rates depend on that number.

use std::path::{Path, PathBuf};

use fitroom_nn::Network;
use serde::{Deserialize, Serialize};

use crate::disk::{DISK, Disk};
use crate::epoch_lines::{LONGEST_LINE, line, parse_line};
use crate::file_names::{
    BEST, CHECKPOINT, DAMAGED, EPOCHS, LAST, OUTCOME, PREDICTIONS, PREVIOUS, RUN,
};
use crate::run::RunFacts;
use crate::weights::{self, EpochPart, SavedAt};
use crate::{
    Choose, EpochRecord, Host, Outcome, Prediction, RunStatus, Scores, ScoresAt, StoreError,
    Training, files, predictions,
};

/// A run's directory, which may not exist yet.
pub(crate) struct RunDirectory {
    dir: PathBuf,
    training: Training,
}

/// The files of a run that a run of more epochs can begin with.
struct Beginning {
    /// Training steps that are done.
    steps: u64,
    /// Where the files are.
    dir: PathBuf,
}

/// The content of `run.json`.
#[derive(Serialize, Deserialize)]
struct RunFile {
    id: String,
    /// The network's name when the run began. For people only: it decides nothing.
    network: String,
    decided_by: RunFacts,
    host: Host,
}

/// The content of `outcome.json`.
#[derive(Serialize, Deserialize)]
struct OutcomeFile {
    status: RunStatus,
    /// The epoch in which the loss became NaN or infinite.
    diverged_in_epoch: Option<u32>,
    outcome: Option<Outcome>,
}

impl RunDirectory {
    /// The directory `dir` of a run with these training settings.
    pub fn new(dir: PathBuf, training: Training) -> Self {
        RunDirectory { dir, training }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// How far the run has come: its status, its epochs in order, and its outcome.
    pub fn progress(&self) -> Result<(RunStatus, Vec<EpochRecord>, Option<Outcome>), StoreError> {
        // The outcome is read first because it is written last: if it exists, so do all epochs.
        let path = self.dir.join(OUTCOME);
        let end: Option<OutcomeFile> = files::read_json(&path)?;
        let records = self.records()?;
        let (status, outcome) =
            end.map_or((RunStatus::Pending, None), |end| (end.status, end.outcome));
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
        Ok(files::read_json::<RunFile>(&self.dir.join(RUN))?.map(|run| run.host.checked()))
    }

    /// Begins the run, or restores `network` from its last checkpoint. Returns the epochs that are
    /// done, and the done part of the next one.
    pub fn begin(
        &self,
        name: &str,
        facts: &RunFacts,
        network: &mut Network,
    ) -> Result<(Vec<EpochRecord>, Option<EpochPart>), StoreError> {
        files::create_directory(&self.dir)?;
        let path = self.dir.join(RUN);
        match files::read_json::<RunFile>(&path)? {
            None => {
                self.take_over(facts, weights::most_bytes_of(network))?;
                let (id, network, decided_by) = (facts.id(), name.to_owned(), facts.clone());
                files::write_json(&path, &RunFile { id, network, decided_by, host: Host::here() })?;
            }
            Some(run) if run.decided_by == *facts => {}
            Some(_) => return Err(StoreError::damaged(&path, "it describes another run")),
        }
        let (done, part) = self.restore(network)?;
        let mut records = self.records()?;
        if records.len() < done as usize {
            let problem = format!(
                "it has {} epochs, and the checkpoint beside it was made after {done}",
                records.len()
            );
            return Err(StoreError::damaged(&self.dir.join(EPOCHS), problem));
        }
        // Also cuts off a line that was not written to its end.
        records.truncate(done as usize);
        let lines: String = records.iter().map(line).collect();
        files::write_whole(&self.dir.join(EPOCHS), lines.as_bytes())?;
        // A kill may have come before the best weights were written. A checkpoint within the next
        // epoch is made later, when they are stored.
        if part.is_none() && self.training.chosen(&records).is_some_and(|best| best.epoch == done) {
            self.save_best(network, done)?;
        }
        Ok((records, part))
    }

    /// Copies the files of a run that differs only in having fewer epochs, if there is one to begin
    /// with; of several, the one with the most steps. Each of its files may have `most` bytes;
    /// `epochs.jsonl` has a limit of its own.
    fn take_over(&self, facts: &RunFacts, most: u64) -> Result<(), StoreError> {
        let Some(runs) = self.dir.parent().filter(|_| !self.training.schedule.depends_on_epochs())
        else {
            return Ok(());
        };
        let shorter = (1..self.training.epochs).rev().take(MOST_SHORTER).map(|epochs| {
            let mut facts = facts.clone();
            facts.training.epochs = epochs;
            RunDirectory::new(runs.join(facts.id()), facts.training)
        });
        let Some(farthest) =
            shorter.filter_map(|run| run.beginning(most)).max_by_key(|beginning| beginning.steps)
        else {
            return Ok(());
        };
        [BEST, EPOCHS, CHECKPOINT]
            .into_iter()
            .try_for_each(|name| files::copy(&farthest.dir.join(name), &self.dir.join(name)))
    }

    /// The files that a longer run can begin with; `None` if some are missing or contradict each
    /// other.
    fn beginning(&self, most: u64) -> Option<Beginning> {
        let saved_at = weights::saved_at(&self.dir.join(CHECKPOINT), most).ok()??;
        let mut records =
            self.records().ok().filter(|records| records.len() >= saved_at.epoch as usize)?;
        records.truncate(saved_at.epoch as usize);
        let best = self.training.chosen(&records)?;
        let stored_best = weights::saved_at(&self.dir.join(BEST), most).ok()??;
        // If the last epoch is the best and a kill came before its weights were written, the longer
        // run makes them from the checkpoint.
        if stored_best.epoch != best.epoch
            && (saved_at.part.is_some() || saved_at.epoch != best.epoch)
        {
            return None;
        }
        Some(Beginning { steps: saved_at.steps, dir: self.dir.clone() })
    }

    /// Stores the last epoch of `records`.
    pub fn save_epoch(&self, records: &[EpochRecord], network: &Network) -> Result<(), StoreError> {
        let Some(record) = records.last() else { return Ok(()) };
        files::append(&self.dir.join(EPOCHS), &line(record))?;
        self.save_checkpoint(network, record.epoch, None)?;
        if self.training.chosen(records).is_some_and(|best| best.epoch == record.epoch) {
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
            &self.dir.join(CHECKPOINT),
            weights::all_of(network),
            SavedAt { part, ..saved_at(network, epoch) },
        )
    }

    /// Stores the weights after the last epoch.
    pub fn save_last(&self, network: &Network, epoch: u32) -> Result<(), StoreError> {
        weights::save(&self.dir.join(LAST), network.state(), saved_at(network, epoch))
    }

    /// Gives `network` the weights that are kept, those after `epoch`.
    pub fn load_best(&self, network: &mut Network, epoch: u32) -> Result<(), StoreError> {
        let path = self.dir.join(BEST);
        let saved = weights::load_into(&path, network)?
            .ok_or_else(|| StoreError::damaged(&path, "it is missing"))?;
        if saved.epoch != epoch {
            let problem = format!(
                "it holds the weights after epoch {}, and those of epoch {epoch} are kept",
                saved.epoch
            );
            return Err(StoreError::damaged(&path, problem));
        }
        Ok(())
    }

    /// Stores the predictions of the best weights.
    pub fn save_predictions(&self, predictions: &[Prediction]) -> Result<(), StoreError> {
        predictions::save(&self.dir.join(PREDICTIONS), predictions)
    }

    /// Whether predictions are missing, and the weights exist that can make them.
    pub fn lacks_predictions(&self) -> bool {
        !self.dir.join(PREDICTIONS).exists() && self.dir.join(BEST).exists()
    }

    /// Ends the run.
    pub fn finish(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let end = OutcomeFile {
            status: RunStatus::Finished,
            diverged_in_epoch: None,
            outcome: Some(*outcome),
        };
        files::write_json(&self.dir.join(OUTCOME), &end)?;
        // A finished run does not need this file. If it can't be removed, that does no harm.
        let _ = DISK.remove(&self.dir.join(PREVIOUS));
        Ok(())
    }

    /// Ends the run in `epoch`, in which its loss became NaN or infinite.
    pub fn diverge(&self, epoch: u32) -> Result<(), StoreError> {
        let end = OutcomeFile {
            status: RunStatus::Diverged,
            diverged_in_epoch: Some(epoch),
            outcome: None,
        };
        files::write_json(&self.dir.join(OUTCOME), &end)
    }

    fn save_best(&self, network: &Network, epoch: u32) -> Result<(), StoreError> {
        weights::save(&self.dir.join(BEST), network.state(), saved_at(network, epoch))
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
        Ok(weights::restore(&self.dir.join(name), network)?
            .map(|saved_at| (saved_at.epoch, saved_at.part)))
    }

    /// Renames a file, if it exists.
    fn put_aside(&self, name: &str, to: &str) -> Result<(), StoreError> {
        files::put_aside(&self.dir.join(name), &self.dir.join(to))
    }

    /// Most bytes of `epochs.jsonl`: all epochs, one line too many, and a line that was cut off.
    fn most_epoch_bytes(&self) -> u64 {
        LONGEST_LINE * (u64::from(self.training.epochs) + 2)
    }

    /// The epochs whose lines were written completely.
    fn records(&self) -> Result<Vec<EpochRecord>, StoreError> {
        let path = self.dir.join(EPOCHS);
        let text = files::read_at_most(&path, self.most_epoch_bytes())?.unwrap_or_default();
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines = text[..whole].split_inclusive(|&byte| byte == b'\n').enumerate();
        lines.map(|(index, line)| parse_line(&path, index, line)).collect()
    }
}

/// How many smaller numbers of epochs are tried when a run begins. Each takes some microseconds.
const MOST_SHORTER: usize = 10_000;

fn saved_at(network: &Network, epoch: u32) -> SavedAt {
    SavedAt { epoch, steps: network.steps(), part: None }
}
