//! Hyperbolic tangent: y = tanh x. PyTorch's `nn.Tanh`.
//!
//! Shapes: any; y as x. Backward: dx = dy·(1 − y²).

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::exp_minus_one;
use crate::thread_team::VALUE_COST;

/// `tanh`: y = tanh x. PyTorch's `nn.Tanh`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tanh;

impl LayerSyntax for Tanh {
    const NAME: &'static str = "tanh";
    const EXAMPLE: &'static str = "tanh";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Tanh)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

/// From this x on, tanh x is 1 in f32.
const TANH_IS_ONE: f32 = 10.0;

impl ActivationFunction for Tanh {
    const DERIVATIVE_READS_OUTPUT: bool = true;
    /// 8,192 values take 2.4 µs, with one exponential and one division each.
    const VALUE_COST: usize = 2 * VALUE_COST;

    /// tanh x = −t/(2 + t) for x ≥ 0, with t = e⁻²ˣ − 1, and tanh(−x) = −tanh x.
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let (size, most) = (simd.abs_f32s(x), simd.splat_f32s(TANH_IS_ONE));
        let size = simd.select_f32s(simd.greater_than_f32s(size, most), most, size);
        let t = exp_minus_one(simd, simd.mul_f32s(simd.splat_f32s(-2.0), size));
        let y = simd.div_f32s(t, simd.add_f32s(simd.splat_f32s(2.0), t));
        // The quotient is negative or zero: it takes the sign of x instead.
        simd.xor_f32s(simd.abs_f32s(y), simd.and_f32s(x, simd.splat_f32s(-0.0)))
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        simd.mul_f32s(dy, simd.sub_f32s(simd.splat_f32s(1.0), simd.mul_f32s(y, y)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::checks;

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(Tanh, &[(-1.5, -0.905_148_3), (1.5, 0.905_148_3)]);
        checks::has_its_slope_as_gradient(Tanh);
    }

    #[test]
    fn values_are_right_to_two_roundings() {
        let errors = checks::largest_errors(Tanh, f64::tanh);
        assert!(errors[1] < 2.0 * f64::from(f32::EPSILON), "{errors:?}");
    }
}
