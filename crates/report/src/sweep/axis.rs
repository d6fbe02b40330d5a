//! The values of a swept name as an axis. Numbers get a linear axis, or a logarithmic one if they
//! span decades. Words are evenly spaced.

use crate::plot::{Anchor, Color, Scale, Scene, Stroke};

/// An axis for the values of a swept name.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The distinct values as written in the study file, in the axis's order.
    values: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Linear,
    Logarithmic,
    Words,
}

/// An axis is logarithmic if the highest value is at least this many times the lowest.
const DECADES: f64 = 20.0;
/// Free space at either end, as a share of the axis's length.
const MARGIN: f64 = 0.06;

impl Axis {
    /// An axis for these values: numbers in ascending order, words in the given order.
    pub fn new(values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut distinct: Vec<String> = Vec::new();
        for value in values.into_iter().map(Into::into) {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        let numbers: Option<Vec<f64>> = distinct
            .iter()
            .map(|value| value.parse().ok().filter(|number: &f64| number.is_finite()))
            .collect();
        let kind = match &numbers {
            None => Kind::Words,
            Some(numbers) => {
                let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
                let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                if low > 0.0 && high / low >= DECADES { Kind::Logarithmic } else { Kind::Linear }
            }
        };
        if let Some(numbers) = numbers {
            let mut order: Vec<usize> = (0..distinct.len()).collect();
            order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
            distinct = order.into_iter().map(|index| distinct[index].clone()).collect();
        }
        Axis { values: distinct, kind }
    }

    /// The values in the axis's order.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Whether the values are numbers, so that a line may join them.
    pub fn is_ordered(&self) -> bool {
        self.kind != Kind::Words
    }

    /// Whether equal ratios are equally long.
    pub fn is_logarithmic(&self) -> bool {
        self.kind == Kind::Logarithmic
    }

    /// The coordinate of a value between `start` and `end`.
    pub fn place(&self, value: &str, start: f64, end: f64) -> f64 {
        let at = |value: &str| match self.kind {
            Kind::Linear => value.parse().unwrap_or(f64::NAN),
            Kind::Logarithmic => value.parse::<f64>().unwrap_or(f64::NAN).log10(),
            Kind::Words => self
                .values
                .iter()
                .position(|other| other == value)
                .map_or(f64::NAN, |index| index as f64),
        };
        let (low, high) = match self.values.as_slice() {
            [] => (0.0, 0.0),
            [first, .., last] => (at(first), at(last)),
            [only] => (at(only), at(only)),
        };
        let margin = if high > low { MARGIN * (high - low) } else { 0.5 };
        Scale::linear((low - margin, high + margin), (start, end)).place(at(value))
    }

    /// Draws the axis from `start` to `end` at height `y`, with its name below. Each value has a
    /// tick, and a label if there is space.
    pub fn draw(&self, scene: &mut Scene, name: &str, start: f64, end: f64, y: f64) {
        scene.segment((start, y), (end, y), Stroke::solid(Color::Muted, 1.0));
        let mut free = start - 20.0;
        for value in &self.values {
            let at = self.place(value, start, end);
            scene.segment((at, y), (at, y + 4.0), Stroke::solid(Color::Muted, 1.0));
            let half = crate::plot::text_width(value) / 2.0;
            if at - half >= free {
                scene.label((at, y + 17.0), Anchor::Middle, Color::Muted, value.as_str());
                free = at + half + 6.0;
            }
        }
        let note = if self.kind == Kind::Logarithmic { ", logarithmic" } else { "" };
        scene.label(
            ((start + end) / 2.0, y + 33.0),
            Anchor::Middle,
            Color::Muted,
            format!("{name}{note}"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(values: &[&str]) -> Vec<(String, f64)> {
        let axis = Axis::new(values.iter().copied());
        axis.values()
            .iter()
            .map(|value| (value.clone(), axis.place(value, 0.0, 112.0).round()))
            .collect()
    }

    fn named(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
        expected.iter().map(|&(value, place)| (value.to_owned(), place)).collect()
    }

    #[test]
    fn numbers_ascend_and_decades_are_evenly_spaced() {
        assert_eq!(
            places(&["0.5", "0", "0.25", "0.5"]),
            named(&[("0", 6.0), ("0.25", 56.0), ("0.5", 106.0)])
        );
        assert_eq!(
            places(&["1e-6", "1e-4", "0.01"]),
            named(&[("1e-6", 6.0), ("1e-4", 56.0), ("0.01", 106.0)])
        );
        // Values that span little more than a decade, or include zero, get a linear axis.
        assert_eq!(places(&["1", "8", "15"]), named(&[("1", 6.0), ("8", 56.0), ("15", 106.0)]));
        assert_eq!(places(&["0", "5", "10"]), named(&[("0", 6.0), ("5", 56.0), ("10", 106.0)]));
    }

    #[test]
    fn words_stand_in_their_order_and_are_not_joined() {
        assert_eq!(
            places(&["sgd", "adam", "adamw"]),
            named(&[("sgd", 6.0), ("adam", 56.0), ("adamw", 106.0)])
        );
        assert!(!Axis::new(["sgd", "1"]).is_ordered() && Axis::new(["2", "1"]).is_ordered());
        assert_eq!(places(&["relu"]), named(&[("relu", 56.0)]));
    }
}
