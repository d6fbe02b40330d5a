//! Hard swish: y = x·min(max(x + 3, 0), 6)/6, which is close to `silu` and needs no exponential.
//! PyTorch's `nn.Hardswish` (Howard et al. 2019, MobileNetV3).
//!
//! Shapes: any; y as x. Backward: dx = 0 where x ≤ −3, dy where x ≥ 3, else dy·(x/3 + 1/2).

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::thread_team::VALUE_COST;

/// `hardswish`: y = x·min(max(x + 3, 0), 6)/6. PyTorch's `nn.Hardswish`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HardSwish;

impl LayerSyntax for HardSwish {
    const NAME: &'static str = "hardswish";
    const EXAMPLE: &'static str = "hardswish";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(HardSwish)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl ActivationFunction for HardSwish {
    const DERIVATIVE_READS_OUTPUT: bool = false;
    const VALUE_COST: usize = VALUE_COST;

    /// The factor of x is at most 1, so that nothing overflows.
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let [zero, most] = [0.0, 6.0].map(|value| simd.splat_f32s(value));
        let shifted = simd.add_f32s(x, simd.splat_f32s(3.0));
        // NaN passes both.
        let shifted = simd.select_f32s(simd.less_than_f32s(shifted, zero), zero, shifted);
        let shifted = simd.select_f32s(simd.greater_than_f32s(shifted, most), most, shifted);
        simd.mul_f32s(x, simd.mul_f32s(shifted, simd.splat_f32s(1.0 / 6.0)))
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        let [zero, least, most] = [0.0, -3.0, 3.0].map(|value| simd.splat_f32s(value));
        let slope = simd.mul_add_e_f32s(x, simd.splat_f32s(1.0 / 3.0), simd.splat_f32s(0.5));
        let dx = simd.mul_f32s(dy, slope);
        let dx = simd.select_f32s(simd.greater_than_or_equal_f32s(x, most), dy, dx);
        simd.select_f32s(simd.less_than_or_equal_f32s(x, least), zero, dx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::{apply_gradient_here, checks};

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(HardSwish, &[(-1.5, -0.375), (0.0, 0.0), (1.5, 1.125)]);
        checks::has_values(HardSwish, &[(-3.0, 0.0), (3.0, 3.0), (f32::MIN, 0.0)]);
        for huge in [f32::MAX, f32::INFINITY] {
            assert_eq!(checks::value(HardSwish, huge), huge);
        }
        checks::has_its_slope_as_gradient(HardSwish);
        let mut slopes = [1.0; 7];
        let x = [f32::NEG_INFINITY, -3.0, 0.0, 1.5, 3.0, f32::INFINITY, f32::NAN];
        apply_gradient_here(HardSwish, &mut slopes, &x);
        assert_eq!(slopes[..6], [0.0, 0.0, 0.5, 1.0, 1.0, 1.0]);
        assert!(slopes[6].is_nan());
    }
}
