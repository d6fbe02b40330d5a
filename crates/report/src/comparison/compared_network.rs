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

    /// Accuracy of a seed's run at its best epoch; `None` where the run is not finished.
    pub(super) fn accuracy(self, seed: u64, subset: Subset) -> Option<f64> {
        let run = self.runs().find(|run| run.seed == seed && run.status == RunStatus::Finished)?;
        Some(run.score_at(&run.outcome.as_ref()?.best, Metric::Accuracy, subset))
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
