//! Trains one run, from its last checkpoint to its end.

mod ended;
mod images;
mod normalisation;

use std::io;
use std::slice::Chunks;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fitroom_data::{Dataset, LabelledImages, Split, epoch_order};
use fitroom_nn::{Architecture, Network, Score};

pub(crate) use self::ended::Ended;
pub(crate) use self::images::split;
use self::images::spread;
pub(crate) use self::normalisation::channel_norms;
use crate::epoch_lines::EpochLines;
use crate::predictions::{SCORED_AT_ONCE, predict};
use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::thread_choice::ThreadChoice;
use crate::weights::EpochPart;
use crate::{
    EpochRecord, Inference, NetworkPlan, Outcome, Prediction, RunFailure, Scores, ScoresAt,
    StoreError, Training,
};

/// What a trainer reports while it trains.
pub(crate) enum TrainerEvent {
    Step { epoch: u32, images_done: usize, loss: f64 },
    Epoch(EpochRecord),
}

/// What controls a run from outside.
#[derive(Clone, Copy)]
pub(crate) struct Control<'a> {
    /// When true, the run stops after its current step.
    pub stop: &'a AtomicBool,
    /// Threads that the run may use, at least one. The number may change at any time.
    pub threads: &'a AtomicUsize,
    /// Longest time between two checkpoints, also within an epoch.
    pub checkpoint_every: Duration,
}

/// Trains one run.
pub(crate) struct Trainer<'a> {
    dataset: &'a Dataset,
    facts: &'a RunFacts,
    training: Training,
    split: Split,
    /// The training images that are scored after each epoch.
    fit: Vec<u32>,
    network: Network,
    directory: RunDirectory,
    /// The epochs that are done.
    epochs: EpochLines,
    /// The done part of the next epoch.
    part: EpochPart,
    /// When the last checkpoint was written or read.
    saved: Instant,
    control: Control<'a>,
    choice: ThreadChoice,
    /// When a step was last reported.
    last_report: Option<Instant>,
}

/// Shortest time between two reported steps.
const REPORT_EVERY: Duration = Duration::from_millis(100);

impl<'a> Trainer<'a> {
    /// Begins or continues the run that `facts` describe. The study was checked against `dataset`.
    pub fn begin(
        dataset: &'a Dataset,
        facts: &'a RunFacts,
        plan: &NetworkPlan,
        architecture: &Architecture,
        directory: RunDirectory,
        control: Control<'a>,
    ) -> Result<Self, RunFailure> {
        let training = facts.training;
        let mut network = plan.network(architecture, facts.seed)?;
        let (epochs, part) = directory.begin(&plan.name, facts, &mut network)?;
        let split = split(&dataset.train.labels, facts.held_out(), facts.train_images, facts.seed);
        if let Some(channels) = channel_norms(training.normalise, dataset, &split.train) {
            network.normalise(&channels);
        }
        let weights = facts.training.class_weights;
        if let Some(weights) =
            weights.of(dataset.classes.len(), &dataset.train.labels, &split.train)
        {
            network.weigh_classes(&weights);
        }
        Ok(Trainer {
            dataset,
            facts,
            training,
            fit: spread(&split.train, training.fit_images),
            split,
            network,
            directory,
            epochs,
            part: part.unwrap_or_default(),
            saved: Instant::now(),
            control,
            choice: ThreadChoice::new(),
            last_report: None,
        })
    }

    pub fn done_epochs(&self) -> u32 {
        self.epochs.records.len() as u32
    }

    pub fn images_per_epoch(&self) -> usize {
        self.split.train.len()
    }

    /// Trains to the end, or until it is told to stop.
    pub fn run(mut self, tell: &mut (dyn FnMut(TrainerEvent) + Send)) -> Result<Ended, RunFailure> {
        while !self.training.is_over(&self.epochs.records) {
            let epoch = self.done_epochs() + 1;
            let record = match self.epoch(epoch, tell) {
                Ok(record) => record,
                Err(Interruption::Stopped) => {
                    self.save_part()?;
                    return Ok(Ended::Stopped);
                }
                Err(Interruption::Diverged) => {
                    self.directory.diverge(&self.epochs)?;
                    return Ok(Ended::Diverged);
                }
                Err(Interruption::NotStored(error)) => return Err(error.into()),
                Err(Interruption::Refused(error)) => {
                    self.save_part()?;
                    return Err(error.into());
                }
            };
            self.part = EpochPart::default();
            self.directory.save_epoch(&mut self.epochs, record, &self.network)?;
            self.saved = Instant::now();
            tell(TrainerEvent::Epoch(record));
        }
        let Some((outcome, predictions)) = self.score_test()? else { return Ok(Ended::Stopped) };
        let predictions_sha256 = self.directory.save_predictions(&predictions)?;
        self.directory.finish(&self.epochs, &outcome, predictions_sha256)?;
        Ok(Ended::Finished(outcome))
    }

    fn set_threads(&mut self, threads: usize) -> Result<(), Interruption> {
        self.network.try_set_threads(threads).map_err(Interruption::Refused)
    }

    /// Stores a checkpoint of the unfinished epoch.
    fn save_part(&mut self) -> Result<(), StoreError> {
        if self.part.images > 0 {
            self.directory.save_part(&self.network, self.done_epochs(), self.part)?;
        }
        self.saved = Instant::now();
        Ok(())
    }

    fn epoch(
        &mut self,
        epoch: u32,
        tell: &mut (dyn FnMut(TrainerEvent) + Send),
    ) -> Result<EpochRecord, Interruption> {
        let (start, before) = (Instant::now(), self.part.seconds);
        let order = epoch_order(&self.split.train, self.facts.seed, epoch);
        let end = self.training.images_of_epoch(epoch, order.len());
        let mut batches =
            order[(self.part.images as usize).min(end)..end].chunks(self.training.batch_size);
        while batches.len() > 0 {
            let steps = self.steps(epoch, &mut batches, tell);
            self.part.seconds = before + start.elapsed().as_secs_f64();
            steps?;
            if self.saved.elapsed() >= self.control.checkpoint_every && batches.len() > 0 {
                self.save_part().map_err(Interruption::NotStored)?;
            }
        }
        self.set_threads(self.control.threads.load(Ordering::Relaxed))?;
        let fit = score(&mut self.network, &self.dataset.train, &self.fit, self.control.stop)?;
        let val = score(
            &mut self.network,
            &self.dataset.train,
            &self.split.validation,
            self.control.stop,
        )?;
        // The epoch's last step may have broken the weights, and only scoring shows that.
        if !fit.loss_sum.is_finite() || !val.loss_sum.is_finite() {
            return Err(Interruption::Diverged);
        }
        let trained = self.part.score();
        Ok(EpochRecord {
            epoch,
            train_loss: trained.loss(),
            train_accuracy: trained.accuracy(),
            fit_loss: fit.loss(),
            fit_accuracy: fit.accuracy(),
            val_loss: val.loss(),
            val_accuracy: val.accuracy(),
            learning_rate: as_written(self.part.learning_rate),
            seconds: before + start.elapsed().as_secs_f64(),
        })
    }

    /// Trains on `batches`, the rest of the epoch, until the number of threads is to change or a
    /// checkpoint is due. Removes the batches that it trained on.
    fn steps(
        &mut self,
        epoch: u32,
        batches: &mut Chunks<u32>,
        tell: &mut (dyn FnMut(TrainerEvent) + Send),
    ) -> Result<(), Interruption> {
        let LabelledImages { images, labels } = &self.dataset.train;
        let per_epoch = self.training.steps_per_epoch(self.split.train.len());
        let total = self.training.total_steps(self.split.train.len());
        let base = self.training.base_learning_rate(&self.epochs.records);
        let most = self.control.threads.load(Ordering::Relaxed);
        let (threads, time) = self.choice.next(most);
        self.set_threads(threads)?;
        let (start, left) = (Instant::now(), batches.len());
        self.network.together(|network| {
            for batch in &mut *batches {
                if self.control.stop.load(Ordering::Relaxed) {
                    return Err(Interruption::Stopped);
                }
                let schedule = &self.training.schedule;
                let learning_rate = schedule.learning_rate(base, network.steps(), per_epoch, total);
                let score = network.train_batch(images, labels, batch, learning_rate);
                if !score.loss_sum.is_finite() {
                    return Err(Interruption::Diverged);
                }
                self.part.add(score, learning_rate);
                if self.last_report.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
                    self.last_report = Some(Instant::now());
                    let images_done = self.part.images as usize;
                    tell(TrainerEvent::Step { epoch, images_done, loss: self.part.score().loss() });
                }
                if self.control.threads.load(Ordering::Relaxed) != most
                    || time.is_some_and(|time| start.elapsed() >= time)
                    || self.saved.elapsed() >= self.control.checkpoint_every
                {
                    break;
                }
            }
            Ok(())
        })?;
        self.choice.watch(left - batches.len(), start.elapsed());
        Ok(())
    }

    /// Scores the test images with the last weights and with those that are kept, and makes
    /// predictions with the latter. `None` if it was told to stop.
    fn score_test(&mut self) -> Result<Option<(Outcome, Vec<Prediction>)>, RunFailure> {
        let start = Instant::now();
        let records = &self.epochs.records;
        let chosen = self.training.chosen(records).zip(self.training.chosen_val(records));
        let (Some(last), Some((best, val))) = (records.last(), chosen) else { return Ok(None) };
        let (network, test, stop) = (&mut self.network, &self.dataset.test, self.control.stop);
        self.directory.save_last(network, last.epoch)?;
        let threads = self.control.threads.load(Ordering::Relaxed);
        network.try_set_threads(threads)?;
        let all: Vec<u32> = (0..test.len() as u32).collect();
        let mut score_last = None;
        if best.epoch != last.epoch {
            let Ok(score) = score(network, test, &all, stop) else { return Ok(None) };
            score_last = Some(score);
            self.directory.load_best(network, best.epoch)?;
        }
        let Some(predicted) = predict(network, test, stop) else { return Ok(None) };
        let at = |record: &EpochRecord, val: Scores, test: Scores| ScoresAt {
            epoch: record.epoch,
            fit: record.fit(),
            val,
            test,
        };
        let trained: f64 = records.iter().map(|record| record.seconds).sum();
        let outcome = Outcome {
            best: at(best, val, predicted.score.into()),
            last: at(last, last.val(), score_last.unwrap_or(predicted.score).into()),
            seconds: trained + start.elapsed().as_secs_f64(),
            inference: Inference::of(predicted.seconds_per_image, threads),
        };
        Ok(Some((outcome, predicted.predictions)))
    }
}

/// Why an epoch did not end.
enum Interruption {
    Stopped,
    Diverged,
    NotStored(StoreError),
    /// The system refuses a thread.
    Refused(io::Error),
}

fn score(
    network: &mut Network,
    images: &LabelledImages,
    indices: &[u32],
    stop: &AtomicBool,
) -> Result<Score, Interruption> {
    network.together(|network| {
        let mut sum = Score::default();
        for part in indices.chunks(SCORED_AT_ONCE) {
            if stop.load(Ordering::Relaxed) {
                return Err(Interruption::Stopped);
            }
            sum += network.score(&images.images, &images.labels, part);
        }
        Ok(sum)
    })
}

/// The f64 whose shortest decimal text is that of the f32: 0.001 and not 0.0010000000474974513.
fn as_written(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

#[cfg(test)]
mod tests;
