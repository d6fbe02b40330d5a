//! Runs: one network trained with one seed, with a record per epoch and an outcome at the end.

use std::fmt;

/// One network trained with one seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The run's name in its origin. In a stored study, this is a hash.
    pub id: String,
    /// Index into [`Results::networks`](crate::Results::networks).
    pub network: usize,
    /// The seed. Runs of one seed are paired.
    pub seed: u64,
    /// How far the run has come.
    pub status: RunStatus,
    /// One record per epoch that is done, in order.
    pub epochs: Vec<EpochRecord>,
    /// The scores of a finished run.
    pub outcome: Option<Outcome>,
    /// What the run measured of each of [`Results::measures`](crate::Results::measures), in their order.
    pub measured: Vec<MeasuredValues>,
}

/// What one run measured of one measure.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredValues {
    /// The run's score; `None` if it has none, for example because it is NaN.
    pub score: Option<f64>,
    /// Epoch, or step, and value, in ascending order.
    pub curve: Vec<(f64, f64)>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunStatus {
    /// The run has not begun or is not finished.
    Pending,
    /// The run is trained and scored.
    Finished,
    /// The run's loss became NaN or infinite. The epochs before that are kept.
    Diverged,
}

/// One epoch of one run. Accuracies are fractions, losses are means over images, and NaN means that
/// a number was not measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Training loss as trained: the mean over the epoch's images, with penalty and dropout.
    pub train_loss: f64,
    /// Training accuracy as trained.
    pub train_accuracy: f64,
    /// Loss on training images after the epoch, in inference mode, without penalty.
    pub fit_loss: f64,
    /// Accuracy on training images after the epoch, in inference mode.
    pub fit_accuracy: f64,
    /// Loss on the held-out images after the epoch.
    pub val_loss: f64,
    /// Accuracy on the held-out images after the epoch.
    pub val_accuracy: f64,
    /// Learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// Wall-clock seconds of the epoch's training and scoring.
    pub seconds: f64,
}

/// Loss and accuracy on one set of images, in inference mode, without penalty. NaN means that a
/// number was not measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    /// Mean loss over the images.
    pub loss: f64,
    /// Fraction of the images that were classified correctly.
    pub accuracy: f64,
}

/// The scores at one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoresAt {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Scores on training images.
    pub fit: Scores,
    /// Scores on held-out images.
    pub val: Scores,
    /// Scores on test images.
    pub test: Scores,
}

/// The scores of a finished run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Scores at the best epoch, which is chosen on validation images; of a network that
    /// [chooses](crate::Choose) the last quarter, those that stand for the run.
    pub best: ScoresAt,
    /// Scores at the last epoch.
    pub last: ScoresAt,
    /// Wall-clock seconds of the whole run; NaN if they are not known.
    pub seconds: f64,
    /// How fast the network scored the test images; `None` if that is not known.
    pub inference: Option<Inference>,
}

/// How fast a network scored the test images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inference {
    /// Seconds that one thread needs for an image.
    pub seconds_per_image: f64,
    /// How many threads the run had then.
    pub threads: usize,
}

impl Run {
    /// A run that has not begun.
    pub fn new(network: usize, seed: u64) -> Self {
        Run {
            id: format!("{network}-{seed}"),
            network,
            seed,
            status: RunStatus::Pending,
            epochs: Vec::new(),
            outcome: None,
            measured: Vec::new(),
        }
    }

    /// Whether the run measured anything over epochs.
    pub fn has_curve(&self) -> bool {
        !self.epochs.is_empty() || self.measured.iter().any(|values| values.curve.len() > 1)
    }

    /// A finished run of which only the accuracy on test images is known, as a fraction.
    pub fn tested(network: usize, seed: u64, accuracy: f64) -> Self {
        let at = ScoresAt { test: Scores { loss: f64::NAN, accuracy }, ..ScoresAt::new(1) };
        Run {
            status: RunStatus::Finished,
            outcome: Some(Outcome::untimed(at, at)),
            ..Run::new(network, seed)
        }
    }
}

impl RunStatus {
    /// The status as `summary.csv` writes it.
    pub fn name(self) -> &'static str {
        match self {
            RunStatus::Pending => "pending",
            RunStatus::Finished => "finished",
            RunStatus::Diverged => "diverged",
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl EpochRecord {
    /// An epoch of which nothing was measured.
    pub fn new(epoch: u32) -> Self {
        EpochRecord {
            epoch,
            train_loss: f64::NAN,
            train_accuracy: f64::NAN,
            fit_loss: f64::NAN,
            fit_accuracy: f64::NAN,
            val_loss: f64::NAN,
            val_accuracy: f64::NAN,
            learning_rate: f64::NAN,
            seconds: f64::NAN,
        }
    }
}

impl Outcome {
    /// The scores of a run whose times are not known.
    pub fn untimed(best: ScoresAt, last: ScoresAt) -> Self {
        Outcome { best, last, seconds: f64::NAN, inference: None }
    }
}

impl Scores {
    /// Scores that were not measured.
    pub const UNKNOWN: Scores = Scores { loss: f64::NAN, accuracy: f64::NAN };
}

impl ScoresAt {
    /// An epoch of which nothing was measured.
    pub fn new(epoch: u32) -> Self {
        ScoresAt { epoch, fit: Scores::UNKNOWN, val: Scores::UNKNOWN, test: Scores::UNKNOWN }
    }
}
