//! Learning-rate range tests: their figures, their files, and what they say.

mod figure;
mod spark;
mod write;

pub use figure::rate_figure;
pub use write::write_rate_curves;

/// The curve of one network's learning-rate range test, and what it suggests.
#[derive(Clone, Debug, PartialEq)]
pub struct RateCurve {
    /// The network's name.
    pub network: String,
    /// The lowest and the highest learning rate that were to be tested.
    pub range: (f32, f32),
    /// A point for each step, in order.
    pub points: Vec<RateStep>,
    /// The learning rate at which training diverged; `None` if it did not.
    pub diverged_at: Option<f32>,
    /// The learning rates that the curve suggests; `None` if it suggests none.
    pub suggested: Option<RateSuggestion>,
    /// The learning rate that the study gives the network.
    pub in_study: f32,
}

/// One step of a range test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateStep {
    /// The step's learning rate.
    pub learning_rate: f32,
    /// The batch's loss.
    pub loss: f64,
    /// The smoothed loss.
    pub smoothed: f64,
}

/// The learning rates that a curve suggests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateSuggestion {
    /// Half way down the longest fall of the smoothed loss: the suggestion.
    pub valley: f32,
    /// Where the smoothed loss falls most steeply.
    pub steepest: f32,
}

/// A learning rate for people, with two digits: `0.0021`, `1.3e-5`.
pub fn rate_words(rate: f32) -> String {
    if !(rate.is_finite() && rate > 0.0) {
        return rate.to_string();
    }
    let rounded: f64 = format!("{rate:.1e}").parse().unwrap_or(f64::from(rate));
    if (1e-4..1e5).contains(&rounded) { rounded.to_string() } else { format!("{rounded:e}") }
}

impl RateCurve {
    /// Why nothing is suggested, and what may help; `None` if something is.
    pub fn advice(&self) -> Option<String> {
        if self.suggested.is_some() {
            return None;
        }
        let network = &self.network;
        Some(match self.diverged_at {
            Some(at) => format!(
                "{network} diverged at {} after {} steps, too soon for a suggestion: begin lower with --from",
                rate_words(at),
                self.points.len()
            ),
            None => format!(
                "the loss of {network} did not fall: no learning rate of the range trains it, or so few steps do not show it; try another \
                 --to, or more --steps"
            ),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A made-up curve that falls around 0.001 and diverges at 1.
    pub(crate) fn curve(network: &str) -> RateCurve {
        let point = |step: i32| {
            let x = -7.0 + 0.08 * f64::from(step);
            let smoothed = 2.3 - 1.8 / (1.0 + (-3.0 * (x + 3.0)).exp()) + (4.0 * (x + 0.4)).exp();
            let loss = smoothed + 0.1 * (1.7 * f64::from(step)).sin();
            RateStep { learning_rate: 10_f64.powf(x) as f32, loss, smoothed }
        };
        RateCurve {
            network: network.to_owned(),
            range: (1e-7, 10.0),
            points: (0..88).map(point).collect(),
            diverged_at: Some(1.0),
            suggested: Some(RateSuggestion { valley: 0.000_33, steepest: 0.001 }),
            in_study: 0.01,
        }
    }

    #[test]
    fn rates_have_two_digits() {
        let rates = [1e-7, 0.002_14, 0.000_012_6, 0.1, 10.0, 123_456.0, 0.000_996];
        let words = rates.map(rate_words);
        assert_eq!(words, ["1e-7", "0.0021", "1.3e-5", "0.1", "10", "1.2e5", "0.001"]);
        assert_eq!(rate_words(f32::NAN), "NaN");
    }

    #[test]
    fn a_curve_without_a_suggestion_says_what_may_help() {
        let mut curve = curve("a");
        assert_eq!(curve.advice(), None);
        curve.suggested = None;
        assert!(curve.advice().unwrap().contains("diverged at 1 after 88 steps"));
        curve.diverged_at = None;
        assert!(curve.advice().unwrap().contains("the loss of a did not fall"));
    }
}
