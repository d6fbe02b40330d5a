//! Which of two scores is better.

use std::fmt;

/// Which of two scores is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The higher one, as of accuracies and rewards.
    HigherIsBetter,
    /// The lower one, as of losses and errors.
    LowerIsBetter,
}

impl Direction {
    /// Guesses by the words of a measure's name: less is better of losses, errors and seconds, and more
    /// of what is not known.
    pub fn guess(measure: &str) -> Self {
        Direction::recognised(measure).unwrap_or(Direction::HigherIsBetter)
    }

    /// Which is better, if the words of a measure's name say so. `None` if they are not known.
    ///
    /// ```
    /// use fitroom_import::Direction;
    ///
    /// assert_eq!(Direction::recognised("valLoss"), Some(Direction::LowerIsBetter));
    /// assert_eq!(Direction::recognised("pass@1"), Some(Direction::HigherIsBetter));
    /// assert_eq!(Direction::recognised("objective"), None);
    /// ```
    pub fn recognised(measure: &str) -> Option<Self> {
        match () {
            () if measure.contains('↓') => return Some(Direction::LowerIsBetter),
            () if measure.contains('↑') => return Some(Direction::HigherIsBetter),
            () => {}
        }
        let plain = crate::names::plain(measure);
        let words: Vec<&str> = crate::names::words(&plain).collect();
        crate::measure_words::is_lower_better(&words).map(|is_lower| match is_lower {
            true => Direction::LowerIsBetter,
            false => Direction::HigherIsBetter,
        })
    }

    /// Whether `a` is better than `b`. Nothing is better than NaN, and NaN than nothing.
    pub fn is_better(self, a: f64, b: f64) -> bool {
        match self {
            Direction::HigherIsBetter => a > b,
            Direction::LowerIsBetter => a < b,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::HigherIsBetter => "higher is better",
            Direction::LowerIsBetter => "lower is better",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_recognised_by_words() {
        for name in [
            "valLoss",
            "testError",
            "crossEntropyLoss",
            "Error (%)",
            "err%",
            "cross_entropy",
            "xent",
            "val_ce",
            "neg_log_likelihood",
            "nll",
            "cost",
            "bits_per_byte",
            "bits_per_dim",
            "bits/dim",
            "bpd",
            "val_bpb",
            "misclassification",
            "failure_rate",
            "collision_rate",
            "fpr",
            "FNR",
            "false_positive_rate",
            "false negative rate",
            "EER",
            "PER",
            "TER",
            "DER",
            "wer",
            "CER",
            "MPJPE",
            "epe",
            "ADE",
            "minFDE",
            "CRPS",
            "MASE",
            "fid50k",
            "KID",
            "latency_ms",
            "latency (ms)",
            "memory_mb",
            "regret@10",
            "mean_rank",
            "word_perplexity",
            "mean_per_joint_position_error",
            "seconds_per_epoch",
            "loss_per_token",
            "NLL ↓",
            "inference time (ms)",
            "MSELoss",
            "val_mean_squared_error",
        ] {
            assert_eq!(Direction::recognised(name), Some(Direction::LowerIsBetter), "{name}");
        }
        for name in [
            "val_acc",
            "testAccuracy",
            "accuracy per dollar",
            "samples_per_second",
            "steps/sec per second",
            "neg_mse",
            "F1",
            "auc",
            "AUROC",
            "mAP50(B)",
            "mIoU",
            "reward",
            "mean_return",
            "score",
            "bleu",
            "PSNR",
            "pass@1",
            "recall@5",
            "hits@10",
            "EM",
            "AP50",
            "win%",
            "exact_match",
            "per_class_accuracy",
            "log_likelihood",
            "top1",
            "true_negative_rate",
            "thing ↑",
        ] {
            assert_eq!(Direction::recognised(name), Some(Direction::HigherIsBetter), "{name}");
        }
        for name in ["value", "objective", "x", "glossary", "lossless", "", "neg_reward"] {
            assert_eq!(Direction::recognised(name), None, "{name}");
            assert_eq!(Direction::guess(name), Direction::HigherIsBetter, "{name}");
        }
    }
}
