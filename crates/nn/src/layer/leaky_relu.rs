//! Leaky ReLU: y = x where x > 0, else slope·x. PyTorch's `nn.LeakyReLU` (Maas, Hannun and Ng
//! 2013).
//!
//! Shapes: any; y as x. Backward: dx = dy where x > 0, else slope·dy.

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::thread_team::VALUE_COST;

/// `leakyrelu 0.01`: y = x where x > 0, else slope·x. PyTorch's `nn.LeakyReLU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyRelu {
    /// Slope of the negative side, 0.01 by default.
    pub slope: f32,
}

impl LayerSyntax for LeakyRelu {
    const NAME: &'static str = "leakyrelu";
    const EXAMPLE: &'static str = "leakyrelu 0.01";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        let slope = if words.is_empty() { "0.01" } else { words.next("the slope")? };
        let slope = words.real("the slope", "a finite number", f32::is_finite, slope)?;
        Ok(LeakyRelu { slope })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.slope == 0.01 { Ok(()) } else { write!(f, " {}", self.slope) }
    }
}

impl ActivationFunction for LeakyRelu {
    const DERIVATIVE_READS_OUTPUT: bool = false;
    const VALUE_COST: usize = VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        self.gradient(simd, x, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        let small = simd.mul_f32s(simd.splat_f32s(self.slope), dy);
        simd.select_f32s(simd.greater_than_f32s(x, simd.splat_f32s(0.0)), dy, small)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::activation::checks;

    #[test]
    fn values_and_gradients_are_the_formula() {
        let leaky = LeakyRelu { slope: 0.1 };
        checks::has_values(leaky, &[(-1.5, -0.15), (1.5, 1.5)]);
        checks::has_its_slope_as_gradient(leaky);
    }
}
