//! Reference curves: curves from elsewhere, such as a paper's, that are drawn with a network's own.

use crate::{Metric, Subset};

/// A curve from elsewhere that a network is compared with: one run, with one entry per epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceCurve {
    /// The name of the curve's network in its file.
    pub network: String,
    /// The epochs, in order.
    pub epochs: Vec<ReferenceEpoch>,
    /// The data set that the curve was measured on, by its name in a study file; `None` if that is
    /// the study's own data set.
    pub dataset: Option<String>,
}

/// One epoch of a [`ReferenceCurve`]. Training numbers are as trained. NaN means that a number is
/// not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceEpoch {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Training loss, as trained.
    pub train_loss: f64,
    /// Training accuracy, as trained.
    pub train_accuracy: f64,
    /// Loss on images that are held out of the training images.
    pub val_loss: f64,
    /// Accuracy on images that are held out of the training images.
    pub val_accuracy: f64,
    /// Loss on the test images. Papers often validate on these.
    pub test_loss: f64,
    /// Accuracy on the test images.
    pub test_accuracy: f64,
    /// How far the losses may be from the true ones, for example because they were read off a
    /// figure.
    pub loss_error: f64,
    /// How far the accuracies may be from the true ones; a fraction.
    pub accuracy_error: f64,
}

impl ReferenceCurve {
    /// Whether the curve's network was validated on the test images. This is so if the curve has
    /// test scores but none on held-out images.
    pub fn is_validated_on_test_images(&self) -> bool {
        let knows = |subset| {
            self.epochs.iter().any(|at| Metric::ALL.iter().any(|m| at.score(*m, subset).is_some()))
        };
        knows(Subset::Test) && !knows(Subset::Validation)
    }
}

impl ReferenceEpoch {
    /// An epoch of which nothing is known.
    pub fn new(epoch: u32) -> Self {
        ReferenceEpoch {
            epoch,
            train_loss: f64::NAN,
            train_accuracy: f64::NAN,
            val_loss: f64::NAN,
            val_accuracy: f64::NAN,
            test_loss: f64::NAN,
            test_accuracy: f64::NAN,
            loss_error: 0.0,
            accuracy_error: 0.0,
        }
    }

    /// The score that a network's own score is compared with; `None` if it is not known.
    pub fn score(&self, metric: Metric, subset: Subset) -> Option<f64> {
        let value = match (metric, subset) {
            (Metric::Loss, Subset::Train) => self.train_loss,
            (Metric::Loss, Subset::Validation) => self.val_loss,
            (Metric::Loss, Subset::Test) => self.test_loss,
            (Metric::Accuracy, Subset::Train) => self.train_accuracy,
            (Metric::Accuracy, Subset::Validation) => self.val_accuracy,
            (Metric::Accuracy, Subset::Test) => self.test_accuracy,
            (Metric::Loss | Metric::Accuracy, Subset::Fit) => return None,
        };
        Some(value).filter(|value| !value.is_nan())
    }

    /// The score that is drawn with a network's own. If the score on held-out images is not known,
    /// the score on test images is drawn with the network's validation score.
    pub fn drawn(&self, metric: Metric, subset: Subset) -> Option<f64> {
        match subset {
            Subset::Validation => {
                self.score(metric, subset).or_else(|| self.score(metric, Subset::Test))
            }
            Subset::Train | Subset::Fit | Subset::Test => self.score(metric, subset),
        }
    }

    /// How far the epoch's values of this metric may be from the true ones.
    pub fn error(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Loss => self.loss_error,
            Metric::Accuracy => self.accuracy_error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_scores_are_compared_with_test_scores_and_drawn_with_validation_scores() {
        let mut epoch = ReferenceEpoch {
            train_loss: 0.5,
            test_loss: 0.6,
            test_accuracy: 0.8,
            loss_error: 0.005,
            ..ReferenceEpoch::new(1)
        };
        let scores =
            |epoch: &ReferenceEpoch, metric| Subset::ALL.map(|subset| epoch.score(metric, subset));
        assert_eq!(scores(&epoch, Metric::Loss), [Some(0.5), None, None, Some(0.6)]);
        assert_eq!(scores(&epoch, Metric::Accuracy), [None, None, None, Some(0.8)]);
        assert_eq!(epoch.drawn(Metric::Loss, Subset::Validation), Some(0.6));
        assert_eq!(Metric::ALL.map(|metric| epoch.error(metric)), [0.005, 0.0]);
        let curve =
            |epoch| ReferenceCurve { network: "3".into(), epochs: vec![epoch], dataset: None };
        assert!(curve(epoch).is_validated_on_test_images());
        epoch.val_loss = 0.55;
        assert!(!curve(epoch).is_validated_on_test_images());
        assert_eq!(epoch.drawn(Metric::Loss, Subset::Validation), Some(0.55));
    }
}
