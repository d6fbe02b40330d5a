//! How the numbers of a measure are written: scores, differences and intervals with their units.
//!
//! Statistics take scores of which more is better (see [`JudgedMeasure::directed`]). Differences are
//! written as people compute them: the network's score minus the baseline's, also where less is better.

use fitroom_results::{Direction, JudgedMeasure, Scale};
use fitroom_stats::{Effect, Spread};

use crate::number::counted_seeds;

/// The factor from a score to the number that is shown.
fn unit(measure: &JudgedMeasure) -> f64 {
    match measure.scale {
        Scale::Fraction => 100.0,
        Scale::Percent | Scale::Plain { .. } => 1.0,
    }
}

/// A number in the measure's own unit, as it is shown.
pub fn shown(measure: &JudgedMeasure, score: f64) -> f64 {
    unit(measure) * score
}

/// A difference of directed scores as it is shown: the network's score minus the baseline's.
pub fn shown_difference(measure: &JudgedMeasure, directed: f64) -> f64 {
    unit(measure) * measure.directed(directed)
}

/// An interval of differences of directed scores as it is shown, the lower end first.
pub fn shown_interval(measure: &JudgedMeasure, (low, high): (f64, f64)) -> (f64, f64) {
    let ends = [low, high].map(|end| shown_difference(measure, end));
    (ends[0].min(ends[1]), ends[0].max(ends[1]))
}

/// Digits after the point. Large and small numbers are written with an exponent.
fn written(measure: &JudgedMeasure, size: f64) -> String {
    let decimals = match measure.scale {
        Scale::Fraction | Scale::Percent => 2,
        Scale::Plain { decimals } => decimals,
    };
    // Tiny scores have no more decimals than these; of others, what is smaller is rounding.
    let is_tiny = decimals >= 9 && size != 0.0 && size < 1e-7;
    match is_tiny || size >= 1e9 {
        true => format!("{size:.2e}"),
        false => format!("{size:.decimals$}"),
    }
}

/// A score: `88.41` (percent), `0.331`.
pub fn score(measure: &JudgedMeasure, score: f64) -> String {
    let text = written(measure, shown(measure, score).abs());
    if score < 0.0 { format!("−{text}") } else { text }
}

/// Mean ± standard deviation of scores: `88.41 ± 0.23`, or the mean alone for one run.
pub fn score_spread(measure: &JudgedMeasure, spread: &Spread) -> String {
    let mean = score(measure, spread.mean);
    match spread.sd {
        Some(sd) => format!("{mean} ± {}", written(measure, shown(measure, sd))),
        None => mean,
    }
}

/// A shown difference with its sign: `+1.17`, `−0.020`.
pub fn signed(measure: &JudgedMeasure, shown: f64) -> String {
    let size = written(measure, shown.abs());
    match (size.chars().all(|c| matches!(c, '0' | '.')), shown > 0.0) {
        (true, _) => size,
        (false, true) => format!("+{size}"),
        (false, false) => format!("−{size}"),
    }
}

/// A difference of directed scores with its sign: `+1.17`, `−0.020`.
pub fn difference(measure: &JudgedMeasure, directed: f64) -> String {
    signed(measure, shown_difference(measure, directed))
}

/// The size of a difference, or a standard deviation: `1.17`.
pub fn size(measure: &JudgedMeasure, difference: f64) -> String {
    written(measure, shown(measure, difference).abs())
}

/// `+0.85 to +1.49`
pub fn interval(measure: &JudgedMeasure, directed: (f64, f64)) -> String {
    let (low, high) = shown_interval(measure, directed);
    format!("{} to {}", signed(measure, low), signed(measure, high))
}

/// What follows a difference: `points of validation accuracy`, `in val_loss`.
pub fn of(measure: &JudgedMeasure) -> String {
    match measure.scale {
        Scale::Fraction | Scale::Percent => format!("points of {}", measure.name),
        Scale::Plain { .. } => format!("in {}", measure.name),
    }
}

/// The unit behind the measure's name in a title: `, points`, or nothing.
pub fn points(measure: &JudgedMeasure) -> &'static str {
    match measure.scale {
        Scale::Fraction | Scale::Percent => ", points",
        Scale::Plain { .. } => "",
    }
}

/// The unit of scores behind the measure's name in a title: `, %`, or nothing.
pub fn percent(measure: &JudgedMeasure) -> &'static str {
    match measure.scale {
        Scale::Fraction | Scale::Percent => ", %",
        Scale::Plain { .. } => "",
    }
}

/// `0.5 points`, `1 point`, `0.02`: no zeros at the end.
pub fn amount(measure: &JudgedMeasure, difference: f64) -> String {
    let number = shown(measure, difference).abs();
    let number = match measure.scale {
        Scale::Fraction | Scale::Percent => format!("{number:.2}"),
        Scale::Plain { decimals } => {
            // A margin is a number that somebody typed: a few digits of it say all.
            let digits = (2.0 - number.log10().floor()).clamp(0.0, 12.0) as usize;
            format!("{number:.digits$}", digits = digits.max(decimals))
        }
    };
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => number,
    };
    let number = if number.is_empty() { "0".to_owned() } else { number };
    match (points(measure), number.as_str()) {
        ("", _) => number,
        (_, "1") => "1 point".to_owned(),
        (_, _) => format!("{number} points"),
    }
}

/// `Lower is better.`, where a reader might take it the other way round.
pub fn direction_words(measure: &JudgedMeasure) -> Option<&'static str> {
    match (measure.direction, measure.scale) {
        (Direction::LowerIsBetter, _) => Some("Lower is better."),
        (Direction::HigherIsBetter, Scale::Plain { .. }) => Some("Higher is better."),
        (Direction::HigherIsBetter, Scale::Fraction | Scale::Percent) => None,
    }
}

/// How many seeds or runs an effect is over: `10 seeds`, `10 and 8 runs`.
pub fn counted_runs(effect: &Effect) -> String {
    match &effect.samples {
        Some(samples) => {
            format!("{} and {} runs", samples.candidate.len(), samples.baseline.len())
        }
        None => counted_seeds(effect.pairs.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fitroom_results::Subset;

    fn accuracy() -> JudgedMeasure {
        JudgedMeasure::accuracy(Subset::Validation, 0.005, "at the end")
    }

    fn loss(decimals: usize) -> JudgedMeasure {
        JudgedMeasure {
            name: "val_loss".into(),
            direction: Direction::LowerIsBetter,
            scale: Scale::Plain { decimals },
            ..accuracy()
        }
    }

    #[test]
    fn accuracies_are_written_in_points_and_other_measures_as_they_are() {
        let accuracy = accuracy();
        assert_eq!(difference(&accuracy, 0.0117), "+1.17");
        assert_eq!(difference(&accuracy, -0.000_01), "0.00");
        assert_eq!(of(&accuracy), "points of validation accuracy");
        let percent = JudgedMeasure { scale: Scale::Percent, ..accuracy.clone() };
        assert_eq!(
            (difference(&percent, 1.17), size(&percent, 0.3)),
            ("+1.17".into(), "0.30".into())
        );
        let reward = JudgedMeasure { direction: Direction::HigherIsBetter, ..loss(1) };
        assert_eq!(
            (difference(&reward, 12.34), of(&reward)),
            ("+12.3".into(), "in val_loss".into())
        );
        assert_eq!(score(&reward, -1200.0), "−1200.0");
        assert_eq!(score(&loss(3), 4.5e12), "4.50e12");
    }

    #[test]
    fn where_less_is_better_differences_are_written_as_people_compute_them() {
        // The network's loss is 0.02 lower: it is better.
        let better = 0.02;
        assert_eq!(difference(&loss(3), better), "−0.020");
        assert_eq!(interval(&loss(3), (0.01, 0.03)), "−0.030 to −0.010");
        assert_eq!(direction_words(&loss(3)), Some("Lower is better."));
    }

    #[test]
    fn amounts_have_no_zeros_at_the_end() {
        let amounts = [0.005, 0.01, 0.0, 0.1].map(|margin| amount(&accuracy(), margin));
        assert_eq!(amounts, ["0.5 points", "1 point", "0 points", "10 points"]);
        let amounts = [0.02, 100.0, 0.000_25, 1.0].map(|margin| amount(&loss(1), margin));
        assert_eq!(amounts, ["0.02", "100", "0.00025", "1"]);
    }
}
