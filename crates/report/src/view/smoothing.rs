//! Smoothing as TensorBoard does it: an exponential moving average without its bias towards 0.

/// The average sₖ = a·sₖ₋₁ + (1 − a)·xₖ from s₀ = 0, divided by 1 − aᵏ, which is the sum of its weights.
/// `a` is from 0, which changes nothing, to below 1. A value that is not finite stays a gap and has no
/// part in the average.
pub fn smoothed(values: impl IntoIterator<Item = f64>, a: f64) -> Vec<f64> {
    let (mut sum, mut decay) = (0.0, 1.0);
    let next = |value: f64| {
        if !value.is_finite() {
            return f64::NAN;
        }
        sum = a * sum + (1.0 - a) * value;
        decay *= a;
        sum / (1.0 - decay)
    };
    values.into_iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, with a = 0.5: 1; (0.25 + 1) / 0.75; then 4 after a gap: (0.625 + 2) / 0.875.
    #[test]
    fn averages_have_no_bias_towards_zero_and_gaps_stay() {
        let found = smoothed([1.0, 2.0, f64::NAN, 4.0], 0.5);
        assert_eq!((found[0], found[1]), (1.0, 1.25 / 0.75));
        assert!(found[2].is_nan());
        assert_eq!(found[3], 2.625 / 0.875);
    }

    #[test]
    fn nothing_is_smoothed_by_zero_and_a_constant_stays() {
        assert_eq!(smoothed([3.0, 1.0, 2.0], 0.0), [3.0, 1.0, 2.0]);
        for value in smoothed([0.7; 50], 0.99) {
            assert!((value - 0.7).abs() < 1e-12, "{value}");
        }
    }
}
