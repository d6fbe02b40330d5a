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

/// Words that name something of which less is better.
#[rustfmt::skip]
const LOWER: [&str; 29] = [
    "loss", "losses", "error", "err", "perplexity", "ppl", "mse", "mae", "rmse", "msle", "mape", "smape", "nll", "kl",
    "bpc", "bpd", "fid", "lpips", "wer", "cer", "ece", "brier", "logloss", "seconds", "time", "runtime", "duration",
    "elapsed", "regret",
];

/// Whether the words of a name say that less is better.
pub(crate) fn is_lower_better(words: &[&str]) -> bool {
    // `samples_per_second` is a speed, and `neg_mse` is turned round.
    let is_turned = words.iter().any(|word| ["per", "neg", "negative"].contains(word));
    words.iter().any(|word| LOWER.contains(word)) && !is_turned
}

impl Direction {
    /// Guesses by the words of a measure's name: less is better of losses, errors and seconds.
    pub fn guess(measure: &str) -> Self {
        let plain = crate::names::plain(measure);
        match is_lower_better(&plain.split(['_', '/']).collect::<Vec<_>>()) {
            true => Direction::LowerIsBetter,
            false => Direction::HigherIsBetter,
        }
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
