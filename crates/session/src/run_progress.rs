//! How far one run of a study has come.

use std::time::Duration;

use fitroom_study::{RunLabel, RunStatus};

/// How far one run has come.
#[derive(Clone, Debug)]
pub struct RunProgress {
    /// Which run this is.
    pub label: RunLabel,
    /// Number of images that an epoch trains on; 0 until the run has started.
    pub images_per_epoch: usize,
    /// Number of complete epochs.
    pub epochs_done: u32,
    /// Number of images of the current epoch that were trained on.
    pub images_done: usize,
    /// Mean training loss of the current epoch so far, with dropout and penalty.
    pub loss: Option<f64>,
    /// Validation accuracy after the last complete epoch, a fraction.
    pub val_accuracy: Option<f64>,
    /// Training images per second. After a complete epoch, this includes the time for scoring.
    pub images_per_second: Option<f64>,
    /// Whether the run has ended here: it finished, diverged or failed, or another process trains it.
    pub is_over: bool,
    pub(crate) epoch_began: Duration,
    /// Images of the current epoch that were trained on before the study started again.
    pub(crate) images_before: usize,
    /// Seconds that this session trained this run, and the number of epochs in that time, with parts
    /// of one.
    pub(crate) watched: (f64, f64),
}

impl RunProgress {
    /// A run that has not begun here.
    pub(crate) fn new(label: RunLabel) -> Self {
        RunProgress {
            images_per_epoch: 0,
            epochs_done: label.done_epochs,
            images_done: 0,
            loss: None,
            val_accuracy: None,
            images_per_second: None,
            is_over: label.status != RunStatus::Pending,
            epoch_began: Duration::ZERO,
            images_before: 0,
            watched: (0.0, 0.0),
            label,
        }
    }

    /// The run when its study starts again: with what is known of it from `before`.
    pub(crate) fn again(label: &RunLabel, before: Option<&RunProgress>) -> Self {
        let run = RunProgress::new(label.clone());
        let Some(before) = before else { return run };
        let is_same_epoch = run.epochs_done == before.epochs_done;
        RunProgress {
            images_per_epoch: before.images_per_epoch,
            images_done: if is_same_epoch { before.images_done } else { 0 },
            loss: before.loss,
            val_accuracy: before.val_accuracy,
            watched: before.watched,
            ..run
        }
    }

    /// How many epochs are still to train, with parts of one.
    pub(crate) fn epochs_left(&self) -> f64 {
        if self.is_over {
            return 0.0;
        }
        let begun = self.images_done as f64 / self.images_per_epoch.max(1) as f64;
        (self.label.passes - f64::from(self.epochs_done) - begun).max(0.0)
    }

    /// The passes over the training images in this epoch, counted from 1: one, or a part of one in
    /// the last.
    pub(crate) fn passes_of(&self, epoch: u32) -> f64 {
        (self.label.passes - f64::from(epoch) + 1.0).clamp(0.0, 1.0)
    }

    /// How much of the run is done, from 0 to 1.
    pub fn part_done(&self) -> f64 {
        1.0 - self.epochs_left() / self.label.passes.max(f64::MIN_POSITIVE)
    }
}

/// Images per second; `None` without images or time.
pub(crate) fn rate(images: usize, seconds: f64) -> Option<f64> {
    (images > 0 && seconds > 0.0).then(|| images as f64 / seconds)
}
