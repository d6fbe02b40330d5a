//! The article's networks and their curves, as read off its figures.

use std::sync::LazyLock;

use fitroom_results::{ReferenceCurve, ReferenceEpoch};

/// The article's title.
pub const TITLE: &str = "Fashion MNIST Basic Neural Network Architectures";

/// Number of networks in the article.
pub const NETWORKS: usize = 8;

/// The number in the article, from 1, of the network that has this curve. `None` if the curve is
/// not the article's.
pub fn network_of(curve: &ReferenceCurve) -> Option<usize> {
    let same = |ours: &ReferenceEpoch, theirs: &ReferenceEpoch| values(ours) == values(theirs);
    let is_whole = |epochs: &Vec<ReferenceEpoch>| {
        epochs.len() == curve.epochs.len()
            && epochs.iter().zip(&curve.epochs).all(|(ours, theirs)| same(ours, theirs))
    };
    CURVES.iter().position(is_whole).map(|index| index + 1)
}

/// The values that identify an epoch of the article.
fn values(at: &ReferenceEpoch) -> (u32, [f64; 4]) {
    (at.epoch, [at.train_loss, at.train_accuracy, at.test_loss, at.test_accuracy])
}

/// The curve of a network, given by its number in the article, from 1.
pub fn curve(network: usize) -> &'static [ReferenceEpoch] {
    &CURVES[network - 1]
}

/// Each network's curve. Training scores are as trained, and validation scores were measured on the
/// test images.
static CURVES: LazyLock<[Vec<ReferenceEpoch>; NETWORKS]> = LazyLock::new(|| {
    let mut curves: [Vec<ReferenceEpoch>; NETWORKS] = Default::default();
    for row in include_str!("curves.csv").lines().skip(1) {
        let (network, epoch) = parse(row).expect("the table that is compiled in has no mistake");
        curves[network - 1].push(epoch);
    }
    curves
});

/// A row of the table: the network's number, and one epoch of it.
fn parse(row: &str) -> Option<(usize, ReferenceEpoch)> {
    let mut cells = row.split(',');
    let network = cells.next()?.parse().ok()?;
    let epoch = cells.next()?.parse().ok()?;
    let mut number = || cells.next()?.parse().ok();
    let (train_loss, test_loss) = (number()?, number()?);
    let (train_accuracy, test_accuracy) = (number()?, number()?);
    let epoch = ReferenceEpoch {
        train_loss,
        train_accuracy,
        test_loss,
        test_accuracy,
        ..ReferenceEpoch::new(epoch)
    };
    Some((network, epoch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::reference;

    #[test]
    fn eight_networks_of_twenty_epochs() {
        for (network, curve) in (1..).zip(CURVES.iter()) {
            assert!(curve.iter().map(|at| at.epoch).eq(1..=20), "network {network}");
            assert!(curve.iter().all(|at| at.train_loss > 0.0 && at.test_loss > 0.0));
            let is_plausible = |accuracy: f64| (0.5..1.0).contains(&accuracy);
            assert!(
                curve
                    .iter()
                    .all(|at| is_plausible(at.train_accuracy) && is_plausible(at.test_accuracy))
            );
        }
        let last = CURVES[6][19];
        assert_eq!((last.train_loss, last.test_accuracy), (0.1660, 0.8827), "as its table says");
    }

    #[test]
    fn a_curve_is_the_articles_if_all_its_values_are() {
        let mut curve = reference(3);
        assert_eq!(network_of(&curve), Some(3));
        curve.epochs[7].test_loss += 0.001;
        assert_eq!(network_of(&curve), None);
    }
}
