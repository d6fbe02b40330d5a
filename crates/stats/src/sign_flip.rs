//! The sign-flip test: how rare the observed mean difference is if each difference could as well
//! have had the other sign.

/// Up to this many differences, every assignment of signs is counted.
const COUNTED: usize = 40;

/// More differences are rounded to a grid on which their absolute values sum to this many steps.
const GRID: f64 = 65_536.0;

/// The two-sided p-value of the sign-flip test of mean difference 0 (Fisher's randomisation test
/// for pairs): the share of all 2ⁿ assignments of signs whose sum is at least as far from zero as
/// the observed sum. It assumes only that each difference would be as likely with the other sign if
/// the networks were equal.
///
/// The p-value is exact up to 40 differences. More differences are rounded to 1/65,536 of the sum
/// of their absolute values, which changes p by about a hundredth of itself at most, and are then
/// counted exactly. Sums that differ only by rounding count as equal. p is 1 if there are no
/// differences or all are zero.
pub fn sign_flip_p(differences: &[f64]) -> f64 {
    if differences.len() <= COUNTED { counted(differences) } else { on_a_grid(differences) }
}

/// Counts subsets in place of assignments. With S = Σd > 0, flipping the signs of a subset gives
/// S − 2·Σ(subset). This is as far from zero as S where Σ(subset) ≤ 0 or Σ(subset) ≥ S. The
/// complement of a subset of the first kind is one of the second, so it is enough to count the
/// first. A subset is a subset of the first half and one of the second; the sorted sums of both
/// halves are merged (Horowitz and Sahni 1974).
fn counted(differences: &[f64]) -> f64 {
    let sum: f64 = differences.iter().sum();
    let tolerance = tolerance(differences);
    let towards_sum: Vec<f64> =
        differences.iter().map(|d| if sum < 0.0 { -d } else { *d }).collect();
    let (first, second) = towards_sum.split_at(towards_sum.len() / 2);
    let (first, second) = (subset_sums(first), subset_sums(second));
    let mut count = 0.0;
    let mut below = second.len();
    for a in &first {
        while below > 0 && a + second[below - 1] > tolerance {
            below -= 1;
        }
        count += below as f64;
    }
    // If S is zero, both kinds hold every subset, and twice the count exceeds 1.
    (2.0 * count / (first.len() as f64 * second.len() as f64)).min(1.0)
}

/// Sums that are closer than this are equal. Sums of accuracies are multiples of 1/images, but
/// floating point rounds them.
fn tolerance(differences: &[f64]) -> f64 {
    1e-9 * differences.iter().map(|d| d.abs()).sum::<f64>()
}

/// The sums of all subsets, ascending. Each value merges the sums without it and the sums with it.
fn subset_sums(values: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0];
    for &value in values {
        let mut merged = Vec::with_capacity(2 * sums.len());
        let (mut without, mut with) = (0, 0);
        while without < sums.len() || with < sums.len() {
            let take =
                with == sums.len() || without < sums.len() && sums[without] <= sums[with] + value;
            let index = if take { &mut without } else { &mut with };
            merged.push(sums[*index] + if take { 0.0 } else { value });
            *index += 1;
        }
        sums = merged;
    }
    sums
}

/// Computes the distribution of the sum over random signs on integers, one convolution per
/// difference.
fn on_a_grid(differences: &[f64]) -> f64 {
    let unit = differences.iter().map(|d| d.abs()).sum::<f64>() / GRID;
    if unit == 0.0 {
        return 1.0;
    }
    let steps: Vec<i64> = differences.iter().map(|d| (d / unit).round() as i64).collect();
    let (sum, total) =
        (steps.iter().sum::<i64>().abs(), steps.iter().map(|step| step.abs()).sum::<i64>());
    // positive[k]: the probability that the differences with a positive sign sum to k steps.
    let mut positive = vec![0.0; total as usize + 1];
    positive[0] = 1.0;
    let mut reached = 0;
    for size in steps.iter().map(|step| step.unsigned_abs() as usize) {
        reached += size;
        for at in (0..=reached).rev() {
            let with = if at >= size { positive[at - size] } else { 0.0 };
            positive[at] = 0.5 * (positive[at] + with);
        }
    }
    let far = (0..).zip(&positive).filter(|(at, _)| (2 * at - total).abs() >= sum);
    far.map(|(_, probability)| probability).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(p: f64, expected: f64) {
        assert!((p - expected).abs() < 1e-12, "{p} is not {expected}");
    }

    /// Each expected value is SciPy 1.17's `scipy.stats.permutation_test((x,), numpy.sum,
    /// permutation_type="samples", n_resamples=numpy.inf).pvalue`.
    #[test]
    fn agrees_with_scipy() {
        is(sign_flip_p(&[0.0112, 0.0098, 0.0131, 0.0087, 0.0125, 0.0109]), 0.03125);
        is(sign_flip_p(&[0.0112, -0.0021, 0.0131, 0.0087, -0.0005, 0.0109]), 0.125);
        is(
            sign_flip_p(&[
                0.0023, -0.0041, 0.0017, 0.0052, -0.0009, 0.0031, 0.0, -0.0013, 0.0044, 0.0008,
            ]),
            0.24609375,
        );
        is(
            sign_flip_p(&[
                -0.0502, 0.0011, -0.0488, -0.0007, 0.0002, -0.0019, 0.0013, -0.0511, 0.0005,
                -0.0003, -0.0016, 0.0009,
            ]),
            0.11376953125,
        );
        is(
            sign_flip_p(&[
                -0.00665, 0.00315, -0.00315, 0.00665, 0.00035, -0.00595, 0.00385, -0.00245,
                0.00735, 0.00105, -0.00525, 0.00455, -0.00175, 0.00805, 0.00175, -0.00455, 0.00525,
                -0.00105,
            ]),
            0.5907211303710938,
        );
    }

    #[test]
    fn all_of_one_sign_is_the_rarest_and_zeros_are_certain() {
        for n in 6..=20 {
            is(sign_flip_p(&vec![0.01; n]), 2.0_f64.powi(1 - n as i32));
        }
        is(sign_flip_p(&[0.0; 8]), 1.0);
        is(sign_flip_p(&[0.3, -0.3, 0.1, -0.1]), 1.0);
        is(sign_flip_p(&[]), 1.0);
    }

    #[test]
    fn equal_sums_are_equal_in_floating_point_too() {
        // 0.1 + 0.2 − 0.3 is not zero in floating point. The expected value is SciPy's, on
        // integers.
        let tenths = [1, 2, -3, 4, 5, 6];
        let fractions: Vec<f64> = tenths.iter().map(|&tenth| f64::from(tenth) * 0.1).collect();
        let integers: Vec<f64> = tenths.iter().map(|&tenth| f64::from(tenth)).collect();
        is(sign_flip_p(&fractions), sign_flip_p(&integers));
        is(sign_flip_p(&integers), 0.15625);
    }

    #[test]
    fn many_pairs_are_counted_on_a_grid_as_well_as_exactly() {
        let differences: Vec<f64> =
            (0..36).map(|i| 0.001 * (f64::from(i * 37 % 23) - 8.5)).collect();
        let (exact, rounded) = (counted(&differences), on_a_grid(&differences));
        assert!(exact > 0.001 && (rounded / exact - 1.0).abs() < 0.01, "{exact} {rounded}");
        let many: Vec<f64> = differences.iter().cycle().take(200).copied().collect();
        assert!(sign_flip_p(&many) < exact);
        is(sign_flip_p(&[0.0; 50]), 1.0);
    }
}
