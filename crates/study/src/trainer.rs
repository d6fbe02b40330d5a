//! The training of one run, from where it stands to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fitroom_data::{Dataset, LabelledImages, Split, epoch_order};
use fitroom_nn::{Architecture, Network, Recipe, Score};

use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::{EpochRecord, Outcome, RunStatus, Scores, ScoresAt, StoreError, Training};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ended {
    Finished(Outcome),
    Diverged,
    /// It was told to; it goes on from its last whole epoch another time.
    Stopped,
}

impl Ended {
    pub fn status(&self) -> RunStatus {
        match self {
            Ended::Finished(_) => RunStatus::Finished,
            Ended::Diverged => RunStatus::Diverged,
            Ended::Stopped => RunStatus::Pending,
        }
    }
}

/// What a run tells while it is trained.
pub(crate) enum Progress {
    Step { epoch: u32, images_done: usize, loss: f64 },
    Epoch(EpochRecord),
}

/// One run.
pub(crate) struct Trainer<'a> {
    dataset: &'a Dataset,
    facts: &'a RunFacts,
    training: Training,
    split: Split,
    network: Network,
    directory: RunDirectory,
    /// Of the epochs that are done.
    records: Vec<EpochRecord>,
    stop: &'a AtomicBool,
}

/// Images that are scored between two looks at the stop flag.
const SCORED_AT_ONCE: usize = 1000;
/// Least time between two steps that are told.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// The images that a run holds out and trains on: `validation` of all, then at most `most` of the others. Depends on
/// nothing else than the seed, so that runs of one seed are paired.
pub(crate) fn split(images: usize, validation: usize, most: Option<usize>, seed: u64) -> Split {
    let mut split = Split::new(images, validation, seed);
    if let Some(most) = most.filter(|&most| most < split.train.len()) {
        // Epochs count from 1: the order of epoch 0 is free to draw with.
        split.train = epoch_order(&split.train, seed, 0);
        split.train.truncate(most);
        split.train.sort_unstable();
    }
    split
}

impl<'a> Trainer<'a> {
    /// Begins the run that `facts` describe, on data that it was checked against, or goes on with it after the last
    /// epoch that is stored. `name` is the network's, for people.
    pub fn begin(
        dataset: &'a Dataset,
        facts: &'a RunFacts,
        name: &str,
        architecture: &Architecture,
        directory: RunDirectory,
        stop: &'a AtomicBool,
    ) -> Result<Self, StoreError> {
        let training = facts.training;
        let recipe = Recipe { loss: training.loss, penalty: training.penalty, optimizer: training.optimizer };
        let mut network = Network::new(architecture, &recipe, training.batch_size, facts.seed);
        let records = directory.begin(name, facts, &mut network)?;
        let split = split(dataset.train.len(), facts.validation, facts.train_images, facts.seed);
        Ok(Trainer { dataset, facts, training, split, network, directory, records, stop })
    }

    pub fn done_epochs(&self) -> u32 {
        self.records.len() as u32
    }

    pub fn images_per_epoch(&self) -> usize {
        self.split.train.len()
    }

    /// Trains to the end, or until told to stop.
    pub fn run(mut self, tell: &mut dyn FnMut(Progress)) -> Result<Ended, StoreError> {
        for epoch in self.done_epochs() + 1..=self.training.epochs {
            let record = match self.epoch(epoch, tell) {
                Ok(record) => record,
                Err(Interruption::Stopped) => return Ok(Ended::Stopped),
                Err(Interruption::Diverged) => {
                    self.directory.diverge(epoch)?;
                    return Ok(Ended::Diverged);
                }
            };
            self.records.push(record);
            self.directory.save_epoch(&self.records, &self.network)?;
            tell(Progress::Epoch(record));
        }
        let Some(outcome) = self.score_test()? else { return Ok(Ended::Stopped) };
        self.directory.finish(&outcome)?;
        Ok(Ended::Finished(outcome))
    }

    fn epoch(&mut self, epoch: u32, tell: &mut dyn FnMut(Progress)) -> Result<EpochRecord, Interruption> {
        let start = Instant::now();
        let mut told = start;
        let LabelledImages { images, labels } = &self.dataset.train;
        let order = epoch_order(&self.split.train, self.facts.seed, epoch);
        let steps = order.len().div_ceil(self.training.batch_size) as u64;
        let base = self.training.optimizer.learning_rate();
        let mut learning_rate = base;
        let mut trained = Score::default();
        for (step, batch) in (u64::from(epoch - 1) * steps..).zip(order.chunks(self.training.batch_size)) {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Interruption::Stopped);
            }
            learning_rate = self.training.schedule.learning_rate(base, step, steps, self.training.epochs);
            let score = self.network.train_batch(images, labels, batch, learning_rate);
            if !score.loss_sum.is_finite() {
                return Err(Interruption::Diverged);
            }
            trained += score;
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                tell(Progress::Step { epoch, images_done: trained.images as usize, loss: trained.loss() });
            }
        }
        let fit = score(&mut self.network, &self.dataset.train, &self.split.train, self.stop)?;
        let val = score(&mut self.network, &self.dataset.train, &self.split.validation, self.stop)?;
        // The last step may have broken what no step after it meets.
        if !fit.loss_sum.is_finite() || !val.loss_sum.is_finite() {
            return Err(Interruption::Diverged);
        }
        Ok(EpochRecord {
            epoch,
            train_loss: trained.loss(),
            train_accuracy: trained.accuracy(),
            fit_loss: fit.loss(),
            fit_accuracy: fit.accuracy(),
            val_loss: val.loss(),
            val_accuracy: val.accuracy(),
            learning_rate: as_written(learning_rate),
            seconds: start.elapsed().as_secs_f64(),
        })
    }

    /// Scores the test images with the last and the best weights; `None` where it was told to stop.
    fn score_test(&mut self) -> Result<Option<Outcome>, StoreError> {
        let start = Instant::now();
        let records = &self.records;
        let (Some(last), Some(best)) = (records.last(), EpochRecord::best(records)) else { return Ok(None) };
        self.directory.save_last(&self.network, last.epoch)?;
        let all: Vec<u32> = (0..self.dataset.test.len() as u32).collect();
        let at = |record: &EpochRecord, test: Scores| ScoresAt {
            epoch: record.epoch,
            fit: record.fit(),
            val: record.val(),
            test,
        };
        let Ok(score_last) = score(&mut self.network, &self.dataset.test, &all, self.stop) else { return Ok(None) };
        let mut score_best = score_last;
        if best.epoch != last.epoch {
            self.directory.load_best(&mut self.network, best.epoch)?;
            let Ok(score) = score(&mut self.network, &self.dataset.test, &all, self.stop) else { return Ok(None) };
            score_best = score;
        }
        let trained: f64 = records.iter().map(|record| record.seconds).sum();
        Ok(Some(Outcome {
            best: at(best, score_best.into()),
            last: at(last, score_last.into()),
            seconds: trained + start.elapsed().as_secs_f64(),
        }))
    }
}

/// Why an epoch was not done.
enum Interruption {
    Stopped,
    Diverged,
}

fn score(
    network: &mut Network,
    images: &LabelledImages,
    indices: &[u32],
    stop: &AtomicBool,
) -> Result<Score, Interruption> {
    let mut sum = Score::default();
    for part in indices.chunks(SCORED_AT_ONCE) {
        if stop.load(Ordering::Relaxed) {
            return Err(Interruption::Stopped);
        }
        sum += network.score(&images.images, &images.labels, part);
    }
    Ok(sum)
}

/// 0.001 and not 0.0010000000474974513.
fn as_written(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}
