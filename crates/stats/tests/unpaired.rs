//! Samples that no seed pairs: Welch's t test and the permutation test against SciPy, and how often they
//! tell equal networks apart.

mod common;

use common::{Random, share};
use fitroom_stats::{Effect, Measure, Samples, Test, Verdict, permutation_p, unpaired_effects};

const MEASURE: Measure = Measure { margin: 0.5, resolution: 0.0, scale: 0.5 };

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').map(|number| number.parse().unwrap()).collect()
}

fn alone(candidate: Vec<f64>, baseline: Vec<f64>) -> Effect {
    unpaired_effects(vec![Samples { candidate, baseline }], MEASURE).remove(0)
}

/// tests/fixtures/unpaired.py made the numbers.
#[test]
fn tests_and_intervals_agree_with_scipy() {
    for line in include_str!("fixtures/unpaired.csv").lines().skip(1) {
        let parts: Vec<Vec<f64>> = line.split(';').map(numbers).collect();
        let samples = Samples { candidate: parts[1].clone(), baseline: parts[2].clone() };
        let effect = alone(parts[1].clone(), parts[2].clone());
        let (low, high) = effect.interval.unwrap();
        let found = [effect.t_p.unwrap(), low, high, permutation_p(&samples)];
        for (found, expected) in found.into_iter().zip(&parts[0]) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}: {line}");
        }
        assert_eq!(effect.test, Some(Test::WelchAndPermutation));
        assert_eq!(effect.p, Some(found[0].max(found[3])));
    }
}

#[test]
fn verdicts_are_those_of_samples() {
    let low = vec![1.0, 1.2, 0.9, 1.1, 1.3];
    let high: Vec<f64> = low.iter().map(|score| score + 4.0).collect();
    let better = alone(high.clone(), low.clone());
    assert_eq!((better.verdict, better.pairs.len()), (Some(Verdict::Better), 0));
    assert_eq!(better.scores(), (high.clone(), low.clone()));
    assert_eq!(alone(low.clone(), high.clone()).verdict, Some(Verdict::Worse));
    assert_eq!(alone(low.clone(), low.clone()).verdict, Some(Verdict::Equivalent));
    assert_eq!(alone(high[..4].to_vec(), low.clone()).verdict, Some(Verdict::Exploratory));
    assert_eq!(alone(high[..1].to_vec(), low.clone()).verdict, None);
    // 2/252 = 0.0079 is not below 0.05/7: Welch's test decides.
    let family = vec![Samples { candidate: high, baseline: low }; 7];
    assert_eq!(unpaired_effects(family, MEASURE)[0].test, Some(Test::Welch));
}

/// Equal means, with equal or different spreads.
#[test]
fn equal_networks_are_rarely_told_apart() {
    const STUDIES: usize = 2000;
    for (a, b, spread) in [(5, 5, 1.0), (5, 10, 3.0), (10, 5, 3.0)] {
        let mut random = Random(7);
        let mut by_permutation = 0;
        let alarms = share(STUDIES, || {
            let candidate: Vec<f64> = (0..a).map(|_| spread * random.normal()).collect();
            let baseline: Vec<f64> = (0..b).map(|_| random.normal()).collect();
            let samples = Samples { candidate, baseline };
            by_permutation += u32::from(permutation_p(&samples) < 0.05);
            alone(samples.candidate, samples.baseline).is_significant()
        });
        let by_permutation = f64::from(by_permutation) / STUDIES as f64;
        println!(
            "{a} and {b} runs, spread {spread}: {alarms}; by permutation alone {by_permutation}"
        );
        // Why Welch's test must agree.
        assert!((a, b) != (5, 10) || by_permutation > 0.065, "{by_permutation}");
        assert!(alarms < 0.065, "{a} and {b} runs, spread {spread}: {alarms}");
    }
}
