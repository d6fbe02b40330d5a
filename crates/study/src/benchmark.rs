//! Measures how fast a network trains and scores on this machine: whole training steps as in a
//! study, on one thread or several.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fitroom_data::{Dataset, LabelledImages, epoch_order};
use fitroom_nn::{Architecture, Network};

use crate::predictions::SCORED_AT_ONCE;
use crate::trainer::{channel_norms, split};
use crate::{NetworkPlan, Study, StudyError, image_shape};

/// How long a network is measured, and on how many threads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchmarkOptions {
    /// Threads. Each trains a network of its own at the same time, as in a study.
    pub threads: usize,
    /// Seconds of training steps. Scoring takes a quarter of that in addition. A network that is
    /// too slow for this time takes a few steps all the same.
    pub seconds: f64,
}

/// The measured speed of a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measurement {
    /// Images per step.
    pub batch_size: usize,
    /// Networks that were trained at the same time, one per thread.
    pub threads: usize,
    /// Seconds of a whole training step of one network: gather from u8, forward, backward, penalty,
    /// optimizer.
    pub step_seconds: Quartiles,
    /// Images per second that all networks together train on.
    pub images_per_second: f64,
    /// Useful floating-point operations per second of all networks together.
    ///
    /// A training step needs 2 · batch · (3 · m − m₁) by its formulas. Here m are the multiply-adds
    /// of one image's forward pass, and m₁ those of the first layer that has any. The gradients of
    /// weights and inputs take as many as the forward pass, but the gradient of the images is not
    /// needed. A kernel may need fewer, as Winograd's does or one that skips zeros, and so seem
    /// faster than the machine's peak.
    pub flops: f64,
    /// Median seconds that one network takes to score one image in inference mode.
    pub scoring_seconds: f64,
}

/// Quartiles of several rounds' values: half of the values lie between `low` and `high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles {
    /// A quarter of the values lies below.
    pub low: f64,
    /// Half of the values lie below.
    pub median: f64,
    /// A quarter of the values lies above.
    pub high: f64,
}

/// Rounds into which the time is divided; a round's value is its mean step. A round takes only a
/// few milliseconds, so that other programs on the machine disturb some rounds and not all.
const ROUNDS: u32 = 200;

/// Rounds at least, also for a network that is too slow for the given time.
const LEAST_ROUNDS: usize = 5;

/// Steps before the first round, so that memory is mapped, and caches and branch predictors are
/// warm. The time of the last one tells how many steps fill a round.
const WARM_UP: usize = 3;

/// Measures a network of a study on the study's training images, in batches of a random order.
///
/// Each thread trains a network of its own with a seed of its own. Weights change as in a study,
/// because the time of a step may depend on them: on how many outputs of a ReLU are zero.
///
/// # Errors
/// The network does not fit the data set's images. [`Study::check`] finds this and other mistakes
/// for all networks before any is measured.
///
/// # Panics
/// If there are no threads, or fewer images than a batch.
pub fn measure(
    study: &Study,
    plan: &NetworkPlan,
    dataset: &Dataset,
    options: &BenchmarkOptions,
) -> Result<Measurement, StudyError> {
    let architecture = plan.architecture(image_shape(dataset), dataset.classes.len())?;
    let time = Duration::from_secs_f64(options.seconds);
    let barrier = Barrier::new(options.threads);
    let measure = |seed| {
        let mut subject = Subject::new(study, plan, &architecture, dataset, seed);
        let takes = (0..WARM_UP).map(|_| seconds(|| subject.step())).last().expect("some");
        let steps = ((time / ROUNDS).as_secs_f64() / takes).max(1.0) as u32;
        barrier.wait();
        let training = rounds(time, || {
            seconds(|| {
                for _ in 0..steps {
                    subject.step();
                }
            }) / f64::from(steps)
        });
        subject.score();
        barrier.wait();
        let scoring = rounds(time / 4, || {
            let mut images = 0;
            seconds(|| images = subject.score()) / images as f64
        });
        (training, scoring)
    };
    let measured: Vec<(Vec<f64>, Vec<f64>)> = std::thread::scope(|scope| {
        let measure = &measure;
        let threads: Vec<_> =
            (1..=options.threads as u64).map(|seed| scope.spawn(move || measure(seed))).collect();
        threads.into_iter().map(|thread| thread.join().expect("a step does not panic")).collect()
    });
    let trained_on = study.trained_on(dataset.train.len());
    let batch_size = plan.training.batch_size.min(trained_on);
    let frozen = architecture.leading(plan.training.frozen_layers());
    let steps_per_second: f64 =
        measured.iter().map(|(training, _)| 1.0 / Quartiles::of(training).median).sum();
    let (training, scoring): (Vec<_>, Vec<_>) = measured.into_iter().unzip();
    Ok(Measurement {
        batch_size,
        threads: options.threads,
        step_seconds: Quartiles::of(&training.concat()),
        images_per_second: steps_per_second * batch_size as f64,
        flops: steps_per_second * step_operations(&architecture, frozen, batch_size) as f64,
        scoring_seconds: Quartiles::of(&scoring.concat()).median,
    })
}

/// Seconds of a training step of a network on one thread: the best of several short rounds, since
/// whatever else the machine does can only make a round slower. `None` if `stop` was set.
///
/// # Errors
/// The network does not fit the data set's images.
pub(crate) fn step_seconds(
    study: &Study,
    plan: &NetworkPlan,
    dataset: &Dataset,
    stop: &AtomicBool,
) -> Result<Option<f64>, StudyError> {
    const TIME: Duration = Duration::from_millis(1500);
    const ROUNDS: u32 = 30;
    let architecture = plan.architecture(image_shape(dataset), dataset.classes.len())?;
    let mut subject = Subject::new(study, plan, &architecture, dataset, 1);
    let takes = (0..WARM_UP).map(|_| seconds(|| subject.step())).last().expect("some");
    let steps = ((TIME / ROUNDS).as_secs_f64() / takes).max(1.0) as u32;
    let (start, mut best) = (Instant::now(), f64::INFINITY);
    for round in 0.. {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        if round >= LEAST_ROUNDS && start.elapsed() >= TIME {
            break;
        }
        let takes = seconds(|| (0..steps).for_each(|_| subject.step()));
        best = best.min(takes / f64::from(steps));
    }
    Ok(Some(best))
}

/// Floating-point operations of a training step, as [`Measurement::flops`] counts them.
/// The first `frozen` layers have a forward pass only.
fn step_operations(architecture: &Architecture, frozen: usize, batch_size: usize) -> u64 {
    let (all, (_, trained)) = (architecture.multiply_adds(), architecture.cost_from(frozen));
    let first = architecture
        .summary()
        .iter()
        .skip(frozen)
        .map(|layer| layer.multiply_adds)
        .find(|&n| n > 0)
        .unwrap_or(0);
    2 * batch_size as u64 * (all + 2 * trained - first)
}

impl Quartiles {
    /// The quartiles of values in any order, interpolated linearly between two neighbours.
    ///
    /// # Panics
    /// If there are no values.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let position = share * (sorted.len() - 1) as f64;
            let (below, above) =
                (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
            below + (above - below) * position.fract()
        };
        Quartiles { low: at(0.25), median: at(0.5), high: at(0.75) }
    }
}

/// A network with the images that it is measured on.
struct Subject<'a> {
    network: Network,
    dataset: &'a Dataset,
    learning_rate: f32,
    batch_size: usize,
    /// The training images in the order of the first epoch.
    order: Vec<u32>,
    /// Where the next batch begins in `order`.
    next: usize,
    /// The test images that one call scores: as many as a run scores at once.
    scored: Vec<u32>,
}

impl<'a> Subject<'a> {
    fn new(
        study: &Study,
        plan: &NetworkPlan,
        architecture: &Architecture,
        dataset: &'a Dataset,
        seed: u64,
    ) -> Subject<'a> {
        let training = plan.training;
        let recipe = training.recipe();
        let held_out = study.held_out(dataset.train.len());
        let split = split(&dataset.train.labels, held_out, study.train_images, seed);
        let test: Vec<u32> = (0..dataset.test.len() as u32).collect();
        let mut scored = epoch_order(&test, seed, 1);
        scored.truncate(SCORED_AT_ONCE);
        let mut network = Network::new(architecture, &recipe, training.batch_size, seed);
        if let Some(channels) = channel_norms(training.normalise, dataset, &split.train) {
            network.normalise(&channels);
        }
        Subject {
            network,
            dataset,
            learning_rate: training.optimizer.learning_rate(),
            batch_size: training.batch_size.min(split.train.len()),
            order: epoch_order(&split.train, seed, 1),
            next: 0,
            scored,
        }
    }

    /// Trains on the next whole batch. After the last one comes the first again.
    fn step(&mut self) {
        if self.next + self.batch_size > self.order.len() {
            self.next = 0;
        }
        let batch = &self.order[self.next..][..self.batch_size];
        self.next += self.batch_size;
        let LabelledImages { images, labels } = &self.dataset.train;
        self.network.train_batch(images, labels, batch, self.learning_rate);
    }

    /// Scores the test images in `scored`, and returns how many they are.
    fn score(&mut self) -> usize {
        let LabelledImages { images, labels } = &self.dataset.test;
        self.network.score(images, labels, &self.scored).images as usize
    }
}

/// Calls `round` until `time` is over, at least [`LEAST_ROUNDS`] times, and returns its values.
fn rounds(time: Duration, mut round: impl FnMut() -> f64) -> Vec<f64> {
    let start = Instant::now();
    let mut values = Vec::new();
    while values.len() < LEAST_ROUNDS || start.elapsed() < time {
        values.push(round());
    }
    values
}

fn seconds(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use fitroom_data::Split;

    use super::*;
    use crate::test_data::{dataset, study};

    #[test]
    fn quartiles_lie_between_their_neighbours() {
        let quartiles = |low, median, high| Quartiles { low, median, high };
        assert_eq!(Quartiles::of(&[5.0, 1.0, 3.0, 2.0, 4.0]), quartiles(2.0, 3.0, 4.0));
        assert_eq!(Quartiles::of(&[1.0, 2.0]), quartiles(1.25, 1.5, 1.75));
        assert_eq!(Quartiles::of(&[7.0]), quartiles(7.0, 7.0, 7.0));
    }

    #[test]
    fn operations_are_counted_by_hand() {
        let study = study(
            "[training]\nvalidation = 8\n[[network]]\nname = \"a\"\nlayers = \"dense 4, relu\"\n",
        );
        let data = dataset(24, 3);
        let architecture = study.networks[0].architecture(image_shape(&data), 3).unwrap();
        // Forward pass and weight gradient of both layers, and the second layer's input gradient.
        assert_eq!(step_operations(&architecture, 0, 16), 2 * 16 * (2 * 36 * 4 + 3 * 4 * 3));
        // With the first layer frozen, the second one's input gradient is left out too.
        assert_eq!(step_operations(&architecture, 1, 16), 2 * 16 * (36 * 4 + 2 * 4 * 3));
    }

    #[test]
    fn every_thread_trains_and_scores() {
        let study = study(
            "[training]\nvalidation = 8\nbatch_size = 7\n[[network]]\nname = \"a\"\nlayers = \"conv 2 3x3, batchnorm, relu, flatten\"\n",
        );
        let data = dataset(48, 12);
        for threads in [1, 3] {
            let options = BenchmarkOptions { threads, seconds: 0.001 };
            let measured = measure(&study, &study.networks[0], &data, &options).unwrap();
            assert_eq!((measured.batch_size, measured.threads), (7, threads));
            let Quartiles { low, median, high } = measured.step_seconds;
            assert!(0.0 < low && low <= median && median <= high, "{measured:?}");
            assert!(measured.scoring_seconds > 0.0);
            let architecture = study.networks[0].architecture(image_shape(&data), 3).unwrap();
            let operations = step_operations(&architecture, 0, 7) as f64;
            let steps = measured.images_per_second / 7.0;
            assert!((measured.flops / (steps * operations) - 1.0).abs() < 1e-9, "{measured:?}");
        }
    }

    #[test]
    fn batches_are_whole_and_begin_again() {
        let study = study(
            "[training]\nvalidation = 8\nbatch_size = 6\n[[network]]\nname = \"a\"\nlayers = \"dense 4\"\n",
        );
        let data = dataset(24, 12);
        let architecture = study.networks[0].architecture(image_shape(&data), 3).unwrap();
        let mut subject = Subject::new(&study, &study.networks[0], &architecture, &data, 1);
        assert_eq!(subject.order, epoch_order(&Split::new(24, 8, 1).train, 1, 1));
        let mut ends = || {
            subject.step();
            subject.next
        };
        assert_eq!([ends(), ends(), ends()], [6, 12, 6]);
        assert_eq!(subject.score(), 12);
    }

    #[test]
    fn a_network_that_does_not_fit_is_an_error() {
        let study = study(
            "[training]\nvalidation = 8\n[[network]]\nname = \"a\"\nlayers = \"conv 2 9x9, flatten\"\n",
        );
        let options = BenchmarkOptions { threads: 1, seconds: 0.001 };
        let error = measure(&study, &study.networks[0], &dataset(24, 3), &options).unwrap_err();
        assert!(matches!(error, StudyError::DoesNotFit { .. }), "{error}");
    }
}
