//! The training of one run, from where it stands to its end.

use std::slice::Chunks;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fitroom_data::{Dataset, LabelledImages, Split, epoch_order};
use fitroom_nn::{Architecture, Network, Score};

use crate::pace::Pace;
use crate::predictions::predict;
use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::weights::Part;
use crate::{EpochRecord, Outcome, Prediction, RunFailure, RunStatus, Scores, ScoresAt, StoreError, Training, memory};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ended {
    Finished(Outcome),
    Diverged,
    /// It was told to; it goes on from there another time.
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

/// What a run is told from outside.
#[derive(Clone, Copy)]
pub(crate) struct Control<'a> {
    /// To end after the step that it is at.
    pub stop: &'a AtomicBool,
    /// Threads that it may use: at least one. Others change it at any time.
    pub threads: &'a AtomicUsize,
    /// At most this long after a checkpoint comes the next, also within an epoch.
    pub checkpoint_every: Duration,
}

/// One run.
pub(crate) struct Trainer<'a> {
    dataset: &'a Dataset,
    facts: &'a RunFacts,
    training: Training,
    split: Split,
    /// Those of the images that are trained on that are scored after each epoch.
    fit: Vec<u32>,
    network: Network,
    directory: RunDirectory,
    /// Of the epochs that are done.
    records: Vec<EpochRecord>,
    /// What is done of the next one.
    part: Part,
    /// When the last checkpoint was written or read.
    saved: Instant,
    control: Control<'a>,
    pace: Pace,
    /// When a step was last told.
    told: Option<Instant>,
}

/// Images that are scored between two looks at the stop flag.
pub(crate) const SCORED_AT_ONCE: usize = 1000;
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

/// At most `most` of `images`, evenly spread over them.
fn spread(images: &[u32], most: Option<u32>) -> Vec<u32> {
    let count = most.map_or(images.len(), |most| images.len().min(most as usize));
    (0..count).map(|place| images[place * images.len() / count]).collect()
}

impl<'a> Trainer<'a> {
    /// Begins the run that `facts` describe, on data that it was checked against, or goes on with it from its last
    /// checkpoint. `name` is the network's, for people.
    pub fn begin(
        dataset: &'a Dataset,
        facts: &'a RunFacts,
        name: &str,
        architecture: &Architecture,
        directory: RunDirectory,
        control: Control<'a>,
    ) -> Result<Self, RunFailure> {
        let training = facts.training;
        memory::require(Network::least_bytes(architecture, &training.optimizer, training.batch_size))?;
        let mut network = Network::new(architecture, &training.recipe(), training.batch_size, facts.seed);
        let (records, part) = directory.begin(name, facts, &mut network)?;
        let split = split(dataset.train.len(), facts.validation, facts.train_images, facts.seed);
        Ok(Trainer {
            dataset,
            facts,
            training,
            fit: spread(&split.train, training.fit_images),
            split,
            network,
            directory,
            records,
            part: part.unwrap_or_default(),
            saved: Instant::now(),
            control,
            pace: Pace::new(),
            told: None,
        })
    }

    pub fn done_epochs(&self) -> u32 {
        self.records.len() as u32
    }

    pub fn images_per_epoch(&self) -> usize {
        self.split.train.len()
    }

    /// Trains to the end, or until told to stop.
    pub fn run(mut self, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<Ended, StoreError> {
        while !self.training.is_over(&self.records) {
            let epoch = self.done_epochs() + 1;
            let record = match self.epoch(epoch, tell) {
                Ok(record) => record,
                Err(Interruption::Stopped) => {
                    self.save_part()?;
                    return Ok(Ended::Stopped);
                }
                Err(Interruption::Diverged) => {
                    self.directory.diverge(epoch)?;
                    return Ok(Ended::Diverged);
                }
                Err(Interruption::NotStored(error)) => return Err(error),
            };
            self.records.push(record);
            self.part = Part::default();
            self.directory.save_epoch(&self.records, &self.network)?;
            self.saved = Instant::now();
            tell(Progress::Epoch(record));
        }
        let Some((outcome, predictions)) = self.score_test()? else { return Ok(Ended::Stopped) };
        self.directory.save_predictions(&predictions)?;
        self.directory.finish(&outcome)?;
        Ok(Ended::Finished(outcome))
    }

    /// Keeps what is done of an epoch.
    fn save_part(&mut self) -> Result<(), StoreError> {
        if self.part.images > 0 {
            self.directory.save_part(&self.network, self.done_epochs(), self.part)?;
        }
        self.saved = Instant::now();
        Ok(())
    }

    fn epoch(&mut self, epoch: u32, tell: &mut (dyn FnMut(Progress) + Send)) -> Result<EpochRecord, Interruption> {
        let (start, before) = (Instant::now(), self.part.seconds);
        let order = epoch_order(&self.split.train, self.facts.seed, epoch);
        let mut batches = order[(self.part.images as usize).min(order.len())..].chunks(self.training.batch_size);
        while batches.len() > 0 {
            let steps = self.steps(epoch, &mut batches, tell);
            self.part.seconds = before + start.elapsed().as_secs_f64();
            steps?;
            if self.saved.elapsed() >= self.control.checkpoint_every && batches.len() > 0 {
                self.save_part().map_err(Interruption::NotStored)?;
            }
        }
        self.network.set_threads(self.control.threads.load(Ordering::Relaxed));
        let fit = score(&mut self.network, &self.dataset.train, &self.fit, self.control.stop)?;
        let val = score(&mut self.network, &self.dataset.train, &self.split.validation, self.control.stop)?;
        // The last step may have broken what no step after it meets.
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

    /// Trains on the first of `batches`, which are those left of the epoch, as long as they are to be done on the same
    /// number of threads and no checkpoint is due.
    fn steps(
        &mut self,
        epoch: u32,
        batches: &mut Chunks<u32>,
        tell: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), Interruption> {
        let LabelledImages { images, labels } = &self.dataset.train;
        let steps = self.split.train.len().div_ceil(self.training.batch_size) as u64;
        let base = self.training.optimizer.learning_rate();
        let most = self.control.threads.load(Ordering::Relaxed);
        let (threads, time) = self.pace.next(most);
        self.network.set_threads(threads);
        let (start, left) = (Instant::now(), batches.len());
        self.network.together(|network| {
            for batch in &mut *batches {
                if self.control.stop.load(Ordering::Relaxed) {
                    return Err(Interruption::Stopped);
                }
                let learning_rate =
                    self.training.schedule.learning_rate(base, network.steps(), steps, self.training.epochs);
                let score = network.train_batch(images, labels, batch, learning_rate);
                if !score.loss_sum.is_finite() {
                    return Err(Interruption::Diverged);
                }
                self.part.add(score, learning_rate);
                if self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                    self.told = Some(Instant::now());
                    let images_done = self.part.images as usize;
                    tell(Progress::Step { epoch, images_done, loss: self.part.score().loss() });
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
        self.pace.watch(left - batches.len(), start.elapsed());
        Ok(())
    }

    /// Scores the test images with the last weights and with the best, and classifies them with these; `None` where it was
    /// told to stop.
    fn score_test(&mut self) -> Result<Option<(Outcome, Vec<Prediction>)>, StoreError> {
        let start = Instant::now();
        let records = &self.records;
        let (Some(last), Some(best)) = (records.last(), self.training.best(records)) else { return Ok(None) };
        let (network, test, stop) = (&mut self.network, &self.dataset.test, self.control.stop);
        self.directory.save_last(network, last.epoch)?;
        network.set_threads(self.control.threads.load(Ordering::Relaxed));
        let all: Vec<u32> = (0..test.len() as u32).collect();
        let mut score_last = None;
        if best.epoch != last.epoch {
            let Ok(score) = score(network, test, &all, stop) else { return Ok(None) };
            score_last = Some(score);
            self.directory.load_best(network, best.epoch)?;
        }
        let Some((score_best, predictions)) = predict(network, test, stop) else { return Ok(None) };
        let at = |record: &EpochRecord, test: Scores| ScoresAt {
            epoch: record.epoch,
            fit: record.fit(),
            val: record.val(),
            test,
        };
        let trained: f64 = records.iter().map(|record| record.seconds).sum();
        let outcome = Outcome {
            best: at(best, score_best.into()),
            last: at(last, score_last.unwrap_or(score_best).into()),
            seconds: trained + start.elapsed().as_secs_f64(),
        };
        Ok(Some((outcome, predictions)))
    }
}

/// Why an epoch was not done.
enum Interruption {
    Stopped,
    Diverged,
    NotStored(StoreError),
}

impl Part {
    fn add(&mut self, step: Score, learning_rate: f32) {
        let mut sum = self.score();
        sum += step;
        let Score { loss_sum, correct, images } = sum;
        *self = Part { images, loss_sum, correct, learning_rate, ..*self };
    }

    fn score(&self) -> Score {
        Score { loss_sum: self.loss_sum, correct: self.correct, images: self.images }
    }
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

/// 0.001 and not 0.0010000000474974513.
fn as_written(number: f32) -> f64 {
    number.to_string().parse().unwrap_or(f64::from(number))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fitroom_nn::Recipe;

    use super::*;
    use crate::image_shape;
    use crate::test_data::{dataset, study};
    use crate::weights;

    const TEXT: &str = "[training]\nvalidation = 30\nbatch_size = 16\nepochs = 6\noptimizer = { name = \"adam\", learning_rate = 0.01 }\n\
                        [[network]]\nname = \"a\"\nlayers = \"dense 16, batchnorm, relu, dropout 0.2\"\n";

    /// The first network of the study, before its first epoch, kept in `dir`; and what it is trained on.
    fn with_trainer<T>(
        dir: &Path,
        text: &str,
        data: &Dataset,
        stop: &AtomicBool,
        body: impl FnOnce(Trainer) -> T,
    ) -> T {
        let study = study(text);
        study.check(data).unwrap();
        let plan = &study.networks[0];
        let facts = RunFacts::new(&study, plan, 1, &data.fingerprint);
        let architecture = plan.architecture(image_shape(data), data.classes.len()).unwrap();
        let directory = RunDirectory::new(dir.to_owned(), plan.training);
        let threads = AtomicUsize::new(1);
        let control = Control { stop, threads: &threads, checkpoint_every: Duration::from_secs(60) };
        body(Trainer::begin(data, &facts, "a", &architecture, directory, control).unwrap())
    }

    fn train(dir: &Path, text: &str, data: &Dataset) -> (Ended, Vec<EpochRecord>) {
        let mut records = Vec::new();
        let mut tell = |progress| {
            if let Progress::Epoch(record) = progress {
                records.push(record);
            }
        };
        let ended = with_trainer(dir, text, data, &AtomicBool::new(false), |trainer| trainer.run(&mut tell));
        (ended.unwrap(), records)
    }

    #[test]
    fn an_epoch_is_what_one_would_write_by_hand() {
        let dir = tempfile::tempdir().unwrap();
        let data = dataset(150, 40);
        let (_, records) = train(dir.path(), TEXT, &data);
        let plan = &study(TEXT).networks[0];
        let architecture = plan.architecture(image_shape(&data), 3).unwrap();
        let recipe = Recipe { optimizer: plan.training.optimizer, ..Recipe::default() };
        let mut network = Network::new(&architecture, &recipe, 16, 1);
        let train = Split::new(150, 30, 1).train;
        for (epoch, record) in (1..).zip(&records) {
            let (mut loss, mut correct) = (0.0, 0);
            for batch in epoch_order(&train, 1, epoch).chunks(16) {
                let score = network.train_batch(&data.train.images, &data.train.labels, batch, 0.01);
                loss += score.loss_sum;
                correct += score.correct;
            }
            assert_eq!((record.train_loss, record.train_accuracy), (loss / 120.0, correct as f64 / 120.0));
        }
    }

    #[test]
    fn a_run_is_left_at_the_step_that_stops_it() {
        let data = dataset(150, 40);
        let steps = |text: &str, stop: bool| {
            let dir = tempfile::tempdir().unwrap();
            with_trainer(dir.path(), text, &data, &AtomicBool::new(stop), |mut trainer| {
                assert!(trainer.epoch(1, &mut |_| {}).is_err());
                trainer.network.steps()
            })
        };
        assert_eq!(steps(TEXT, true), 0);
        let diverging = TEXT.replace("\"adam\", learning_rate = 0.01", "\"sgd\", learning_rate = 1e30");
        assert!(steps(&diverging.replace("batchnorm", "dense 8"), false) < 8);
    }

    #[test]
    fn records_are_what_the_stored_weights_score() {
        let dir = tempfile::tempdir().unwrap();
        let data = dataset(150, 40);
        // In the sixth epoch, a learning rate of 10 wrecks what was learnt: the best weights are others than the last.
        let schedule = "epochs = 6\nschedule = { name = \"step\", every_epochs = 5, factor = 1000.0 }";
        let (ended, records) = train(dir.path(), &TEXT.replace("epochs = 6", schedule), &data);
        let Ended::Finished(outcome) = ended else { panic!("{ended:?}") };
        assert_eq!(records.len(), 6);
        assert!(records[4].fit_accuracy > 0.8 && records[4].train_loss < records[0].train_loss, "{records:?}");
        assert_eq!(study(TEXT).networks[0].training.best(&records).map(|best| best.epoch), Some(outcome.best.epoch));
        assert_eq!(outcome.last.epoch, 6);
        assert_ne!(outcome.best.epoch, 6);

        let plan = &study(TEXT).networks[0];
        let architecture = plan.architecture(image_shape(&data), 3).unwrap();
        let split = split(150, 30, None, 1);
        let all: Vec<u32> = (0..40).collect();
        for (file, at) in [("best", outcome.best), ("last", outcome.last)] {
            let mut network = Network::new(&architecture, &Recipe::default(), 16, 9);
            let (tensors, moment) = weights::load(&dir.path().join(format!("{file}.safetensors"))).unwrap().unwrap();
            // 120 images in batches of 16: the last batch of each epoch has 8.
            assert_eq!((moment.epoch, moment.steps), (at.epoch, u64::from(at.epoch) * 8));
            network.load_tensors(&tensors).unwrap();
            let mut scores = |images: &LabelledImages, indices: &[u32]| -> Scores {
                network.score(&images.images, &images.labels, indices).into()
            };
            assert_eq!(scores(&data.train, &split.train), at.fit, "{file}");
            assert_eq!(scores(&data.train, &split.validation), at.val, "{file}");
            assert_eq!(scores(&data.test, &all), at.test, "{file}");
            let record = records[at.epoch as usize - 1];
            assert_eq!((record.fit(), record.val()), (at.fit, at.val));
        }
    }

    #[test]
    fn a_part_of_the_training_images_is_scored_where_that_is_asked_for() {
        let images: Vec<u32> = (0..10).map(|index| 3 * index).collect();
        assert_eq!(spread(&images, Some(4)), [0, 6, 15, 21]);
        assert_eq!(spread(&images, Some(10)), images);
        assert_eq!(spread(&images, Some(99)), images);
        assert_eq!(spread(&images, None), images);
        let data = dataset(150, 40);
        let records = |text: &str| train(tempfile::tempdir().unwrap().path(), text, &data).1;
        let (all, some) = (records(TEXT), records(&TEXT.replace("batch_size", "fit_images = 7\nbatch_size")));
        for (all, some) in all.iter().zip(&some) {
            assert_eq!((all.train_loss, all.val_loss), (some.train_loss, some.val_loss));
            assert_ne!(all.fit_loss, some.fit_loss);
            assert_eq!((some.fit_accuracy * 7.0).fract(), 0.0);
        }
    }

    #[test]
    fn training_without_validation_has_its_best_epoch_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let (ended, records) = train(dir.path(), &TEXT.replace("validation = 30", "validation = 0"), &dataset(60, 9));
        let Ended::Finished(outcome) = ended else { panic!("{ended:?}") };
        assert!(records.iter().all(|record| record.val_loss.is_nan() && record.fit_loss.is_finite()));
        assert_eq!(outcome.best.epoch, 6);
        assert_eq!(outcome.best.test, outcome.last.test);
    }

    #[test]
    fn patience_ends_a_run_and_going_on_leaves_it_at_that() {
        let dir = tempfile::tempdir().unwrap();
        let data = dataset(150, 40);
        // From the third epoch on, a learning rate of 10 makes everything worse.
        let schedule = "epochs = 9\npatience = 2\nmonitor = \"loss\"\nschedule = { name = \"step\", every_epochs = 2, factor = 1000.0 }";
        let text = TEXT.replace("epochs = 6", schedule);
        let (ended, records) = train(dir.path(), &text, &data);
        let Ended::Finished(outcome) = ended else { panic!("{ended:?}") };
        assert_eq!((outcome.best.epoch, outcome.last.epoch, records.len()), (2, 4, 4));
        assert!(records[1].val_loss < records[2].val_loss && records[1].val_loss < records[3].val_loss);
        let run = RunDirectory::new(dir.path().to_owned(), study(&text).networks[0].training);
        assert_eq!(run.progress().unwrap(), (RunStatus::Finished, records.clone(), Some(outcome)));
        // A kill before the outcome was written: nothing is trained again.
        std::fs::remove_file(dir.path().join("outcome.json")).unwrap();
        let (again, more) = train(dir.path(), &text, &data);
        let Ended::Finished(again) = again else { panic!("{again:?}") };
        assert_eq!((again.best, again.last, more.len()), (outcome.best, outcome.last, 0));
    }

    #[test]
    fn the_schedule_sets_the_learning_rate_of_each_step() {
        let text =
            TEXT.replace("epochs = 6", "epochs = 2\nschedule = { name = \"step\", every_epochs = 1, factor = 0.5 }");
        let dir = tempfile::tempdir().unwrap();
        let (_, records) = train(dir.path(), &text, &dataset(60, 9));
        assert_eq!(records.iter().map(|record| record.learning_rate).collect::<Vec<_>>(), [0.01, 0.005]);
    }

    #[test]
    fn a_loss_that_is_no_number_ends_the_run() {
        let text = TEXT.replace("\"adam\", learning_rate = 0.01", "\"sgd\", learning_rate = 1e30");
        for text in [text.replace("batchnorm", "dense 8"), text.replace("batch_size = 16", "batch_size = 30")] {
            let dir = tempfile::tempdir().unwrap();
            let (ended, records) = train(dir.path(), &text.replace("batchnorm, ", ""), &dataset(60, 9));
            assert_eq!(ended, Ended::Diverged);
            assert!(records.len() < 6 && records.iter().all(|record| record.fit_loss.is_finite()));
            let (status, stored, outcome) =
                RunDirectory::new(dir.path().to_owned(), study(&text).networks[0].training).progress().unwrap();
            assert_eq!((status, stored, outcome), (RunStatus::Diverged, records, None));
        }
    }

    #[test]
    fn a_part_of_the_images_is_drawn_from_those_not_held_out() {
        let whole = split(100, 20, None, 3);
        let part = split(100, 20, Some(10), 3);
        assert_eq!(part.validation, whole.validation);
        assert_eq!(part.train.len(), 10);
        assert!(part.train.is_sorted() && part.train.iter().all(|index| whole.train.contains(index)));
        assert_ne!(part.train, whole.train[..10]);
        assert_ne!(part.train, split(100, 20, Some(10), 4).train);
        assert_eq!(split(100, 20, Some(90), 3), whole);
    }
}
