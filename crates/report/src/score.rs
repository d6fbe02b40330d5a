//! Which number of a run is meant: loss or accuracy, on which images.

use fitroom_study::{EpochRecord, Scores, ScoresAt, StoredRun};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Mean over images.
    Loss,
    /// Fraction of images.
    Accuracy,
}

/// What it is measured on, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    /// Training images while they are trained on: the running mean over an epoch, with penalty and
    /// dropout.
    Train,
    /// Training images after the epoch, in inference mode, without penalty.
    Fit,
    /// Held-out images after the epoch.
    Validation,
    /// Test images after training.
    Test,
}

impl Metric {
    /// Both, in the order of the report.
    pub const ALL: [Metric; 2] = [Metric::Loss, Metric::Accuracy];

    /// For people, in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Loss => "loss",
            Metric::Accuracy => "accuracy",
        }
    }
}

impl Subset {
    /// All, in the order of the report.
    pub const ALL: [Subset; 4] = [Subset::Train, Subset::Fit, Subset::Validation, Subset::Test];

    /// For people, in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Subset::Train => "training, as trained",
            Subset::Fit => "training, inference mode",
            Subset::Validation => "validation",
            Subset::Test => "test",
        }
    }
}

/// What an epoch's record says; NaN for test images, which are not scored in an epoch.
pub fn in_epoch(record: &EpochRecord, metric: Metric, subset: Subset) -> f64 {
    match (metric, subset) {
        (Metric::Loss, Subset::Train) => record.train_loss,
        (Metric::Loss, Subset::Fit) => record.fit_loss,
        (Metric::Loss, Subset::Validation) => record.val_loss,
        (Metric::Accuracy, Subset::Train) => record.train_accuracy,
        (Metric::Accuracy, Subset::Fit) => record.fit_accuracy,
        (Metric::Accuracy, Subset::Validation) => record.val_accuracy,
        (_, Subset::Test) => f64::NAN,
    }
}

/// What a finished run's outcome says of its best or its last epoch. NaN where it was not measured.
pub fn in_outcome(run: &StoredRun, at: &ScoresAt, metric: Metric, subset: Subset) -> f64 {
    let of = |scores: &Scores| match metric {
        Metric::Loss => scores.loss,
        Metric::Accuracy => scores.accuracy,
    };
    match subset {
        Subset::Fit => of(&at.fit),
        Subset::Validation => of(&at.val),
        Subset::Test => of(&at.test),
        Subset::Train => {
            let record = run.epochs.iter().find(|record| record.epoch == at.epoch);
            record.map_or(f64::NAN, |record| in_epoch(record, metric, subset))
        }
    }
}
