//! Holm's adjustment of p-values for several comparisons.

/// Adjusts the p-values of all comparisons of one study (Holm 1979). If all differences are zero,
/// any adjusted p-value is below α in at most a share α of studies.
///
/// The k-th smallest of m p-values is multiplied by m − k + 1, is at least as large as the adjusted
/// ones before it, and at most 1. A p-value that is not known yet stays `None` and counts among the
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

    /// statsmodels 0.15: `statsmodels.stats.multitest.multipletests(p, method="holm")[1]`.
    #[test]
    fn agrees_with_statsmodels() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005, 0.7, 0.012].map(Some));
        for (p, expected) in adjusted.iter().zip([0.05, 0.09, 0.09, 0.03, 0.7, 0.05]) {
            assert!((p.unwrap() - expected).abs() < 1e-9, "{p:?} is not {expected}");
        }
    }

    #[test]
    fn an_unknown_p_value_counts_as_a_comparison() {
        assert_eq!(holm(&[Some(0.01), None, None]), [Some(0.03), None, None]);
        assert_eq!(holm(&[]), []);
    }
}
