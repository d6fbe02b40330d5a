//! The summary of one network over all its runs.

use fitroom_results::{
    Choose, Metric, NetworkFacts, Outcome, ReferenceCurve, Results, Run, RunStatus, Subset,
};
use fitroom_stats::{Spread, median};

use super::choice_bias::ChoiceBias;
use super::reference_gap::ReferenceGap;
use super::slug::Slugs;
use super::trains_on_all;

/// One network over all its runs. Means and spreads are over its finished runs, because a diverged
/// run has no last epoch.
pub struct NetworkSummary<'a> {
    /// The network and its settings.
    pub facts: &'a NetworkFacts,
    /// The network's name as a file name: lower-case letters, digits and hyphens, unique among the
    /// results.
    pub slug: String,
    /// Whether the report shows the network by itself: in a section, in figures, and in tables of networks.
    pub is_shown: bool,
    /// The network's runs, in ascending order of seeds.
    pub runs: Vec<&'a Run>,
    /// Median of the wall-clock seconds of a run.
    pub seconds: Option<f64>,
    /// Median of the seconds that one thread takes for a test image.
    pub inference_seconds: Option<f64>,
    /// Spread of the best epoch; `None` also if the network's runs choose none.
    pub best_epoch: Option<Spread>,
    /// How much the choice of the best epoch flatters.
    pub choice_bias: Option<ChoiceBias>,
    /// The scores: losses, then accuracies, each for the four subsets.
    pub scores: Vec<Score>,
    /// The network's reference curve, if that is of the data set that was trained on.
    pub reference: Option<&'a ReferenceCurve>,
}

/// One metric of one network on one subset.
pub struct Score {
    /// The measured score.
    pub metric: Metric,
    /// The images that it is measured on.
    pub subset: Subset,
    /// Spread at each run's best epoch, or over its last quarter, as the network chooses.
    pub best: Option<Spread>,
    /// Spread at the last epoch.
    pub last: Option<Spread>,
    /// The gap to the reference curve.
    pub reference_gap: Option<ReferenceGap>,
}

impl<'a> NetworkSummary<'a> {
    pub(crate) fn new(results: &'a Results, index: usize, slugs: &mut Slugs) -> Self {
        let facts = &results.networks[index];
        // A curve of another data set is not comparable.
        let is_of_these_images = |curve: &&ReferenceCurve| {
            curve.dataset.as_ref().is_none_or(|name| *name == results.dataset.name)
        };
        let mut network = NetworkSummary {
            facts,
            slug: slugs.unique(&facts.name),
            is_shown: true,
            runs: results.runs_of(index).iter().collect(),
            seconds: None,
            inference_seconds: None,
            best_epoch: None,
            choice_bias: None,
            scores: Vec::new(),
            reference: facts.reference.as_ref().filter(is_of_these_images),
        };
        let seconds = network.finished().map(|(_, outcome)| outcome.seconds);
        network.seconds = median(seconds.filter(|seconds| !seconds.is_nan()));
        let inferences = network.finished().filter_map(|(_, outcome)| outcome.inference);
        network.inference_seconds = median(inferences.map(|inference| inference.seconds_per_image));
        network.best_epoch = match facts.choose {
            Choose::Best => {
                Spread::of(network.finished().map(|(_, outcome)| f64::from(outcome.best.epoch)))
            }
            Choose::LastQuarter => None,
        };
        let outcomes: Vec<&Outcome> = network.finished().map(|(_, outcome)| outcome).collect();
        network.choice_bias = ChoiceBias::of(facts.choose, outcomes.iter().copied());
        let is_comparable = trains_on_all(results);
        let measures =
            Metric::ALL.into_iter().flat_map(|metric| Subset::ALL.map(|subset| (metric, subset)));
        network.scores = measures
            .map(|(metric, subset)| network.measure(metric, subset, is_comparable))
            .collect();
        network
    }

    /// The finished runs with their outcomes.
    pub fn finished(&self) -> impl Iterator<Item = (&'a Run, &'a Outcome)> {
        let finished = self.runs.iter().filter(|run| run.status == RunStatus::Finished);
        finished.filter_map(|&run| Some((run, run.outcome.as_ref()?)))
    }

    /// How many threads each finished run had at its end, as far as it is known.
    pub fn threads(&self) -> impl Iterator<Item = usize> {
        self.finished().filter_map(|(_, outcome)| Some(outcome.inference?.threads))
    }

    /// Seeds of the runs of this status.
    pub fn seeds(&self, status: RunStatus) -> Vec<u64> {
        self.runs.iter().filter(|run| run.status == status).map(|run| run.seed).collect()
    }

    /// The entry of [`scores`](Self::scores) for this metric and subset.
    pub fn score(&self, metric: Metric, subset: Subset) -> &Score {
        &self.scores[metric as usize * Subset::ALL.len() + subset as usize]
    }

    /// Number of epochs to show: the planned number. If runs may end early, or no number was
    /// planned, it is that of the longest run.
    pub fn epochs(&self) -> u32 {
        let done = self.runs.iter().map(|run| run.epochs.len() as u32).max().unwrap_or(0);
        match (self.facts.epochs, self.facts.patience) {
            (Some(planned), None) => planned,
            (_, Some(_)) | (None, None) => done.max(1),
        }
    }

    /// Mean over finished runs at each epoch, as points of a curve: epoch and value.
    pub fn mean_curve(&self, metric: Metric, subset: Subset) -> Vec<(f64, f64)> {
        let mean =
            |epoch| self.at_epoch(epoch, metric, subset).map_or(f64::NAN, |spread| spread.mean);
        (1..=self.epochs()).map(|epoch| (f64::from(epoch), mean(epoch))).collect()
    }

    fn at_epoch(&self, epoch: u32, metric: Metric, subset: Subset) -> Option<Spread> {
        Spread::of(self.finished().map(|(run, _)| {
            let record = run.epochs.get(epoch as usize - 1);
            record.map_or(f64::NAN, |record| record.score(metric, subset))
        }))
    }

    fn measure(&self, metric: Metric, subset: Subset, is_comparable: bool) -> Score {
        let best =
            self.finished().map(|(run, outcome)| run.score_at(&outcome.best, metric, subset));
        Score {
            metric,
            subset,
            best: Spread::of(best),
            last: self.at_last(metric, subset),
            reference_gap: if is_comparable { self.reference_gap(metric, subset) } else { None },
        }
    }

    fn at_last(&self, metric: Metric, subset: Subset) -> Option<Spread> {
        let last =
            self.finished().map(|(run, outcome)| run.score_at(&outcome.last, metric, subset));
        Spread::of(last)
    }

    fn reference_gap(&self, metric: Metric, subset: Subset) -> Option<ReferenceGap> {
        let curve = self.reference?;
        // The last epoch that both the curve and all runs have.
        let shortest = self.finished().map(|(_, outcome)| outcome.last.epoch).min()?;
        let at = curve.epochs.iter().rfind(|at| at.epoch <= shortest)?;
        let all_end_there = self.finished().all(|(_, outcome)| outcome.last.epoch == at.epoch);
        let ours = match subset {
            // Test images are scored after the last epoch only.
            Subset::Test if all_end_there => self.at_last(metric, subset)?,
            Subset::Train | Subset::Fit | Subset::Validation | Subset::Test => {
                self.at_epoch(at.epoch, metric, subset)?
            }
        };
        Some(ReferenceGap {
            epoch: at.epoch,
            reference: at.score(metric, subset)?,
            ours,
            allowed: ours.one_run_more().map(|chance| chance + at.error(metric)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use crate::summary::Summary;
    use fitroom_stats::DEFAULT_MARGIN;

    #[test]
    fn only_finished_runs_count() {
        let results = Fixture::new(3).with(Plan::new("a").diverged(2, 4).pending(3, 6)).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let network = &summary.networks[0];
        assert_eq!(network.finished().count(), 1);
        assert_eq!(network.seeds(RunStatus::Diverged), [2]);
        let last = network.score(Metric::Accuracy, Subset::Validation).last.unwrap();
        assert_eq!((last.mean, last.sd), (results.runs[0].epochs[19].val_accuracy, None));
        assert_eq!(
            network.mean_curve(Metric::Loss, Subset::Fit)[4],
            (5.0, results.runs[0].epochs[4].fit_loss)
        );
        assert_eq!(summary.fewest_seeds(), 1);
    }

    #[test]
    fn as_trained_scores_are_those_of_the_best_epoch() {
        let results = Fixture::new(1).with(Plan::new("a")).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let best = results.runs[0].outcome.unwrap().best.epoch;
        assert!(best < 20);
        let score = summary.networks[0].score(Metric::Loss, Subset::Train);
        assert_eq!(score.best.unwrap().mean, results.runs[0].epochs[best as usize - 1].train_loss);
        assert_eq!(score.last.unwrap().mean, results.runs[0].epochs[19].train_loss);
    }
}
