//! Two networks on the same images: McNemar's test.

use fitroom_stats::{McNemar, SIGNIFICANCE_LEVEL};

use super::Evaluation;
use crate::document::Text;
use crate::number::{p_value, percent, points};

/// Two networks on the same images.
#[derive(Clone, Debug)]
pub struct EvaluationComparison {
    network: String,
    other: String,
    accuracies: [f64; 2],
    test: McNemar,
}

impl EvaluationComparison {
    /// Compares two evaluations.
    ///
    /// # Panics
    /// If they are of different numbers of images.
    pub fn new(one: &Evaluation, other: &Evaluation) -> Self {
        let name = |evaluation: &Evaluation| {
            format!("{} ({})", evaluation.network, evaluation.seed_words())
        };
        EvaluationComparison {
            network: name(one),
            other: name(other),
            accuracies: [one, other].map(|evaluation| evaluation.accuracy.share()),
            test: McNemar::of(&one.right(), &other.right()),
        }
    }

    /// McNemar's test of the two.
    pub fn test(&self) -> McNemar {
        self.test
    }

    /// What the test says, in words.
    pub fn sentence(&self) -> String {
        let EvaluationComparison { network, other, accuracies: [a, b], test } = self;
        let McNemar { only_first, only_second, .. } = *test;
        let [low, high] = test.interval().map(points);
        let p = test.p();
        let verdict = match (p < SIGNIFICANCE_LEVEL, only_first > only_second) {
            (true, true) => format!("{network} is right on more of these images than {other}"),
            (true, false) => format!("{network} is right on fewer of these images than {other}"),
            (false, _) if only_first + only_second == 0 => {
                format!("{network} and {other} are right on the same images")
            }
            (false, _) => format!("Chance may explain the difference of {network} and {other}"),
        };
        format!(
            "{verdict}: {} against {}, {} points (95% interval {low} to {high}; McNemar's exact test, {}). Only the first is right on \
             {only_first} images, only the second on {only_second}.",
            percent(*a),
            percent(*b),
            points(test.difference()),
            p_value(p),
        )
    }

    /// What the test does not know.
    pub fn caution(&self) -> Text {
        Text::plain("The test takes each network as it is. Trained with another seed, each would be another one: ")
            .code("fitroom compare")
            .then(" compares architectures over their seeds.")
    }
}
