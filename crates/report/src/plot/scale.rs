//! Axes: the range that an axis shows, the places of values, and its ticks.

/// A linear axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Value at the start.
    pub low: f64,
    /// Value at the end.
    pub high: f64,
    /// Coordinate of `low` in the drawing.
    pub start: f64,
    /// Coordinate of `high`; smaller than `start` for an axis that points up.
    pub end: f64,
}

impl Scale {
    /// The coordinate of a value; beyond the axis for a value outside its range.
    pub fn place(&self, value: f64) -> f64 {
        self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)
    }

    /// Whether a value lies inside the range.
    pub fn shows(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values inside the range, each with its text: about `most`, and never more than
    /// `most` + 1. A text has as many decimals as the step between values needs.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let step = nice_step((self.high - self.low) / most.max(1) as f64);
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        let slack = 1e-9 * step;
        let first = ((self.low - slack) / step).ceil() as i64;
        (first..)
            .map(|k| k as f64 * step)
            .take_while(|&value| value <= self.high + slack)
            .map(|value| {
                // −0 would be printed with its sign.
                let value = if value.abs() < slack { 0.0 } else { value };
                let label =
                    if step >= 1e6 { format!("{value:e}") } else { format!("{value:.decimals$}") };
                (value, label)
            })
            .collect()
    }
}

/// The smallest of 1, 2, 5 × 10ⁿ that is not below `step`.
fn nice_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= step * (1.0 - 1e-9))
        .unwrap_or(10.0);
    factor * power
}

/// The range of `values` that an axis should show, with a margin of 4%: all of it, unless far
/// outliers would flatten the other values. `None` if no value is finite.
///
/// Outliers lie beyond Tukey's outer fences, three interquartile ranges from the quartiles. They
/// are left out if the other values would otherwise get less than a third of the axis.
pub fn core_range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = values.into_iter().filter(|x| x.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    let (&low, &high) = (values.first()?, values.last()?);
    let quartile = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
    let fence = 3.0 * (quartile(0.75) - quartile(0.25));
    let (fence_low, fence_high) = (quartile(0.25) - fence, quartile(0.75) + fence);
    let inside = || values.iter().copied().filter(|x| (fence_low..=fence_high).contains(x));
    let core = (inside().fold(high, f64::min), inside().fold(low, f64::max));
    let (low, high) =
        if high - low > 3.0 * (core.1 - core.0) && core.1 > core.0 { core } else { (low, high) };
    let margin = if high > low { 0.04 * (high - low) } else { (0.05 * high.abs()).max(1e-3) };
    Some((low - margin, high + margin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_inside_and_not_too_many() {
        for (low, high, most, expected) in [
            (0.0, 1.0, 5, "0.0 0.2 0.4 0.6 0.8 1.0"),
            (76.3, 91.2, 6, "80 85 90"),
            (1.52, 1.77, 6, "1.55 1.60 1.65 1.70 1.75"),
            (0.02, 0.53, 6, "0.1 0.2 0.3 0.4 0.5"),
            (-0.3, 0.3, 5, "-0.2 0.0 0.2"),
            (0.3, 20.7, 5, "5 10 15 20"),
            (86.9961, 86.9987, 5, "86.997 86.998"),
            (0.0, 4.2e7, 5, "0e0 1e7 2e7 3e7 4e7"),
        ] {
            let scale = Scale { low, high, start: 0.0, end: 100.0 };
            let labels: Vec<String> =
                scale.ticks(most).into_iter().map(|(_, label)| label).collect();
            assert_eq!(labels.join(" "), expected, "{low} to {high}");
            assert!(
                scale
                    .ticks(most)
                    .iter()
                    .all(|&(x, _)| (-1e-6..=100.0 + 1e-6).contains(&scale.place(x)))
            );
            assert!(labels.len() <= most + 1);
        }
    }

    #[test]
    fn places_go_from_start_to_end_either_way() {
        let up = Scale { low: 10.0, high: 20.0, start: 100.0, end: 0.0 };
        assert_eq!([10.0, 15.0, 20.0].map(|x| up.place(x)), [100.0, 50.0, 0.0]);
    }

    #[test]
    fn a_huge_value_does_not_flatten_the_others() {
        let usual = (0..40).map(|i| 0.3 + 0.01 * f64::from(i));
        let (low, high) = core_range(usual.clone().chain([1e9, f64::NAN, f64::INFINITY])).unwrap();
        assert!((0.25..0.3).contains(&low) && (0.69..0.75).contains(&high), "{low} {high}");
        let (_, high) = core_range(usual.chain([1.2])).unwrap();
        assert!(high > 1.2, "a first epoch is shown: {high}");
    }

    #[test]
    fn one_value_gets_room_and_none_gets_no_range() {
        let (low, high) = core_range([0.5]).unwrap();
        assert!(low < 0.5 && high > 0.5);
        let (low, high) = core_range([0.0, 0.0]).unwrap();
        assert!(low < 0.0 && high > 0.0);
        assert_eq!(core_range([f64::NAN]), None);
    }
}
