//! A curve from elsewhere, such as a paper's, that is drawn with a network's own.

use crate::{Metric, Subset};

/// A curve from elsewhere that a network is compared with: one run, an entry for each epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceCurve {
    /// The curve's network, as its file calls it.
    pub network: String,
    /// The epochs, from 1 on and in order.
    pub epochs: Vec<ReferenceEpoch>,
    /// The data set that the curve was measured on, by its name in a study file; `None` where
    /// that is the study's own data set.
    pub dataset: Option<String>,
    /// The images that the curve's validation was measured on: [`Subset::Validation`], or
    /// [`Subset::Test`] where its authors validated on the test images.
    pub validated_on: Subset,
    /// How far a loss of the curve may be from the true one, as where it was read off a figure.
    pub loss_error: f64,
    /// How far an accuracy of the curve may be from the true one; a fraction.
    pub accuracy_error: f64,
}

/// One epoch of a [`ReferenceCurve`]. Training numbers are as trained. NaN: not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReferenceEpoch {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Training loss, as trained.
    pub train_loss: f64,
    /// Training accuracy, as trained.
    pub train_accuracy: f64,
    /// Validation loss.
    pub val_loss: f64,
    /// Validation accuracy.
    pub val_accuracy: f64,
}

impl ReferenceCurve {
    /// How far a value of the curve may be from the true one.
    pub fn error(&self, metric: Metric) -> f64 {
        match metric {
            Metric::Loss => self.loss_error,
            Metric::Accuracy => self.accuracy_error,
        }
    }

    /// The value of the curve that our measure on `subset` is compared with. `None` where the
    /// curve has no counterpart: a curve that was validated on the test images says nothing of
    /// our held-out images.
    pub fn counterpart(
        &self,
        epoch: &ReferenceEpoch,
        metric: Metric,
        subset: Subset,
    ) -> Option<f64> {
        match subset {
            Subset::Train => epoch.score(metric, Subset::Train),
            Subset::Validation | Subset::Test if subset == self.validated_on => {
                epoch.score(metric, Subset::Validation)
            }
            Subset::Fit | Subset::Validation | Subset::Test => None,
        }
    }
}

impl ReferenceEpoch {
    /// The value that the curve has under this name; `None` where it has none.
    pub fn score(&self, metric: Metric, subset: Subset) -> Option<f64> {
        let value = match (metric, subset) {
            (Metric::Loss, Subset::Train) => self.train_loss,
            (Metric::Loss, Subset::Validation) => self.val_loss,
            (Metric::Accuracy, Subset::Train) => self.train_accuracy,
            (Metric::Accuracy, Subset::Validation) => self.val_accuracy,
            (Metric::Loss | Metric::Accuracy, Subset::Fit | Subset::Test) => return None,
        };
        Some(value).filter(|value| !value.is_nan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validation_on_test_images_is_compared_with_our_test_images() {
        let epoch = ReferenceEpoch {
            epoch: 1,
            train_loss: 0.5,
            train_accuracy: f64::NAN,
            val_loss: 0.6,
            val_accuracy: 0.8,
        };
        let mut curve = ReferenceCurve {
            network: "3".into(),
            epochs: vec![epoch],
            dataset: None,
            validated_on: Subset::Test,
            loss_error: 0.005,
            accuracy_error: 0.002,
        };
        let of = |curve: &ReferenceCurve, metric| {
            Subset::ALL.map(|subset| curve.counterpart(&epoch, metric, subset))
        };
        assert_eq!(of(&curve, Metric::Loss), [Some(0.5), None, None, Some(0.6)]);
        assert_eq!(of(&curve, Metric::Accuracy), [None, None, None, Some(0.8)]);
        curve.validated_on = Subset::Validation;
        assert_eq!(of(&curve, Metric::Loss), [Some(0.5), None, Some(0.6), None]);
        assert_eq!(Metric::ALL.map(|metric| curve.error(metric)), [0.005, 0.002]);
    }
}
