//! What a candidate and its baseline scored with one seed.

use crate::spread::Spread;

/// The scores of a candidate and its baseline with the same seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The seed of both runs.
    pub seed: u64,
    /// The candidate's score.
    pub candidate: f64,
    /// The baseline's score.
    pub baseline: f64,
}

impl Pair {
    /// Pairs the scores of two lists in order, under seeds 1, 2, …; the longer list's rest is left
    /// out.
    pub fn by_seed(candidate: &[f64], baseline: &[f64]) -> Vec<Self> {
        (1..)
            .zip(candidate.iter().zip(baseline))
            .map(|(seed, (&candidate, &baseline))| Pair { seed, candidate, baseline })
            .collect()
    }

    /// The candidate's score − the baseline's.
    pub fn difference(&self) -> f64 {
        self.candidate - self.baseline
    }
}

/// Pearson's correlation of the pairs: how much a seed that is good for the candidate is good for
/// the baseline too. `None` if one of them scored the same with every seed.
pub fn correlation(pairs: &[Pair]) -> Option<f64> {
    let candidate = Spread::of(pairs.iter().map(|pair| pair.candidate))?;
    let baseline = Spread::of(pairs.iter().map(|pair| pair.baseline))?;
    let products = pairs
        .iter()
        .map(|pair| (pair.candidate - candidate.mean) * (pair.baseline - baseline.mean));
    let covariance = products.sum::<f64>() / (candidate.count as f64 - 1.0);
    let (a, b) = (candidate.sd?, baseline.sd?);
    (a > 1e-12 && b > 1e-12).then(|| (covariance / (a * b)).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANDIDATE: [f64; 7] = [0.8812, 0.8847, 0.8795, 0.8861, 0.8833, 0.8850, 0.8821];
    const BASELINE: [f64; 7] = [0.8741, 0.8790, 0.8758, 0.8779, 0.8785, 0.8762, 0.8739];

    /// SciPy 1.17: `scipy.stats.pearsonr(a, b).statistic`.
    #[test]
    fn correlation_agrees_with_scipy() {
        let found = correlation(&Pair::by_seed(&CANDIDATE, &BASELINE)).unwrap();
        assert!((found - 0.6150185095727188).abs() < 1e-9, "{found}");
    }

    #[test]
    fn scores_without_spread_have_no_correlation() {
        assert_eq!(correlation(&Pair::by_seed(&[0.9; 7], &BASELINE)), None);
        assert_eq!(correlation(&Pair::by_seed(&CANDIDATE[..1], &BASELINE)), None);
    }

    #[test]
    fn seeds_are_counted_from_one_up_to_the_shorter_list() {
        let pairs = Pair::by_seed(&CANDIDATE, &BASELINE[..3]);
        assert!(pairs.iter().map(|pair| pair.seed).eq(1..=3));
        assert!((pairs[2].difference() - 0.0037).abs() < 1e-12);
    }
}
