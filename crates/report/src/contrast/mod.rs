//! Networks against their baselines, paired by seed: which differences are real.
//!
//! All networks of a study share each seed's split and order of images, so accuracies are compared
//! seed by seed: what a seed does to both cancels out. `fitroom_stats` has the statistics, [`Contrast`]
//! the two networks and what may spoil their comparison, `words` the sentences.

mod figure;
mod section;
mod setting;
#[cfg(test)]
mod simulation;
mod table;
mod words;

use std::collections::BTreeSet;

use fitroom_stats::{Pair, PairedEffect, Spread, effects};
use fitroom_study::{NetworkPlan, RunStatus, StoredRun, StoredStudy};
use thiserror::Error;

use crate::number::count;
use crate::score::{Metric, Subset, in_outcome};

pub use section::{comparisons, differences};
pub use setting::{LayerChange, SettingDifference};
pub use table::{COMPARISON_COLUMNS, comparisons_csv};
pub use words::{Sentence, details, test_error_words};

use setting::{differing_settings, things_that_differ};

/// A network of a stored study.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Where its runs are.
    pub stored: &'a StoredStudy,
    /// Index into the study's networks.
    pub network: usize,
    /// Tells it from a network of another study that has the same name: said behind its name.
    place: Option<&'a str>,
}

/// A network against its baseline.
#[derive(Clone, Debug)]
pub struct Contrast {
    /// Its name.
    pub network: String,
    /// The baseline's.
    pub baseline: String,
    /// Seeds that either has.
    pub seeds: usize,
    /// Seeds that are in no pair.
    pub missing: Vec<Missing>,
    /// In what the two differ.
    pub settings: Vec<SettingDifference>,
    /// Where their layers differ: which.
    pub layers: LayerChange,
    /// Of accuracy on validation images at each run's best epoch; `None` in a study without
    /// validation.
    pub validation: Option<PairedEffect>,
    /// Of accuracy on test images at the same epoch.
    pub test: PairedEffect,
    /// √(p·(1 − p)/images): the standard error that the test images, being a sample, put on one
    /// network's accuracy. Of the network for which it is larger; `None` without pairs.
    pub test_error: Option<f64>,
}

/// Seeds of one network that give no pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Its name.
    pub network: String,
    /// Ascending.
    pub seeds: Vec<u64>,
    /// Why.
    pub reason: MissingReason,
}

/// Why a seed of a network gives no pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingReason {
    /// It has no accuracy: its loss became NaN or infinite.
    Diverged,
    /// It is not finished.
    Pending,
    /// The network's study doesn't have it.
    Absent,
}

/// Why two networks can't be compared seed by seed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ContrastError {
    /// They saw different images.
    #[error(
        "`{network}` and `{baseline}` can't be compared seed by seed: {what} {ours} for one and {theirs} for the other\n\
         hint: train both on the same images: in one study, or in two that share data set, `validation` and `train_images`"
    )]
    DifferentImages {
        /// One of them.
        network: String,
        /// The other.
        baseline: String,
        /// What differs, with its verb.
        what: &'static str,
        /// For the one.
        ours: String,
        /// For the other.
        theirs: String,
    },
    /// There is nothing to compare.
    #[error("`{network}` would be compared with itself\nhint: name two networks")]
    Itself {
        /// Its name.
        network: String,
    },
}

impl Contrast {
    /// Compares two networks, of one study or of two: a family of one. `margin` is a fraction.
    ///
    /// # Errors
    /// A network with itself, or two that did not see the same images with each seed.
    pub fn new(network: Side, baseline: Side, margin: f64) -> Result<Self, ContrastError> {
        let names = (network.name(), baseline.name());
        if std::ptr::eq(network.stored, baseline.stored) && network.network == baseline.network {
            return Err(ContrastError::Itself { network: names.0 });
        }
        let (ours, theirs) = (network.stored, baseline.stored);
        let held_out = |stored: &StoredStudy| count(stored.study.validation as u64);
        let trained_on = |stored: &StoredStudy| {
            stored.study.train_images.map_or("all".into(), |n| count(n as u64))
        };
        let data = |stored: &StoredStudy| {
            format!("{} ({})", stored.dataset.title, &stored.dataset.fingerprint)
        };
        let decisive = [
            ("the data are", data(ours), data(theirs)),
            ("`validation` is", held_out(ours), held_out(theirs)),
            ("`train_images` is", trained_on(ours), trained_on(theirs)),
        ];
        for (what, ours, theirs) in decisive {
            if ours != theirs {
                let (network, baseline) = names;
                return Err(ContrastError::DifferentImages {
                    network,
                    baseline,
                    what,
                    ours,
                    theirs,
                });
            }
        }
        Ok(Self::family(&[(network, baseline)], margin).remove(0))
    }

    /// Every comparison that a study asks for with `vs`, in its order. `margin` is a fraction.
    pub fn of_study(stored: &StoredStudy, margin: f64) -> Vec<Self> {
        let networks = &stored.study.networks;
        let compared: Vec<(Side, Side)> = networks
            .iter()
            .enumerate()
            .filter_map(|(network, plan)| {
                let vs = plan.vs.as_ref()?;
                let baseline = networks.iter().position(|other| other.name == *vs)?;
                Some((Side::new(stored, network), Side::new(stored, baseline)))
            })
            .collect();
        Self::family(&compared, margin)
    }

    /// Comparisons that are made together: each counts for Holm's adjustment of all.
    pub fn family(compared: &[(Side, Side)], margin: f64) -> Vec<Self> {
        let seeds = |&(network, baseline): &(Side, Side)| -> BTreeSet<u64> {
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
            effects(pairs.collect(), margin)
        };
        let (validation, test) = (measure(Subset::Validation), measure(Subset::Test));
        let contrast =
            |((both, validation), test): ((&(Side, Side), PairedEffect), PairedEffect)| {
                let (network, baseline) = *both;
                let seeds = seeds(both);
                Contrast {
                    network: network.name(),
                    baseline: baseline.name(),
                    missing: network.missing(&seeds).chain(baseline.missing(&seeds)).collect(),
                    seeds: seeds.len(),
                    settings: differing_settings(network.plan(), baseline.plan()),
                    layers: LayerChange::between(network.plan(), baseline.plan()),
                    validation: (network.stored.study.validation > 0).then_some(validation),
                    test_error: test_error(&test.pairs, network.stored.dataset.test_images),
                    test,
                }
            };
        compared.iter().zip(validation).zip(test).map(contrast).collect()
    }

    /// What the verdict is on: validation accuracy, or test accuracy where there is no validation.
    pub fn primary(&self) -> (Subset, &PairedEffect) {
        self.effects().next().expect("there is always a test effect")
    }

    /// Validation, where there is one, then test.
    pub fn effects(&self) -> impl Iterator<Item = (Subset, &PairedEffect)> {
        let validation = self.validation.iter().map(|effect| (Subset::Validation, effect));
        validation.chain(std::iter::once((Subset::Test, &self.test)))
    }

    /// What differs, a name for each thing. More than one, and the difference in accuracy can't be
    /// put down to any.
    pub fn things_that_differ(&self) -> Vec<String> {
        things_that_differ(&self.settings, &self.layers)
    }

    /// Whether more than one thing differs.
    pub fn is_confounded(&self) -> bool {
        self.things_that_differ().len() > 1
    }
}

impl<'a> Side<'a> {
    /// The network of this index.
    pub fn new(stored: &'a StoredStudy, network: usize) -> Self {
        Side { stored, network, place: None }
    }

    /// The same, called by its name and this place: for networks of two studies.
    pub fn at(self, place: &'a str) -> Self {
        Side { place: Some(place), ..self }
    }

    /// What it is.
    pub fn plan(self) -> &'a NetworkPlan {
        &self.stored.study.networks[self.network]
    }

    /// Its name, with its place where it has one.
    fn name(self) -> String {
        let name = &self.plan().name;
        self.place.map_or_else(|| name.clone(), |place| format!("{name} ({place})"))
    }

    /// Its runs, seeds ascending.
    fn runs(self) -> impl Iterator<Item = &'a StoredRun> {
        self.stored.runs.iter().filter(move |run| run.network == self.network)
    }

    /// Accuracy of a seed's run at its best epoch; `None` where it is not finished.
    fn accuracy(self, seed: u64, subset: Subset) -> Option<f64> {
        let run = self.runs().find(|run| run.seed == seed && run.status == RunStatus::Finished)?;
        Some(in_outcome(run, &run.outcome.as_ref()?.best, Metric::Accuracy, subset))
    }

    /// Those of `seeds` that give no accuracy, by reason.
    fn missing(self, seeds: &BTreeSet<u64>) -> impl Iterator<Item = Missing> {
        let status =
            move |seed: u64| self.runs().find(|run| run.seed == seed).map(|run| run.status);
        let reasons = [
            (MissingReason::Diverged, Some(RunStatus::Diverged)),
            (MissingReason::Pending, Some(RunStatus::Pending)),
            (MissingReason::Absent, None),
        ];
        reasons.into_iter().filter_map(move |(reason, wanted)| {
            let seeds: Vec<u64> =
                seeds.iter().copied().filter(|&seed| status(seed) == wanted).collect();
            (!seeds.is_empty()).then(|| Missing { network: self.name(), seeds, reason })
        })
    }
}

fn test_error(pairs: &[Pair], images: usize) -> Option<f64> {
    let error = |p: f64| (p * (1.0 - p) / images as f64).sqrt();
    let network = Spread::of(pairs.iter().map(|pair| pair.candidate))?;
    let baseline = Spread::of(pairs.iter().map(|pair| pair.baseline))?;
    Some(error(network.mean).max(error(baseline.mean)))
}

#[cfg(test)]
mod tests {
    use fitroom_stats::{DEFAULT_MARGIN, Verdict};

    use super::*;
    use crate::fixture::{Fixture, Plan};

    fn stored(seeds: u32) -> StoredStudy {
        Fixture::new(seeds).with(Plan::new("a")).with(Plan::new("b").shifted(0.01)).stored()
    }

    #[test]
    fn seeds_are_paired_whatever_the_number_of_seeds_of_each_study() {
        let (one, other) = (stored(8), stored(6));
        let contrast = Contrast::new(
            Side::new(&one, 1).at("one"),
            Side::new(&other, 1).at("other"),
            DEFAULT_MARGIN,
        )
        .unwrap();
        assert_eq!(
            (contrast.network.as_str(), contrast.baseline.as_str()),
            ("b (one)", "b (other)")
        );
        assert!(contrast.test.pairs.iter().map(|pair| pair.seed).eq(1..=6));
        let absent = Missing {
            network: "b (other)".into(),
            seeds: vec![7, 8],
            reason: MissingReason::Absent,
        };
        assert_eq!((contrast.seeds, contrast.missing.as_slice()), (8, &[absent][..]));
        // Of one description, the made-up runs are the same.
        assert_eq!(contrast.test.verdict, Some(Verdict::Equivalent));
        assert!(contrast.settings.is_empty());
    }

    #[test]
    fn accuracies_are_those_of_the_best_epoch() {
        let stored = stored(5);
        let contrast =
            Contrast::new(Side::new(&stored, 1), Side::new(&stored, 0), DEFAULT_MARGIN).unwrap();
        let best = |run: usize| stored.runs[run].outcome.unwrap().best;
        for (index, pair) in contrast.validation.unwrap().pairs.iter().enumerate() {
            assert_eq!(
                (pair.candidate, pair.baseline),
                (best(5 + index).val.accuracy, best(index).val.accuracy)
            );
        }
        let error = |p: f64| (p * (1.0 - p) / 10_000.0).sqrt();
        assert_eq!(contrast.test.pairs[0].candidate, best(5).test.accuracy);
        assert!((contrast.test_error.unwrap() - error(best(0).test.accuracy)).abs() < 1e-4);
    }

    #[test]
    fn other_images_and_the_same_network_are_refused() {
        let ours = stored(5);
        let refused = |change: fn(&mut StoredStudy)| {
            let mut theirs = ours.clone();
            change(&mut theirs);
            Contrast::new(Side::new(&ours, 0), Side::new(&theirs, 1), DEFAULT_MARGIN)
                .unwrap_err()
                .to_string()
        };
        let validation = refused(|study| study.study.validation = 5_000);
        assert!(
            validation.contains("`validation` is 10,000 for one and 5,000 for the other\nhint: "),
            "{validation}"
        );
        assert!(
            refused(|study| study.study.train_images = Some(1_000))
                .contains("`train_images` is all for one")
        );
        assert!(
            refused(|study| study.dataset.fingerprint = "00".into())
                .contains("the data are Fashion-MNIST (3f3f")
        );
        let itself =
            Contrast::new(Side::new(&ours, 1), Side::new(&ours, 1), DEFAULT_MARGIN).unwrap_err();
        assert_eq!(itself, ContrastError::Itself { network: "b".into() });
    }

    #[test]
    fn of_a_study_all_that_have_a_baseline_are_compared() {
        let stored = Fixture::new(6)
            .with(Plan::new("a").vs("c"))
            .with(Plan::new("b"))
            .with(Plan::new("c").vs("b"))
            .stored();
        let contrasts = Contrast::of_study(&stored, DEFAULT_MARGIN);
        let names =
            contrasts.iter().map(|contrast| format!("{} {}", contrast.network, contrast.baseline));
        assert_eq!(names.collect::<Vec<_>>(), ["a c", "c b"]);
    }
}
