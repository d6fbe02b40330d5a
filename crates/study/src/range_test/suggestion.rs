//! The learning rates that a range test suggests.

use super::RatePoint;

/// Learning rates that the curve of a range test suggests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuggestedRates {
    /// Half way down the longest fall of the smoothed loss: the suggestion of fastai's `lr_find`
    /// since version 2.3 (`valley`).
    pub valley: f32,
    /// Where the smoothed loss falls most steeply over the logarithm of the learning rate: fastai's
    /// `steep`, and what Lightning's `lr_find` looks for.
    pub steepest: f32,
}

/// The first tenth of the steps says nothing, and the last five have begun to rise: both are left
/// out, as in fastai.
const LEFT_OUT_AT_END: usize = 5;

/// Fewer points than this have no shape.
const LEAST_POINTS: usize = 5;

/// A smoothed loss that falls by less than this share has not fallen.
const LEAST_FALL: f64 = 0.01;

impl SuggestedRates {
    /// What the points of a test of `steps` steps suggest. `None` if it ended too soon, or the loss
    /// never fell.
    pub(super) fn of(points: &[RatePoint], steps: u32) -> Option<Self> {
        let first = steps as usize / 10;
        let points = points.get(first..points.len().checked_sub(LEFT_OUT_AT_END)?)?;
        if points.len() < LEAST_POINTS {
            return None;
        }
        let losses: Vec<f64> = points.iter().map(|point| point.smoothed).collect();
        let (highest, lowest) = losses.iter().fold((f64::MIN, f64::MAX), |(high, low), &loss| {
            // A fall counts from the highest loss before it.
            let high = high.max(loss);
            (high, low.min(loss / high))
        });
        if !(highest > 0.0 && lowest < 1.0 - LEAST_FALL) {
            return None;
        }
        let rates: Vec<f64> = points.iter().map(|point| f64::from(point.learning_rate)).collect();
        let rate = |at: usize| points[at].learning_rate;
        Some(SuggestedRates {
            valley: rate(valley(&losses)),
            steepest: rate(steepest(&rates, &losses)),
        })
    }
}

/// The point in the middle of the longest fall: the longest sequence of ever lower losses, which need
/// not be neighbours. fastai counts as if they were, and takes the middle third's middle.
fn valley(losses: &[f64]) -> usize {
    let mut lengths = vec![1; losses.len()];
    let (mut start, mut end) = (0_isize, 0_usize);
    for at in 1..losses.len() {
        for before in 0..at {
            if losses[at] < losses[before] && lengths[at] < lengths[before] + 1 {
                lengths[at] = lengths[before] + 1;
            }
        }
        if lengths[end] < lengths[at] {
            end = at;
            start = at as isize - lengths[at];
        }
    }
    let thirds = (end as isize - start) as f64 / 3.0;
    let middle = start + thirds as isize + (thirds / 2.0) as isize;
    middle.clamp(0, losses.len() as isize - 1) as usize
}

/// The first point of the steepest fall between neighbours.
fn steepest(rates: &[f64], losses: &[f64]) -> usize {
    let slope =
        |at: &usize| (losses[at + 1] - losses[*at]) / (rates[at + 1].ln() - rates[*at].ln());
    (0..losses.len() - 1).min_by(|a, b| slope(a).total_cmp(&slope(b))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(losses: impl IntoIterator<Item = f64>) -> Vec<RatePoint> {
        let point = |(step, smoothed): (i32, f64)| RatePoint {
            learning_rate: 10_f32.powf(-7.0 + 0.08 * step as f32),
            loss: smoothed,
            smoothed,
        };
        (0..).zip(losses).map(point).collect()
    }

    /// A plateau, a fall around 1e-3, and a rise from 0.3 on, as fastai's users know it.
    fn typical(step: i32) -> f64 {
        let x = -7.0 + 0.08 * f64::from(step);
        let fall = 1.0 / (1.0 + (-3.0 * (x + 3.0)).exp());
        let ripple = 0.004 * (1.7 * f64::from(step)).sin();
        2.3 - 1.8 * fall + (4.0 * (x + 0.4)).exp() + ripple
    }

    /// fastai's `valley` and `steep` on `losses[10:-5]` of 100 steps: indices 44 and 49.
    #[test]
    fn suggestions_are_those_of_fastai() {
        let points = points((0..95).map(typical));
        let found = SuggestedRates::of(&points, 100).unwrap();
        let index = |rate| points.iter().position(|point| point.learning_rate == rate).unwrap();
        assert_eq!((index(found.valley), index(found.steepest)), (44, 49));
    }

    #[test]
    fn a_curve_that_is_too_short_or_flat_suggests_nothing() {
        assert_eq!(SuggestedRates::of(&[], 100), None);
        assert_eq!(SuggestedRates::of(&points((0..14).map(typical)), 100), None);
        assert_eq!(SuggestedRates::of(&points([2.3; 100]), 100), None);
        assert_eq!(SuggestedRates::of(&points((0..100).map(|at| 2.3 + f64::from(at))), 100), None);
        assert_eq!(SuggestedRates::of(&points([0.0; 100]), 100), None);
        let small = SuggestedRates::of(&points((0..100).map(|at| 2.3 - 1e-5 * f64::from(at))), 100);
        assert_eq!(small, None);
        assert!(
            SuggestedRates::of(&points((0..20).map(|at| 2.0 - 0.1 * f64::from(at))), 20).is_some()
        );
    }
}
