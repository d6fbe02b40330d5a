//! The loss of a probability.

/// −ln p: the cross-entropy of an image whose own class got the probability `p`, as scikit-learn's
/// `log_loss`. A probability below the smallest normal f32 counts as that, since softmax in 32 bits gives 0 for what is
/// lower; so a loss is at most 87.4. NaN stays NaN.
pub fn log_loss(p: f64) -> f64 {
    if p.is_nan() { p } else { -p.max(f32::MIN_POSITIVE.into()).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_mistakes_are_finite_and_nan_is_not_hidden() {
        assert_eq!(log_loss(1.0), 0.0);
        assert!((log_loss(0.25) - 4f64.ln()).abs() < 1e-15);
        assert!((log_loss(0.0) - 87.3365).abs() < 1e-4);
        assert!(log_loss(f64::NAN).is_nan());
    }
}
