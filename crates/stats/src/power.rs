//! Power: how many seeds find a difference that is there.

use std::fmt;

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use statrs::function::gamma::ln_gamma;

/// The power that a number of seeds is computed for: the share of studies that find a difference
/// that is there.
pub const POWER: f64 = 0.8;

/// Larger numbers of seeds are not computed.
const MOST: usize = 1000;

/// Fewer seeds cannot have an exact sign-flip p below 0.05.
const FEWEST: usize = 6;

/// How many seeds a comparison needs to be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeedsNeeded {
    /// About this many seeds.
    About(usize),
    /// More than 1000 seeds.
    TooMany,
}

impl SeedsNeeded {
    /// Whether `seeds` seeds are enough.
    pub fn is_at_most(self, seeds: usize) -> bool {
        matches!(self, SeedsNeeded::About(needed) if needed <= seeds)
    }

    /// The larger of this number and `seeds`.
    pub fn or_more(self, seeds: usize) -> Self {
        match self {
            SeedsNeeded::About(needed) if needed.max(seeds) <= MOST => {
                SeedsNeeded::About(needed.max(seeds))
            }
            SeedsNeeded::About(_) | SeedsNeeded::TooMany => SeedsNeeded::TooMany,
        }
    }
}

impl fmt::Display for SeedsNeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeedsNeeded::About(seeds) => write!(f, "about {seeds} seeds"),
            SeedsNeeded::TooMany => write!(f, "more than {MOST} seeds"),
        }
    }
}

/// The number of seeds that finds a true mean `difference` in four of five studies ([`POWER`]).
/// "Finds" means p < `level`. `sd` is the standard deviation of the differences between seeds.
///
/// It is the smallest n with that power for both the paired t test (noncentral t distribution) and
/// the exact sign-flip test. Of the sign-flip test's 2ⁿ⁻¹ assignments of signs, fewer than
/// 2ⁿ⁻¹·level may be as far from zero as the one observed. Where fewer than 64 may, the test has
/// about the power of a t test with half a pair less. Where only one or two may, nearly all signs
/// must agree and the power is far below the t test's, so such an n is not given. Both rules were
/// found by simulation, which tests/simulation.rs repeats.
pub fn seeds_needed(difference: f64, sd: f64, level: f64) -> SeedsNeeded {
    let effect = difference.abs() / sd;
    let passing = |n: usize| level * 2.0_f64.powi(n as i32 - 1);
    let is_enough = |n: usize| {
        let cost = if passing(n) < 64.0 { 0.5 } else { 0.0 };
        effect.is_infinite() || t_test_power(n as f64 - cost, effect, level) >= POWER
    };
    if effect.is_nan() || !is_enough(MOST) {
        return SeedsNeeded::TooMany;
    }
    // Power grows with n, so bisection finds the smallest n that is enough.
    let (mut below, mut enough) = (FEWEST - 1, MOST);
    while enough - below > 1 {
        let middle = below.midpoint(enough);
        *(if is_enough(middle) { &mut enough } else { &mut below }) = middle;
    }
    // Without spread, the signs always agree.
    let least = if effect.is_infinite() { 1.0 } else { 3.0 };
    let decided = (FEWEST..).find(|&n| passing(n) > least).unwrap_or(MOST);
    SeedsNeeded::About(enough.max(decided))
}

/// The power of a two-sided paired t test over `n` pairs: the chance of p < `level` if the
/// differences are normal and their true mean is `effect` standard deviations. `n` may lie between
/// two whole numbers.
///
/// With the t distribution's quantile c, λ = effect·√n, and s = √(χ²/ν) for ν = n − 1, the power is
/// the mean over s of Φ(λ − c·s) + Φ(−λ − c·s). This is the noncentral t distribution; Simpson's
/// rule integrates it.
pub fn t_test_power(n: f64, effect: f64, level: f64) -> f64 {
    const INTERVALS: usize = 400;
    let freedom = n - 1.0;
    let Ok(t) = StudentsT::new(0.0, 1.0, freedom) else { return 0.0 };
    let (quantile, shift) = (t.inverse_cdf(1.0 - level / 2.0), effect * n.sqrt());
    let normal = Normal::standard();
    // The logarithm of the density of s: factors of the density itself overflow from n = 233 on.
    let half = freedom / 2.0;
    let constant = std::f64::consts::LN_2 + half * half.ln() - ln_gamma(half);
    let log_density = |s: f64| constant + (freedom - 1.0) * s.ln() - half * s * s;
    let integrand = |s: f64| {
        log_density(s).exp()
            * (normal.cdf(shift - quantile * s) + normal.cdf(-shift - quantile * s))
    };
    // s has mean 1 and a standard deviation of about 1/√(2ν).
    let spread = 10.0 / (2.0 * freedom).sqrt();
    let (low, high) = ((1.0 - spread).max(f64::MIN_POSITIVE), 1.0 + spread);
    let step = (high - low) / INTERVALS as f64;
    let weighted = (0..=INTERVALS).map(|index| {
        let weight = match index {
            0 | INTERVALS => 1.0,
            _ if index % 2 == 1 => 4.0,
            _ => 2.0,
        };
        weight * integrand(low + index as f64 * step)
    });
    weighted.sum::<f64>() * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// statsmodels 0.15: `TTestPower().power(effect, n, level)`.
    #[test]
    fn power_agrees_with_statsmodels() {
        assert!((t_test_power(6.0, 1.43, 0.05) - 0.7976043268287837).abs() < 1e-7);
        assert!((t_test_power(10.0, 1.0, 0.05) - 0.8030968566327218).abs() < 1e-7);
        assert!((t_test_power(20.0, 0.66, 0.05) - 0.7994764276052577).abs() < 1e-7);
        assert!((t_test_power(9.0, 1.53, 0.0071428571428571435) - 0.7996880085367581).abs() < 1e-7);
        assert!((t_test_power(33.0, 0.5, 0.05) - 0.795365841487504).abs() < 1e-7);
        assert!((t_test_power(200.0, 0.2, 0.0071428571428571435) - 0.54482782709381).abs() < 1e-7);
        assert!((t_test_power(1000.0, 0.09, 0.05) - 0.8114768828801808).abs() < 1e-7);
    }

    /// The t test's share, statsmodels 0.15: `ceil(TTestPower().solve_power(effect, alpha=level,
    /// power=0.8))`, is 34, 13, 54, 787 and 10; the last has 3 assignments of signs that pass and
    /// needs one seed more.
    #[test]
    fn seeds_are_those_of_the_t_test_and_a_little_more_where_signs_are_few() {
        let about = |effect, level| seeds_needed(effect * 0.003, 0.003, level);
        assert_eq!(about(0.5, 0.05), SeedsNeeded::About(34));
        assert_eq!(about(-0.85, 0.05), SeedsNeeded::About(13));
        assert_eq!(about(0.5, 0.05 / 7.0), SeedsNeeded::About(54));
        assert_eq!(about(0.1, 0.05), SeedsNeeded::About(787));
        assert_eq!(about(1.43, 0.05 / 7.0), SeedsNeeded::About(10 + 1));
    }

    #[test]
    fn no_fewer_than_can_pass_and_no_more_than_can_be_counted() {
        // 2ⁿ⁻¹·level > 3: three assignments pass.
        assert_eq!(seeds_needed(0.1, 0.001, 0.05), SeedsNeeded::About(7));
        assert_eq!(seeds_needed(0.1, 0.001, 0.05 / 7.0), SeedsNeeded::About(10));
        assert_eq!(seeds_needed(0.1, 0.0, 0.05), SeedsNeeded::About(6));
        assert_eq!(seeds_needed(0.001, 0.1, 0.05), SeedsNeeded::TooMany);
        assert_eq!(seeds_needed(0.0, 0.1, 0.05), SeedsNeeded::TooMany);
        assert_eq!(seeds_needed(0.0, 0.0, 0.05), SeedsNeeded::TooMany);
        assert_eq!(SeedsNeeded::TooMany.to_string(), "more than 1000 seeds");
    }
}
