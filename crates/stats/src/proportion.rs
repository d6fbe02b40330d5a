//! A share of images, such as an accuracy, and its interval.

use statrs::distribution::{ContinuousCDF, Normal};

/// How many of some trials succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    /// Successes.
    pub successes: u64,
    /// All trials.
    pub trials: u64,
}

impl Proportion {
    /// The share of successes; NaN without trials.
    pub fn share(&self) -> f64 {
        self.successes as f64 / self.trials as f64
    }

    /// Wilson's 95% score interval (Wilson 1927), as SciPy's
    /// `binomtest(k, n).proportion_ci(method="wilson")`. With p = k/n and z = 1.96:
    ///
    /// (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
    ///
    /// It stays within 0 and 1, and has a width even if all trials succeed. `None` without trials.
    ///
    /// ```
    /// use fitroom_stats::Proportion;
    /// let [low, high] = Proportion { successes: 9012, trials: 10_000 }.interval().unwrap();
    /// assert_eq!([low, high].map(|end| (1e4 * end).round()), [8952.0, 9069.0]);
    /// ```
    pub fn interval(&self) -> Option<[f64; 2]> {
        if self.trials == 0 {
            return None;
        }
        let (n, p, z) = (self.trials as f64, self.share(), normal_quantile());
        let middle = p + z * z / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        Some([middle - half, middle + half].map(|end| (end / (1.0 + z * z / n)).clamp(0.0, 1.0)))
    }
}

/// The number of standard deviations on either side of the mean that hold 95% of a normal distribution:
/// 1.96.
pub(crate) fn normal_quantile() -> f64 {
    Normal::standard().inverse_cdf(0.975)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: `binomtest(k, n).proportion_ci(method="wilson")`.
    #[test]
    fn agrees_with_scipy() {
        for (successes, trials, low, high) in [
            (0, 10, 0.0, 0.27753279986288926),
            (10, 10, 0.7224672001371109, 1.0),
            (1, 1, 0.20654931437723745, 1.0),
            (9012, 10000, 0.895196632501863, 0.9068952472055061),
            (3, 7, 0.1582198552514697, 0.7495416354723428),
            (5000, 10000, 0.49020206181540477, 0.5097979381845952),
        ] {
            let [found_low, found_high] = Proportion { successes, trials }.interval().unwrap();
            assert!((found_low - low).abs() < 1e-12, "{successes} of {trials}: {found_low}");
            assert!((found_high - high).abs() < 1e-12, "{successes} of {trials}: {found_high}");
        }
    }

    #[test]
    fn without_trials_nothing_is_known() {
        let none = Proportion { successes: 0, trials: 0 };
        assert!(none.share().is_nan() && none.interval().is_none());
    }
}
