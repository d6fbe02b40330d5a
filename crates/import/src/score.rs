//! The score of a run: one number of its curve.

use crate::{Curve, Direction, ImportedRun};

/// Which row of a curve gives the score.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum At {
    /// The best row of this measure. It flatters a measure that no other one chose the row of.
    Best,
    /// The last row in which the measure stands.
    #[default]
    Last,
}

/// How runs are scored.
///
/// ```
/// use fitroom_import::{At, Direction, ScoreOf};
///
/// let score = ScoreOf::guess("val_loss", At::Best);
/// assert_eq!(score.direction, Direction::LowerIsBetter);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreOf {
    /// The measure's name.
    pub measure: String,
    /// Which row counts.
    pub at: At,
    /// Which of two scores is better.
    pub direction: Direction,
}

/// The score of one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Score {
    /// A number.
    Value {
        /// The score.
        value: f64,
        /// The row of the curve that it stands in.
        row: usize,
        /// How many rows hold NaN or infinity instead of a number. [`At::Best`] passes over them.
        not_numbers: usize,
    },
    /// The row that counts holds NaN or infinity, or all rows do.
    NotANumber,
    /// The run does not have the measure.
    NotMeasured,
}

impl ScoreOf {
    /// Scores by this measure, with a guessed direction.
    pub fn guess(measure: &str, at: At) -> Self {
        ScoreOf { measure: measure.to_owned(), at, direction: Direction::guess(measure) }
    }

    /// The score of a curve.
    pub fn of_curve(&self, curve: &Curve) -> Score {
        let Some(measure) = curve.measures().iter().position(|name| **name == *self.measure) else {
            return Score::NotMeasured;
        };
        let rows = 0..curve.rows().len();
        let measured = rows.filter_map(|row| Some((row, curve.value(row, measure)?)));
        let (mut last, mut best, mut not_numbers) = (None, None, 0);
        for (row, value) in measured {
            last = Some((row, value));
            if !value.is_finite() {
                not_numbers += 1;
            } else if best.is_none_or(|(_, best)| self.direction.is_better(value, best)) {
                best = last;
            }
        }
        let chosen = match self.at {
            At::Last => last.filter(|(_, value)| value.is_finite()),
            At::Best => best,
        };
        match (chosen, last) {
            (Some((row, value)), _) => Score::Value { value, row, not_numbers },
            (None, Some(_)) => Score::NotANumber,
            (None, None) => Score::NotMeasured,
        }
    }
}

impl ImportedRun {
    /// The run's score.
    pub fn score(&self, score: &ScoreOf) -> Score {
        score.of_curve(&self.curve)
    }
}

impl Score {
    /// The score, if it is a number.
    pub fn value(self) -> Option<f64> {
        match self {
            Score::Value { value, .. } => Some(value),
            Score::NotANumber | Score::NotMeasured => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CurveRow;

    #[test]
    fn directions_are_guessed_by_name() {
        for name in ["loss", "val/Loss", "RMSE", "train_runtime", "mean_squared_error", "wall_time"]
        {
            assert_eq!(Direction::guess(name), Direction::LowerIsBetter, "{name}");
        }
        for name in ["val_acc", "reward", "f1", "samples_per_second", "neg_mse", "glossary"] {
            assert_eq!(Direction::guess(name), Direction::HigherIsBetter, "{name}");
        }
    }

    #[test]
    fn best_passes_over_nan_and_last_does_not() {
        let mut curve = Curve::new(vec!["loss".into(), "acc".into()]);
        for loss in [Some(0.5), Some(0.3), Some(0.4), Some(f64::NAN), None] {
            curve.push(CurveRow::default(), [loss]);
        }
        let score = |measure, at| ScoreOf::guess(measure, at).of_curve(&curve);
        assert_eq!(score("loss", At::Best), Score::Value { value: 0.3, row: 1, not_numbers: 1 });
        assert_eq!(score("loss", At::Last), Score::NotANumber);
        assert_eq!(score("acc", At::Last), Score::NotMeasured);
        assert_eq!(score("none", At::Best), Score::NotMeasured);
    }

    #[test]
    fn infinity_is_no_score() {
        for infinite in [f64::INFINITY, f64::NEG_INFINITY] {
            let mut curve = Curve::new(vec!["acc".into()]);
            curve.push(CurveRow::default(), [Some(0.5)]);
            curve.push(CurveRow::default(), [Some(infinite)]);
            assert_eq!(ScoreOf::guess("acc", At::Last).of_curve(&curve), Score::NotANumber);
            let best = ScoreOf::guess("acc", At::Best).of_curve(&curve);
            assert_eq!(best, Score::Value { value: 0.5, row: 0, not_numbers: 1 });
        }
    }
}
