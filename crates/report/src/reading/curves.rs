//! The curves of one network: the input of every rule.

use std::borrow::Cow;

use fitroom_results::{
    Choose, EpochRecord, Metric, Monitor, NetworkFacts, ReferenceCurve, ReferenceEpoch, RunStatus,
    Subset,
};

use super::noise::Noise;
use crate::summary::{NetworkSummary, Summary};

/// The curves of one network, one run per seed, and the numbers that tell change from noise.
pub struct Curves<'a> {
    /// Finished runs.
    pub runs: Vec<CurveRun<'a>>,
    /// Runs that diverged.
    pub diverged: Vec<Diverged>,
    /// Number of runs that finished or diverged.
    pub begun: usize,
    /// Number of validation images; `None` where it is not known.
    pub images: Option<usize>,
    /// Number of classes; 0 where it is not known.
    pub classes: usize,
    /// The lowest value that the loss can take.
    pub loss_floor: f64,
    /// The score that decides which epoch is the best.
    pub monitor: Monitor,
    /// Whether a best epoch is chosen.
    pub choose: Choose,
    /// The reasons why training images are harder as trained than in inference mode: `dropout on`.
    pub handicaps: Vec<&'static str>,
}

/// The curve of one finished run.
pub struct CurveRun<'a> {
    /// The run's seed; 1 for a reference curve.
    pub seed: u64,
    /// The run's epochs, in order.
    pub epochs: Cow<'a, [EpochRecord]>,
    /// The run's best epoch, from 1.
    pub best: u32,
    /// Test accuracy at the best epoch minus test accuracy at the last.
    pub test_gain: Option<f64>,
}

/// One run that diverged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diverged {
    /// The run's seed.
    pub seed: u64,
    /// The epoch in which the loss became NaN or infinite.
    pub epoch: u32,
    /// Training loss of the epoch before; `None` if the first epoch diverged.
    pub loss_before: Option<f64>,
}

/// A mean over consecutive epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// The first epoch.
    pub first: u32,
    /// The last epoch.
    pub last: u32,
    /// The mean over its epochs and over runs.
    pub mean: f64,
}

/// "At the end" is the last quarter of the training: long enough to average over jumps, and short
/// enough to count as the end.
const QUARTERS: usize = 4;

impl<'a> Curves<'a> {
    /// The curves of a network's runs.
    pub fn of(summary: &Summary<'a>, network: &NetworkSummary<'a>) -> Self {
        let runs = network.finished().map(|(run, outcome)| {
            let gain = outcome.best.test.accuracy - outcome.last.test.accuracy;
            CurveRun {
                seed: run.seed,
                epochs: Cow::Borrowed(run.epochs.as_slice()),
                best: outcome.best.epoch,
                test_gain: gain.is_finite().then_some(gain),
            }
        });
        let diverged = network.runs.iter().filter(|run| run.status == RunStatus::Diverged);
        let diverged = diverged.map(|run| Diverged {
            seed: run.seed,
            // The epoch in which a run diverges leaves no record.
            epoch: run.epochs.len() as u32 + 1,
            loss_before: run.epochs.last().map(|record| record.train_loss),
        });
        Curves {
            runs: runs.collect(),
            diverged: diverged.collect(),
            begun: network.runs.iter().filter(|run| run.status != RunStatus::Pending).count(),
            images: summary.results.validation,
            classes: summary.results.dataset.classes.len(),
            loss_floor: network.facts.lowest_loss,
            monitor: network.facts.monitor,
            choose: network.facts.choose,
            handicaps: handicaps(network.facts),
        }
    }

    /// The reference curve of a network: one run of the same network.
    pub fn reference(
        summary: &Summary,
        facts: &NetworkFacts,
        curve: &ReferenceCurve,
    ) -> Curves<'static> {
        let epochs: Vec<EpochRecord> = curve.epochs.iter().map(record).collect();
        let run = CurveRun {
            seed: 1,
            best: best_by_accuracy(&epochs),
            epochs: Cow::Owned(epochs),
            test_gain: None,
        };
        let results = summary.results;
        Curves {
            runs: vec![run],
            diverged: Vec::new(),
            begun: 1,
            images: match curve.is_validated_on_test_images() {
                true => results.dataset.test_images,
                false => results.validation,
            },
            classes: results.dataset.classes.len(),
            loss_floor: facts.lowest_loss,
            monitor: Monitor::Accuracy,
            choose: Choose::Best,
            handicaps: handicaps(facts),
        }
    }

    /// Number of epochs that every run has: means are over these. Runs that end early may have
    /// different numbers of epochs.
    pub fn epochs(&self) -> usize {
        self.runs.iter().map(|run| run.epochs.len()).min().unwrap_or(0)
    }

    /// Whether some run has more epochs than another.
    pub fn is_cut(&self) -> bool {
        self.runs.iter().any(|run| run.epochs.len() > self.epochs())
    }

    /// Number of epochs in a quarter of the training, at least one.
    pub fn quarter(&self) -> usize {
        (self.epochs() / QUARTERS).max(1)
    }

    /// One score of each run, over the epochs that every run has.
    pub fn each(&self, metric: Metric, subset: Subset) -> Vec<Vec<f64>> {
        let epochs = self.epochs();
        let of = |run: &CurveRun| {
            run.epochs[..epochs].iter().map(|record| record.score(metric, subset)).collect()
        };
        self.runs.iter().map(of).collect()
    }

    /// One score, the mean over runs for each epoch.
    pub fn mean(&self, metric: Metric, subset: Subset) -> Vec<f64> {
        let at = |epoch: usize| {
            self.runs.iter().map(|run| run.epochs[epoch].score(metric, subset)).sum::<f64>()
                / self.runs.len() as f64
        };
        (0..self.epochs()).map(at).collect()
    }

    /// Whether validation was measured in every epoch.
    pub fn is_validated(&self) -> bool {
        self.images != Some(0) && self.epochs() > 0 && self.is_measured(Subset::Validation)
    }

    /// The scores on training images that are compared with validation: those in inference mode,
    /// where they were measured.
    pub fn training(&self) -> Subset {
        if self.is_measured(Subset::Fit) { Subset::Fit } else { Subset::Train }
    }

    /// The noise in validation accuracy.
    pub fn noise(&self) -> Noise {
        let at_end = self.end(Metric::Accuracy, Subset::Validation).mean;
        let sampling =
            self.images.map_or(0.0, |images| (at_end * (1.0 - at_end) / images as f64).sqrt());
        Noise::of(&self.each(Metric::Accuracy, Subset::Validation), sampling)
    }

    /// By how much the loss rises, as a fraction of its height above the lowest possible value.
    pub fn loss_rise(&self, from: f64, to: f64) -> f64 {
        (to - self.loss_floor) / (from - self.loss_floor) - 1.0
    }

    /// The last quarter of the training.
    pub fn end(&self, metric: Metric, subset: Subset) -> Stretch {
        let mean = self.mean(metric, subset);
        stretch(&mean, mean.len() - self.quarter(), self.quarter())
    }

    fn is_measured(&self, subset: Subset) -> bool {
        self.runs.iter().flat_map(|run| run.epochs.iter()).all(|record| {
            Metric::ALL.iter().all(|&metric| record.score(metric, subset).is_finite())
        })
    }
}

fn handicaps(facts: &NetworkFacts) -> Vec<&'static str> {
    let handicaps = [
        (facts.has_dropout(), "dropout on"),
        (facts.changes_images(), "images changed at random"),
        (facts.mixes_images(), "images mixed with each other"),
    ];
    handicaps.into_iter().filter(|(is_there, _)| *is_there).map(|(_, name)| name).collect()
}

fn record(at: &ReferenceEpoch) -> EpochRecord {
    let score = |metric| at.drawn(metric, Subset::Validation).unwrap_or(f64::NAN);
    EpochRecord {
        train_loss: at.train_loss,
        train_accuracy: at.train_accuracy,
        val_loss: score(Metric::Loss),
        val_accuracy: score(Metric::Accuracy),
        ..EpochRecord::new(at.epoch)
    }
}

/// The epoch with the highest validation accuracy, the earliest of equals; 0 without epochs.
pub fn best_by_accuracy(epochs: &[EpochRecord]) -> u32 {
    let best = epochs.iter().rev().max_by(|a, b| a.val_accuracy.total_cmp(&b.val_accuracy));
    best.map_or(0, |record| record.epoch)
}

/// The mean of `len` epochs from the position `first` on.
pub fn stretch(curve: &[f64], first: usize, len: usize) -> Stretch {
    Stretch {
        first: first as u32 + 1,
        last: (first + len) as u32,
        mean: curve[first..][..len].iter().sum::<f64>() / len as f64,
    }
}

/// All stretches of this length, in order.
pub fn stretches(curve: &[f64], len: usize) -> Vec<Stretch> {
    (0..=curve.len() - len).map(|first| stretch(curve, first, len)).collect()
}
