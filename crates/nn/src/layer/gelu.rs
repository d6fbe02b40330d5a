//! GELU: y = x·Φ(x) = x·(1 + erf(x/√2))/2 (Hendrycks and Gimpel 2016), with Φ the standard normal
//! distribution. Exact, not the tanh approximation: PyTorch's `nn.GELU` by default.
//!
//! Shapes: any; y as x. Backward: dx = dy·(Φ(x) + x·φ(x)), with φ the standard normal density.

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::exp;
use crate::thread_team::VALUE_COST;

/// `gelu`: y = x·Φ(x), exact (with the error function). PyTorch's `nn.GELU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gelu;

impl LayerSyntax for Gelu {
    const NAME: &'static str = "gelu";
    const EXAMPLE: &'static str = "gelu";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Gelu)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl ActivationFunction for Gelu {
    const DERIVATIVE_READS_OUTPUT: bool = false;
    /// 8,192 values take 4.5 µs.
    const VALUE_COST: usize = 4 * VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, normal_distribution(simd, x)[0])
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        let [distribution, bell] = normal_distribution(simd, x);
        let density = simd.mul_f32s(bell, simd.splat_f32s(INVERSE_ROOT_OF_TWO_PI));
        simd.mul_f32s(dy, simd.mul_add_e_f32s(x, density, distribution))
    }
}

/// 1/√(2π).
const INVERSE_ROOT_OF_TWO_PI: f32 = 0.398_942_3;

/// Coefficients of the polynomial P in [`normal_distribution`], the highest power first.
const TAIL: [f32; 9] = [
    -0.000_266_765_62,
    -0.000_903_251_46,
    0.001_076_036_4,
    0.006_923_921_4,
    -0.010_479_935,
    -0.047_256_1,
    0.230_019_35,
    -0.509_332_3,
    0.729_083_66,
];

/// Φ(x) and e^(−x²/2).
///
/// Φ(−u) = t·P(q)·e^(−u²/2) for u ≥ 0, with t = 1/(u + 3) and q = 1 − 6t. Hastings (1955;
/// Abramowitz and Stegun 7.1.26) has a polynomial in t; ours is in q, which lies around 0. P is
/// fitted by Lawson's algorithm to the least largest relative error: 5·10⁻⁸ before rounding.
#[inline(always)]
fn normal_distribution<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
    let splat = |value| simd.splat_f32s(value);
    let bell = exp(simd, simd.mul_f32s(simd.mul_f32s(splat(-0.5), x), x));
    let t = simd.div_f32s(splat(1.0), simd.add_f32s(simd.abs_f32s(x), splat(3.0)));
    let q = simd.negate_mul_add_e_f32s(splat(6.0), t, splat(1.0));
    let mut p = splat(TAIL[0]);
    for coefficient in &TAIL[1..] {
        p = simd.mul_add_e_f32s(p, q, splat(*coefficient));
    }
    let tail = simd.mul_f32s(simd.mul_f32s(t, p), bell);
    let is_above = simd.greater_than_f32s(x, splat(0.0));
    [simd.select_f32s(is_above, simd.sub_f32s(splat(1.0), tail), tail), bell]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use super::*;
    use crate::layer::activation::{apply_gradient_here, checks};

    fn distribution(x: f64) -> f64 {
        0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
    }

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(Gelu, &[(-1.5, -0.100_210_8), (1.5, 1.399_789_2)]);
        checks::has_its_slope_as_gradient(Gelu);
    }

    #[test]
    fn values_are_near_the_true_ones() {
        let errors = checks::largest_errors(Gelu, |x| x * distribution(x));
        // y is up to 12; where y is nearly 0, nothing is lost by cancellation.
        assert!(errors[0] < 5e-7 && errors[1] < 5e-6, "{errors:?}");
    }

    #[test]
    fn the_slope_is_near_the_true_one() {
        let x: Vec<f32> = checks::many_inputs().into_iter().chain([f32::NAN]).collect();
        let mut slopes = vec![1.0; x.len()];
        apply_gradient_here(Gelu, &mut slopes, &x);
        assert!(slopes.pop().is_some_and(f32::is_nan));
        let worst = x.iter().zip(&slopes).fold(0f64, |worst, (&x, &slope)| {
            let x = f64::from(x);
            let truth = distribution(x) + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
            worst.max((f64::from(slope) - truth).abs())
        });
        assert!(worst < 3e-7, "{worst}");
    }
}
