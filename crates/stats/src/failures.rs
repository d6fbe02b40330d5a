//! Failures that strike few seeds, and may not have been seen yet.

/// The largest share of failing seeds that none of `seeds` seeds may show, with 5% chance:
/// 1 − 0.05^(1/n), from (1 − share)ⁿ = 0.05. It is the upper end of the one-sided 95% interval of a
/// share of which n trials showed none (Clopper and Pearson 1934). The rule of three, 3/n, is its
/// approximation for many seeds. 1 without seeds: nothing is known.
///
/// ```
/// // After 10 seeds without a failure, up to 26% of seeds may still fail.
/// assert_eq!((100.0 * fitroom_stats::unseen_failure_share(10)).round(), 26.0);
/// ```
pub fn unseen_failure_share(seeds: usize) -> f64 {
    1.0 - 0.05_f64.powf(1.0 / seeds as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: `scipy.stats.beta.ppf(0.95, 1, n)`.
    #[test]
    fn agrees_with_clopper_and_pearson() {
        for (seeds, expected) in [
            (1, 0.95),
            (5, 0.450719728346941),
            (10, 0.2588655508930522),
            (20, 0.13910834066826516),
            (60, 0.04870291331009749),
        ] {
            let share = unseen_failure_share(seeds);
            assert!((share - expected).abs() < 1e-12, "{seeds} seeds: {share}");
        }
        assert_eq!(unseen_failure_share(0), 1.0);
    }

    #[test]
    fn three_in_n_is_near_for_many_seeds() {
        let ratio = |seeds: usize| unseen_failure_share(seeds) * seeds as f64 / 3.0;
        assert!((ratio(1000) - 1.0).abs() < 0.01 && ratio(5) < 0.8);
    }
}
