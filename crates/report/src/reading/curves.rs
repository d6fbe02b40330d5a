//! The curves of one network: what every rule reads.

use std::borrow::Cow;

use fitroom_study::{EpochRecord, LayerFamily, Loss, Monitor, RunStatus};

use super::noise::Noise;
use crate::digest::{Digest, NetworkDigest};
use crate::published::PublishedEpoch;
use crate::score::{Metric, Subset, in_epoch};

/// The curves of one network, a run a seed, and what is needed to tell change from noise.
pub struct Curves<'a> {
    /// Finished runs.
    pub runs: Vec<Run<'a>>,
    /// Runs that diverged.
    pub diverged: Vec<Diverged>,
    /// Finished and diverged runs.
    pub begun: usize,
    /// Images validated on.
    pub images: usize,
    /// Classes of the images.
    pub classes: usize,
    /// The lowest value that the loss can take.
    pub loss_floor: f64,
    /// What decides which epoch is the best.
    pub monitor: Monitor,
    /// What training images are scored with as trained, and not in inference mode: `dropout on`.
    pub handicaps: Vec<&'static str>,
}

/// One finished run.
pub struct Run<'a> {
    /// Its seed; 1 of a published curve.
    pub seed: u64,
    /// Its epochs, in order.
    pub epochs: Cow<'a, [EpochRecord]>,
    /// Its best epoch, from 1.
    pub best: u32,
    /// Test accuracy at the best epoch − at the last.
    pub test_gain: Option<f64>,
}

/// One run that diverged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Diverged {
    /// Its seed.
    pub seed: u64,
    /// The epoch in which the loss became NaN or infinite.
    pub epoch: u32,
    /// Training loss of the epoch before; `None` in the first epoch.
    pub loss_before: Option<f64>,
}

/// A mean over some epochs, one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its first epoch.
    pub first: u32,
    /// Its last epoch.
    pub last: u32,
    /// Over its epochs and over runs.
    pub mean: f64,
}

/// "At the end" is a quarter of the training: long enough to average over jumps, short enough to be
/// an end.
const QUARTERS: usize = 4;

impl<'a> Curves<'a> {
    /// Of a network's runs.
    pub fn of(digest: &Digest<'a>, network: &NetworkDigest<'a>) -> Self {
        let runs = network.finished().map(|(run, outcome)| {
            let gain = outcome.best.test.accuracy - outcome.last.test.accuracy;
            let test_gain = gain.is_finite().then_some(gain);
            Run {
                seed: run.seed,
                epochs: Cow::Borrowed(run.epochs.as_slice()),
                best: outcome.best.epoch,
                test_gain,
            }
        });
        let diverged =
            network.runs.iter().filter(|run| run.status == RunStatus::Diverged).map(|run| {
                Diverged {
                    seed: run.seed,
                    // The epoch in which a run diverges leaves no record.
                    epoch: run.epochs.len() as u32 + 1,
                    loss_before: run.epochs.last().map(|record| record.train_loss),
                }
            });
        let classes = digest.stored.dataset.classes.len();
        let (plan, training) = (network.plan, &network.plan.training);
        let drops_out = plan.layers.iter().any(|layer| layer.family() == LayerFamily::Dropout);
        let handicaps = [
            (drops_out, "dropout on"),
            (!training.augmentation.is_none(), "images changed at random"),
        ];
        Curves {
            runs: runs.collect(),
            diverged: diverged.collect(),
            begun: super::begun(network),
            images: digest.stored.study.validation,
            classes,
            loss_floor: training.loss.lowest(classes),
            monitor: training.monitor,
            handicaps: handicaps
                .into_iter()
                .filter(|(is_there, _)| *is_there)
                .map(|(_, name)| name)
                .collect(),
        }
    }

    /// Of a published network: one run, its training curve as trained, validated on the 10,000 test
    /// images.
    pub fn published(epochs: &[PublishedEpoch]) -> Curves<'static> {
        let record = |at: &PublishedEpoch| {
            let score = |metric, subset| at.score(metric, subset).unwrap_or(f64::NAN);
            EpochRecord {
                epoch: at.epoch,
                train_loss: score(Metric::Loss, Subset::Train),
                train_accuracy: score(Metric::Accuracy, Subset::Train),
                fit_loss: f64::NAN,
                fit_accuracy: f64::NAN,
                val_loss: score(Metric::Loss, Subset::Validation),
                val_accuracy: score(Metric::Accuracy, Subset::Validation),
                learning_rate: f64::NAN,
                seconds: f64::NAN,
            }
        };
        let (images, classes) = (10_000, 10);
        let network = epochs.first().map_or(0, |at| at.network);
        // The range of its losses says so: 1.46 to 2.46 for networks 1 to 5.
        let loss = if network <= 5 { Loss::CrossEntropyOfSoftmax } else { Loss::CrossEntropy };
        let epochs: Vec<EpochRecord> = epochs.iter().map(record).collect();
        let run = Run {
            seed: 1,
            best: best_by_accuracy(&epochs),
            epochs: Cow::Owned(epochs),
            test_gain: None,
        };
        Curves {
            runs: vec![run],
            diverged: Vec::new(),
            begun: 1,
            images,
            classes,
            loss_floor: loss.lowest(classes),
            monitor: Monitor::Accuracy,
            handicaps: if network == 4 { vec!["dropout on"] } else { Vec::new() },
        }
    }

    /// Epochs that every run has: means are over these. Patience may end runs of a network at
    /// different epochs.
    pub fn epochs(&self) -> usize {
        self.runs.iter().map(|run| run.epochs.len()).min().unwrap_or(0)
    }

    /// Whether some run has more epochs than another.
    pub fn is_cut(&self) -> bool {
        self.runs.iter().any(|run| run.epochs.len() > self.epochs())
    }

    /// Epochs in a quarter of the training, at least one.
    pub fn quarter(&self) -> usize {
        (self.epochs() / QUARTERS).max(1)
    }

    /// One measure of each run, over the epochs that every run has.
    pub fn each(&self, metric: Metric, subset: Subset) -> Vec<Vec<f64>> {
        let epochs = self.epochs();
        let of = |run: &Run| {
            run.epochs[..epochs].iter().map(|record| in_epoch(record, metric, subset)).collect()
        };
        self.runs.iter().map(of).collect()
    }

    /// One measure, the mean over runs for each epoch.
    pub fn mean(&self, metric: Metric, subset: Subset) -> Vec<f64> {
        let at = |epoch: usize| {
            self.runs.iter().map(|run| in_epoch(&run.epochs[epoch], metric, subset)).sum::<f64>()
                / self.runs.len() as f64
        };
        (0..self.epochs()).map(at).collect()
    }

    /// Whether validation was measured in every epoch.
    pub fn is_validated(&self) -> bool {
        self.images > 0 && self.epochs() > 0 && self.is_measured(Subset::Validation)
    }

    /// Training images as they are to be held against validation: in inference mode where that was
    /// measured.
    pub fn training(&self) -> Subset {
        if self.is_measured(Subset::Fit) { Subset::Fit } else { Subset::Train }
    }

    /// What is noise in validation accuracy.
    pub fn noise(&self) -> Noise {
        let at_end = self.end(Metric::Accuracy, Subset::Validation).mean;
        let sampling = (at_end * (1.0 - at_end) / self.images as f64).sqrt();
        Noise::of(&self.each(Metric::Accuracy, Subset::Validation), sampling)
    }

    /// The last quarter of the training.
    pub fn end(&self, metric: Metric, subset: Subset) -> Stretch {
        let mean = self.mean(metric, subset);
        stretch(&mean, mean.len() - self.quarter(), self.quarter())
    }

    fn is_measured(&self, subset: Subset) -> bool {
        self.runs.iter().flat_map(|run| run.epochs.iter()).all(|record| {
            Metric::ALL.iter().all(|&metric| in_epoch(record, metric, subset).is_finite())
        })
    }
}

/// The epoch with the highest validation accuracy, the earliest of equals; 0 of none.
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
