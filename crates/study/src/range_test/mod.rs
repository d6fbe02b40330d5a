//! The learning-rate range test: a short training in which the learning rate grows exponentially with
//! each step. Where the loss falls fast, the learning rate is good; where it rises, it is too high.
//!
//! Smith, Cyclical Learning Rates for Training Neural Networks, 2015 (section 3.3), with the
//! exponential growth, the smoothing and the end that fastai's `lr_find` has.

mod range;
mod suggestion;

pub use range::{RateRange, RateRangeError};
pub use suggestion::SuggestedRates;

use fitroom_data::{Dataset, LabelledImages, epoch_order};

use crate::trainer::{channel_norms, split};
use crate::{NetworkPlan, RunFailure, Study, image_shape};

/// The seed whose images, batches and first weights are used.
const SEED: u64 = 1;

/// The weight of what came before in the smoothed loss, as in fastai.
const SMOOTHING: f64 = 0.98;

/// Training has diverged when the smoothed loss is this many times its lowest value, as in fastai.
const DIVERGED: f64 = 4.0;

/// What a learning-rate range test measured.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeTest {
    /// A point for each step, in order: learning rates ascend.
    pub points: Vec<RatePoint>,
    /// The learning rate at which the loss was no longer finite, or the smoothed one was four times
    /// its lowest value. `None` if all steps were made before.
    pub diverged_at: Option<f32>,
    /// The learning rates that the curve suggests; `None` if it is too short, or never falls.
    pub suggested: Option<SuggestedRates>,
}

/// One step of a range test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatePoint {
    /// The learning rate of the step.
    pub learning_rate: f32,
    /// The batch's loss before the step, as trained: with penalty, smoothed labels and dropout.
    pub loss: f64,
    /// The exponential moving average of the losses so far, without bias to zero.
    pub smoothed: f64,
}

/// Tests a network of a study on the images, batches and first weights of its first seed, on
/// `threads` threads. Nothing is stored. The numbers do not depend on threads.
///
/// # Errors
/// The network does not fit the images, or there is no memory or no thread for it.
/// [`Study::check`] finds other mistakes for all networks before any is tested.
///
/// # Panics
/// If there are no threads, or no images are left to train on.
pub fn range_test(
    study: &Study,
    plan: &NetworkPlan,
    dataset: &Dataset,
    range: RateRange,
    threads: usize,
) -> Result<RangeTest, RunFailure> {
    let architecture = plan.architecture(image_shape(dataset), dataset.classes.len())?;
    let mut network = plan.network(&architecture, SEED)?;
    network.try_set_threads(threads)?;
    let LabelledImages { images, labels } = &dataset.train;
    let split = split(labels, study.held_out(labels.len()), study.train_images, SEED);
    assert!(!split.train.is_empty(), "images are left to train on");
    if let Some(channels) = channel_norms(plan.training.normalise, dataset, &split.train) {
        network.normalise(&channels);
    }
    let mut curve = Curve::default();
    let diverged_at = network.together(|network| {
        for epoch in 1.. {
            let order = epoch_order(&split.train, SEED, epoch);
            for batch in order.chunks(plan.training.batch_size) {
                let step = curve.points.len() as u32;
                if step == range.steps() {
                    return None;
                }
                let learning_rate = range.at(step);
                let score = network.train_batch(images, labels, batch, learning_rate);
                if !curve.add(learning_rate, score.loss()) {
                    return Some(learning_rate);
                }
            }
        }
        None
    });
    let suggested = SuggestedRates::of(&curve.points, range.steps());
    Ok(RangeTest { points: curve.points, diverged_at, suggested })
}

/// The points so far.
#[derive(Default)]
struct Curve {
    points: Vec<RatePoint>,
    /// The moving average, which began with zero.
    average: f64,
    /// The lowest smoothed loss; `None` before the first point.
    lowest: Option<f64>,
}

impl Curve {
    /// Adds a step. Returns whether training goes on: a loss that is not finite ends it, and is no
    /// point of the curve.
    fn add(&mut self, learning_rate: f32, loss: f64) -> bool {
        if !loss.is_finite() {
            return false;
        }
        self.average = SMOOTHING * self.average + (1.0 - SMOOTHING) * loss;
        let steps = self.points.len() as i32 + 1;
        let smoothed = self.average / (1.0 - SMOOTHING.powi(steps));
        self.points.push(RatePoint { learning_rate, loss, smoothed });
        let lowest = self.lowest.map_or(smoothed, |lowest| lowest.min(smoothed));
        self.lowest = Some(lowest);
        smoothed <= DIVERGED * lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::{dataset, study};

    fn tested(text: &str, range: RateRange, threads: usize) -> RangeTest {
        let study = study(text);
        let data = dataset(240, 6);
        study.check(&data).unwrap();
        range_test(&study, &study.networks[0], &data, range, threads).unwrap()
    }

    fn network(optimizer: &str) -> String {
        format!(
            "[training]\nvalidation = 48\nbatch_size = 16\noptimizer = {optimizer}\n\
             [[network]]\nname = \"a\"\nlayers = \"dense 32, batchnorm, relu, dropout 0.1\"\n"
        )
    }

    /// With PyTorch: `a = 0.98 * a + 0.02 * loss; a / (1 - 0.98 ** n)`.
    #[test]
    fn losses_are_smoothed_without_bias_and_end_when_they_explode() {
        let mut curve = Curve::default();
        assert!(curve.add(0.1, 2.0) && curve.add(0.2, 1.0));
        assert!((curve.points[0].smoothed - 2.0).abs() < 1e-12);
        assert!((curve.points[1].smoothed - (0.98 * 0.04 + 0.02) / (1.0 - 0.9604)).abs() < 1e-12);
        assert!(curve.add(0.3, 5.0), "a single high loss is smoothed away");
        assert!(!curve.add(0.4, 1e3), "the smoothed loss is four times the lowest");
        assert_eq!(curve.points.len(), 4);
        assert!(!curve.add(0.5, f64::NAN) && !curve.add(0.5, f64::INFINITY));
        assert_eq!(curve.points.len(), 4);
    }

    #[test]
    fn every_optimizer_is_tested_and_threads_change_no_bit() {
        let range = RateRange::default();
        for name in fitroom_nn::Optimizer::NAMES {
            let text = network(&format!("\"{name}\""));
            let found = tested(&text, range, 1);
            assert!(found.points.len() > 50, "{name}: {}", found.points.len());
            assert_eq!(found.points[0].learning_rate, 1e-7);
            assert!(found.points.iter().all(|point| point.smoothed.is_finite()), "{name}");
            assert!(found.suggested.is_some(), "{name}");
            assert_eq!(tested(&text, range, 2), found, "{name}");
        }
    }

    #[test]
    fn the_first_steps_are_those_of_the_study_s_first_seed() {
        let text = network("\"sgd\"");
        let (study, data) = (study(&text), dataset(240, 6));
        let plan = &study.networks[0];
        let architecture = plan.architecture(image_shape(&data), 3).unwrap();
        let mut by_hand = plan.network(&architecture, 1).unwrap();
        let split = split(&data.train.labels, study.held_out(240), None, 1);
        let order = epoch_order(&split.train, 1, 1);
        let range = RateRange::new(1e-3, 1.0, 20).unwrap();
        let found = range_test(&study, plan, &data, range, 1).unwrap();
        for (step, batch) in order.chunks(16).enumerate() {
            let LabelledImages { images, labels } = &data.train;
            let score = by_hand.train_batch(images, labels, batch, range.at(step as u32));
            assert_eq!(score.loss(), found.points[step].loss, "step {step}");
        }
        // 12 batches an epoch: the last eight steps are of the second one.
        assert_eq!((found.points.len(), found.diverged_at), (20, None));
    }

    #[test]
    fn a_rate_that_breaks_the_network_ends_the_test() {
        let text = "[training]\nvalidation = 48\nbatch_size = 16\noptimizer = \"sgd\"\n\
                    [[network]]\nname = \"a\"\nlayers = \"dense 32, relu, dense 32, relu\"\n";
        let found = tested(text, RateRange::new(1e-4, 1e6, 100).unwrap(), 1);
        let at = found.diverged_at.unwrap();
        assert!(at > 0.1 && at < 1e5 && found.points.len() < 90, "{at}");
        let suggested = found.suggested.unwrap();
        assert!(suggested.valley < at && suggested.steepest < at);
        let at_once = tested(text, RateRange::new(1e20, 1e30, 20).unwrap(), 1);
        assert!(at_once.suggested.is_none() && at_once.diverged_at.is_some());
    }
}
