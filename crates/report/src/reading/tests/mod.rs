//! Made-up curves with known properties.

mod flat;
mod made_up;
mod studies;

use std::borrow::Cow;

use fitroom_results::{Choose, EpochRecord, Monitor};

use super::curves::{CurveRun, Curves, best_by_accuracy};
use super::{Observation, Rule, read};
use crate::fixture::noise;

/// Made-up curves: functions of the epoch, with noise for each seed.
struct Made {
    seeds: u64,
    epochs: u32,
    fit: fn(f64) -> f64,
    validation: fn(f64) -> f64,
    loss: fn(f64) -> f64,
    /// Standard deviation of an epoch's validation accuracy. That of its loss is twice as large.
    jitter: f64,
    /// Selects the noise: each key gives different noise.
    key: u64,
}

/// A network without flaws: training accuracy is a little above validation accuracy, and neither
/// rises at the end.
const CLEAN: Made = Made {
    seeds: 3,
    epochs: 20,
    fit: |epoch| 0.9 - 0.2 * (-epoch).exp(),
    validation: |epoch| 0.89 - 0.2 * (-epoch).exp(),
    loss: |epoch| 0.3 + 0.5 * (-epoch).exp(),
    jitter: 0.001,
    key: 0,
};

impl Made {
    fn curves(&self) -> Curves<'static> {
        Curves {
            runs: (1..=self.seeds).map(|seed| self.run(seed, self.epochs)).collect(),
            diverged: Vec::new(),
            begun: self.seeds as usize,
            images: Some(10_000),
            classes: 10,
            loss_floor: 0.0,
            monitor: Monitor::Accuracy,
            choose: Choose::Best,
            handicaps: Vec::new(),
        }
    }

    fn run(&self, seed: u64, epochs: u32) -> CurveRun<'static> {
        let epochs: Vec<EpochRecord> = (1..=epochs).map(|epoch| self.record(seed, epoch)).collect();
        CurveRun {
            seed,
            best: best_by_accuracy(&epochs),
            epochs: Cow::Owned(epochs),
            test_gain: Some(0.0),
        }
    }

    fn record(&self, seed: u64, epoch: u32) -> EpochRecord {
        // `noise` has variance 1/3.
        let jitter = |purpose| {
            self.jitter * 3_f64.sqrt() * noise([self.key, seed, u64::from(epoch), purpose])
        };
        let at = f64::from(epoch);
        EpochRecord {
            epoch,
            train_loss: f64::NAN,
            train_accuracy: (self.fit)(at) + jitter(3) / 2.0,
            fit_loss: 0.0,
            fit_accuracy: (self.fit)(at) + jitter(1) / 2.0,
            val_loss: (self.loss)(at) + 2.0 * jitter(2),
            val_accuracy: (self.validation)(at) + jitter(4),
            learning_rate: 0.001,
            seconds: 1.0,
        }
    }

    fn read(&self) -> Vec<Observation> {
        read(&self.curves(), &[])
    }

    /// The rules that find something, except those that always do.
    fn rules(&self) -> Vec<Rule> {
        rules(&self.read())
    }
}

/// The rules of these observations, except gap and best epoch, which always find something.
fn rules(found: &[Observation]) -> Vec<Rule> {
    found
        .iter()
        .map(Observation::rule)
        .filter(|rule| !matches!(rule, Rule::Gap | Rule::BestEpoch))
        .collect()
}

fn find(found: &[Observation], rule: Rule) -> &Observation {
    found
        .iter()
        .find(|observation| observation.rule() == rule)
        .unwrap_or_else(|| panic!("no {rule:?} in {found:#?}"))
}
