//! The horizontal axis of a panel: epochs, a part of them, or any numbers.

use super::scale::Scale;

/// The horizontal axis of a panel.
#[derive(Clone, Copy, Debug)]
pub enum Horizontal<'a> {
    /// Epochs, from 1 to the last.
    Epochs(u32),
    /// A part of the epochs, with ticks at whole ones.
    EpochsBetween {
        /// The left end.
        low: f64,
        /// The right end.
        high: f64,
    },
    /// Any numbers.
    Range {
        /// The first number.
        low: f64,
        /// The last number.
        high: f64,
        /// What they are: `step`.
        name: &'a str,
    },
    /// Positive numbers, where equal ratios are equally long.
    Logarithmic {
        /// The first number.
        low: f64,
        /// The last number.
        high: f64,
        /// What they are: `learning rate`.
        name: &'a str,
    },
}

impl Horizontal<'_> {
    /// The axis between two coordinates.
    pub fn scale(&self, start: f64, end: f64) -> Scale {
        let (low, high) = match *self {
            Horizontal::Epochs(epochs) => (1.0, f64::from(epochs)),
            Horizontal::EpochsBetween { low, high } | Horizontal::Range { low, high, .. } => {
                (low, high)
            }
            Horizontal::Logarithmic { low, high, .. } => {
                return Scale::logarithmic((low, high), (start, end));
            }
        };
        // A single epoch stands in the middle of the axis.
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        Scale::linear((low, high), (start, end))
    }

    /// The places of its ticks, with their texts.
    pub fn ticks(&self, x: &Scale) -> Vec<(f64, String)> {
        match *self {
            Horizontal::Epochs(epochs) => epoch_ticks(epochs, (x.end - x.start) / 40.0)
                .into_iter()
                .map(|epoch| (f64::from(epoch), epoch.to_string()))
                .collect(),
            Horizontal::EpochsBetween { .. } => {
                let mut ticks = x.ticks(((x.end - x.start) / 70.0) as usize);
                ticks.retain_mut(|(value, label)| {
                    *label = format!("{value:.0}");
                    (*value - value.round()).abs() < 1e-6
                });
                ticks
            }
            Horizontal::Range { .. } => x.ticks(((x.end - x.start) / 70.0) as usize),
            Horizontal::Logarithmic { .. } => {
                let ticks = x.ticks(((x.end - x.start) / 60.0) as usize).into_iter();
                ticks.map(|(value, label)| (value, with_prefix(value).unwrap_or(label))).collect()
            }
        }
    }

    /// What its numbers are.
    pub fn name(&self) -> &str {
        match self {
            Horizontal::Epochs(_) | Horizontal::EpochsBetween { .. } => "epoch",
            Horizontal::Range { name, .. } | Horizontal::Logarithmic { name, .. } => name,
        }
    }
}

/// `20k`, `1.5M`: a thousand or more with a metric prefix. `None` for smaller numbers, and for those from
/// 10¹⁵ on.
fn with_prefix(value: f64) -> Option<String> {
    let prefixes = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let &(unit, prefix) = prefixes.iter().find(|(unit, _)| value >= *unit)?;
    // Sums of steps are a little off round numbers.
    let rounded = (1e3 * value / unit).round() / 1e3;
    (rounded < 1e3).then(|| format!("{rounded}{prefix}"))
}

/// Epoch 1, then round numbers of epochs: at most about `most` ticks.
fn epoch_ticks(epochs: u32, most: f64) -> Vec<u32> {
    let step = [1, 2, 5]
        .into_iter()
        .cycle()
        .zip((0..).flat_map(|power| [10_u32.pow(power); 3]))
        .map(|(factor, power)| factor * power)
        .find(|step| f64::from(epochs) / f64::from(*step) <= most)
        .unwrap_or(epochs);
    let round = (1..=epochs / step).map(|k| k * step);
    // Epoch 1 gets a tick only if its number does not touch the next one.
    let first = (step != 1).then_some(1).filter(|_| f64::from(step - 1) >= 0.6 * f64::from(step));
    first.into_iter().chain(round).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_are_named_from_one_in_round_steps() {
        for (epochs, most, expected) in [
            (1, 8.0, vec![1]),
            (2, 8.0, vec![1, 2]),
            (20, 8.0, vec![1, 5, 10, 15, 20]),
            (20, 12.0, vec![2, 4, 6, 8, 10, 12, 14, 16, 18, 20]),
            (300, 8.0, vec![1, 50, 100, 150, 200, 250, 300]),
        ] {
            assert_eq!(epoch_ticks(epochs, most), expected, "{epochs}");
        }
    }

    #[test]
    fn a_logarithmic_axis_names_thousands_by_their_prefix() {
        let labels = |low, high, width| -> Vec<String> {
            let axis = Horizontal::Logarithmic { low, high, name: "parameters" };
            axis.ticks(&axis.scale(0.0, width)).into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(5e2, 3e6, 480.0), ["1k", "10k", "100k", "1M"]);
        assert_eq!(
            labels(1e5, 1.3e5, 480.0),
            ["100k", "105k", "110k", "115k", "120k", "125k", "130k"]
        );
        assert_eq!(labels(1e-4, 20.0, 480.0), ["0.0001", "0.001", "0.01", "0.1", "1", "10"]);
        assert_eq!((with_prefix(1.5e9), with_prefix(999.0)), (Some("1.5G".to_owned()), None));
    }

    #[test]
    fn a_part_of_the_epochs_has_ticks_at_whole_ones() {
        let axis = Horizontal::EpochsBetween { low: 2.4, high: 4.7 };
        let labels: Vec<String> =
            axis.ticks(&axis.scale(0.0, 900.0)).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["3", "4"]);
    }
}
