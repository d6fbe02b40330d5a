//! Compares a run in two directories, and copies it from one to the other.

use std::io;

use super::RunDirectory;
use crate::file_names::{BEST, CHECKPOINT, EPOCHS, LAST, OUTCOME, PREDICTIONS, PREVIOUS, RUN};
use crate::{EpochRecord, Outcome, RunStatus, StoreError, files, weights};

/// Most bytes of a file that is copied: those of weights are checked before.
const NO_LIMIT: u64 = u64::MAX;

impl RunDirectory {
    /// In what the results here and in `other` differ: `None` if in nothing but times. Only epochs that
    /// both have are compared, and what is stored at the end only if both have ended.
    pub fn differs_from(&self, other: &RunDirectory) -> Result<Option<&'static str>, StoreError> {
        if !other.path().exists() {
            return Ok(None);
        }
        let ((status, epochs, outcome), (other_status, other_epochs, other_outcome)) =
            (self.progress()?, other.progress()?);
        let timeless =
            |record: &EpochRecord| format!("{:?}", EpochRecord { seconds: 0.0, ..*record });
        let is_same_epoch = |(here, there)| timeless(here) == timeless(there);
        if !epochs.iter().zip(&other_epochs).all(is_same_epoch) {
            return Ok(Some("the epochs"));
        }
        if [status, other_status].contains(&RunStatus::Pending) {
            return Ok(None);
        }
        let scores =
            |outcome: Option<Outcome>| outcome.map(|outcome| format!("{:?}", outcome.timeless()));
        let ends =
            |status, epochs: &[EpochRecord], outcome| (status, epochs.len(), scores(outcome));
        if ends(status, &epochs, outcome) != ends(other_status, &other_epochs, other_outcome) {
            return Ok(Some("the scores"));
        }
        for (name, what) in [
            (PREDICTIONS, "the predictions"),
            (BEST, "the weights of the best epoch"),
            (LAST, "the weights of the last epoch"),
        ] {
            let read = |run: &RunDirectory| files::read_at_most(&run.file(name), NO_LIMIT);
            if read(self)? != read(other)? {
                return Ok(Some(what));
            }
        }
        Ok(None)
    }

    /// Whether the run has come further here than in `other`.
    pub fn is_further_than(&self, other: &RunDirectory) -> Result<bool, StoreError> {
        Ok(self.how_far()? > other.how_far()?)
    }

    /// Whether the run has ended, and the training steps that its newest checkpoint has. After a kill
    /// that is the one before the last: nothing is left of the last one.
    fn how_far(&self) -> Result<(bool, u64), StoreError> {
        let has_ended = self.outcome_unchecked()?.is_some();
        let mut most_steps = 0;
        for name in [PREVIOUS, CHECKPOINT] {
            let saved_at = weights::saved_at(&self.file(name), &self.id, NO_LIMIT)?;
            most_steps = most_steps.max(saved_at.map_or(0, |saved_at| saved_at.steps));
        }
        Ok((has_ended, most_steps))
    }

    /// Copies the run to `to`, whose files are replaced. A kill at any time leaves a run there that can be
    /// gone on with, and that is copied again: what [`how_far`](Self::how_far) looks at comes last.
    /// Until then, the run there goes on from its own checkpoint. Weights of a later epoch do no harm
    /// to it, since it comes to that epoch too.
    pub fn copy_to(&self, to: &RunDirectory) -> Result<(), StoreError> {
        files::create_directory(to.path())?;
        for name in [RUN, EPOCHS, BEST, LAST, PREDICTIONS, PREVIOUS, CHECKPOINT, OUTCOME] {
            let Some((mut file, _)) = files::open_at_most(&self.file(name), NO_LIMIT)? else {
                continue;
            };
            files::write_whole_by(&to.file(name), |copy| io::copy(&mut file, copy).map(drop))?;
        }
        Ok(())
    }
}
