//! The probability of superiority, against SciPy and in simulated studies.

mod common;

use common::{Random, share};
use fitroom_stats::superiority;
use statrs::distribution::{ContinuousCDF, Normal};

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').map(|number| number.parse().unwrap()).collect()
}

/// tests/fixtures/superiority.py made the numbers.
#[test]
fn probabilities_and_intervals_agree_with_scipy() {
    for line in include_str!("fixtures/superiority.csv").lines().skip(1) {
        let parts: Vec<Vec<f64>> = line.split(';').map(numbers).collect();
        let found = superiority(&parts[1], &parts[2]).unwrap();
        let (low, high) = found.interval;
        for (found, expected) in [found.probability, low, high].into_iter().zip(&parts[0]) {
            assert!((found - expected).abs() < 1e-9, "{found} {line}");
        }
    }
}

/// Normal scores of equal spread: A beats B with probability Φ(shift/√2).
#[test]
fn the_interval_holds_the_true_probability_about_as_often_as_it_says() {
    const STUDIES: usize = 4000;
    for seeds in [5, 10] {
        for shift in [0.0, 0.5, 1.0, 2.0] {
            let mut random = Random(seeds as u64);
            let truth = Normal::standard().cdf(shift / 2.0_f64.sqrt());
            let coverage = share(STUDIES, || {
                let a: Vec<f64> = (0..seeds).map(|_| shift + random.normal()).collect();
                let b: Vec<f64> = (0..seeds).map(|_| random.normal()).collect();
                let (low, high) = superiority(&a, &b).unwrap().interval;
                (low..=high).contains(&truth)
            });
            println!("{seeds} seeds, probability {truth:.3}: {coverage} are held");
            assert!((0.93..=0.98).contains(&coverage), "{seeds} seeds, {truth}: {coverage}");
        }
    }
}
