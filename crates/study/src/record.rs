//! What is known of a run: a record an epoch, and the outcome at its end.

use serde::{Deserialize, Serialize};

/// One epoch of one run. Accuracies are fractions; losses are means over images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: u32,
    /// As trained: the running mean over the epoch's steps, with penalty and dropout.
    pub train_loss: f64,
    /// As trained.
    pub train_accuracy: f64,
    /// On all training images after the epoch, in inference mode, without penalty.
    pub fit_loss: f64,
    /// On all training images after the epoch, in inference mode.
    pub fit_accuracy: f64,
    /// On the held-out images after the epoch. NaN in a study without validation.
    pub val_loss: f64,
    /// On the held-out images after the epoch. NaN in a study without validation.
    pub val_accuracy: f64,
    /// Of the epoch's last step.
    pub learning_rate: f64,
    /// Wall-clock seconds of the epoch's training and scoring.
    pub seconds: f64,
}

/// Loss and accuracy on one set of images, in inference mode, without penalty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Mean over images.
    pub loss: f64,
    /// Fraction.
    pub accuracy: f64,
}

/// The three sets at one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoresAt {
    /// From 1.
    pub epoch: u32,
    /// Training images.
    pub fit: Scores,
    /// Held-out images.
    pub val: Scores,
    /// Test images, scored once after training.
    pub test: Scores,
}

/// What a finished run leaves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// At the epoch with the highest validation accuracy (the earliest of equals; the last epoch without validation).
    pub best: ScoresAt,
    /// At the last epoch.
    pub last: ScoresAt,
    /// Wall-clock seconds of the whole run.
    pub seconds: f64,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// Not begun, or interrupted: to be done or gone on with.
    Pending,
    /// All epochs done.
    Finished,
    /// The loss became NaN or infinite; the epochs before are kept.
    Diverged,
}
