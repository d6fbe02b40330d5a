//! The paired t test, and the t interval of a mean difference.

use statrs::stats_tests::ttest_onesample::ttest_onesample;
use statrs::stats_tests::{Alternative, NaNPolicy};

use crate::spread::Spread;

/// A standard deviation below this share of the mean is rounding error.
const ROUNDING: f64 = 1e-9;

/// The 95% t interval of the mean: mean ± t₀.₉₇₅(n − 1) · sd / √n. If the values are normal, it
/// holds the true mean in 95 of 100 studies. `None` for one value.
pub fn t_interval(values: &Spread) -> Option<(f64, f64)> {
    let half = values.mean_interval()?;
    Some((values.mean - half, values.mean + half))
}

/// The two-sided p-value of the paired t test of mean difference 0. `None` for fewer than two
/// differences. Without spread, p is 1 if all differences are zero and 0 otherwise.
pub fn paired_t_p(differences: &[f64]) -> Option<f64> {
    let spread = Spread::of(differences.iter().copied())?;
    if spread.sd? <= ROUNDING * spread.mean.abs() {
        return Some(if spread.mean == 0.0 { 1.0 } else { 0.0 });
    }
    let test = ttest_onesample(differences.to_vec(), 0.0, Alternative::TwoSided, NaNPolicy::Error);
    test.ok().map(|(_, p)| p)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFFERENCES: [f64; 7] = [
        0.8812 - 0.8741,
        0.8847 - 0.8790,
        0.8795 - 0.8758,
        0.8861 - 0.8779,
        0.8833 - 0.8785,
        0.8850 - 0.8762,
        0.8821 - 0.8739,
    ];

    /// SciPy 1.17, with a and b as above: `scipy.stats.ttest_rel(a, b)` and its
    /// `.confidence_interval(0.95)`.
    #[test]
    fn agrees_with_scipy() {
        let is = |x: f64, expected: f64| assert!((x - expected).abs() < 1e-9, "{x} {expected}");
        let (low, high) = t_interval(&Spread::of(DIFFERENCES).unwrap()).unwrap();
        is(paired_t_p(&DIFFERENCES).unwrap(), 0.00010239399199973062);
        is(low, 0.0048456578019005535);
        is(high, 0.008440056483813728);
    }

    #[test]
    fn differences_without_spread_are_certain_or_nothing() {
        assert_eq!(paired_t_p(&[0.0; 5]), Some(1.0));
        assert_eq!(paired_t_p(&[0.01; 5]), Some(0.0));
        assert_eq!(paired_t_p(&[0.01]), None);
        assert_eq!(t_interval(&Spread::of([0.01]).unwrap()), None);
    }
}
