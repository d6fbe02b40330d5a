//! A network that is compared with another one.

use std::collections::BTreeSet;

use fitroom_results::{Metric, NetworkFacts, Results, Run, RunStatus, Subset};

use super::{Missing, MissingReason};

/// A network that is compared with another one, of the same results or of others.
#[derive(Clone, Copy)]
pub struct ComparedNetwork<'a> {
    /// The results that hold its runs.
    pub results: &'a Results,
    /// Its index among the results' networks.
    pub network: usize,
    /// The results' name for people, said after the network's name: another study may have a
    /// network of the same name.
    place: Option<&'a str>,
}

/// What one run gives a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SeedScore {
    /// The accuracy at the run's best epoch, as a fraction.
    Accuracy(f64),
    /// The run diverged. It counts as guessing: one image in as many as there are classes.
    Diverged {
        /// The accuracy of guessing, as a fraction.
        guess: f64,
    },
}

impl SeedScore {
    /// The accuracy that counts, as a fraction.
    pub(super) fn accuracy(self) -> f64 {
        match self {
            SeedScore::Accuracy(accuracy) => accuracy,
            SeedScore::Diverged { guess } => guess,
        }
    }

    pub(super) fn is_diverged(self) -> bool {
        matches!(self, SeedScore::Diverged { .. })
    }
}

impl<'a> ComparedNetwork<'a> {
    /// The network of this index.
    pub fn new(results: &'a Results, network: usize) -> Self {
        ComparedNetwork { results, network, place: None }
    }

    /// The same network, called by its name and this place.
    pub fn at(self, place: &'a str) -> Self {
        ComparedNetwork { place: Some(place), ..self }
    }

    /// The network and its settings.
    pub fn facts(self) -> &'a NetworkFacts {
        &self.results.networks[self.network]
    }

    /// The network's name, with its place where it has one.
    pub fn name(self) -> String {
        let name = &self.facts().name;
        self.place.map_or_else(|| name.clone(), |place| format!("{name} ({place})"))
    }

    /// The network's runs, seeds ascending.
    pub(super) fn runs(self) -> impl Iterator<Item = &'a Run> {
        self.results.runs.iter().filter(move |run| run.network == self.network)
    }

    /// The run of a seed, if it is finished.
    pub(super) fn finished_run(self, seed: u64) -> Option<&'a Run> {
        self.runs().find(|run| run.seed == seed && run.status == RunStatus::Finished)
    }

    /// What a seed's run scored; `None` where the run has not ended, or has no accuracy.
    pub(super) fn score(self, seed: u64, subset: Subset) -> Option<SeedScore> {
        let run = self.runs().find(|run| run.seed == seed)?;
        match run.status {
            RunStatus::Pending => None,
            RunStatus::Finished => {
                let accuracy = run.score_at(&run.outcome.as_ref()?.best, Metric::Accuracy, subset);
                accuracy.is_finite().then_some(SeedScore::Accuracy(accuracy))
            }
            RunStatus::Diverged => {
                let classes = self.results.dataset.classes.len();
                (classes > 0).then(|| SeedScore::Diverged { guess: 1.0 / classes as f64 })
            }
        }
    }

    /// Those of `seeds` that give no accuracy, by reason.
    pub(super) fn missing(self, seeds: &BTreeSet<u64>) -> impl Iterator<Item = Missing> {
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
