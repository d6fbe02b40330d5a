//! ELU: y = x where x > 0, else α·(eˣ − 1). PyTorch's `nn.ELU` (Clevert, Unterthiner and Hochreiter
//! 2016).
//!
//! Shapes: any; y as x. Backward: dx = dy where y > 0, else dy·(y + α), for α·eˣ = y + α.

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::exp_minus_one;
use crate::thread_team::VALUE_COST;

/// `elu 1`: y = x where x > 0, else α·(eˣ − 1). PyTorch's `nn.ELU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elu {
    /// The negative side ends at −α, 1 by default. It is not below 0: then y would not tell the
    /// sign of x.
    pub alpha: f32,
}

impl LayerSyntax for Elu {
    const NAME: &'static str = "elu";
    const EXAMPLE: &'static str = "elu 1";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let alpha = if words.is_empty() { "1" } else { words.next("alpha")? };
        let is_allowed = |alpha: f32| alpha >= 0.0 && alpha.is_finite();
        Ok(Elu { alpha: words.real("alpha", "a finite number from 0", is_allowed, alpha)? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.alpha == 1.0 { Ok(()) } else { write!(f, " {}", self.alpha) }
    }
}

impl ActivationFunction for Elu {
    const DERIVATIVE_READS_OUTPUT: bool = true;
    /// One exponential.
    const VALUE_COST: usize = 2 * VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let below = simd.mul_f32s(simd.splat_f32s(self.alpha), exp_minus_one_below_zero(simd, x));
        simd.select_f32s(simd.greater_than_f32s(x, simd.splat_f32s(0.0)), x, below)
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        let below = simd.mul_f32s(dy, simd.add_f32s(y, simd.splat_f32s(self.alpha)));
        simd.select_f32s(simd.greater_than_f32s(y, simd.splat_f32s(0.0)), dy, below)
    }
}

/// eˣ − 1 where x is not above 0: −1 far below 0, and NaN where x is NaN. Anything above 0.
#[inline(always)]
pub(super) fn exp_minus_one_below_zero<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // e⁻⁸⁷ is nothing beside 1.
    let least = simd.splat_f32s(-87.0);
    exp_minus_one(simd, simd.select_f32s(simd.less_than_f32s(x, least), least, x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::checks;

    #[test]
    fn values_and_gradients_are_the_formula() {
        let values = [(-1.5, -0.388_434_9), (0.0, 0.0), (1.5, 1.5)];
        checks::has_values(Elu { alpha: 0.5 }, &values);
        let ends = [f32::MIN, f32::NEG_INFINITY].map(|x| (x, -0.5));
        checks::has_values(Elu { alpha: 0.5 }, &ends);
        for huge in [f32::MAX, f32::INFINITY] {
            assert_eq!(checks::value(Elu { alpha: 0.5 }, huge), huge);
        }
        checks::has_its_slope_as_gradient(Elu { alpha: 1.0 });
        checks::has_its_slope_as_gradient(Elu { alpha: 0.5 });
    }

    #[test]
    fn values_are_right_to_a_few_roundings() {
        let truth = |x: f64| if x > 0.0 { x } else { x.exp_m1() };
        let errors = checks::largest_errors(Elu { alpha: 1.0 }, truth);
        assert!(errors[1] < 3.0 * f64::from(f32::EPSILON), "{errors:?}");
    }

    #[test]
    fn alpha_is_a_finite_number_from_0() {
        for word in ["-1", "nan", "inf", "x"] {
            let error = format!("elu {word}").parse::<crate::LayerSpec>().unwrap_err().to_string();
            let told = format!("`elu {word}`: alpha must be a finite number from 0, got `{word}`");
            assert_eq!(error, told);
        }
    }
}
