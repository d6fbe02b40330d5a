//! Networks against their baselines, paired by seed: which differences are real.
//!
//! Networks that share each seed's split and order of images are compared seed by seed: the effect
//! of a seed on both cancels out. `fitroom_stats` has the statistics, [`Comparison`] the two
//! networks and what may spoil their comparison, `words` the sentences.

mod compared_network;
mod error;
mod family;
mod layer_change;
mod pairing;
mod right_answers;
mod setting;
#[cfg(test)]
mod simulation;
mod spoilers;
mod table;
mod test_images;
mod words;

use std::collections::HashMap;

use fitroom_results::{JudgedMeasure, Results, SeedPlan, Subset};
use fitroom_stats::{Effect, Spread, Superiority, TwoWayMean, cohens_d, superiority};

pub use compared_network::ComparedNetwork;
pub use error::ComparisonError;
pub(crate) use family::verdicts_of_pairs;
pub use layer_change::LayerChange;
pub use right_answers::{RightAnswers, RightImages, read_right_answers};
pub use setting::SettingDifference;
pub use table::{COMPARISON_COLUMNS, comparisons_csv};
pub use test_images::{TestAnswer, test_method};
pub use words::{Sentence, chosen_words, details, superiority_words};

use setting::things_that_differ;

/// A network against its baseline.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The network's name.
    pub network: String,
    /// The baseline's name.
    pub baseline: String,
    /// Number of seeds that either of them has.
    pub seeds: usize,
    /// The seeds that are in no pair, and those of runs that diverged.
    pub missing: Vec<Missing>,
    /// The settings in which the two differ.
    pub settings: Vec<SettingDifference>,
    /// The layers in which the two differ.
    pub layers: LayerChange,
    /// What the verdict is on.
    pub measure: JudgedMeasure,
    /// The images that the measure is an accuracy on, of a study: held-out ones, or test images if
    /// none are held out. `None` for runs from elsewhere.
    pub judged_on: Option<Subset>,
    /// The effect in that measure.
    pub judged: Effect,
    /// The effect on test accuracy at the same epoch, which has no verdict. `None` where validation
    /// images do not judge.
    pub test: Option<Effect>,
    /// The mean difference in test accuracy with an interval that holds seeds and images; `None`
    /// before [`Self::set_test_images`].
    pub over_images: Option<TwoWayMean>,
    /// The difference over the pairs of which both runs finished, in the measure that the verdict is
    /// on; `None` where no run diverged.
    pub finished: Option<Spread>,
    /// Seeds whose runs have ended in both networks and that do not count yet, since another open
    /// comparison of the same sequential study lacks one of them.
    pub held_back: usize,
    /// The mean difference over all pairs, where there are more than the verdict of a sequential test
    /// took; only of runs from elsewhere.
    pub over_all: Option<Spread>,
    /// How the number of seeds was decided, for networks of two studies the less strict way.
    pub seed_plan: SeedPlan,
}

/// Seeds of one network that give no pair, or count as guessing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The network's name.
    pub network: String,
    /// The seeds, ascending.
    pub seeds: Vec<u64>,
    /// Why they give no pair.
    pub reason: MissingReason,
}

/// Why a seed of a network gives no pair, or counts as guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingReason {
    /// The run's loss became NaN or infinite. It counts as guessing; where both networks diverged,
    /// there is no pair.
    Diverged,
    /// Its run is not finished.
    Pending,
    /// Its run has no score in the measure.
    Unscored,
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

    /// Every network that has a baseline against it, in the results' order. `margin` is a fraction, for a
    /// study. Runs from elsewhere are compared in each of their measures, a family each.
    pub fn of_results(results: &Results, margin: f64) -> Vec<Self> {
        let pairs = Self::pairs_of(results);
        match results.measures.len() {
            0 => Self::family(&pairs, margin),
            measures => (0..measures).flat_map(|at| Self::family_in_measure(&pairs, at)).collect(),
        }
    }

    /// Comparisons in groups: each group is in one measure, and its verdicts are adjusted for each other.
    pub fn families(comparisons: &[Self]) -> Vec<Vec<&Self>> {
        let in_one = |one: &Comparison, next: &Comparison| one.measure == next.measure;
        comparisons.chunk_by(in_one).map(|family| family.iter().collect()).collect()
    }

    /// Every network that has a baseline with it, in the results' order.
    pub fn pairs_of(results: &Results) -> Vec<(ComparedNetwork<'_>, ComparedNetwork<'_>)> {
        let networks = &results.networks;
        // Backwards, so that of two networks of one name the first counts.
        let positions: HashMap<&str, usize> = networks
            .iter()
            .enumerate()
            .rev()
            .map(|(index, it)| (it.name.as_str(), index))
            .collect();
        let pair = |network: usize| {
            let baseline = networks[network].baseline.as_ref()?;
            let &baseline = positions.get(baseline.as_str())?;
            Some((ComparedNetwork::new(results, network), ComparedNetwork::new(results, baseline)))
        };
        (0..networks.len()).filter_map(pair).collect()
    }

    /// The probability that a seed of the network beats a seed of the baseline.
    pub fn superiority(&self) -> Option<Superiority> {
        let (network, baseline) = self.judged.scores();
        superiority(&network, &baseline)
    }

    /// The mean difference in standard deviations of the networks' own scores, Cohen's d.
    pub fn effect_size(&self) -> Option<f64> {
        let (network, baseline) = self.judged.scores();
        cohens_d(&network, &baseline, self.judged.resolution)
    }

    /// The effect that the verdict is on, then that on test accuracy which may confirm it.
    pub fn effects(&self) -> impl Iterator<Item = (JudgedMeasure, &Effect)> {
        let test = self.test.iter().map(|effect| {
            let place = &self.measure.place;
            (JudgedMeasure::accuracy(Subset::Test, effect.margin, place), effect)
        });
        std::iter::once((self.measure.clone(), &self.judged)).chain(test)
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
        assert!(comparison.judged.pairs.iter().map(|pair| pair.seed).eq(1..=6));
        let absent = Missing {
            network: "b (other)".into(),
            seeds: vec![7, 8],
            reason: MissingReason::Absent,
        };
        assert_eq!((comparison.seeds, comparison.missing.as_slice()), (8, &[absent][..]));
        // The made-up runs of networks with the same description are the same.
        assert_eq!(comparison.judged.verdict, Some(Verdict::Equivalent));
        assert!(comparison.settings.is_empty());
    }

    #[test]
    fn accuracies_are_those_of_the_best_epoch() {
        let results = results(5);
        let [a, b] = [0, 1].map(|network| ComparedNetwork::new(&results, network));
        let comparison = Comparison::new(b, a, DEFAULT_MARGIN).unwrap();
        let best = |run: usize| results.runs[run].outcome.unwrap().best;
        for (index, pair) in comparison.judged.pairs.iter().enumerate() {
            assert_eq!(
                (pair.candidate, pair.baseline),
                (best(5 + index).val.accuracy, best(index).val.accuracy)
            );
        }
        let test = comparison.test.unwrap();
        assert_eq!(test.pairs[0].candidate, best(5).test.accuracy);
        assert_eq!(test.verdict, None, "one study, one verdict");
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
