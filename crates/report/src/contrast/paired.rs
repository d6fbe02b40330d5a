//! Pairs of accuracies, one for each seed: how far apart, how surely, and by which test.

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::stats_tests::ttest_onesample::ttest_onesample;
use statrs::stats_tests::{Alternative, NaNPolicy};

use crate::spread::Spread;

/// What two networks scored with one seed. Accuracies are fractions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// That both were trained with.
    pub seed: u64,
    /// Accuracy of the network.
    pub network: f64,
    /// Accuracy of its baseline.
    pub baseline: f64,
}

impl Pair {
    /// The network's − the baseline's.
    pub fn difference(&self) -> f64 {
        self.network - self.baseline
    }
}

/// The interval that holds the true mean in 95 of 100 cases where values are normal: mean ±
/// t₀.₉₇₅(n − 1)·sd/√n. `None` for one value.
pub fn t_interval(values: &Spread) -> Option<(f64, f64)> {
    let n = values.count as f64;
    let t = StudentsT::new(0.0, 1.0, n - 1.0).ok()?.inverse_cdf(0.975);
    let half = t * values.sd? / n.sqrt();
    Some((values.mean - half, values.mean + half))
}

/// The two-sided p of the paired t test. `None` for fewer than two differences; 1 where all are
/// zero, 0 where all are the same.
pub fn paired_t_p(differences: &[f64]) -> Option<f64> {
    let spread = Spread::of(differences.iter().copied())?;
    // What rounding leaves of equal differences is no spread.
    if spread.sd? <= 1e-9 * spread.mean.abs() {
        return Some(if spread.mean == 0.0 { 1.0 } else { 0.0 });
    }
    let test = ttest_onesample(differences.to_vec(), 0.0, Alternative::TwoSided, NaNPolicy::Error);
    test.ok().map(|(_, p)| p)
}

/// Pearson's correlation of the pairs: how much a seed that is good for one network is good for the
/// other. `None` where one of them scored the same with every seed.
pub fn correlation(pairs: &[Pair]) -> Option<f64> {
    let network = Spread::of(pairs.iter().map(|pair| pair.network))?;
    let baseline = Spread::of(pairs.iter().map(|pair| pair.baseline))?;
    let products =
        pairs.iter().map(|pair| (pair.network - network.mean) * (pair.baseline - baseline.mean));
    let covariance = products.sum::<f64>() / (network.count as f64 - 1.0);
    let (a, b) = (network.sd?, baseline.sd?);
    (a > 1e-12 && b > 1e-12).then(|| (covariance / (a * b)).clamp(-1.0, 1.0))
}

/// Holm's adjustment (1979): p-values as they count among all comparisons of a study, so that any
/// of them is below 0.05 by chance in at most 5% of studies. The k-th smallest of m is multiplied
/// by m − k + 1 and is no smaller than those before it. One that is not known yet counts among the
/// m.
pub fn holm(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> =
        p_values.iter().enumerate().filter_map(|(index, p)| p.map(|p| (index, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut adjusted = vec![None; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, (index, p)) in order.into_iter().enumerate() {
        largest = largest.max(p * (p_values.len() - rank) as f64).min(1.0);
        adjusted[index] = Some(largest);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    const NETWORK: [f64; 7] = [0.8812, 0.8847, 0.8795, 0.8861, 0.8833, 0.8850, 0.8821];
    const BASELINE: [f64; 7] = [0.8741, 0.8790, 0.8758, 0.8779, 0.8785, 0.8762, 0.8739];

    fn is(value: f64, expected: f64) {
        assert!((value - expected).abs() < 1e-9, "{value} is not {expected}");
    }

    fn pairs() -> Vec<Pair> {
        let scores = (1..).zip(NETWORK.iter().zip(&BASELINE));
        scores.map(|(seed, (&network, &baseline))| Pair { seed, network, baseline }).collect()
    }

    /// SciPy 1.17, a and b as above: `scipy.stats.ttest_rel(a, b)`, its
    /// `.confidence_interval(0.95)`, and `scipy.stats.pearsonr(a, b).statistic`.
    #[test]
    fn agrees_with_scipy() {
        let differences: Vec<f64> = pairs().iter().map(Pair::difference).collect();
        let (low, high) = t_interval(&Spread::of(differences.iter().copied()).unwrap()).unwrap();
        is(paired_t_p(&differences).unwrap(), 0.00010239399199973062);
        is(low, 0.0048456578019005535);
        is(high, 0.008440056483813728);
        is(correlation(&pairs()).unwrap(), 0.6150185095727188);
    }

    /// statsmodels 0.15: `statsmodels.stats.multitest.multipletests(p, method="holm")[1]`.
    #[test]
    fn holm_agrees_with_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.7, 0.012].map(Some));
        let expected = [0.05, 0.09, 0.09, 0.03, 0.7, 0.05];
        adjusted.iter().zip(expected).for_each(|(p, expected)| is(p.unwrap(), expected));
        // What is not known yet is still to be compared.
        assert_eq!(holm(&[Some(0.01), None, None]), [Some(0.03), None, None]);
        assert_eq!(holm(&[]), []);
    }

    #[test]
    fn differences_without_spread_are_certain_or_nothing() {
        assert_eq!(paired_t_p(&[0.0; 5]), Some(1.0));
        assert_eq!(paired_t_p(&[0.01; 5]), Some(0.0));
        assert_eq!(paired_t_p(&[0.01]), None);
        assert_eq!(t_interval(&Spread::of([0.01]).unwrap()), None);
        let constant = |seed| Pair { seed, network: 0.9, baseline: 0.8 + 0.001 * seed as f64 };
        assert_eq!(correlation(&[1, 2, 3].map(constant)), None);
        assert_eq!(correlation(&pairs()[..1]), None);
    }
}
