//! The summary of results: every number that the report derives from them, computed once for HTML,
//! Markdown and CSV.

mod choice_bias;
mod ensemble;
mod network;
mod reference_gap;
mod shown;
mod slug;

use std::collections::{HashMap, HashSet};

use fitroom_data::Dataset;
use fitroom_results::{Results, RunStatus};
use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use crate::ReportError;
use crate::comparison::Comparison;
use crate::inspection::{Depth, Inspection};
use crate::number::counted;

pub use choice_bias::ChoiceBias;
pub use ensemble::Ensemble;
pub use network::{NetworkSummary, Score};
pub use reference_gap::ReferenceGap;
pub use shown::MOST_SHOWN;
pub use slug::{Slugs, slug};

/// Results with every number that is derived from them.
pub struct Summary<'a> {
    /// The results.
    pub results: &'a Results,
    /// The networks, in the results' order.
    pub networks: Vec<NetworkSummary<'a>>,
    /// A comparison for each network that has a baseline, in the results' order.
    pub comparisons: Vec<Comparison>,
    /// Networks whose accuracies differ by no more than this fraction are equivalent.
    pub margin: f64,
    /// Classes, mistakes and weights, in the results' order; empty if they were not read.
    pub inspection: Inspection,
    /// Networks whose seeds were scored together, in the results' order; empty if none were.
    pub ensembles: Vec<Ensemble>,
}

impl<'a> Summary<'a> {
    /// Summarises runs and curves, without [`inspection`](Self::inspection). `margin` is a
    /// fraction, such as [`DEFAULT_MARGIN`](fitroom_stats::DEFAULT_MARGIN).
    pub fn new(results: &'a Results, margin: f64) -> Self {
        Summary::of(results, margin, Comparison::of_results(results, margin))
    }

    /// Summarises runs and curves, with comparisons of these results that were made before.
    pub fn of(results: &'a Results, margin: f64, comparisons: Vec<Comparison>) -> Self {
        let mut slugs = Slugs::default();
        let networks = (0..results.networks.len())
            .map(|network| NetworkSummary::new(results, network, &mut slugs));
        let mut networks: Vec<NetworkSummary> = networks.collect();
        shown::choose(results, &mut networks);
        Summary {
            results,
            networks,
            comparisons,
            margin,
            inspection: Inspection::default(),
            ensembles: Vec::new(),
        }
    }

    /// Summarises runs and curves, and reads the predictions and weights of finished runs. Pictures
    /// of test images are taken from `dataset` if it is the one that was trained on.
    ///
    /// # Errors
    /// A stored file can't be read, is damaged, or is of other images.
    pub fn inspect(
        results: &'a Results,
        dataset: Option<&Dataset>,
        margin: f64,
    ) -> Result<Self, ReportError> {
        let mut summary = Summary::new(results, margin);
        summary.inspection = Inspection::read(results, dataset, &summary.depths())?;
        let Summary { comparisons, inspection, .. } = &mut summary;
        let names = results.networks.iter().map(|network| network.name.as_str());
        // Backwards, so that of two networks of one name the first counts.
        let right: HashMap<&str, _> =
            names.zip(inspection.networks.iter().map(|network| &network.right)).rev().collect();
        comparisons.par_iter_mut().for_each(|comparison| {
            let of = |name: &str| right.get(name).copied();
            if let (Some(network), Some(baseline)) =
                (of(&comparison.network), of(&comparison.baseline))
            {
                comparison.set_test_images(network, baseline);
            }
        });
        Ok(summary)
    }

    /// What has to be read of each network: all of those that are shown, and the right answers of those
    /// that are compared.
    fn depths(&self) -> Vec<Depth> {
        let compared: HashSet<&str> = self
            .comparisons
            .iter()
            .flat_map(|comparison| [comparison.network.as_str(), comparison.baseline.as_str()])
            .collect();
        let confirmed: HashSet<usize> = self
            .results
            .confirmations
            .iter()
            .flat_map(|one| std::iter::once(one.network).chain(one.baseline))
            .collect();
        let depth = |(index, network): (usize, &NetworkSummary)| {
            let is_compared =
                compared.contains(network.facts.name.as_str()) || confirmed.contains(&index);
            match (network.is_shown, is_compared) {
                (true, _) => Depth::Everything,
                (false, true) => Depth::RightAnswers,
                (false, false) => Depth::Nothing,
            }
        };
        self.networks.iter().enumerate().map(depth).collect()
    }

    /// The networks that the report shows by themselves, with their positions.
    pub fn shown(&self) -> impl Iterator<Item = (usize, &NetworkSummary<'a>)> {
        self.networks.iter().enumerate().filter(|(_, network)| network.is_shown)
    }

    /// The comparisons that are shown one by one: all, if there are no more than [`MOST_SHOWN`] or they
    /// are of runs from elsewhere.
    pub fn shown_of<'c>(&self, comparisons: &[&'c Comparison]) -> Vec<&'c Comparison> {
        shown::choose_comparisons(self, comparisons)
    }

    /// Says which networks are shown; `None` if all are.
    pub fn shown_words(&self) -> Option<String> {
        shown::words(self)
    }

    /// The report's title: `report: eight networks on Fashion-MNIST`. It says so if drawn images
    /// stand in for Fashion-MNIST.
    pub fn title(&self) -> String {
        let dataset = &self.results.dataset;
        let stands_in =
            dataset.stands_in_because.as_ref().map_or("", |_| ", standing in for Fashion-MNIST");
        let networks = counted(self.networks.len(), "network");
        let on = if dataset.title.is_empty() { "" } else { " on " };
        format!("{}: {networks}{on}{}{stands_in}", self.results.name, dataset.title)
    }

    /// The comparisons in groups: each group is in one measure, and its verdicts are adjusted for each
    /// other. None where nothing is compared.
    pub fn families(&self) -> Vec<Vec<&Comparison>> {
        Comparison::families(&self.comparisons)
    }

    /// Number of runs of this status.
    pub fn count(&self, status: RunStatus) -> usize {
        self.results.runs.iter().filter(|run| run.status == status).count()
    }

    /// The smallest number of finished runs of any network that has finished runs; 0 if there are
    /// none. It decides what the report may conclude.
    pub fn fewest_seeds(&self) -> usize {
        self.networks
            .iter()
            .map(|network| network.finished().count())
            .filter(|&n| n > 0)
            .min()
            .unwrap_or(0)
    }

    /// Every score that is compared with one of a reference curve.
    pub fn reference_gaps(
        &self,
    ) -> impl Iterator<Item = (&NetworkSummary<'a>, &Score, ReferenceGap)> {
        self.networks.iter().flat_map(|network| {
            network
                .scores
                .iter()
                .filter_map(move |score| Some((network, score, score.reference_gap?)))
        })
    }

    /// Number of training images that each run trains on, and number of those that are not held
    /// out; `None` if they are not known.
    pub fn trained_on(&self) -> Option<(usize, usize)> {
        let available = available_images(self.results)?;
        let most = self.results.train_images.unwrap_or(available);
        Some((most.min(available), available))
    }

    /// Whether every image that is not held out is trained on. False if there is a limit on
    /// training images and the number of images is not known.
    pub fn trains_on_all(&self) -> bool {
        trains_on_all(self.results)
    }
}

/// Number of training images that are not held out.
fn available_images(results: &Results) -> Option<usize> {
    Some(results.dataset.train_images?.saturating_sub(results.validation?))
}

/// Scores after training on fewer images, as in a quick study, are not comparable with reference
/// curves.
fn trains_on_all(results: &Results) -> bool {
    match (results.train_images, available_images(results)) {
        (Some(most), Some(available)) => most >= available,
        (Some(_), None) => false,
        (None, _) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_results::{Metric, Subset};
    use fitroom_stats::DEFAULT_MARGIN;

    #[test]
    fn a_shifted_network_differs_from_its_reference_curve_and_an_unshifted_one_does_not() {
        let results = Fixture::new(5)
            .with(Plan::new("true").reference(2))
            .with(Plan::new("shifted").reference(2).shifted(0.04))
            .results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let apart: Vec<_> = summary.reference_gaps().filter(|(_, _, gap)| gap.is_apart()).collect();
        assert!(apart.iter().all(|(network, ..)| network.facts.name == "shifted"));
        assert!(apart.iter().any(|(_, score, _)| {
            (score.metric, score.subset) == (Metric::Accuracy, Subset::Test)
        }));
        assert_eq!(summary.reference_gaps().count(), 8);
        assert!(summary.reference_gaps().all(|(_, _, gap)| gap.epoch == 20));
    }

    #[test]
    fn one_seed_decides_nothing_and_other_data_is_not_compared() {
        let mut results =
            Fixture::new(1).with(Plan::new("shifted").reference(2).shifted(0.2)).results();
        let one_seed = Summary::new(&results, DEFAULT_MARGIN);
        assert_eq!(one_seed.reference_gaps().count(), 4);
        assert!(!one_seed.reference_gaps().any(|(_, _, gap)| gap.is_apart()));
        results.dataset.name = "drawn".into();
        assert_eq!(Summary::new(&results, DEFAULT_MARGIN).reference_gaps().count(), 0);
    }

    #[test]
    fn training_on_fewer_images_is_drawn_with_the_reference_curve_but_not_compared() {
        let mut results = Fixture::new(2).with(Plan::new("a").reference(8)).results();
        results.train_images = Some(60_000);
        assert_eq!(Summary::new(&results, DEFAULT_MARGIN).reference_gaps().count(), 4);
        results.train_images = Some(10_000);
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        assert_eq!(summary.reference_gaps().count(), 0);
        assert_eq!(summary.networks[0].reference.unwrap().epochs.len(), 20);
        assert_eq!(summary.trained_on(), Some((10_000, 50_000)));
    }

    #[test]
    fn shorter_training_is_compared_at_its_own_last_epoch() {
        let results = Fixture::new(2).epochs(3).with(Plan::new("a").reference(8)).results();
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let network = &summary.networks[0];
        let gap = network.score(Metric::Loss, Subset::Test).reference_gap.unwrap();
        assert_eq!((gap.epoch, gap.reference), (3, network.reference.unwrap().epochs[2].test_loss));
    }
}
