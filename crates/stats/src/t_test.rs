//! The paired t test, and the t interval of a mean difference.

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::spread::Spread;

/// A standard deviation below this share of the mean is rounding error.
pub(crate) const ROUNDING: f64 = 1e-9;

/// The 95% t interval of the mean: mean ± t₀.₉₇₅(n − 1) · sd / √n. If the values are normal, it
/// holds the true mean in 95 of 100 studies. The standard deviation is taken to be no less than
/// `resolution`, the least step of the values. `None` for one value.
pub fn t_interval(values: &Spread, resolution: f64) -> Option<(f64, f64)> {
    Some(MeanError::of(values, resolution)?.interval(0.95))
}

/// The two-sided p-value of the paired t test of mean difference 0. The standard deviation is taken
/// to be no less than `resolution`, the least step of the differences: five pairs that are each one
/// image apart prove nothing. `None` for fewer than two differences. Without spread and resolution,
/// p is 1 if all differences are zero and 0 otherwise.
pub fn paired_t_p(differences: &[f64], resolution: f64) -> Option<f64> {
    let spread = Spread::of(differences.iter().copied())?;
    Some(MeanError::of(&spread, resolution)?.two_sided_p())
}

/// A mean with its standard error: what t tests and t intervals are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeanError {
    mean: f64,
    /// sd / √n.
    error: f64,
    /// Student's t with n − 1 degrees of freedom.
    student: StudentsT,
}

impl MeanError {
    /// The standard deviation is no less than `resolution`. `None` for one value.
    pub(crate) fn of(values: &Spread, resolution: f64) -> Option<Self> {
        let sd = values.sd?;
        let sd = if sd <= ROUNDING * values.mean.abs() { 0.0 } else { sd };
        let n = values.count as f64;
        Some(MeanError {
            mean: values.mean,
            error: sd.max(resolution) / n.sqrt(),
            student: StudentsT::new(0.0, 1.0, n - 1.0).ok()?,
        })
    }

    /// A mean with its standard error, which has this t distribution.
    pub(crate) fn new(mean: f64, error: f64, student: StudentsT) -> Self {
        MeanError { mean, error, student }
    }

    /// The p-value of the t test of mean 0.
    pub(crate) fn two_sided_p(&self) -> f64 {
        match self.mean == 0.0 {
            true => 1.0,
            false => (2.0 * self.student.sf(self.mean.abs() / self.error)).min(1.0),
        }
    }

    /// The one-sided p-value of the t test of "the true mean is `centre` or less".
    pub(crate) fn above_p(&self, centre: f64) -> f64 {
        let distance = self.mean - centre;
        match self.error == 0.0 {
            true => f64::from(u8::from(distance <= 0.0)),
            false => self.student.sf(distance / self.error),
        }
    }

    /// The one-sided p-value of the t test of "the true mean is `centre` or more".
    pub(crate) fn below_p(&self, centre: f64) -> f64 {
        MeanError { mean: -self.mean, ..*self }.above_p(-centre)
    }

    /// The p-value of "the true mean is at least `margin` from zero", on either side: the larger of
    /// two one-sided t tests (Schuirmann 1987).
    pub(crate) fn equivalent_p(&self, margin: f64) -> f64 {
        self.above_p(-margin).max(self.below_p(margin))
    }

    /// The interval mean ± t(n − 1) · error that holds the true mean with this `confidence`.
    pub(crate) fn interval(&self, confidence: f64) -> (f64, f64) {
        let half = self.student.inverse_cdf(f64::midpoint(1.0, confidence)) * self.error;
        (self.mean - half, self.mean + half)
    }
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

    fn is(x: f64, expected: f64) {
        assert!((x - expected).abs() < 1e-9, "{x} is not {expected}");
    }

    /// SciPy 1.17, with a and b as above: `scipy.stats.ttest_rel(a, b)` and its
    /// `.confidence_interval(0.95)`.
    #[test]
    fn agrees_with_scipy() {
        let (low, high) = t_interval(&Spread::of(DIFFERENCES).unwrap(), 1e-4).unwrap();
        is(paired_t_p(&DIFFERENCES, 1e-4).unwrap(), 0.00010239399199973062);
        is(low, 0.0048456578019005535);
        is(high, 0.008440056483813728);
    }

    /// SciPy 1.17: `2 * scipy.stats.t.sf(sqrt(5), 4)`.
    #[test]
    fn a_spread_is_never_less_than_the_resolution() {
        let one_image = [0.8813 - 0.8812; 5];
        is(paired_t_p(&one_image, 1e-4).unwrap(), 0.08900934250008654);
        let (low, high) = t_interval(&Spread::of(one_image).unwrap(), 1e-4).unwrap();
        assert!(low < 0.0 && high > 2e-4, "{low} {high}");
        assert!(paired_t_p(&[0.01; 5], 1e-4).unwrap() < 1e-7);
    }

    /// statsmodels 0.15: `statsmodels.stats.weightstats.DescrStatsW(d)`, its
    /// `ttost_mean(-0.008, 0.008)` and `ttest_mean(0.005, "larger")`.
    #[test]
    fn one_sided_tests_agree_with_statsmodels() {
        let mean = MeanError::of(&Spread::of(DIFFERENCES).unwrap(), 0.0).unwrap();
        is(mean.equivalent_p(0.008), 0.057071274767963115);
        is(mean.above_p(0.005), 0.03332108508197336);
        is(mean.above_p(0.005) + mean.below_p(0.005), 1.0);
        let certain = MeanError::of(&Spread::of([0.001; 5]).unwrap(), 0.0).unwrap();
        assert_eq!((certain.equivalent_p(0.005), certain.equivalent_p(0.0005)), (0.0, 1.0));
    }

    #[test]
    fn differences_without_spread_are_certain_or_nothing() {
        assert_eq!(paired_t_p(&[0.0; 5], 0.0), Some(1.0));
        assert_eq!(paired_t_p(&[0.0; 5], 0.01), Some(1.0));
        assert_eq!(paired_t_p(&[0.01; 5], 0.0), Some(0.0));
        assert_eq!(paired_t_p(&[0.01], 0.0), None);
        assert_eq!(t_interval(&Spread::of([0.01]).unwrap(), 0.0), None);
    }
}
