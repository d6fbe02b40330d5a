//! What networks are judged by: a measure, its direction, and how large a difference must be.

use fitroom_import::{Direction, MeasureName};

use crate::Subset;

/// A measure that networks are judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedMeasure {
    /// The measure's name for people, in the middle of a sentence: `validation accuracy`, `val_loss`.
    pub name: String,
    /// The measure's name in `comparisons.csv`: `best_val_accuracy`, `val_loss`.
    pub column: String,
    /// Which of two scores is better.
    pub direction: Direction,
    /// What a score of 1 means, and how scores are written.
    pub scale: Scale,
    /// Differences up to this size are not worth having, in the measure's own unit. `None`: nobody said
    /// so, and there is neither an equivalent network nor a sequential verdict.
    pub margin: Option<f64>,
    /// The least step of a score, in the measure's own unit; 0 if it is not known. t tests take no
    /// standard deviation to be smaller.
    pub resolution: f64,
    /// Which epoch's value is a run's score, in words: `at the last epoch`.
    pub place: String,
}

/// What a score of 1 means, and how scores are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// 1 is all: written in percent, differences in points. Half a point is 0.005.
    Fraction,
    /// 100 is all: written in percent, differences in points. Half a point is 0.5.
    Percent,
    /// Written as it is, with so many decimals.
    Plain {
        /// Digits after the point.
        decimals: usize,
    },
}

impl JudgedMeasure {
    /// The accuracy that judges the networks of a study, as a fraction.
    pub fn accuracy(subset: Subset, margin: f64, place: &str) -> Self {
        let column = match subset {
            Subset::Test => "best_test_accuracy",
            Subset::Validation => "best_val_accuracy",
            Subset::Train => "best_train_accuracy",
            Subset::Fit => "best_fit_accuracy",
        };
        JudgedMeasure {
            name: format!("{} accuracy", subset.name()),
            column: column.to_owned(),
            direction: Direction::HigherIsBetter,
            scale: Scale::Fraction,
            margin: Some(margin),
            resolution: 0.0,
            place: place.to_owned(),
        }
    }

    /// A score as statistics take it: more is better. Twice, it is the score itself.
    pub fn directed(&self, score: f64) -> f64 {
        match self.direction {
            Direction::HigherIsBetter => score,
            Direction::LowerIsBetter => -score,
        }
    }
}

impl Scale {
    /// The scale of these scores of a measure. Accuracies and the like are fractions if none is above 1,
    /// percentages if none is above 100, and anything else is plain. A plain score has as many decimals
    /// as show two digits of `spread`, the standard deviation over seeds.
    pub fn guess(name: &str, scores: impl IntoIterator<Item = f64>, spread: f64) -> Self {
        let (low, high) = scores
            .into_iter()
            .filter(|score| score.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let is_share = low >= 0.0 && MeasureName::read(name).is_share();
        match is_share {
            true if high <= 1.0 => Scale::Fraction,
            true if high <= 100.0 => Scale::Percent,
            _ => Scale::plain(spread, low.abs().max(high.abs())),
        }
    }

    /// A plain scale that shows two digits of `spread`, or four of `size` where there is no spread.
    pub fn plain(spread: f64, size: f64) -> Self {
        let digits_of = |x: f64, digits: f64| (digits - 1.0 - x.log10().floor()).clamp(0.0, 9.0);
        let decimals = match (spread > 0.0, size > 0.0 && size.is_finite()) {
            (true, _) => digits_of(spread, 2.0),
            (false, true) => digits_of(size, 4.0),
            (false, false) => 2.0,
        };
        Scale::Plain { decimals: decimals as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracies_are_shares_and_rewards_are_not() {
        assert_eq!(Scale::guess("val_acc", [0.0, 1.0], 0.01), Scale::Fraction);
        assert_eq!(Scale::guess("test/accuracy", [88.1, 90.0], 0.4), Scale::Percent);
        assert_eq!(Scale::guess("val_acc", [200.0], 1.0), Scale::Plain { decimals: 1 });
        assert_eq!(Scale::guess("reward", [0.2, 0.4], 0.034), Scale::Plain { decimals: 3 });
        assert_eq!(Scale::guess("episode_reward", [-1200.0], 321.0), Scale::Plain { decimals: 0 });
        assert_eq!(Scale::guess("val_loss", [0.3], 0.0), Scale::Plain { decimals: 4 });
        assert_eq!(Scale::guess("val_loss", [0.0], 0.0), Scale::Plain { decimals: 2 });
    }

    #[test]
    fn directed_scores_are_higher_where_better() {
        let mut loss = JudgedMeasure::accuracy(Subset::Test, 0.005, "");
        loss.direction = Direction::LowerIsBetter;
        assert_eq!(loss.directed(0.5), -0.5);
        assert_eq!(loss.directed(loss.directed(0.5)), 0.5);
    }
}
