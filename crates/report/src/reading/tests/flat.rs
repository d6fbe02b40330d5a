//! Simulated curves on which nothing happens: how often each rule finds something all the same.
//!
//! `cargo test -p fitroom-report flat -- --nocapture` prints the tables of
//! `docs/reading-curves.md`.

use std::borrow::Cow;

use fitroom_results::{Choose, EpochRecord, Monitor};

use crate::fixture::noise;
use crate::reading::curves::{CurveRun, Curves, best_by_accuracy};
use crate::reading::gap::Yardstick;
use crate::reading::{Observation, Rule, Trend, read};

/// Simulated studies per row of the table.
const STUDIES: u64 = 500;

/// The largest share of studies in which a rule may find what is not there.
const MOST_FALSE: f64 = 0.05;

/// How much validation accuracy and loss differ at an epoch from what they would otherwise be.
type Change = fn(f64) -> (f64, f64);

/// One network whose curves do not change: 89% on validation images, whatever the epoch.
#[derive(Clone, Copy)]
struct Flat {
    seeds: u64,
    epochs: u32,
    /// Standard deviation of an epoch's validation accuracy, in points.
    points: f64,
    /// Correlation of an epoch's noise with that of the epoch before.
    correlation: f64,
    images: Option<usize>,
    /// What really happens to validation accuracy, and to the loss.
    change: Change,
}

const FLAT: Flat = Flat {
    seeds: 1,
    epochs: 20,
    points: 0.3,
    correlation: 0.0,
    images: Some(10_000),
    change: |_| (0.0, 0.0),
};

impl Flat {
    fn curves(&self, key: u64) -> Curves<'static> {
        Curves {
            runs: (1..=self.seeds).map(|seed| self.run(key, seed)).collect(),
            diverged: Vec::new(),
            begun: self.seeds as usize,
            images: self.images,
            classes: 10,
            loss_floor: 0.0,
            monitor: Monitor::Accuracy,
            choose: Choose::Best,
            handicaps: Vec::new(),
        }
    }

    fn run(&self, key: u64, seed: u64) -> CurveRun<'static> {
        let series = |purpose| self.series([key, seed, purpose]);
        let (accuracy, loss, train) = (series(1), series(2), series(3));
        let images = self.images_error(key, seed);
        let record = |at: usize| {
            let epoch = at as f64 + 1.0;
            let (accuracy_change, loss_change) = (self.change)(epoch);
            EpochRecord {
                train_accuracy: 0.89 + train[at],
                // Training accuracy rises, as it must for overfitting, and so little that the gap
                // stays the same.
                fit_accuracy: 0.89 + 1e-6 * epoch,
                fit_loss: 0.28,
                train_loss: 0.28,
                // Half of a loss's noise is that of the accuracy.
                val_loss: 0.3 + loss_change - accuracy[at] + loss[at],
                val_accuracy: 0.89 + images + accuracy_change + accuracy[at],
                ..EpochRecord::new(at as u32 + 1)
            }
        };
        let epochs: Vec<EpochRecord> = (0..self.epochs as usize).map(record).collect();
        let best = best_by_accuracy(&epochs);
        CurveRun { seed, best, epochs: Cow::Owned(epochs), test_gain: None }
    }

    /// Noise of each epoch, which depends on that of the epoch before.
    fn series(&self, [key, seed, purpose]: [u64; 3]) -> Vec<f64> {
        // `noise` has variance 1/3.
        let fresh = |epoch: u32| 3_f64.sqrt() * noise([key, seed, u64::from(epoch), purpose]);
        let innovation = (1.0 - self.correlation * self.correlation).sqrt();
        let mut at = fresh(0);
        let next = |epoch| {
            at = self.correlation * at + innovation * fresh(epoch);
            0.01 * self.points * at
        };
        (1..=self.epochs).map(next).collect()
    }

    /// The validation accuracies at the end of seven networks that are as good as this one.
    fn others(&self, key: u64) -> Vec<Yardstick> {
        let quarter = self.epochs as usize / 4;
        let validation = |other: u64| {
            let end = |seed: u64| {
                let noise = self.series([key, seed, 100 + other]);
                let end: f64 = noise[noise.len() - quarter..].iter().sum();
                0.89 + self.images_error(key, seed) + end / quarter as f64
            };
            (1..=self.seeds).map(end).sum::<f64>() / self.seeds as f64
        };
        let other = |other| Yardstick { name: "other".into(), validation: validation(other) };
        (1..=7).map(other).collect()
    }

    /// By how much a seed's validation images are easier than others, for all networks alike.
    fn images_error(&self, key: u64, seed: u64) -> f64 {
        let error = self.images.map_or(0.0, |images| (0.89 * 0.11 / images as f64).sqrt());
        3_f64.sqrt() * error * noise([key, seed, 0, 99])
    }

    /// What is read in each study.
    fn studies(&self) -> impl Iterator<Item = Vec<Observation>> + '_ {
        (0..STUDIES).map(|key| read(&self.curves(key), &self.others(key)))
    }

    /// The share of studies in which a rule finds something.
    fn share(&self, rule: Rule) -> f64 {
        let found = |observations: &Vec<Observation>| {
            observations.iter().any(|observation| observation.rule() == rule)
        };
        self.studies().filter(found).count() as f64 / STUDIES as f64
    }

    /// The share of studies with each of the [`MISTAKES`].
    fn mistakes(&self) -> [f64; MISTAKES.len()] {
        let mut counts = [0.0; MISTAKES.len()];
        for found in self.studies().flatten().filter_map(|found| is_false(&found)) {
            let at = MISTAKES.iter().position(|mistake| *mistake == found);
            counts[at.expect("a known mistake")] += 1.0 / STUDIES as f64;
        }
        counts
    }
}

/// What a rule says wrongly of a flat curve.
fn is_false(found: &Observation) -> Option<&'static str> {
    match found {
        Observation::Overfitting { .. } => Some("overfitting"),
        Observation::OverConfidence { .. } => Some("over-confidence"),
        Observation::Underfitting { .. } => Some("underfitting"),
        Observation::StillImproving { .. } => Some("still improving"),
        // A flat curve does not improve after its first epoch.
        Observation::Plateau { from, .. } if from.first > 1 => Some("late plateau"),
        Observation::Gap { trend: Trend::Growing | Trend::Shrinking, .. } => Some("gap changes"),
        Observation::AsTrained { .. } => Some("as trained"),
        Observation::Groups { .. } => Some("groups"),
        Observation::Instability { .. } => Some("instability"),
        Observation::Plateau { .. }
        | Observation::Gap { .. }
        | Observation::Divergence { .. }
        | Observation::NoValidation
        | Observation::BestEpoch { .. } => None,
    }
}

const MISTAKES: [&str; 9] = [
    "overfitting",
    "over-confidence",
    "underfitting",
    "still improving",
    "late plateau",
    "gap changes",
    "as trained",
    "groups",
    "instability",
];

#[test]
fn a_flat_curve_is_rarely_read_as_a_changing_one() {
    println!("| epochs | seeds | noise, points | correlation | {} |", MISTAKES.join(" | "));
    let mut too_many = Vec::new();
    let cases = [
        Flat { points: 0.1, ..FLAT },
        Flat { points: 0.3, ..FLAT },
        Flat { points: 0.3, images: None, ..FLAT },
        Flat { points: 0.6, ..FLAT },
        Flat { points: 1.5, ..FLAT },
        Flat { epochs: 8, points: 0.6, ..FLAT },
        Flat { epochs: 50, points: 0.6, ..FLAT },
        Flat { points: 0.3, correlation: 0.3, ..FLAT },
        Flat { points: 1.5, correlation: 0.3, ..FLAT },
        Flat { points: 0.3, correlation: 0.6, ..FLAT },
    ];
    for case in cases {
        for seeds in [1, 3, 5] {
            let flat = Flat { seeds, ..case };
            let Flat { epochs, points, correlation, .. } = flat;
            let shares = flat.mistakes();
            let cells = shares.map(|share| format!("{:.1}", 100.0 * share)).join(" | ");
            println!("| {epochs} | {seeds} | {points} | {correlation} | {cells} |");
            for (mistake, share) in MISTAKES.iter().zip(shares) {
                // Noise of more than sampling is fluctuation, which is found rightly.
                let is_fluctuation = points > 0.31 || flat.images.is_none();
                let is_true = *mistake == "instability" && is_fluctuation;
                // Only between runs can slow drift be told from a change; overfitting allows for it.
                let is_drift = seeds == 1
                    && (correlation > 0.3 || correlation > 0.0 && *mistake != "overfitting");
                if share > MOST_FALSE && !is_true && !is_drift {
                    too_many.push(format!(
                        "{mistake}: {share} of studies with {epochs} epochs, {seeds} seeds, \
                         {points} points, correlation {correlation}"
                    ));
                }
            }
        }
    }
    assert!(too_many.is_empty(), "{too_many:#?}");
}

#[test]
fn a_real_overfit_of_a_point_and_a_half_is_still_found() {
    // Accuracy is best at epoch 6 and then falls by `fall` until epoch 20; the loss rises.
    println!("| fall, points | loss rises by | seeds | found |");
    let falls: [(f64, Change); 4] = [
        (0.5, |epoch| (-0.005 * (epoch - 6.0).max(0.0) / 14.0, 0.0)),
        (1.5, |epoch| (-0.015 * (epoch - 6.0).max(0.0) / 14.0, 0.0)),
        (1.5, |epoch| {
            let after = (epoch - 6.0).max(0.0) / 14.0;
            (-0.015 * after, 0.3 * after)
        }),
        (3.0, |epoch| (-0.03 * (epoch - 6.0).max(0.0) / 14.0, 0.0)),
    ];
    for (fall, change) in falls {
        for seeds in [1, 3, 5] {
            let found = Flat { seeds, change, ..FLAT }.share(Rule::Overfitting);
            let rise = 100.0 * change(20.0).1 / 0.3;
            println!("| {fall} | {rise:.0}% | {seeds} | {:.0}% |", 100.0 * found);
            let least = match (fall, seeds) {
                (fall, _) if fall > 2.0 => 0.95,
                (fall, seeds) if fall > 1.0 && (seeds > 1 || rise > 0.0) => 0.8,
                (_, _) => 0.0,
            };
            assert!(found >= least, "{fall} {rise} {seeds}: {found}");
        }
    }
}

#[test]
fn a_loss_that_doubles_is_still_found() {
    let doubles = |epoch: f64| (0.0, 0.3 * (epoch - 6.0).max(0.0) / 14.0);
    for seeds in [1, 3] {
        let found = Flat { seeds, change: doubles, ..FLAT }.share(Rule::OverConfidence);
        assert!(found >= 0.95, "{seeds}: {found}");
    }
}
