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
}

impl Horizontal<'_> {
    /// The axis between two coordinates.
    pub fn scale(&self, start: f64, end: f64) -> Scale {
        let (low, high) = match *self {
            Horizontal::Epochs(epochs) => (1.0, f64::from(epochs)),
            Horizontal::EpochsBetween { low, high } | Horizontal::Range { low, high, .. } => {
                (low, high)
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
        }
    }

    /// What its numbers are.
    pub fn name(&self) -> &str {
        match self {
            Horizontal::Epochs(_) | Horizontal::EpochsBetween { .. } => "epoch",
            Horizontal::Range { name, .. } => name,
        }
    }
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
    fn a_part_of_the_epochs_has_ticks_at_whole_ones() {
        let axis = Horizontal::EpochsBetween { low: 2.4, high: 4.7 };
        let labels: Vec<String> =
            axis.ticks(&axis.scale(0.0, 900.0)).into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["3", "4"]);
    }
}
