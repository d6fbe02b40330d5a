//! The interval that belongs to a sequential comparison: it holds the centre whenever one stops.

use super::bet::SignBets;
use super::{ALPHA_LOOK, LOOK};
use crate::spread::Spread;
use crate::t_test::{MeanError, paired_t_p};

/// The interval of the centre after any number of differences. It holds the centre with 95%
/// whenever one stops, for a `stake` of 2/[`ALPHA_BET`](super::ALPHA_BET). `resolution` is the
/// least step of the measure (one image): a spread is never smaller. `None` for fewer than five
/// differences.
///
/// It ends where the bets reach `stake`. Too few differences to reach it, 2ⁿ ≤ `stake`, get the t
/// interval of the look at five.
pub fn sequential_interval(
    bets: &SignBets,
    differences: &[f64],
    stake: f64,
    resolution: f64,
) -> Option<(f64, f64)> {
    if differences.len() < LOOK {
        return None;
    }
    if 2.0_f64.powi(differences.len() as i32) <= stake {
        let look = Spread::of(differences[..LOOK].iter().copied())?;
        return Some(MeanError::of(&look, resolution)?.interval(1.0 - ALPHA_LOOK));
    }
    let flipped: Vec<f64> = differences.iter().map(|d| -d).collect();
    Some((lower_end(bets, differences, stake), -lower_end(bets, &flipped, stake)))
}

/// The least centre against which the bet on "above" has not reached `stake`, by bisection.
fn lower_end(bets: &SignBets, differences: &[f64], stake: f64) -> f64 {
    let least = differences.iter().copied().fold(f64::INFINITY, f64::min);
    let most = differences.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut low, mut high) = (least - 200.0 * bets.scale(), most);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        *(if bets.rise(differences, middle) >= stake { &mut low } else { &mut high }) = middle;
    }
    low
}

/// The two-sided p-value of the t test that a sequential comparison makes at five seeds; 1 for
/// fewer than two differences.
pub(super) fn t_p(differences: &[f64], resolution: f64) -> f64 {
    paired_t_p(differences, resolution).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequential::{ALPHA_BET, ALPHA_EQUIVALENT};

    const A: [f64; 10] = [0.31, -0.12, 0.45, 0.27, 0.08, 0.39, 0.22, -0.05, 0.33, 0.41];
    const B: [f64; 5] = [1.12, 0.98, 1.31, 0.87, 1.05];
    const C: [f64; 10] = [0.1, -0.2, 0.05, 0.15, -0.1, 0.02, -0.07, 0.12, 0.0, -0.03];

    fn are(found: Option<(f64, f64)>, low: f64, high: f64) {
        let (l, h) = found.unwrap();
        assert!((l - low).abs() < 1e-7 && (h - high).abs() < 1e-7, "{l} to {h}");
    }

    #[test]
    fn intervals_agree_with_the_reference() {
        let bets = SignBets::new(0.5, 0.5);
        let usual = 2.0 / ALPHA_BET;
        are(sequential_interval(&bets, &A, usual, 0.01), -0.0819566, 0.4331404);
        are(sequential_interval(&bets, &B, usual, 0.01), 0.7899947, 1.3420053);
        are(sequential_interval(&bets, &C, 1.0 / ALPHA_EQUIVALENT, 0.01), -0.1333619, 0.1181895);
        assert_eq!(sequential_interval(&bets, &A[..4], usual, 0.01), None);
        assert!((t_p(&B, 0.01) - 1.3255075e-4).abs() < 1e-11);
    }

    #[test]
    fn a_spread_is_never_less_than_one_image() {
        assert!(t_p(&[0.01; 5], 0.01) > 0.05, "five pairs, each one image apart, prove nothing");
        assert!(t_p(&[1.0; 5], 0.01) < 1e-6);
    }
}
