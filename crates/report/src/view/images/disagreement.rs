//! The test images on which one network is right and another is wrong.

use fitroom_results::{Prediction, Results};
use fitroom_stats::Spread;

use crate::error::ReportError;
use crate::inspection::SeedPredictions;
use crate::number::counted;

/// Where two networks disagree: the images that only one of them classifies correctly.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreements {
    /// The network is right, the baseline is wrong.
    pub network: OneRight,
    /// The baseline is right, the network is wrong.
    pub baseline: OneRight,
    /// The seeds with which both networks have predictions, ascending. Others are left out.
    pub seeds: Vec<u64>,
}

/// The images that only one of two networks classifies correctly.
#[derive(Clone, Debug, PartialEq)]
pub struct OneRight {
    /// The images, at most as many as were asked for. Those with the most seeds come first; then
    /// those on which fewer seeds say the opposite; then those with the earlier position.
    pub images: Vec<Disagreement>,
    /// How many images this holds for with at least one seed.
    pub total: usize,
    /// How many images this holds for with each seed; `None` without seeds.
    pub per_seed: Option<Spread>,
}

/// A test image that only one of two networks classifies correctly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// Position among the test images, from 0.
    pub image: usize,
    /// The image's class.
    pub label: usize,
    /// The class that the network that is wrong predicts with most of these seeds; among equals, the
    /// first class.
    pub taken_for: usize,
    /// How many seeds this holds for.
    pub seeds: usize,
    /// How many seeds say the opposite: the other network alone is right.
    pub opposite: usize,
}

/// The test images that only `network` or only `baseline` classifies correctly, each with the same
/// seed; at most `most` of each kind.
///
/// # Errors
/// There is no such network, or a file of predictions can't be read, is damaged, or is of other
/// images.
pub fn disagreements(
    results: &Results,
    network: usize,
    baseline: usize,
    most: usize,
) -> Result<Disagreements, ReportError> {
    let network = SeedPredictions::read(results, network, None)?;
    let baseline = SeedPredictions::read(results, baseline, network.labels().as_deref())?;
    let mut seeds = Vec::new();
    let mut pairs: Vec<[&[Prediction]; 2]> = Vec::new();
    for (&seed, predictions) in network.seeds.iter().zip(&network.predictions) {
        if let Some(at) = baseline.seeds.iter().position(|&other| other == seed) {
            seeds.push(seed);
            pairs.push([predictions, &baseline.predictions[at]]);
        }
    }
    let swapped: Vec<_> = pairs.iter().map(|&[network, baseline]| [baseline, network]).collect();
    Ok(Disagreements {
        network: first_right(&pairs, most),
        baseline: first_right(&swapped, most),
        seeds,
    })
}

/// The images that the first of two networks classifies correctly and the second does not. There is
/// a pair of predictions for each seed, all for the same images.
fn first_right(pairs: &[[&[Prediction]; 2]], most: usize) -> OneRight {
    let holds = |[first, second]: &[&[Prediction]; 2], at: usize| {
        first[at].is_right() && !second[at].is_right()
    };
    let images = pairs.first().map_or(0, |[first, _]| first.len());
    let disagreement = |image: usize| {
        let mut by_class = [0_usize; 1 << u8::BITS];
        let (mut seeds, mut opposite) = (0, 0);
        for pair @ &[first, second] in pairs {
            if holds(pair, image) {
                seeds += 1;
                by_class[usize::from(second[image].predicted)] += 1;
            }
            opposite += usize::from(holds(&[second, first], image));
        }
        let taken_for = (1..by_class.len())
            .fold(0, |best, at| if by_class[at] > by_class[best] { at } else { best });
        let label = usize::from(pairs[0][0][image].label);
        (seeds > 0).then_some(Disagreement { image, label, taken_for, seeds, opposite })
    };
    let mut found: Vec<Disagreement> = (0..images).filter_map(disagreement).collect();
    let total = found.len();
    found.sort_by_key(|at| (std::cmp::Reverse(at.seeds), at.opposite));
    found.truncate(most);
    let counts =
        pairs.iter().map(|pair| (0..images).filter(|&image| holds(pair, image)).count() as f64);
    OneRight { images: found, total, per_seed: Spread::of(counts) }
}

impl Disagreements {
    /// `Test images on which only A is right: 123.4; on which only B is right: 98.2 (mean over five
    /// seeds).` `None` if no seed has predictions of both networks.
    pub fn words(&self, network: &str, baseline: &str) -> Option<String> {
        let (only_network, only_baseline) =
            (self.network.per_seed?.mean, self.baseline.per_seed?.mean);
        let (decimals, over) = match self.seeds.len() {
            1 => (0, "one seed".to_owned()),
            seeds => (1, format!("mean over {}", counted(seeds, "seed"))),
        };
        Some(format!(
            "Test images on which only {network} is right: {only_network:.decimals$}; on which only {baseline} is right: \
             {only_baseline:.decimals$} ({over})."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    /// Predictions for images of class 0.
    fn seed(predicted: &[u8]) -> Vec<Prediction> {
        let prediction = |&predicted: &u8| Prediction {
            label: 0,
            predicted,
            confidence: 0.5,
            label_probability: 0.5,
        };
        predicted.iter().map(prediction).collect()
    }

    #[test]
    fn images_with_the_most_seeds_and_the_fewest_against_come_first() {
        let network = [seed(&[0, 0, 0, 1, 0]), seed(&[0, 1, 0, 0, 0]), seed(&[1, 0, 0, 0, 0])];
        let baseline = [seed(&[1, 2, 2, 0, 0]), seed(&[1, 0, 2, 0, 0]), seed(&[1, 1, 1, 0, 0])];
        let pairs: Vec<[&[Prediction]; 2]> =
            network.iter().zip(&baseline).map(|(a, b)| [&a[..], &b[..]]).collect();
        let swapped: Vec<_> = pairs.iter().map(|&[a, b]| [b, a]).collect();
        let found = |one: &OneRight| {
            let at = |at: &Disagreement| (at.image, at.taken_for, at.seeds, at.opposite);
            one.images.iter().map(at).collect::<Vec<_>>()
        };
        let only_network = first_right(&pairs, 9);
        assert_eq!(found(&only_network), [(2, 2, 3, 0), (0, 1, 2, 0), (1, 1, 2, 1)]);
        assert_eq!((only_network.total, only_network.per_seed.unwrap().mean), (3, 7.0 / 3.0));
        let only_baseline = first_right(&swapped, 1);
        assert_eq!(found(&only_baseline), [(3, 1, 1, 0)]);
        assert_eq!((only_baseline.total, only_baseline.per_seed.unwrap().mean), (2, 2.0 / 3.0));

        let mut both =
            Disagreements { network: only_network, baseline: only_baseline, seeds: vec![1, 2, 3] };
        assert_eq!(
            both.words("A", "B").unwrap(),
            "Test images on which only A is right: 2.3; on which only B is right: 0.7 (mean over three seeds)."
        );
        both.seeds = vec![1];
        (both.network, both.baseline) =
            (first_right(&pairs[1..2], 9), first_right(&swapped[1..2], 9));
        assert_eq!(
            both.words("A", "B").unwrap(),
            "Test images on which only A is right: 2; on which only B is right: 1 (one seed)."
        );
    }

    #[test]
    fn without_pairs_there_is_nothing_to_say() {
        let results = Fixture::new(2).with(Plan::new("a")).with(Plan::new("b")).results();
        let nothing = disagreements(&results, 0, 1, 5).unwrap();
        assert_eq!((nothing.network.total, nothing.network.per_seed), (0, None));
        assert_eq!(nothing.words("a", "b"), None);
        assert!(matches!(
            disagreements(&results, 0, 2, 5),
            Err(ReportError::OutOfRange { parameter: "network", given: 2, count: 2 })
        ));
    }
}
