//! How long a network is trained: a number of epochs, a number of steps, or a budget that becomes
//! steps.

use crate::keys::Keys;
use crate::limits::EPOCHS;
use crate::{Budget, LengthError, StudyError, StudyProblem, Training};

/// The keys of which a table has one at most.
const LENGTHS: [&str; 3] = ["epochs", "steps", "budget"];

/// Reads `epochs`, `steps` or `budget`. Each takes the place of the length that there was.
pub(crate) fn read_length(
    keys: &mut Keys,
    training: &mut Training,
    budget: &mut Option<Budget>,
) -> Result<(), StudyError> {
    only_one(keys, LENGTHS)?;
    if let Some(epochs) = keys.whole("epochs", EPOCHS)? {
        (training.epochs, training.steps, *budget) = (epochs, None, None);
    }
    if let Some(steps) = keys.whole("steps", 1..=u32::MAX)? {
        (training.epochs, training.steps, *budget) = (0, Some(steps), None);
    }
    if let Some(mut keys) = keys.table("budget")? {
        only_one(&keys, ["multiply_adds", "seconds"])?;
        let multiply_adds = keys.positive("multiply_adds")?.map(Budget::MultiplyAdds);
        let seconds = keys.positive("seconds")?.map(Budget::Seconds);
        let steps = keys.whole("steps", 1..=u32::MAX)?;
        let limit = keys.required("multiply_adds", multiply_adds.or(seconds));
        // A misspelt key is named before a missing one.
        keys.finish()?;
        (training.epochs, training.steps, *budget) = (0, steps, Some(limit?));
    }
    Ok(())
}

/// Fails if the table has two of `lengths`.
fn only_one<const N: usize>(keys: &Keys, lengths: [&'static str; N]) -> Result<(), StudyError> {
    let mut found = lengths.into_iter().filter(|key| keys.has(key));
    let (Some(first), Some(second)) = (found.next(), found.next()) else { return Ok(()) };
    let error = LengthError::Two { first, second, table: keys.name().to_owned() };
    Err(keys.at(second, StudyProblem::Length(error)))
}

impl Training {
    /// The key and the value that say how long training takes, as in a study file.
    pub(crate) fn length(&self, budget: Option<Budget>) -> (&'static str, String) {
        match (budget.map(Budget::limit), self.steps) {
            (None, None) => ("epochs", self.epochs.to_string()),
            (None, Some(steps)) => ("steps", steps.to_string()),
            (Some((limit, value)), None) => ("budget", format!("{{ {limit} = {value} }}")),
            (Some((limit, value)), Some(steps)) => {
                ("budget", format!("{{ {limit} = {value}, steps = {steps} }}"))
            }
        }
    }

    /// The steps of an epoch that trains on so many images. The last one may have fewer images.
    pub fn steps_per_epoch(&self, images: usize) -> u64 {
        images.div_ceil(self.batch_size).max(1) as u64
    }

    /// The steps of the whole training, if `patience` does not end it.
    pub fn total_steps(&self, images: usize) -> u64 {
        let of_epochs = || self.steps_per_epoch(images) * u64::from(self.epochs);
        self.steps.map_or_else(of_epochs, u64::from)
    }

    /// How many of its `images` an epoch, counted from 1, trains on: all of them, or fewer if the
    /// steps end within it.
    pub(crate) fn images_of_epoch(&self, epoch: u32, images: usize) -> usize {
        let before = self.steps_per_epoch(images) * u64::from(epoch.saturating_sub(1));
        let steps = self.total_steps(images).saturating_sub(before);
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        steps.saturating_mul(self.batch_size).min(images)
    }

    /// Passes over the training images: the epochs, of which the last may be a part.
    pub fn passes(&self, images: usize) -> f64 {
        match self.steps {
            None => f64::from(self.epochs),
            Some(_) => {
                let last = self.images_of_epoch(self.epochs, images);
                f64::from(self.epochs) - 1.0 + last as f64 / images.max(1) as f64
            }
        }
    }
}

#[cfg(test)]
mod tests;
