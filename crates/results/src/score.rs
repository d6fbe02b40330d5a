//! Names the scores of a run: loss or accuracy, and on which images.

use crate::{EpochRecord, Run, Scores, ScoresAt};

/// A measure of how well a network classifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Mean loss over images.
    Loss,
    /// Fraction of images that are classified correctly.
    Accuracy,
}

/// The images that a metric is measured on, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subset {
    /// Training images as trained: the mean over an epoch while weights change, with penalty and
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
    /// Both metrics, in the order of a report.
    pub const ALL: [Metric; 2] = [Metric::Loss, Metric::Accuracy];

    /// The metric's name for people, in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Loss => "loss",
            Metric::Accuracy => "accuracy",
        }
    }
}

impl Subset {
    /// All subsets, in the order of a report.
    pub const ALL: [Subset; 4] = [Subset::Train, Subset::Fit, Subset::Validation, Subset::Test];

    /// The subset's name for people, in the middle of a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Subset::Train => "training, as trained",
            Subset::Fit => "training, inference mode",
            Subset::Validation => "validation",
            Subset::Test => "test",
        }
    }
}

impl Scores {
    /// One of the two numbers.
    pub fn get(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Loss => self.loss,
            Metric::Accuracy => self.accuracy,
        }
    }
}

impl EpochRecord {
    /// A score of this epoch. NaN for test images, which are scored only after training.
    pub fn score(&self, metric: Metric, subset: Subset) -> f64 {
        match (metric, subset) {
            (Metric::Loss, Subset::Train) => self.train_loss,
            (Metric::Loss, Subset::Fit) => self.fit_loss,
            (Metric::Loss, Subset::Validation) => self.val_loss,
            (Metric::Accuracy, Subset::Train) => self.train_accuracy,
            (Metric::Accuracy, Subset::Fit) => self.fit_accuracy,
            (Metric::Accuracy, Subset::Validation) => self.val_accuracy,
            (Metric::Loss | Metric::Accuracy, Subset::Test) => f64::NAN,
        }
    }
}

impl Run {
    /// The run's score at its best or its last epoch. NaN if it was not measured.
    pub fn score_at(&self, at: &ScoresAt, metric: Metric, subset: Subset) -> f64 {
        match subset {
            Subset::Fit => at.fit.get(metric),
            Subset::Validation => at.val.get(metric),
            Subset::Test => at.test.get(metric),
            Subset::Train => {
                let record = self.epochs.iter().find(|record| record.epoch == at.epoch);
                record.map_or(f64::NAN, |record| record.score(metric, subset))
            }
        }
    }

    /// The score of a finished run at its best epoch. `None` if the run is not finished or the
    /// score was not measured.
    pub fn best(&self, metric: Metric, subset: Subset) -> Option<f64> {
        let outcome = self.outcome.as_ref()?;
        Some(self.score_at(&outcome.best, metric, subset)).filter(|score| !score.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Outcome;

    #[test]
    fn a_score_as_trained_is_that_of_the_epoch_s_record() {
        let record = |epoch, train_loss| EpochRecord { train_loss, ..EpochRecord::new(epoch) };
        let at =
            |epoch| ScoresAt { val: Scores { loss: 0.4, accuracy: 0.9 }, ..ScoresAt::new(epoch) };
        let mut run = Run::new(0, 1);
        run.epochs = vec![record(1, 0.7), record(2, 0.5)];
        assert_eq!(run.best(Metric::Loss, Subset::Train), None, "it is not finished");
        run.outcome = Some(Outcome::untimed(at(1), at(2)));
        assert_eq!(run.best(Metric::Loss, Subset::Train), Some(0.7));
        assert_eq!(run.best(Metric::Accuracy, Subset::Validation), Some(0.9));
        assert_eq!(run.best(Metric::Accuracy, Subset::Test), None, "it was not measured");
        assert_eq!(run.score_at(&at(2), Metric::Loss, Subset::Train), 0.5);
    }
}
