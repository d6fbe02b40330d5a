//! Simulated studies, from run records to verdicts: how often whole studies tell equal networks
//! apart. The tests of `fitroom_stats` simulate the statistics alone.

use fastrand::Rng;
use fitroom_results::{Outcome, Results};
use fitroom_stats::{DEFAULT_MARGIN, Effect, Verdict};
use statrs::distribution::{ContinuousCDF, Normal};

use super::Comparison;
use crate::fixture::{Fixture, Plan};

/// A draw from the standard normal distribution.
fn normal(random: &mut Rng) -> f64 {
    // Between 0 and 1 and never at either end, where the quantile is infinite.
    Normal::standard().inverse_cdf(random.f64().max(f64::EPSILON))
}

/// The accuracy of one run: the mean, the seed's effect on all networks, and normal noise of half a
/// point.
fn accuracy(random: &mut Rng, mean: f64, shared: f64) -> f64 {
    mean + shared + 0.005 * normal(random)
}

/// Run records of networks of one description under different names, from epochs to verdicts.
fn study(random: &mut Rng, seeds: u32, networks: usize, gain: f64) -> Results {
    let baseline = Fixture::new(seeds).epochs(4).with(Plan::new("0"));
    let mut results = (1..networks)
        .fold(baseline, |study, index| study.with(Plan::new(&index.to_string()).vs("0")))
        .results();
    let shared: Vec<f64> = (0..seeds).map(|_| 0.003 * normal(random)).collect();
    for run in &mut results.runs {
        let mean = if run.network == 1 { 0.88 + gain } else { 0.88 };
        let of_run = accuracy(random, mean, shared[run.seed as usize - 1]);
        for record in &mut run.epochs {
            record.val_accuracy = (1e4 * (of_run + 0.002 * normal(random))).round() / 1e4;
        }
        // The earliest of equals.
        let by_accuracy = run.epochs.iter().rev();
        let best = *by_accuracy.max_by(|a, b| a.val_accuracy.total_cmp(&b.val_accuracy)).unwrap();
        let mut outcome: Outcome = run.outcome.unwrap();
        outcome.best.epoch = best.epoch;
        outcome.best.val.accuracy = best.val_accuracy;
        outcome.best.test.accuracy = (1e4 * (of_run - 0.01 + 0.002 * normal(random))).round() / 1e4;
        run.outcome = Some(outcome);
    }
    results
}

/// 5%, and three standard errors of the share that so many studies give.
fn tolerated(studies: usize) -> f64 {
    0.05 + 3.0 * (0.05 * 0.95 / studies as f64).sqrt()
}

#[test]
fn whole_studies_of_equal_networks_are_told_apart_as_rarely() {
    const STUDIES: usize = 300;
    let mut random = Rng::with_seed(7);
    let mut alarms = [0; 2];
    for _ in 0..STUDIES {
        let results = study(&mut random, 10, 4, 0.0);
        let comparisons = Comparison::of_results(&results, DEFAULT_MARGIN);
        let is_alarm = |effect: fn(&Comparison) -> &Effect| {
            comparisons.iter().map(effect).any(Effect::is_significant)
        };
        alarms[0] += usize::from(is_alarm(|comparison| &comparison.judged));
        alarms[1] += usize::from(is_alarm(|comparison| comparison.test.as_ref().unwrap()));
    }
    println!("validation and test: {alarms:?} of {STUDIES}");
    assert!(
        alarms.iter().all(|&alarms| alarms as f64 / STUDIES as f64 <= tolerated(STUDIES)),
        "{alarms:?}"
    );
}

#[test]
fn whole_studies_find_what_is_there() {
    let mut random = Rng::with_seed(8);
    let results = study(&mut random, 12, 3, 0.015);
    let comparisons = Comparison::of_results(&results, DEFAULT_MARGIN);
    let verdicts: Vec<_> =
        comparisons.iter().map(|comparison| comparison.judged.verdict.unwrap()).collect();
    assert_eq!(verdicts[0], Verdict::Better);
    assert!(matches!(verdicts[1], Verdict::Undecided | Verdict::Equivalent), "{verdicts:?}");
}
