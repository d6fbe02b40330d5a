//! SiLU, also called swish: y = x·σ(x), with the sigmoid σ(x) = 1/(1 + e⁻ˣ). PyTorch's `nn.SiLU`
//! (Elfwing, Uchibe and Doya 2018).
//!
//! Shapes: any; y as x. Backward: dx = dy·σ(x)·(1 + x·(1 − σ(x))).

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::exp;
use crate::thread_team::VALUE_COST;

/// `silu`: y = x·σ(x), also called swish. PyTorch's `nn.SiLU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Silu;

impl LayerSyntax for Silu {
    const NAME: &'static str = "silu";
    const EXAMPLE: &'static str = "silu";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Silu)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl ActivationFunction for Silu {
    const DERIVATIVE_READS_OUTPUT: bool = false;
    /// As the sigmoid's: one exponential and one division.
    const VALUE_COST: usize = 2 * VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, sigmoid(simd, x))
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        let one = simd.splat_f32s(1.0);
        let share = sigmoid(simd, x);
        let bend = simd.mul_add_e_f32s(x, simd.sub_f32s(one, share), one);
        simd.mul_f32s(dy, simd.mul_f32s(share, bend))
    }
}

/// σ(x), 0 where e⁻ˣ is too large for an f32.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let one = simd.splat_f32s(1.0);
    simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::{apply_gradient_here, checks};

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(Silu, &[(-1.5, -0.273_638_3), (0.0, 0.0), (1.5, 1.226_361_7)]);
        checks::has_values(Silu, &[(-1000.0, 0.0), (f32::MIN, 0.0)]);
        assert_eq!(checks::value(Silu, f32::MAX), f32::MAX);
        checks::has_its_slope_as_gradient(Silu);
        let mut slopes = [1.0; 4];
        apply_gradient_here(Silu, &mut slopes, &[-1000.0, f32::MIN, 1000.0, f32::MAX]);
        assert_eq!(slopes, [0.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn values_are_right_to_a_few_roundings() {
        let errors = checks::largest_errors(Silu, |x| x / (1.0 + (-x).exp()));
        assert!(errors[1] < 3.0 * f64::from(f32::EPSILON), "{errors:?}");
    }
}
