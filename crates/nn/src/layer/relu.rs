//! ReLU: y = max(0, x). PyTorch's `nn.ReLU`.
//!
//! Shapes: any; y as x. Backward: dx = dy where y > 0, else 0.
//!
//! Dense layers and convolutions beside a ReLU compute it as part of their own passes
//! ([`rectify`], [`mask`]), so that no values are read and written once more for the ReLU alone.

use std::fmt;

use pulp::Simd;

use super::activation::{ActivationFunction, apply_gradient_here, apply_here};
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::thread_team::VALUE_COST;

/// `relu`: y = max(0, x). PyTorch's `nn.ReLU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relu;

impl LayerSyntax for Relu {
    const NAME: &'static str = "relu";
    const EXAMPLE: &'static str = "relu";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Relu)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl ActivationFunction for Relu {
    const IS_RELU: bool = true;
    const DERIVATIVE_READS_OUTPUT: bool = true;
    const VALUE_COST: usize = VALUE_COST;

    /// NaN passes, as in PyTorch.
    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        simd.select_f32s(simd.less_than_f32s(x, zero), zero, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        simd.select_f32s(simd.greater_than_f32s(y, zero), dy, zero)
    }
}

/// Replaces each value by its ReLU.
pub(crate) fn rectify(values: &mut [f32]) {
    apply_here(Relu, values);
}

/// Replaces the gradient of a ReLU's output `rectified` by the gradient of its input.
pub(crate) fn mask(gradient: &mut [f32], rectified: &[f32]) {
    apply_gradient_here(Relu, gradient, rectified);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::checks;

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(Relu, &[(-1.5, 0.0), (0.0, 0.0), (1.5, 1.5)]);
        checks::has_its_slope_as_gradient(Relu);
    }
}
