//! What the report says of a study, computed once for all of its forms.

use std::collections::HashSet;

use fitroom_stats::{DEFAULT_MARGIN, Spread, median};
use fitroom_study::{Architecture, NetworkPlan, Outcome, RunStatus, Shape, StoredRun, StoredStudy};

use crate::ReportError;
use crate::contrast::Contrast;
use crate::looks::Looks;
use crate::number::counted;
use crate::published::{PublishedEpoch, published_curve};
use crate::score::{Metric, Subset, in_epoch, in_outcome};

/// A study with every number that is derived from its runs.
pub struct Digest<'a> {
    /// What it was made from.
    pub stored: &'a StoredStudy,
    /// One for each network, in the study's order.
    pub networks: Vec<NetworkDigest<'a>>,
    /// One for each network that has a baseline, in the study's order.
    pub contrasts: Vec<Contrast>,
    /// Up to here differences in accuracy are not worth having; a fraction.
    pub margin: f64,
    /// What is to be seen inside of its runs, where that was read.
    pub looks: Looks,
}

/// One network over all its runs. Means and spreads are over its finished runs; a diverged run has
/// no last epoch.
pub struct NetworkDigest<'a> {
    /// What it is.
    pub plan: &'a NetworkPlan,
    /// Its name as a file's name: unique in the study, lower-case letters, digits and hyphens.
    pub slug: String,
    /// Its runs, seeds ascending.
    pub runs: Vec<&'a StoredRun>,
    /// Trained numbers.
    pub parameters: usize,
    /// Of one image's forward pass.
    pub multiply_adds: u64,
    /// Wall-clock seconds of a run: the median.
    pub seconds: Option<f64>,
    /// The best epoch.
    pub best_epoch: Option<Spread>,
    /// Losses, then accuracies; for each the four subsets.
    pub scores: Vec<Score>,
    /// The published curve that it reproduces; empty where there is none.
    pub published: &'static [PublishedEpoch],
}

/// One measure of one network.
pub struct Score {
    /// What is measured.
    pub metric: Metric,
    /// On which images.
    pub subset: Subset,
    /// At each run's best epoch.
    pub best: Option<Spread>,
    /// At the last epoch.
    pub last: Option<Spread>,
    /// Beside the published value.
    pub comparison: Option<Comparison>,
}

/// A measure beside the published one, at the last epoch that both have.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    /// From 1.
    pub epoch: u32,
    /// As read off the published figure.
    pub published: f64,
    /// Over our finished runs.
    pub ours: Spread,
    /// How far apart the two may be by chance and reading error: [`Spread::one_run_more`] (the
    /// published curve is one run more) plus the reading error. `None` with one seed.
    pub allowed: Option<f64>,
}

impl Comparison {
    /// Our mean − the published value.
    pub fn difference(&self) -> f64 {
        self.ours.mean - self.published
    }

    /// Whether chance and reading error do not explain the difference. Never with one seed: it
    /// can't be told.
    pub fn is_apart(&self) -> bool {
        self.allowed.is_some_and(|allowed| self.difference().abs() > allowed)
    }
}

impl<'a> Digest<'a> {
    /// Computes it, with the usual [`DEFAULT_MARGIN`].
    ///
    /// # Errors
    /// A network whose layers do not fit the data set's images.
    pub fn new(stored: &'a StoredStudy) -> Result<Self, ReportError> {
        Self::with_margin(stored, DEFAULT_MARGIN)
    }

    /// Computes it. Differences in accuracy up to `margin`, a fraction, count as not worth having.
    ///
    /// # Errors
    /// A network whose layers do not fit the data set's images.
    pub fn with_margin(stored: &'a StoredStudy, margin: f64) -> Result<Self, ReportError> {
        let mut taken = HashSet::new();
        let networks = stored.study.networks.iter().enumerate();
        let networks =
            networks.map(|(index, plan)| NetworkDigest::new(stored, index, plan, &mut taken));
        let networks = networks.collect::<Result<_, _>>()?;
        let (contrasts, looks) = (Contrast::of_study(stored, margin), Looks::default());
        Ok(Digest { stored, networks, contrasts, margin, looks })
    }

    /// What the report is called: `report: eight networks on Fashion-MNIST`. It says where drawn
    /// garments stand in.
    pub fn title(&self) -> String {
        let dataset = &self.stored.dataset;
        let stands_in =
            dataset.stands_in_because.as_ref().map_or("", |_| ", standing in for Fashion-MNIST");
        let networks = counted(self.networks.len(), "network");
        format!("{}: {networks} on {}{stands_in}", self.stored.study.name, dataset.title)
    }

    /// Runs of this status.
    pub fn count(&self, status: RunStatus) -> usize {
        self.stored.runs.iter().filter(|run| run.status == status).count()
    }

    /// Finished runs of the network that has fewest, among those that have any: what the report may
    /// conclude depends on it. 0 where no run is finished.
    pub fn fewest_seeds(&self) -> usize {
        self.networks
            .iter()
            .map(|network| network.finished().count())
            .filter(|&n| n > 0)
            .min()
            .unwrap_or(0)
    }

    /// Every measure that has a published one beside it.
    pub fn comparisons(&self) -> impl Iterator<Item = (&NetworkDigest<'a>, &Score, Comparison)> {
        self.networks.iter().flat_map(|network| {
            network.scores.iter().filter_map(move |score| Some((network, score, score.comparison?)))
        })
    }

    /// Training images that are trained on, and how many there are that are not held out.
    pub fn trained_on(&self) -> (usize, usize) {
        let available = available_images(self.stored);
        (self.stored.study.train_images.map_or(available, |most| most.min(available)), available)
    }

    /// Whether published curves are drawn: they are of Fashion-MNIST, and say nothing of other
    /// images.
    pub fn is_published_dataset(&self) -> bool {
        is_published_dataset(self.stored)
    }
}

impl<'a> NetworkDigest<'a> {
    fn new(
        stored: &'a StoredStudy,
        index: usize,
        plan: &'a NetworkPlan,
        taken: &mut HashSet<String>,
    ) -> Result<Self, ReportError> {
        let dataset = &stored.dataset;
        let image = Shape::Image {
            channels: dataset.channels,
            height: dataset.height,
            width: dataset.width,
        };
        let architecture =
            Architecture::new(image, &plan.layers, dataset.classes.len()).map_err(|error| {
                ReportError::Network { network: plan.name.clone(), error: Box::new(error) }
            })?;
        let published = plan
            .published
            .filter(|_| is_published_dataset(stored))
            .map_or(&[][..], published_curve);
        let is_comparable = trains_on_all(stored);
        let mut network = NetworkDigest {
            plan,
            slug: unique_slug(&plan.name, taken),
            runs: stored.runs.iter().filter(|run| run.network == index).collect(),
            parameters: architecture.parameter_count(),
            multiply_adds: architecture.multiply_adds(),
            seconds: None,
            best_epoch: None,
            scores: Vec::new(),
            published,
        };
        network.seconds = median(network.finished().map(|(_, outcome)| outcome.seconds));
        network.best_epoch =
            Spread::of(network.finished().map(|(_, outcome)| f64::from(outcome.best.epoch)));
        let measures =
            Metric::ALL.into_iter().flat_map(|metric| Subset::ALL.map(|subset| (metric, subset)));
        network.scores = measures
            .map(|(metric, subset)| network.measure(metric, subset, is_comparable))
            .collect();
        Ok(network)
    }

    /// Runs whose epochs are all done, with their outcomes.
    pub fn finished(&self) -> impl Iterator<Item = (&'a StoredRun, &'a Outcome)> {
        let finished = self.runs.iter().filter(|run| run.status == RunStatus::Finished);
        finished.filter_map(|&run| Some((run, run.outcome.as_ref()?)))
    }

    /// Seeds of the runs of this status.
    pub fn seeds(&self, status: RunStatus) -> Vec<u64> {
        self.runs.iter().filter(|run| run.status == status).map(|run| run.seed).collect()
    }

    /// One of [`scores`](Self::scores).
    pub fn score(&self, metric: Metric, subset: Subset) -> &Score {
        &self.scores[metric as usize * Subset::ALL.len() + subset as usize]
    }

    /// Epochs that there are to show: all that were planned, or, where patience may end a run
    /// before, the longest run's.
    pub fn epochs(&self) -> u32 {
        let done = self.runs.iter().map(|run| run.epochs.len() as u32).max().unwrap_or(0);
        match self.plan.training.patience {
            Some(_) => done.max(1),
            None => self.plan.training.epochs,
        }
    }

    /// Mean over finished runs for each epoch, as points of a curve.
    pub fn mean_curve(&self, metric: Metric, subset: Subset) -> Vec<(f64, f64)> {
        (1..=self.epochs())
            .map(|epoch| {
                (
                    f64::from(epoch),
                    self.at_epoch(epoch, metric, subset).map_or(f64::NAN, |spread| spread.mean),
                )
            })
            .collect()
    }

    fn at_epoch(&self, epoch: u32, metric: Metric, subset: Subset) -> Option<Spread> {
        Spread::of(self.finished().map(|(run, _)| {
            let record = run.epochs.get(epoch as usize - 1);
            record.map_or(f64::NAN, |record| in_epoch(record, metric, subset))
        }))
    }

    fn measure(&self, metric: Metric, subset: Subset, is_comparable: bool) -> Score {
        let best =
            self.finished().map(|(run, outcome)| in_outcome(run, &outcome.best, metric, subset));
        Score {
            metric,
            subset,
            best: Spread::of(best),
            last: self.at_last(metric, subset),
            comparison: if is_comparable { self.compare(metric, subset) } else { None },
        }
    }

    fn at_last(&self, metric: Metric, subset: Subset) -> Option<Spread> {
        Spread::of(
            self.finished().map(|(run, outcome)| in_outcome(run, &outcome.last, metric, subset)),
        )
    }

    fn compare(&self, metric: Metric, subset: Subset) -> Option<Comparison> {
        // The last epoch that all have.
        let shortest = self.finished().map(|(_, outcome)| outcome.last.epoch).min()?;
        let published = self.published.iter().rfind(|published| published.epoch <= shortest)?;
        let all_end_there =
            self.finished().all(|(_, outcome)| outcome.last.epoch == published.epoch);
        let ours = match subset {
            // Test images are scored after the last epoch alone.
            Subset::Test if all_end_there => self.at_last(metric, subset)?,
            _ => self.at_epoch(published.epoch, metric, subset)?,
        };
        Some(Comparison {
            epoch: published.epoch,
            published: published.counterpart(metric, subset)?,
            ours,
            allowed: ours.one_run_more().map(|chance| chance + published.reading_error(metric)),
        })
    }
}

/// Training images that are not held out.
fn available_images(stored: &StoredStudy) -> usize {
    stored.dataset.train_images.saturating_sub(stored.study.validation)
}

/// Whether every image that is not held out is trained on: with fewer, as in a quick study, every
/// score is another.
fn trains_on_all(stored: &StoredStudy) -> bool {
    stored.study.train_images.is_none_or(|most| most >= available_images(stored))
}

fn is_published_dataset(stored: &StoredStudy) -> bool {
    stored.dataset.name == "fashion-mnist"
}

/// Names that some systems keep for devices: no file may have them.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Names of the report's own sections.
const SECTIONS: [&str; 12] = [
    "again",
    "claims",
    "classes",
    "comparisons",
    "data",
    "differences",
    "files",
    "measured",
    "networks",
    "published",
    "reading",
    "weights",
];

/// `L1 & dropout` becomes `l1-dropout`; a second network that would get the same gets
/// `l1-dropout-2`.
fn unique_slug(name: &str, taken: &mut HashSet<String>) -> String {
    let words = name.to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(48);
    if slug.is_empty()
        || DEVICES.contains(&slug.as_str())
        || slug.starts_with("overview")
        || SECTIONS.contains(&slug.as_str())
    {
        slug = format!("network-{slug}").trim_end_matches('-').to_owned();
    }
    let candidates =
        std::iter::once(slug.clone()).chain((2..).map(|number| format!("{slug}-{number}")));
    let free = candidates.into_iter().find(|candidate| !taken.contains(candidate)).unwrap_or(slug);
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    #[test]
    fn slugs_are_unique_and_stay_in_their_directory() {
        let mut taken = HashSet::new();
        let slugs = [
            "L1",
            "l1",
            "L1 2",
            "../../etc/passwd",
            "Größe, λ=0.1",
            "純",
            "∀",
            "con",
            "overview test",
            "a/b\\c",
            "Weights",
            "overview-sweep-1",
        ]
        .map(|name| unique_slug(name, &mut taken));
        let expected = [
            "l1",
            "l1-2",
            "l1-2-2",
            "etc-passwd",
            "gr-e-0-1",
            "network",
            "network-2",
            "network-con",
            "network-overview-test",
            "a-b-c",
            "network-weights",
            "network-overview-sweep-1",
        ];
        assert_eq!(slugs, expected);
    }

    #[test]
    fn only_finished_runs_count() {
        let stored = Fixture::new(3).with(Plan::new("a").diverged(2, 4).pending(3, 6)).stored();
        let digest = Digest::new(&stored).unwrap();
        let network = &digest.networks[0];
        assert_eq!(network.finished().count(), 1);
        assert_eq!(network.seeds(RunStatus::Diverged), [2]);
        let last = network.score(Metric::Accuracy, Subset::Validation).last.unwrap();
        assert_eq!((last.mean, last.sd), (stored.runs[0].epochs[19].val_accuracy, None));
        assert_eq!(
            network.mean_curve(Metric::Loss, Subset::Fit)[4],
            (5.0, stored.runs[0].epochs[4].fit_loss)
        );
        assert_eq!(digest.fewest_seeds(), 1);
    }

    #[test]
    fn as_trained_scores_are_those_of_the_best_epoch() {
        let stored = Fixture::new(1).with(Plan::new("a")).stored();
        let digest = Digest::new(&stored).unwrap();
        let best = stored.runs[0].outcome.unwrap().best.epoch;
        assert!(best < 20);
        let score = digest.networks[0].score(Metric::Loss, Subset::Train);
        assert_eq!(score.best.unwrap().mean, stored.runs[0].epochs[best as usize - 1].train_loss);
        assert_eq!(score.last.unwrap().mean, stored.runs[0].epochs[19].train_loss);
    }

    #[test]
    fn a_shifted_network_lies_apart_and_a_true_one_does_not() {
        let stored = Fixture::new(5)
            .with(Plan::new("true").published(2))
            .with(Plan::new("shifted").published(2).shifted(0.04))
            .stored();
        let digest = Digest::new(&stored).unwrap();
        let apart: Vec<_> =
            digest.comparisons().filter(|(_, _, comparison)| comparison.is_apart()).collect();
        assert!(apart.iter().all(|(network, ..)| network.plan.name == "shifted"));
        assert!(
            apart
                .iter()
                .any(|(_, score, _)| (score.metric, score.subset)
                    == (Metric::Accuracy, Subset::Test))
        );
        assert_eq!(digest.comparisons().count(), 8);
        assert!(digest.comparisons().all(|(_, _, comparison)| comparison.epoch == 20));
    }

    #[test]
    fn one_seed_decides_nothing_and_other_data_is_not_compared() {
        let mut stored =
            Fixture::new(1).with(Plan::new("shifted").published(2).shifted(0.2)).stored();
        let digest = Digest::new(&stored).unwrap();
        assert!(
            digest.comparisons().count() == 4
                && !digest.comparisons().any(|(_, _, c)| c.is_apart())
        );
        stored.dataset.name = "drawn".into();
        assert_eq!(Digest::new(&stored).unwrap().comparisons().count(), 0);
    }

    #[test]
    fn training_on_fewer_images_is_drawn_beside_the_published_curve_but_not_compared() {
        let mut stored = Fixture::new(2).with(Plan::new("a").published(8)).stored();
        stored.study.train_images = Some(60_000);
        assert_eq!(Digest::new(&stored).unwrap().comparisons().count(), 4);
        stored.study.train_images = Some(10_000);
        let digest = Digest::new(&stored).unwrap();
        assert_eq!((digest.comparisons().count(), digest.networks[0].published.len()), (0, 20));
        assert_eq!(digest.trained_on(), (10_000, 50_000));
    }

    #[test]
    fn shorter_training_is_compared_at_its_own_last_epoch() {
        let stored = Fixture::new(2).epochs(3).with(Plan::new("a").published(8)).stored();
        let digest = Digest::new(&stored).unwrap();
        let comparison = digest.networks[0].score(Metric::Loss, Subset::Test).comparison.unwrap();
        assert_eq!(
            (comparison.epoch, comparison.published),
            (3, published_curve(8)[2].score(Metric::Loss, Subset::Validation).unwrap())
        );
    }
}
