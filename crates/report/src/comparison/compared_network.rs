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

/// What networks are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JudgedBy {
    /// The accuracy on these images at the run's best epoch, as a fraction.
    Accuracy(Subset),
    /// The score in the measure of this index among the results' measures.
    Measure(usize),
}

/// What one seed gives a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum SeedScore {
    /// The score, of which more is better.
    Score(f64),
    /// The run diverged. It counts as guessing: one image in as many as there are classes.
    Diverged {
        /// The accuracy of guessing, as a fraction.
        guess: f64,
    },
}

impl SeedScore {
    /// The score that counts.
    pub(super) fn value(self) -> f64 {
        match self {
            SeedScore::Score(score) => score,
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
        self.results.runs_of(self.network).iter()
    }

    /// The run of a seed, if it is finished.
    pub(super) fn finished_run(self, seed: u64) -> Option<&'a Run> {
        self.runs().find(|run| run.seed == seed && run.status == RunStatus::Finished)
    }

    /// The scores of all runs with this seed in a measure, of which more is better.
    fn measured(self, seed: u64, measure: usize) -> impl Iterator<Item = f64> {
        let directed = move |score| self.results.measures[measure].directed(score);
        let runs = self.runs().filter(move |run| run.seed == seed);
        runs.filter_map(move |run| run.measured.get(measure)?.score).map(directed)
    }

    /// The scores of all runs in a measure, of which more is better, whatever their seeds.
    pub(super) fn all_measured(self, measure: usize) -> Vec<f64> {
        let directed = |score| self.results.measures[measure].directed(score);
        self.runs().filter_map(|run| run.measured.get(measure)?.score).map(directed).collect()
    }

    /// What a seed scored; `None` where its run has not ended, or has no score. Of several runs with
    /// one seed, the mean counts.
    pub(super) fn score(self, seed: u64, by: JudgedBy) -> Option<SeedScore> {
        let subset = match by {
            JudgedBy::Accuracy(subset) => subset,
            JudgedBy::Measure(measure) => {
                let scores: Vec<f64> = self.measured(seed, measure).collect();
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                return (!scores.is_empty()).then_some(SeedScore::Score(mean));
            }
        };
        let run = self.runs().find(|run| run.seed == seed)?;
        match run.status {
            RunStatus::Pending => None,
            RunStatus::Finished => {
                let accuracy = run.score_at(&run.outcome.as_ref()?.best, Metric::Accuracy, subset);
                accuracy.is_finite().then_some(SeedScore::Score(accuracy))
            }
            RunStatus::Diverged => {
                let classes = self.results.dataset.classes.len();
                (classes > 0).then(|| SeedScore::Diverged { guess: 1.0 / classes as f64 })
            }
        }
    }

    /// Those of `seeds` that give no score, by reason.
    pub(super) fn missing(
        self,
        seeds: &BTreeSet<u64>,
        by: JudgedBy,
    ) -> impl Iterator<Item = Missing> {
        let reason_of = move |seed: u64| {
            let Some(run) = self.runs().find(|run| run.seed == seed) else {
                return Some(MissingReason::Absent);
            };
            match (by, run.status) {
                (JudgedBy::Measure(_), _) => match self.score(seed, by) {
                    Some(_) => None,
                    None => Some(MissingReason::Unscored),
                },
                (JudgedBy::Accuracy(_), RunStatus::Diverged) => Some(MissingReason::Diverged),
                (JudgedBy::Accuracy(_), RunStatus::Pending) => Some(MissingReason::Pending),
                (JudgedBy::Accuracy(_), RunStatus::Finished) => None,
            }
        };
        let reasons = [
            MissingReason::Diverged,
            MissingReason::Pending,
            MissingReason::Unscored,
            MissingReason::Absent,
        ];
        let of_seeds: Vec<(u64, MissingReason)> =
            seeds.iter().filter_map(|&seed| Some((seed, reason_of(seed)?))).collect();
        reasons.into_iter().filter_map(move |reason| {
            let with_reason = of_seeds.iter().filter(|(_, of_seed)| *of_seed == reason);
            let seeds: Vec<u64> = with_reason.map(|(seed, _)| *seed).collect();
            (!seeds.is_empty()).then(|| Missing { network: self.name(), seeds, reason })
        })
    }
}
