//! How often a seed of one network beats a seed of another, and by how many standard deviations.

use crate::spread::Spread;
use crate::t_test::ROUNDING;

/// The standard normal distribution's quantile of a two-sided 95% interval.
const Z: f64 = 1.959_963_984_540_054;

/// The probability that a seed of A beats a seed of B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Superiority {
    /// The share of all pairs of a seed of A and a seed of B in which A scores higher; ties count
    /// half. This is U/(n·m) with the statistic U of Mann and Whitney (1947).
    pub probability: f64,
    /// Its 95% interval.
    pub interval: (f64, f64),
}

/// The probability that a seed of A beats a seed of B, from the scores of both over their seeds,
/// as if the seeds were drawn apart. `None` if either has none, or where a score is infinite or
/// NaN.
///
/// The interval is method 5 of Newcombe (2006, *Statistics in Medicine* 25, 559–573). It holds all
/// θ with |θ̂ − θ| ≤ z·√(θ(1 − θ)·[1 + n*·(1 − θ)/(2 − θ) + n*·θ/(1 + θ)]/(m·n)), where
/// n* = (m + n)/2 − 1.
pub fn superiority(a: &[f64], b: &[f64]) -> Option<Superiority> {
    if a.is_empty() || b.is_empty() || a.iter().chain(b).any(|score| !score.is_finite()) {
        return None;
    }
    let wins =
        |x: f64| b.iter().map(move |&y| if x == y { 0.5 } else { f64::from(u8::from(x > y)) });
    let (m, n) = (a.len() as f64, b.len() as f64);
    let probability = a.iter().flat_map(|&x| wins(x)).sum::<f64>() / (m * n);
    let interval = (lower_end(probability, m, n), 1.0 - lower_end(1.0 - probability, m, n));
    Some(Superiority { probability, interval })
}

/// The least θ whose interval still reaches up to `estimate`, by bisection.
fn lower_end(estimate: f64, m: f64, n: f64) -> f64 {
    let mean_others = f64::midpoint(m, n) - 1.0;
    let reach = |theta: f64| {
        let pairs =
            1.0 + mean_others * (1.0 - theta) / (2.0 - theta) + mean_others * theta / (1.0 + theta);
        theta + Z * (theta * (1.0 - theta) * pairs / (m * n)).sqrt()
    };
    let (mut low, mut high) = (0.0, estimate);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        *(if reach(middle) < estimate { &mut low } else { &mut high }) = middle;
    }
    high
}

/// The difference of the means of A and B in standard deviations: Cohen's d_av,
/// (mean_A − mean_B) / √((sd_A² + sd_B²)/2) (Cumming 2012, *Understanding the New Statistics*). A
/// standard deviation is no less than `resolution`, the least step of the scores. `None` if either
/// has fewer than two seeds, where a score is infinite or NaN, and without spread and resolution.
pub fn cohens_d(a: &[f64], b: &[f64], resolution: f64) -> Option<f64> {
    let of = |scores: &[f64]| {
        let spread = Spread::of(scores.iter().copied())?;
        Some((spread.mean, spread.sd?.max(resolution)))
    };
    let ((mean_a, sd_a), (mean_b, sd_b)) = (of(a)?, of(b)?);
    let sd = f64::midpoint(sd_a * sd_a, sd_b * sd_b).sqrt();
    (sd > ROUNDING * mean_a.abs().max(mean_b.abs())).then(|| (mean_a - mean_b) / sd)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 5] = [0.8812, 0.8847, 0.8795, 0.8861, 0.8833];
    const B: [f64; 4] = [0.8741, 0.8812, 0.8758, 0.8799];

    #[test]
    fn ties_count_half_and_sides_are_alike() {
        let (ab, ba) = (superiority(&A, &B).unwrap(), superiority(&B, &A).unwrap());
        // Of 20 pairs A wins 17, loses 2 (0.8795 against 0.8812 and 0.8799) and ties once.
        assert!((ab.probability - 17.5 / 20.0).abs() < 1e-12);
        assert!((ab.probability + ba.probability - 1.0).abs() < 1e-12);
        assert!((ab.interval.0 + ba.interval.1 - 1.0).abs() < 1e-9);
        let same = superiority(&[0.9; 5], &[0.9; 5]).unwrap();
        assert_eq!(same.probability, 0.5);
    }

    #[test]
    fn a_side_that_always_wins_is_not_certain_to() {
        let always = superiority(&[2.0; 5], &[1.0; 5]).unwrap();
        assert_eq!((always.probability, always.interval.1), (1.0, 1.0));
        assert!((0.5..0.9).contains(&always.interval.0), "{:?}", always.interval);
        assert_eq!(superiority(&[1.0; 5], &[2.0; 5]).unwrap().interval.0, 0.0);
    }

    #[test]
    fn nothing_measured_says_nothing() {
        assert_eq!(superiority(&[], &A), None);
        assert_eq!(superiority(&A, &[f64::NAN]), None);
        assert_eq!(cohens_d(&A, &[0.9], 0.0), None);
        assert_eq!(cohens_d(&[0.9; 3], &[0.8; 3], 0.0), None);
    }

    /// numpy: `(a.mean() - b.mean()) / ((a.var(ddof=1) + b.var(ddof=1)) / 2) ** .5`.
    #[test]
    fn effects_in_standard_deviations() {
        let is = |found: Option<f64>, expected: f64| {
            assert!((found.unwrap() - expected).abs() < 1e-9, "{found:?} is not {expected}");
        };
        is(cohens_d(&A, &B, 1e-4), 1.7254556731212523);
        is(cohens_d(&B, &A, 1e-4), -1.7254556731212523);
        is(cohens_d(&[0.9; 3], &[0.8; 3], 0.05), 2.0);
    }
}
