//! Networks against their baselines, paired by seed: which differences are real.
//!
//! Networks that share each seed's split and order of images are compared seed by seed: the effect
//! of a seed on both cancels out. `fitroom_stats` has the statistics, [`Comparison`] the two
//! networks and what may spoil their comparison, `words` the sentences.

mod compared_network;
mod error;
mod layer_change;
mod setting;
#[cfg(test)]
mod simulation;
mod spoilers;
mod table;
mod words;

use std::collections::BTreeSet;

use fitroom_results::{Results, Subset};
use fitroom_stats::{Measure, Pair, PairedEffect, Spread, effects};

pub use compared_network::ComparedNetwork;
pub use error::ComparisonError;
pub use layer_change::LayerChange;
pub use setting::SettingDifference;
pub use table::{COMPARISON_COLUMNS, comparisons_csv};
pub use words::{Sentence, counted_seeds, details, points_of, test_error_words};

use setting::{differing_settings, things_that_differ};

/// A network against its baseline.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The network's name.
    pub network: String,
    /// The baseline's name.
    pub baseline: String,
    /// Number of seeds that either of them has.
    pub seeds: usize,
    /// The seeds that are in no pair.
    pub missing: Vec<Missing>,
    /// The settings in which the two differ.
    pub settings: Vec<SettingDifference>,
    /// The layers in which the two differ.
    pub layers: LayerChange,
    /// The effect on validation accuracy at each run's best epoch; `None` without validation.
    pub validation: Option<PairedEffect>,
    /// The effect on test accuracy at the same epoch.
    pub test: PairedEffect,
    /// √(p·(1 − p)/images): the standard error that the test images, being a sample, put on one
    /// network's accuracy p. The larger one of the two networks; `None` without pairs, or where
    /// the number of test images is not known.
    pub test_error: Option<f64>,
}

/// Seeds of one network that give no pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The network's name.
    pub network: String,
    /// The seeds, ascending.
    pub seeds: Vec<u64>,
    /// Why they give no pair.
    pub reason: MissingReason,
}

/// Why a seed of a network gives no pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingReason {
    /// Its run has no accuracy: the loss became NaN or infinite.
    Diverged,
    /// Its run is not finished.
    Pending,
    /// The network has no run with it.
    Absent,
}

impl Comparison {
    /// Compares two networks, of the same results or of two: a family of one. `margin` is a
    /// fraction.
    ///
    /// # Errors
    /// The two are the same network, or they did not see the same images with each seed.
    pub fn new(
        network: ComparedNetwork,
        baseline: ComparedNetwork,
        margin: f64,
    ) -> Result<Self, ComparisonError> {
        error::check(network, baseline)?;
        Ok(Self::family(&[(network, baseline)], margin).remove(0))
    }

    /// Every network that has a baseline against it, in the results' order. `margin` is a fraction.
    pub fn of_results(results: &Results, margin: f64) -> Vec<Self> {
        let networks = &results.networks;
        let compared: Vec<(ComparedNetwork, ComparedNetwork)> = networks
            .iter()
            .enumerate()
            .filter_map(|(network, facts)| {
                let baseline = facts.baseline.as_ref()?;
                let baseline = networks.iter().position(|other| other.name == *baseline)?;
                Some((
                    ComparedNetwork::new(results, network),
                    ComparedNetwork::new(results, baseline),
                ))
            })
            .collect();
        Self::family(&compared, margin)
    }

    /// Comparisons that are made together: Holm's adjustment counts all of them.
    pub fn family(compared: &[(ComparedNetwork, ComparedNetwork)], margin: f64) -> Vec<Self> {
        let seeds = |&(network, baseline): &(ComparedNetwork, ComparedNetwork)| -> BTreeSet<u64> {
            network.runs().chain(baseline.runs()).map(|run| run.seed).collect()
        };
        let measure = |subset| {
            let pairs = compared.iter().map(|both| {
                let pair = |seed| {
                    let (network, baseline) =
                        (both.0.accuracy(seed, subset)?, both.1.accuracy(seed, subset)?);
                    (network.is_finite() && baseline.is_finite()).then_some(Pair {
                        seed,
                        candidate: network,
                        baseline,
                    })
                };
                seeds(both).into_iter().filter_map(pair).collect()
            });
            let images = compared.iter().filter_map(|(network, _)| match subset {
                Subset::Validation => network.results.validation,
                Subset::Test => network.results.dataset.test_images,
                Subset::Train | Subset::Fit => network.results.dataset.train_images,
            });
            effects(pairs.collect(), Measure::accuracy(margin, images.min()))
        };
        let effects = measure(Subset::Validation).into_iter().zip(measure(Subset::Test));
        let comparison = |(both, (validation, test)): (
            &(ComparedNetwork, ComparedNetwork),
            (PairedEffect, PairedEffect),
        )| {
            let (network, baseline) = *both;
            let seeds = seeds(both);
            Comparison {
                network: network.name(),
                baseline: baseline.name(),
                missing: network.missing(&seeds).chain(baseline.missing(&seeds)).collect(),
                seeds: seeds.len(),
                settings: differing_settings(network.facts(), baseline.facts()),
                layers: LayerChange::between(network.facts(), baseline.facts()),
                validation: network.results.has_validation().then_some(validation),
                test_error: test_error(&test.pairs, network.results.dataset.test_images),
                test,
            }
        };
        compared.iter().zip(effects).map(comparison).collect()
    }

    /// The effect that the verdict is on: validation accuracy, or test accuracy where there is no
    /// validation.
    pub fn primary(&self) -> (Subset, &PairedEffect) {
        self.effects().next().expect("there is always a test effect")
    }

    /// The effect on validation accuracy, where there is validation, then on test accuracy.
    pub fn effects(&self) -> impl Iterator<Item = (Subset, &PairedEffect)> {
        let validation = self.validation.iter().map(|effect| (Subset::Validation, effect));
        validation.chain(std::iter::once((Subset::Test, &self.test)))
    }

    /// A name for each thing in which the two networks differ. Where there are several, the
    /// difference in accuracy can't be attributed to any of them.
    pub fn things_that_differ(&self) -> Vec<String> {
        things_that_differ(&self.settings, &self.layers)
    }

    /// Whether more than one thing differs.
    pub fn is_confounded(&self) -> bool {
        self.things_that_differ().len() > 1
    }
}

fn test_error(pairs: &[Pair], images: Option<usize>) -> Option<f64> {
    let images = images?;
    let error = |p: f64| (p * (1.0 - p) / images as f64).sqrt();
    let network = Spread::of(pairs.iter().map(|pair| pair.candidate))?;
    let baseline = Spread::of(pairs.iter().map(|pair| pair.baseline))?;
    Some(error(network.mean).max(error(baseline.mean)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_stats::{DEFAULT_MARGIN, Verdict};

    fn results(seeds: u32) -> Results {
        Fixture::new(seeds).with(Plan::new("a")).with(Plan::new("b").shifted(0.01)).results()
    }

    #[test]
    fn seeds_are_paired_whatever_the_number_of_seeds_of_each_study() {
        let (one, other) = (results(8), results(6));
        let comparison = Comparison::new(
            ComparedNetwork::new(&one, 1).at("one"),
            ComparedNetwork::new(&other, 1).at("other"),
            DEFAULT_MARGIN,
        )
        .unwrap();
        assert_eq!(
            (comparison.network.as_str(), comparison.baseline.as_str()),
            ("b (one)", "b (other)")
        );
        assert!(comparison.test.pairs.iter().map(|pair| pair.seed).eq(1..=6));
        let absent = Missing {
            network: "b (other)".into(),
            seeds: vec![7, 8],
            reason: MissingReason::Absent,
        };
        assert_eq!((comparison.seeds, comparison.missing.as_slice()), (8, &[absent][..]));
        // The made-up runs of networks with the same description are the same.
        assert_eq!(comparison.test.verdict, Some(Verdict::Equivalent));
        assert!(comparison.settings.is_empty());
    }

    #[test]
    fn accuracies_are_those_of_the_best_epoch() {
        let results = results(5);
        let [a, b] = [0, 1].map(|network| ComparedNetwork::new(&results, network));
        let comparison = Comparison::new(b, a, DEFAULT_MARGIN).unwrap();
        let best = |run: usize| results.runs[run].outcome.unwrap().best;
        for (index, pair) in comparison.validation.unwrap().pairs.iter().enumerate() {
            assert_eq!(
                (pair.candidate, pair.baseline),
                (best(5 + index).val.accuracy, best(index).val.accuracy)
            );
        }
        let error = |p: f64| (p * (1.0 - p) / 10_000.0).sqrt();
        assert_eq!(comparison.test.pairs[0].candidate, best(5).test.accuracy);
        assert!((comparison.test_error.unwrap() - error(best(0).test.accuracy)).abs() < 1e-4);
    }

    #[test]
    fn all_networks_that_have_a_baseline_are_compared() {
        let results = Fixture::new(6)
            .with(Plan::new("a").vs("c"))
            .with(Plan::new("b"))
            .with(Plan::new("c").vs("b"))
            .results();
        let comparisons = Comparison::of_results(&results, DEFAULT_MARGIN);
        let names = comparisons
            .iter()
            .map(|comparison| format!("{} {}", comparison.network, comparison.baseline));
        assert_eq!(names.collect::<Vec<_>>(), ["a c", "c b"]);
    }
}
