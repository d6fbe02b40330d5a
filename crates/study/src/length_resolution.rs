//! Works out what the study file leaves to the data: how many images are held out, and how many steps
//! and epochs a training has.

use std::path::Path;

use fitroom_data::Dataset;
use fitroom_nn::Architecture;

use crate::budget_steps::adopt_steps;
use crate::limits::EPOCHS;
use crate::run::ImageFacts;
use crate::stored_files::read_study;
use crate::{Budget, LengthError, NetworkPlan, StoreError, Study, StudyError};

impl Study {
    /// The study with everything written out that follows from its data: how many images are held
    /// out, and the steps and epochs of each network, unless they are still to be measured.
    pub(crate) fn resolved(mut self, data: ImageFacts) -> Result<Self, StudyError> {
        let images = self.trained_on(data.train_images);
        self.validation = self.held_out(data.train_images).into();
        self.networks.iter_mut().try_for_each(|network| network.resolve_length(data, images))?;
        Ok(self)
    }

    /// The study with the steps and epochs that are known on this data: those that are written, that
    /// follow from a budget, or that were measured for the study in `dir`, if there is one.
    ///
    /// # Errors
    /// A layer does not fit, a training is too long, or what `dir` holds can't be read.
    pub fn with_known_steps(&self, dataset: &Dataset, dir: &Path) -> Result<Self, StoreError> {
        let stored = read_study(dir)?;
        let mut study = self.clone();
        adopt_steps(&mut study, stored.as_ref().map_or(&[], |(stored, _)| &stored.networks));
        Ok(study.resolved(dataset.into())?)
    }
}

impl NetworkPlan {
    /// Trains the network for so many epochs, whatever was to decide it before.
    pub(crate) fn set_epochs(&mut self, epochs: u32) {
        (self.training.epochs, self.training.steps, self.budget) = (epochs, None, None);
    }

    /// Works out steps and epochs, of which each trains on `images`. The steps of a budget of
    /// seconds stay unknown until they are measured, and the epochs are 0 then.
    pub(crate) fn resolve_length(
        &mut self,
        data: ImageFacts,
        images: usize,
    ) -> Result<(), StudyError> {
        if let (Some(Budget::MultiplyAdds(budget)), None) = (self.budget, self.training.steps) {
            self.training.steps = Some(self.affordable_steps(budget, data, images)?);
        }
        let Some(steps) = self.training.steps else { return Ok(()) };
        let epochs = u64::from(steps).div_ceil(self.training.steps_per_epoch(images)) as u32;
        if !EPOCHS.contains(&epochs) {
            return Err(self.too_long(f64::from(steps)));
        }
        self.training.epochs = epochs;
        Ok(())
    }

    /// Fails if steps are written beside a budget of multiply-adds from which others follow.
    pub(crate) fn check_budget(&self, data: ImageFacts, images: usize) -> Result<(), StudyError> {
        let (Some(Budget::MultiplyAdds(budget)), Some(written)) =
            (self.budget, self.training.steps)
        else {
            return Ok(());
        };
        match self.affordable_steps(budget, data, images)? {
            follow if follow == written => Ok(()),
            follow => {
                let network = self.name.clone();
                Err(LengthError::OtherSteps { network, follow, written }.into())
            }
        }
    }

    /// The most steps that cost no more than `budget` multiply-adds; at least one.
    fn affordable_steps(
        &self,
        budget: f64,
        data: ImageFacts,
        images: usize,
    ) -> Result<u32, StudyError> {
        let architecture = self.architecture(data.shape, data.classes)?;
        let frozen = architecture.leading(self.training.frozen_layers());
        // Floats, since a study file may describe networks whose cost overflows.
        let affordable = (budget / multiply_adds_per_image(&architecture, frozen)).floor();
        let (epoch, batch) = (images.max(1) as f64, self.training.batch_size as f64);
        let (epochs, rest) = ((affordable / epoch).floor(), affordable % epoch);
        let steps = epochs * self.training.steps_per_epoch(images) as f64 + (rest / batch).floor();
        self.checked_steps(steps)
    }

    /// Steps as a number that a training may have; at least one.
    pub(crate) fn checked_steps(&self, steps: f64) -> Result<u32, StudyError> {
        if steps > f64::from(u32::MAX) {
            return Err(self.too_long(steps));
        }
        Ok((steps as u32).max(1))
    }

    fn too_long(&self, steps: f64) -> StudyError {
        let key = if self.budget.is_some() { "budget" } else { "steps" };
        let (network, most) = (self.name.clone(), *EPOCHS.end());
        LengthError::TooLong { network, key, steps, most }.into()
    }
}

/// The multiply-adds that a budget counts for each image of a training step: those of the forward
/// pass of one image, as `fitroom networks` shows them, and twice as many for the backward pass.
/// The first `frozen` layers have no backward pass. The optimizer, the loss, functions of single
/// values and scoring are not counted.
fn multiply_adds_per_image(architecture: &Architecture, frozen: usize) -> f64 {
    let (_, trained) = architecture.cost_from(frozen);
    (architecture.multiply_adds() as f64 + 2.0 * trained as f64).max(1.0)
}

#[cfg(test)]
mod tests;
