//! A run begins with the files of a run that differs only in having fewer epochs.

use fitroom_nn::Network;

use super::RunDirectory;
use crate::file_names::{BEST, CHECKPOINT};
use crate::run::RunFacts;
use crate::weights::{self, SavedAt};
use crate::{EpochRecord, StoreError};

/// A shorter run that a longer one can begin with.
struct Beginning {
    run: RunDirectory,
    epochs: Vec<EpochRecord>,
    checkpoint: SavedAt,
    best: SavedAt,
}

/// How many smaller numbers of epochs are tried when a run begins. Each takes some microseconds.
const MOST_SHORTER: usize = 10_000;

impl RunDirectory {
    /// Stores what a run that differs only in having fewer epochs has stored, if there is one to
    /// begin with; of several, what the one with the most steps has. `network` is used for it.
    pub(super) fn take_over(
        &self,
        facts: &RunFacts,
        network: &mut Network,
    ) -> Result<(), StoreError> {
        let Some(runs) = self.dir.parent().filter(|_| !self.training.schedule.depends_on_epochs())
        else {
            return Ok(());
        };
        let most = weights::most_bytes_of(network);
        let shorter = (1..self.training.epochs).rev().take(MOST_SHORTER).map(|epochs| {
            let mut facts = facts.clone();
            // Its epochs are whole, and so are ours before the last one, which may be a part.
            (facts.training.epochs, facts.training.steps) = (epochs, None);
            let id = facts.id();
            RunDirectory { dir: runs.join(&id), id, training: facts.training }
        });
        let Some(farthest) = shorter
            .filter_map(|run| run.beginning(most))
            .max_by_key(|beginning| beginning.checkpoint.steps)
        else {
            return Ok(());
        };
        // The files are written anew, since their seals cover the id.
        let Beginning { run, epochs, checkpoint, best } = farthest;
        weights::load_into(&run.file(BEST), &run.id, network)?;
        weights::save(&self.file(BEST), &self.id, network.scored_state(), best)?;
        weights::restore(&run.file(CHECKPOINT), &run.id, network)?;
        weights::save(&self.file(CHECKPOINT), &self.id, weights::all_of(network), checkpoint)?;
        self.save_epochs(epochs)?;
        Ok(())
    }

    /// What a longer run can begin with; `None` if files are missing, damaged or contradict each
    /// other. A file of weights may have `most` bytes.
    fn beginning(self, most: u64) -> Option<Beginning> {
        let checkpoint = weights::saved_at(&self.file(CHECKPOINT), &self.id, most).ok()??;
        let mut epochs = self.epochs().ok()?.records;
        if epochs.len() < checkpoint.epoch as usize {
            return None;
        }
        epochs.truncate(checkpoint.epoch as usize);
        let chosen = self.training.chosen(&epochs)?.epoch;
        let best = weights::saved_at(&self.file(BEST), &self.id, most).ok()??;
        // If the last epoch is the best and a kill came before its weights were written, the longer
        // run makes them from the checkpoint.
        if best.epoch != chosen && (checkpoint.part.is_some() || checkpoint.epoch != chosen) {
            return None;
        }
        Some(Beginning { run: self, epochs, checkpoint, best })
    }
}
