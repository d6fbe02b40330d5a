//! Axes: the range that an axis shows, the places of values, and its ticks.

/// An axis, linear or logarithmic.
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
    /// Whether equal ratios are equally long. Then `low` is positive.
    pub is_logarithmic: bool,
}

impl Scale {
    /// A linear axis of the values `low` to `high`, from the coordinate `start` to `end`.
    pub fn linear((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Scale { low, high, start, end, is_logarithmic: false }
    }

    /// A logarithmic axis of the positive values `low` to `high`.
    pub fn logarithmic((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Scale { low, high, start, end, is_logarithmic: true }
    }

    /// The coordinate of a value; beyond the axis for a value outside its range. On a logarithmic
    /// axis, a value of 0 or less has none: NaN or infinite.
    pub fn place(&self, value: f64) -> f64 {
        let share = match self.is_logarithmic {
            false => (value - self.low) / (self.high - self.low),
            true => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        self.start + share * (self.end - self.start)
    }

    /// Whether a value lies inside the range.
    pub fn shows(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values inside the range, each with its text: about `most`, and never more than
    /// `most` + 1. A text has as many decimals as the step between values needs.
    ///
    /// A logarithmic axis has ticks at 1, 2 and 5 × 10ⁿ, or at every so many powers of ten. Where it
    /// is so short that these are fewer than two, its ticks are those of a linear axis.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let ticks = if self.is_logarithmic { self.decade_ticks(most) } else { Vec::new() };
        if ticks.len() > 1 { ticks } else { self.even_ticks(most) }
    }

    fn decade_ticks(&self, most: usize) -> Vec<(f64, String)> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let ticks = |factors: &[u32], every: i32| -> Vec<(f64, String)> {
            let powers = (first..=last).filter(|power| power.rem_euclid(every) == 0);
            let all = powers.flat_map(|power| factors.iter().map(move |&factor| (factor, power)));
            all.map(|(factor, power)| decade_tick(factor, power))
                .filter(|(value, _)| self.shows(*value))
                .collect()
        };
        let choices = std::iter::once((&[1, 2, 5][..], 1))
            .chain([1, 2, 5, 10, 20, 50, 100].map(|every| (&[1][..], every)));
        let few = |(factors, every)| Some(ticks(factors, every)).filter(|it| it.len() <= most + 1);
        choices.into_iter().find_map(few).unwrap_or_default()
    }

    fn even_ticks(&self, most: usize) -> Vec<(f64, String)> {
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

/// `factor` × 10 to `power`, and its text. The value is read from the text, and so it is exact.
fn decade_tick(factor: u32, power: i32) -> (f64, String) {
    let exact: f64 = format!("{factor}e{power}").parse().unwrap_or(f64::NAN);
    let text = match power {
        -4..0 => format!("{exact:.decimals$}", decimals = power.unsigned_abs() as usize),
        0..6 => exact.to_string(),
        i32::MIN..-4 | 6.. => format!("{factor}e{power}"),
    };
    (exact, text)
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

/// The range of the positive ones of `values` that a logarithmic axis should show, as [`core_range`]
/// of their logarithms. `None` if none is positive and finite.
pub fn core_range_of_positive(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let positive = values.into_iter().filter(|value| *value > 0.0);
    let (low, high) = core_range(positive.map(f64::log10))?;
    Some((10f64.powf(low), 10f64.powf(high)))
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
            let scale = Scale::linear((low, high), (0.0, 100.0));
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
        let up = Scale::linear((10.0, 20.0), (100.0, 0.0));
        assert_eq!([10.0, 15.0, 20.0].map(|x| up.place(x)), [100.0, 50.0, 0.0]);
    }

    #[test]
    fn ticks_of_a_logarithmic_axis_are_1_2_and_5_in_each_decade() {
        for (low, high, most, expected) in [
            (0.09, 3.0, 6, "0.1 0.2 0.5 1 2"),
            (0.001, 300.0, 6, "0.001 0.01 0.1 1 10 100"),
            (1e-9, 2.0, 5, "1e-8 1e-6 0.0001 0.01 1"),
            (1e-200, 1e200, 5, "1e-200 1e-100 1 1e100 1e200"),
            (0.30, 0.34, 5, "0.30 0.31 0.32 0.33 0.34"),
            (4e5, 3e6, 5, "500000 1e6 2e6"),
        ] {
            let scale = Scale::logarithmic((low, high), (100.0, 0.0));
            let labels: Vec<String> =
                scale.ticks(most).into_iter().map(|(_, label)| label).collect();
            assert_eq!(labels.join(" "), expected, "{low} to {high}");
        }
    }

    #[test]
    fn equal_ratios_are_equally_long_on_a_logarithmic_axis() {
        let up = Scale::logarithmic((0.01, 100.0), (100.0, 0.0));
        let places = [0.01, 0.1, 1.0, 100.0].map(|x| up.place(x).round());
        assert_eq!(places, [100.0, 75.0, 50.0, 0.0]);
        assert!(!up.place(0.0).is_finite() && up.place(-1.0).is_nan());
        let (low, high) = core_range_of_positive([0.1, 10.0, 0.0, -5.0]).unwrap();
        assert!((0.05..0.1).contains(&low) && (10.0..20.0).contains(&high), "{low} {high}");
        assert_eq!(core_range_of_positive([0.0, -1.0, f64::NAN]), None);
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
