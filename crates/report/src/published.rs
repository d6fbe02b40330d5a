//! The curves of the published report, "Fashion MNIST Basic Neural Network Architectures", as read
//! off its figures.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::score::{Metric, Subset};

/// One epoch of one published network. Its training numbers are as trained; it has no test numbers.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct PublishedEpoch {
    /// The network's number in the published report, from 1.
    pub network: usize,
    /// From 1.
    pub epoch: u32,
    train_loss: f64,
    val_loss: f64,
    train_accuracy: f64,
    val_accuracy: f64,
}

impl PublishedEpoch {
    /// What was published under this name; `None` for numbers that the report doesn't have.
    pub fn score(&self, metric: Metric, subset: Subset) -> Option<f64> {
        match (metric, subset) {
            (Metric::Loss, Subset::Train) => Some(self.train_loss),
            (Metric::Loss, Subset::Validation) => Some(self.val_loss),
            (Metric::Accuracy, Subset::Train) => Some(self.train_accuracy),
            (Metric::Accuracy, Subset::Validation) => Some(self.val_accuracy),
            (_, Subset::Fit | Subset::Test) => None,
        }
    }

    /// What a measure of ours is to be held against: the published "validation" images are the test
    /// images (docs/reproduction.md), so held-out training images have no counterpart and test
    /// images have.
    pub fn counterpart(&self, metric: Metric, subset: Subset) -> Option<f64> {
        match subset {
            Subset::Train => self.score(metric, Subset::Train),
            Subset::Test => self.score(metric, Subset::Validation),
            Subset::Fit | Subset::Validation => None,
        }
    }

    /// How far the number may be from the one that was drawn, since it was read off a figure.
    pub fn reading_error(&self, metric: Metric) -> f64 {
        // The loss axes of networks 6 to 8 are coarser.
        if metric == Metric::Loss && self.network > 5 { 0.005 } else { 0.002 }
    }
}

/// The published network's curve from epoch 1 on; empty for a number that the report doesn't have.
pub fn published_curve(network: u32) -> &'static [PublishedEpoch] {
    static EPOCHS: LazyLock<Vec<PublishedEpoch>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_bytes!("published_curves.csv").as_slice())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("the table that is compiled in is sound")
    });
    // The table is in the order of networks.
    let start = EPOCHS.partition_point(|epoch| epoch.network < network as usize);
    let end = EPOCHS.partition_point(|epoch| epoch.network <= network as usize);
    &EPOCHS[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_networks_of_twenty_epochs() {
        for network in 1..=8 {
            let curve = published_curve(network);
            assert!(curve.iter().map(|e| e.epoch).eq(1..=20), "network {network}");
            assert!(
                curve.iter().all(|e| e.network == network as usize
                    && e.train_loss > 0.0
                    && e.val_loss > 0.0)
            );
            assert!(
                curve.iter().all(|e| (0.5..1.0).contains(&e.train_accuracy)
                    && (0.5..1.0).contains(&e.val_accuracy))
            );
        }
        assert_eq!(published_curve(0), []);
        assert_eq!(published_curve(9), []);
    }

    #[test]
    fn the_last_epoch_is_what_the_published_table_says() {
        let last = published_curve(7)[19];
        assert_eq!(last.score(Metric::Loss, Subset::Train), Some(0.1660));
        assert_eq!(last.score(Metric::Accuracy, Subset::Validation), Some(0.8827));
        assert_eq!(last.score(Metric::Accuracy, Subset::Test), None);
        assert_eq!(last.counterpart(Metric::Accuracy, Subset::Test), Some(0.8827));
        assert_eq!(last.counterpart(Metric::Accuracy, Subset::Validation), None);
        assert_eq!(
            (last.reading_error(Metric::Loss), last.reading_error(Metric::Accuracy)),
            (0.005, 0.002)
        );
    }
}
