//! Simulated studies: how often verdicts are right.

use fitroom_study::{Outcome, StoredStudy};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Effect, MARGIN, Pair, SeedsNeeded, Verdict, effects};
use crate::digest::Digest;
use crate::fixture::{Fixture, Plan};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        Normal::standard().inverse_cdf(self.uniform())
    }
}

/// How accuracies of one network vary from seed to seed.
#[derive(Clone, Copy)]
enum Noise {
    /// Normal, half a point.
    Normal,
    /// The same, and one run in five loses five points, as where a class is lost.
    LostClass,
}

/// Accuracy of one run: `mean`, what the seed does to all networks, what it does to this one.
fn accuracy(random: &mut Random, noise: Noise, mean: f64, shared: f64) -> f64 {
    let own = mean + shared + 0.005 * random.normal();
    // The uniform number is drawn in either case: both noises see the same normal ones.
    let loses = random.uniform() < 0.2;
    if matches!(noise, Noise::LostClass) && loses { own - 0.05 } else { own }
}

/// A study of a baseline and networks that truly differ from it by these fractions, in multiples of
/// 1/10,000.
fn study(random: &mut Random, noise: Noise, seeds: usize, differences: &[f64]) -> Vec<Effect> {
    let mut family = vec![Vec::new(); differences.len()];
    for seed in 1..=seeds as u64 {
        let shared = 0.003 * random.normal();
        let mut run = |mean| (1e4 * accuracy(random, noise, mean, shared)).round() / 1e4;
        let baseline = run(0.88);
        for (pairs, difference) in family.iter_mut().zip(differences) {
            pairs.push(Pair { seed, network: run(0.88 + difference), baseline });
        }
    }
    effects(family, MARGIN)
}

/// The share of `studies` of equal networks in which any verdict is better or worse.
fn false_alarms(noise: Noise, seeds: usize, comparisons: usize, studies: usize) -> f64 {
    let mut random = Random(1000 * seeds as u64 + comparisons as u64);
    let alarms = (0..studies).filter(|_| {
        study(&mut random, noise, seeds, &vec![0.0; comparisons]).iter().any(Effect::is_significant)
    });
    alarms.count() as f64 / studies as f64
}

/// 5%, and three standard errors of the share that so many studies give.
fn tolerated(studies: usize) -> f64 {
    0.05 + 3.0 * (0.05 * 0.95 / studies as f64).sqrt()
}

#[test]
fn equal_networks_are_told_apart_in_at_most_one_study_of_twenty() {
    const STUDIES: usize = 2000;
    for noise in [Noise::Normal, Noise::LostClass] {
        for seeds in [5, 6, 8, 10, 20] {
            for comparisons in [1, 7] {
                let rate = false_alarms(noise, seeds, comparisons, STUDIES);
                let kind = if matches!(noise, Noise::Normal) { "normal" } else { "lost class" };
                println!("{kind}, {seeds} seeds, {comparisons} comparisons: {rate}");
                assert!(
                    rate <= tolerated(STUDIES),
                    "{kind}, {seeds} seeds, {comparisons} comparisons: {rate}"
                );
            }
        }
    }
}

/// The share of studies that find a true difference of one point, where networks vary by half a
/// point.
fn found(seeds: usize, others: usize, studies: usize) -> f64 {
    let mut random = Random(seeds as u64);
    let differences: Vec<f64> = std::iter::once(0.01).chain(vec![0.0; others]).collect();
    let finds = (0..studies).filter(|_| {
        let effects = study(&mut random, Noise::Normal, seeds, &differences);
        effects[0].verdict == Some(Verdict::Better)
    });
    finds.count() as f64 / studies as f64
}

#[test]
fn a_difference_of_one_point_is_found_with_the_stated_power_and_not_much_sooner() {
    const STUDIES: usize = 2000;
    // Two networks that vary by 0.005 each: their difference varies by 0.005·√2.
    let spread = 0.005 * 2.0_f64.sqrt();
    for comparisons in [1, 7] {
        let needed = super::seeds_needed(0.01, spread, super::LEVEL / comparisons as f64);
        let SeedsNeeded::About(needed) = needed else { panic!("{needed}") };
        let (power, before) =
            (found(needed, comparisons - 1, STUDIES), found(needed - 2, comparisons - 1, STUDIES));
        println!(
            "{comparisons} comparisons: power {power} with {needed} seeds, {before} with two fewer"
        );
        // Three standard errors; the level 0.05/m is what Holm's first step asks, so power may be a
        // little higher.
        assert!(
            (0.8 - 0.027..0.9).contains(&power),
            "{comparisons} comparisons, {needed} seeds: {power}"
        );
        assert!(before < 0.77, "{comparisons} comparisons, {} seeds: {before}", needed - 2);
    }
}

/// A large difference needs few seeds: the fewer, the fewer assignments of signs pass.
#[test]
fn the_exact_test_has_the_stated_power_with_few_seeds_too() {
    const STUDIES: usize = 1000;
    for comparisons in [1, 3, 5, 7, 12, 20] {
        let level = super::LEVEL / comparisons as f64;
        for effect in [3.0, 1.7, 1.4] {
            let SeedsNeeded::About(seeds) = super::seeds_needed(effect, 1.0, level) else {
                panic!()
            };
            let mut random = Random(seeds as u64);
            let finds = (0..STUDIES).filter(|_| {
                let differences: Vec<f64> = (0..seeds).map(|_| effect + random.normal()).collect();
                super::sign_flip_p(&differences) < level
            });
            let power = finds.count() as f64 / STUDIES as f64;
            println!(
                "effect {effect}, {comparisons} comparisons: power {power} with {seeds} seeds"
            );
            assert!(
                power > 0.8 - 0.038,
                "effect {effect}, {comparisons} comparisons, {seeds} seeds: {power}"
            );
        }
    }
}

/// Run records of networks of one description under different names, from epochs to verdicts.
fn stored(random: &mut Random, seeds: u32, networks: usize, gain: f64) -> StoredStudy {
    let baseline = Fixture::new(seeds).epochs(4).with(Plan::new("0"));
    let mut stored = (1..networks)
        .fold(baseline, |study, index| study.with(Plan::new(&index.to_string()).vs("0")))
        .stored();
    let shared: Vec<f64> = (0..seeds).map(|_| 0.003 * random.normal()).collect();
    for run in &mut stored.runs {
        let mean = if run.network == 1 { 0.88 + gain } else { 0.88 };
        let of_run = accuracy(random, Noise::Normal, mean, shared[run.seed as usize - 1]);
        for record in &mut run.epochs {
            record.val_accuracy = (1e4 * (of_run + 0.002 * random.normal())).round() / 1e4;
        }
        let training = &stored.study.networks[run.network].training;
        let best = *training.best(&run.epochs).unwrap();
        let mut outcome: Outcome = run.outcome.unwrap();
        outcome.best.epoch = best.epoch;
        outcome.best.val.accuracy = best.val_accuracy;
        outcome.best.test.accuracy =
            (1e4 * (of_run - 0.01 + 0.002 * random.normal())).round() / 1e4;
        run.outcome = Some(outcome);
    }
    stored
}

#[test]
fn whole_studies_of_equal_networks_are_told_apart_as_rarely() {
    const STUDIES: usize = 300;
    let mut random = Random(7);
    let mut alarms = [0; 2];
    for _ in 0..STUDIES {
        let stored = stored(&mut random, 10, 4, 0.0);
        let digest = Digest::new(&stored).unwrap();
        let is_alarm = |effect: fn(&super::Contrast) -> &Effect| {
            digest.contrasts.iter().map(effect).any(Effect::is_significant)
        };
        alarms[0] += usize::from(is_alarm(|contrast| contrast.primary().1));
        alarms[1] += usize::from(is_alarm(|contrast| &contrast.test));
    }
    println!("validation and test: {alarms:?} of {STUDIES}");
    assert!(
        alarms.iter().all(|&alarms| alarms as f64 / STUDIES as f64 <= tolerated(STUDIES)),
        "{alarms:?}"
    );
}

#[test]
fn whole_studies_find_what_is_there() {
    let mut random = Random(8);
    let stored = stored(&mut random, 12, 3, 0.015);
    let digest = Digest::new(&stored).unwrap();
    let verdicts: Vec<_> =
        digest.contrasts.iter().map(|contrast| contrast.primary().1.verdict.unwrap()).collect();
    assert_eq!(verdicts[0], Verdict::Better);
    assert!(matches!(verdicts[1], Verdict::Undecided | Verdict::Equivalent), "{verdicts:?}");
}
