//! Simulated studies: how often verdicts are right.

use fitroom_stats::{
    DEFAULT_MARGIN, Measure, Pair, PairedEffect, SIGNIFICANCE_LEVEL, SeedsNeeded, Verdict, effects,
    seeds_needed, sign_flip_p,
};
use statrs::distribution::{ContinuousCDF, Normal};

/// The random numbers of SplitMix64 (Steele, Lea, Flood 2014).
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

/// How the accuracy of one network varies from seed to seed.
#[derive(Clone, Copy)]
enum Noise {
    /// Normal noise with a standard deviation of half a point.
    Normal,
    /// The same noise, and one run in five loses five points, as a run does that never learns one
    /// of the classes.
    LostClass,
}

/// The accuracy of one run: `mean`, plus `shared`, the seed's effect on all networks, plus the noise
/// of this run.
fn accuracy(random: &mut Random, noise: Noise, mean: f64, shared: f64) -> f64 {
    let own = mean + shared + 0.005 * random.normal();
    // The uniform number is drawn for both kinds of noise, so that both see the same normal numbers.
    let loses = random.uniform() < 0.2;
    if matches!(noise, Noise::LostClass) && loses { own - 0.05 } else { own }
}

/// A study of a baseline and of candidates that truly differ from it by `differences`. Accuracies
/// are rounded to multiples of 1/10,000, as those of 10,000 images are.
fn study(
    random: &mut Random,
    noise: Noise,
    seeds: usize,
    differences: &[f64],
) -> Vec<PairedEffect> {
    let mut family = vec![Vec::new(); differences.len()];
    for seed in 1..=seeds as u64 {
        let shared = 0.003 * random.normal();
        let mut run = |mean| (1e4 * accuracy(random, noise, mean, shared)).round() / 1e4;
        let baseline = run(0.88);
        for (pairs, difference) in family.iter_mut().zip(differences) {
            pairs.push(Pair { seed, candidate: run(0.88 + difference), baseline });
        }
    }
    effects(family, Measure::accuracy(DEFAULT_MARGIN, Some(10_000)))
}

/// The share of studies of equal networks in which any verdict is better or worse.
fn false_alarms(noise: Noise, seeds: usize, comparisons: usize, studies: usize) -> f64 {
    let mut random = Random(1000 * seeds as u64 + comparisons as u64);
    let alarms = (0..studies).filter(|_| {
        study(&mut random, noise, seeds, &vec![0.0; comparisons])
            .iter()
            .any(PairedEffect::is_significant)
    });
    alarms.count() as f64 / studies as f64
}

/// The significance level, plus three standard errors of a share that is estimated from so many
/// studies.
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

/// The share of studies that find a true difference of one point between networks that vary by half
/// a point.
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
    // Both networks vary by 0.005, so their difference varies by 0.005·√2.
    let spread = 0.005 * 2.0_f64.sqrt();
    for comparisons in [1, 7] {
        let needed = seeds_needed(0.01, spread, SIGNIFICANCE_LEVEL / comparisons as f64);
        let SeedsNeeded::About(needed) = needed else { panic!("{needed}") };
        let (power, before) =
            (found(needed, comparisons - 1, STUDIES), found(needed - 2, comparisons - 1, STUDIES));
        println!(
            "{comparisons} comparisons: power {power} with {needed} seeds, {before} with two fewer"
        );
        // Three standard errors below 0.8. The power may be a little higher, because Holm's later
        // steps ask for less than the level 0.05/m that the number of seeds was computed for.
        assert!(
            (0.8 - 0.027..0.9).contains(&power),
            "{comparisons} comparisons, {needed} seeds: {power}"
        );
        assert!(before < 0.77, "{comparisons} comparisons, {} seeds: {before}", needed - 2);
    }
}

/// A large difference needs few seeds, and with few seeds only a few assignments of signs pass.
#[test]
fn the_exact_test_has_the_stated_power_with_few_seeds_too() {
    const STUDIES: usize = 1000;
    for comparisons in [1, 3, 5, 7, 12, 20] {
        let level = SIGNIFICANCE_LEVEL / comparisons as f64;
        for effect in [3.0, 1.7, 1.4] {
            let SeedsNeeded::About(seeds) = seeds_needed(effect, 1.0, level) else { panic!() };
            let mut random = Random(seeds as u64);
            let finds = (0..STUDIES).filter(|_| {
                let differences: Vec<f64> = (0..seeds).map(|_| effect + random.normal()).collect();
                sign_flip_p(&differences) < level
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
