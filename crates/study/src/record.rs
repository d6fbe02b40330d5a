//! What is known about a run: a record per epoch, and the outcome at its end.

use std::cmp::Ordering;

use fitroom_nn::Score;
use serde::{Deserialize, Deserializer, Serialize};

/// One epoch of one run. Accuracies are fractions; losses are means over images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpochRecord {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Training loss as trained: the mean over the epoch's images, with penalty, smoothed
    /// labels and dropout.
    pub train_loss: f64,
    /// Training accuracy as trained.
    pub train_accuracy: f64,
    /// Loss on the training images (as many as `fit_images` says) after the epoch, in inference
    /// mode, without penalty.
    pub fit_loss: f64,
    /// Accuracy on the same images, in inference mode.
    pub fit_accuracy: f64,
    /// Loss on the held-out images after the epoch. NaN in a study without validation.
    #[serde(deserialize_with = "nan_from_null")]
    pub val_loss: f64,
    /// Accuracy on the held-out images after the epoch. NaN in a study without validation.
    #[serde(deserialize_with = "nan_from_null")]
    pub val_accuracy: f64,
    /// The learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// Wall-clock seconds of the epoch's training and scoring.
    pub seconds: f64,
}

/// Loss and accuracy on one set of images, in inference mode, without penalty.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Mean loss over the images; NaN if there are none.
    #[serde(deserialize_with = "nan_from_null")]
    pub loss: f64,
    /// Fraction of the images that were classified correctly; NaN if there are none.
    #[serde(deserialize_with = "nan_from_null")]
    pub accuracy: f64,
}

/// The scores on all three sets of images at one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoresAt {
    /// The epoch, from 1.
    pub epoch: u32,
    /// Scores on training images.
    pub fit: Scores,
    /// Scores on held-out images.
    pub val: Scores,
    /// Scores on test images, which are scored once after training.
    pub test: Scores,
}

/// The result of a finished run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Scores at the epoch whose weights are kept: [`Training::chosen`](crate::Training::chosen).
    /// The validation scores are those that runs are compared by:
    /// [`Training::chosen_val`](crate::Training::chosen_val).
    pub best: ScoresAt,
    /// Scores at the last epoch.
    pub last: ScoresAt,
    /// Wall-clock seconds of the whole run.
    pub seconds: f64,
    /// How fast the network scored the test images; `None` if an earlier version ended the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inference: Option<Inference>,
}

/// How fast a network scored the test images at the end of its run. Like every time, it decides
/// nothing and differs when a run is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// Seconds that one thread needs for an image: wall-clock seconds times threads, divided by
    /// images. That of the fastest batch, since other programs make the others slower.
    pub seconds_per_image: f64,
    /// How many threads the run had then.
    pub threads: usize,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunStatus {
    /// The run has not begun, or was interrupted and can be continued.
    Pending,
    /// The run is trained and scored.
    Finished,
    /// The run's loss became NaN or infinite. The epochs before that are kept.
    Diverged,
}

impl EpochRecord {
    /// The scores on training images in inference mode.
    pub fn fit(&self) -> Scores {
        Scores { loss: self.fit_loss, accuracy: self.fit_accuracy }
    }

    /// The scores on held-out images.
    pub fn val(&self) -> Scores {
        Scores { loss: self.val_loss, accuracy: self.val_accuracy }
    }

    /// Whether all accuracies are fractions or NaN. A file may say anything.
    pub(crate) fn is_possible(&self) -> bool {
        let accuracies = [self.train_accuracy, self.fit_accuracy, self.val_accuracy];
        accuracies.into_iter().all(|accuracy| accuracy.is_nan() || is_fraction(accuracy))
    }
}

impl Inference {
    /// The speed of a network that takes `seconds` of wall-clock time for an image on `threads`
    /// threads. `None` if the time was not measured.
    pub(crate) fn of(seconds: f64, threads: usize) -> Option<Self> {
        let seconds_per_image = seconds * threads as f64;
        Some(Inference { seconds_per_image, threads }).filter(Inference::is_possible)
    }

    /// Whether the numbers can be true. A file may say anything.
    pub fn is_possible(&self) -> bool {
        self.seconds_per_image.is_finite() && self.seconds_per_image > 0.0 && self.threads > 0
    }
}

impl Outcome {
    /// The same outcome without times: what is the same when a run is repeated.
    pub fn timeless(self) -> Self {
        Outcome { seconds: 0.0, inference: None, ..self }
    }
}

impl ScoresAt {
    /// Whether these can be the scores of this epoch, with these validation scores. A file may say
    /// anything.
    pub(crate) fn is_of(&self, record: &EpochRecord, val: Scores) -> bool {
        let same = |a: Scores, b: Scores| {
            (a.loss.total_cmp(&b.loss), a.accuracy.total_cmp(&b.accuracy))
                == (Ordering::Equal, Ordering::Equal)
        };
        self.epoch == record.epoch
            && same(self.fit, record.fit())
            && same(self.val, val)
            && is_fraction(self.test.accuracy)
    }
}

fn is_fraction(accuracy: f64) -> bool {
    (0.0..=1.0).contains(&accuracy)
}

impl From<Score> for Scores {
    fn from(score: Score) -> Self {
        Scores { loss: score.loss(), accuracy: score.accuracy() }
    }
}

/// Reads null as NaN: JSON has no NaN, and serde_json writes it as null.
pub(crate) fn nan_from_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(epoch: u32, val_accuracy: f64) -> EpochRecord {
        EpochRecord {
            epoch,
            train_loss: 0.1 + 0.2,
            train_accuracy: 1.0 / 3.0,
            fit_loss: 5e-324,
            fit_accuracy: 0.9,
            val_loss: val_accuracy,
            val_accuracy,
            learning_rate: 0.001,
            seconds: 0.7,
        }
    }

    #[test]
    fn an_outcome_of_an_earlier_version_has_no_speed_and_times_are_no_result() {
        let scores = Scores { loss: 0.5, accuracy: 0.75 };
        let at = ScoresAt { epoch: 1, fit: scores, val: scores, test: scores };
        let inference = Inference::of(2e-6, 3);
        assert_eq!(inference.map(|it| it.seconds_per_image), Some(3.0 * 2e-6));
        let impossible =
            [f64::NAN, f64::INFINITY, 0.0, -1.0].map(|seconds| Inference::of(seconds, 1));
        assert_eq!(impossible, [None; 4]);
        let outcome = Outcome { best: at, last: at, seconds: 3.5, inference };
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
        let (before, after) = text.split_once(r#","inference":"#).unwrap();
        assert_eq!(after, r#"{"seconds_per_image":6e-6,"threads":3}}"#);
        let earlier: Outcome = serde_json::from_str(&format!("{before}}}")).unwrap();
        assert_eq!(earlier, Outcome { inference: None, ..outcome });
        let again = Outcome { seconds: 9.0, inference: Inference::of(7e-6, 1), ..outcome };
        assert_eq!(again.timeless(), outcome.timeless());
        assert!(!serde_json::to_string(&outcome.timeless()).unwrap().contains("inference"));
    }

    #[test]
    fn json_keeps_every_bit_and_nan() {
        // serde_json parses this to the nearest f64 only with its feature `float_roundtrip`.
        let hard = record(1, 0.841_083_333_333_333_4);
        let text = serde_json::to_string(&hard).unwrap();
        assert_eq!(serde_json::from_str::<EpochRecord>(&text).unwrap(), hard);
        for bits in 0..2000_u64 {
            let value = f64::from_bits(
                0x3FE0_0000_0000_0000 | bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 12,
            );
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(
                serde_json::from_str::<f64>(&text).unwrap().to_bits(),
                value.to_bits(),
                "{text}"
            );
        }
        let text = serde_json::to_string(&record(1, f64::NAN)).unwrap();
        assert!(text.contains(r#""val_loss":null"#), "{text}");
        let read: EpochRecord = serde_json::from_str(&text).unwrap();
        assert!(read.val_loss.is_nan() && read.val_accuracy.is_nan());
    }
}
