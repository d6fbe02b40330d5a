//! SELU: y = λ·x where x > 0, else λ·α·(eˣ − 1). PyTorch's `nn.SELU` (Klambauer, Unterthiner, Mayr
//! and Hochreiter 2017).
//!
//! With the paper's λ and α, values of mean 0 and variance 1 keep both through the layers of a
//! network. Shapes: any; y as x. Backward: dx = λ·dy where y > 0, else dy·(y + λ·α).

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::elu::exp_minus_one_below_zero;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::thread_team::VALUE_COST;

/// `selu`: y = λ·x where x > 0, else λ·α·(eˣ − 1), with the paper's λ and α. PyTorch's `nn.SELU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selu;

/// λ.
const SCALE: f32 = 1.050_701;

/// λ·α: the negative side ends at −λ·α.
const FLOOR: f32 = 1.758_099_3;

impl LayerSyntax for Selu {
    const NAME: &'static str = "selu";
    const EXAMPLE: &'static str = "selu";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Selu)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl ActivationFunction for Selu {
    const DERIVATIVE_READS_OUTPUT: bool = true;
    /// One exponential.
    const VALUE_COST: usize = 2 * VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let below = simd.mul_f32s(simd.splat_f32s(FLOOR), exp_minus_one_below_zero(simd, x));
        let above = simd.mul_f32s(simd.splat_f32s(SCALE), x);
        simd.select_f32s(simd.greater_than_f32s(x, simd.splat_f32s(0.0)), above, below)
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        let is_above = simd.greater_than_f32s(y, simd.splat_f32s(0.0));
        let below = simd.add_f32s(y, simd.splat_f32s(FLOOR));
        simd.mul_f32s(dy, simd.select_f32s(is_above, simd.splat_f32s(SCALE), below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::checks;

    /// λ and α as the paper's authors publish them.
    const LAMBDA: f64 = 1.0507009873554804934193349852946;
    const ALPHA: f64 = 1.6732632423543772848170429916717;

    #[test]
    fn values_and_gradients_are_the_formula() {
        assert_eq!([SCALE, FLOOR], [LAMBDA as f32, (LAMBDA * ALPHA) as f32]);
        checks::has_values(Selu, &[(-1.5, -1.365_814_8), (0.0, 0.0), (1.5, 1.576_051_5)]);
        checks::has_values(Selu, &[f32::MIN, f32::NEG_INFINITY].map(|x| (x, -FLOOR)));
        assert_eq!(checks::value(Selu, f32::INFINITY), f32::INFINITY);
        checks::has_its_slope_as_gradient(Selu);
    }

    #[test]
    fn values_are_right_to_a_few_roundings() {
        let truth = |x: f64| if x > 0.0 { LAMBDA * x } else { LAMBDA * ALPHA * x.exp_m1() };
        let errors = checks::largest_errors(Selu, truth);
        assert!(errors[1] < 4.0 * f64::from(f32::EPSILON), "{errors:?}");
    }
}
