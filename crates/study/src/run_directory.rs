//! One run's directory: complete or resumable at every saved_at.
//!
//! After each epoch its line is appended, then the checkpoint put aside and a new one written,
//! then, if it is the best so far, the best weights. A kill between these leaves at most one line
//! too many, which going on cuts off, and best weights that are one epoch behind the checkpoint,
//! which then has them. Within an epoch only the checkpoint is written. One that was damaged later
//! has the one before it to fall back on: what came between is then done again, to the same
//! numbers.
//!
//! A run of more epochs than one that is there begins where that one ends, if its learning rates do
//! not say otherwise.

use std::path::PathBuf;

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
    EpochRecord, Host, Outcome, Prediction, RunStatus, StoreError, Training, files, predictions,
};

/// A run's directory, which may not be there yet.
pub(crate) struct RunDirectory {
    dir: PathBuf,
    training: Training,
}

/// What one run leaves that another can begin with.
struct Beginning {
    /// Training steps that are done.
    steps: u64,
    /// Names and contents.
    files: [(&'static str, Vec<u8>); 3],
}

/// `run.json`.
#[derive(Serialize, Deserialize)]
struct RunFile {
    id: String,
    /// At the time; decides nothing.
    network: String,
    decided_by: RunFacts,
    host: Host,
}

/// `outcome.json`.
#[derive(Serialize, Deserialize)]
struct OutcomeFile {
    status: RunStatus,
    /// The epoch in which the loss was no number any more.
    diverged_in_epoch: Option<u32>,
    outcome: Option<Outcome>,
}

impl RunDirectory {
    /// `dir` is for a run that is trained like this.
    pub fn new(dir: PathBuf, training: Training) -> Self {
        RunDirectory { dir, training }
    }

    /// How far the run has come: its status, its epochs in order, and its outcome.
    pub fn progress(&self) -> Result<(RunStatus, Vec<EpochRecord>, Option<Outcome>), StoreError> {
        // The outcome first: it comes last, so where it is there, so are all epochs.
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
        if let Some(Outcome { best, last, .. }) = &outcome
            && ![best, last].into_iter().all(|at| at.is_of(&records))
        {
            return Err(StoreError::damaged(&path, "its scores are not those of its epochs"));
        }
        Ok((status, records, outcome))
    }

    /// Where the run was begun; `None` if it wasn't.
    pub fn host(&self) -> Result<Option<Host>, StoreError> {
        Ok(files::read_json::<RunFile>(&self.dir.join(RUN))?.map(|run| run.host.checked()))
    }

    /// Begins the run, or brings `network` to where it stopped. Returns the epochs that are done,
    /// and what is of the next.
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
        // Within the next epoch, the best weights of those before are stored.
        if part.is_none() && self.training.best(&records).is_some_and(|best| best.epoch == done) {
            self.save_best(network, done)?;
        }
        Ok((records, part))
    }

    /// Begins as the run does that is described alike apart from having fewer epochs, where one is
    /// there that can be begun with: of several the one that has come farthest. Its files have at
    /// most `most` bytes each, or its epochs' lines.
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
        farthest
            .files
            .iter()
            .try_for_each(|(name, bytes)| files::write_whole(&self.dir.join(name), bytes))
    }

    /// What a longer run can begin with; `None` where files are missing or don't agree with each
    /// other.
    fn beginning(&self, most: u64) -> Option<Beginning> {
        let most_of = |name| if name == EPOCHS { self.most_epoch_bytes() } else { most };
        let read = |name| {
            files::read_at_most(&self.dir.join(name), most_of(name))
                .ok()?
                .map(|bytes| (name, bytes))
        };
        let (_, saved_at) = weights::load_at_most(&self.dir.join(CHECKPOINT), most).ok()??;
        let mut records =
            self.records().ok().filter(|records| records.len() >= saved_at.epoch as usize)?;
        records.truncate(saved_at.epoch as usize);
        let best = self.training.best(&records)?;
        let (_, stored_best) = weights::load_at_most(&self.dir.join(BEST), most).ok()??;
        // Those of the last epoch are made from the checkpoint where a kill came between.
        if stored_best.epoch != best.epoch
            && (saved_at.part.is_some() || saved_at.epoch != best.epoch)
        {
            return None;
        }
        Some(Beginning {
            steps: saved_at.steps,
            files: [read(BEST)?, read(EPOCHS)?, read(CHECKPOINT)?],
        })
    }

    /// Stores an epoch: `records` ends with it.
    pub fn save_epoch(&self, records: &[EpochRecord], network: &Network) -> Result<(), StoreError> {
        let Some(record) = records.last() else { return Ok(()) };
        files::append(&self.dir.join(EPOCHS), &line(record))?;
        self.save_checkpoint(network, record.epoch, None)?;
        if self.training.best(records).is_some_and(|best| best.epoch == record.epoch) {
            self.save_best(network, record.epoch)?;
        }
        Ok(())
    }

    /// Stores what is done of the epoch after `done` ones.
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

    /// Gives `network` the weights after its best epoch.
    pub fn load_best(&self, network: &mut Network, epoch: u32) -> Result<(), StoreError> {
        let path = self.dir.join(BEST);
        let saved = weights::load_into(&path, network)?
            .ok_or_else(|| StoreError::damaged(&path, "it is missing"))?;
        if saved.epoch != epoch {
            let problem = format!(
                "it holds the weights after epoch {}, and epoch {epoch} was the best",
                saved.epoch
            );
            return Err(StoreError::damaged(&path, problem));
        }
        Ok(())
    }

    /// Stores what the network makes of the test images with the weights of its best epoch.
    pub fn save_predictions(&self, predictions: &[Prediction]) -> Result<(), StoreError> {
        predictions::save(&self.dir.join(PREDICTIONS), predictions)
    }

    /// Whether there are no predictions, but the weights to make them with.
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
        // Nobody will fall back on it; that it stays would do no harm.
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

    /// Brings `network` to the last checkpoint, or to the one before it where the last is damaged;
    /// returns the epochs that are done, none where there is no checkpoint, and what is done of the
    /// next.
    fn restore(&self, network: &mut Network) -> Result<(u32, Option<EpochPart>), StoreError> {
        let newest = self.restore_from(CHECKPOINT, network);
        if let Ok(Some(done)) = newest {
            return Ok(done);
        }
        match (newest, self.restore_from(PREVIOUS, network)) {
            (Err(StoreError::Damaged { .. }), Ok(Some(done))) => {
                // Else it would be taken for the one before the next.
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

    /// Renames a file, if it is there.
    fn put_aside(&self, name: &str, to: &str) -> Result<(), StoreError> {
        files::put_aside(&self.dir.join(name), &self.dir.join(to))
    }

    /// Of a file with a line more than epochs, and one that was cut off.
    fn most_epoch_bytes(&self) -> u64 {
        LONGEST_LINE * (u64::from(self.training.epochs) + 2)
    }

    /// The lines that were written to their ends.
    fn records(&self) -> Result<Vec<EpochRecord>, StoreError> {
        let path = self.dir.join(EPOCHS);
        let text = files::read_at_most(&path, self.most_epoch_bytes())?.unwrap_or_default();
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let lines = text[..whole].split_inclusive(|&byte| byte == b'\n').enumerate();
        lines.map(|(index, line)| parse_line(&path, index, line)).collect()
    }
}

/// Numbers of epochs that are tried for a run to begin with: each takes some microseconds.
const MOST_SHORTER: usize = 10_000;

fn saved_at(network: &Network, epoch: u32) -> SavedAt {
    SavedAt { epoch, steps: network.steps(), part: None }
}
