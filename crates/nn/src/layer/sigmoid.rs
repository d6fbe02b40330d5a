//! Sigmoid: y = 1/(1 + e⁻ˣ). PyTorch's `nn.Sigmoid`.
//!
//! Shapes: any; y as x. Backward: dx = dy·y·(1 − y).

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::exp;
use crate::thread_team::VALUE_COST;

/// `sigmoid`: y = 1/(1 + e⁻ˣ). PyTorch's `nn.Sigmoid`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sigmoid;

impl LayerSyntax for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const EXAMPLE: &'static str = "sigmoid";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Sigmoid)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl ActivationFunction for Sigmoid {
    const DERIVATIVE_READS_OUTPUT: bool = true;
    /// 8,192 values take 2.4 µs, with one exponential and one division each.
    const VALUE_COST: usize = 2 * VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let one = simd.splat_f32s(1.0);
        simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        simd.mul_f32s(simd.mul_f32s(dy, y), simd.sub_f32s(simd.splat_f32s(1.0), y))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::checks;

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(Sigmoid, &[(-1.5, 0.182_425_5), (1.5, 0.817_574_5)]);
        checks::has_its_slope_as_gradient(Sigmoid);
    }

    #[test]
    fn values_are_right_to_two_roundings() {
        let errors = checks::largest_errors(Sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(errors[1] < 2.0 * f64::from(f32::EPSILON), "{errors:?}");
    }
}
