//! GELU: y = x·Φ(x) = x·(1 + erf(x/√2))/2 (Hendrycks and Gimpel 2016), with Φ the standard normal
//! distribution: PyTorch's `nn.GELU` by default. Backward: dx = dy·(Φ(x) + x·φ(x)), with φ the
//! standard normal density.
//!
//! The paper's approximation is PyTorch's `nn.GELU(approximate="tanh")`: y = x·(1 + tanh u)/2 with
//! u = √(2/π)·(x + 0.044715·x³). That is x·s with the sigmoid s = σ(2u). Backward: dx = dy·(s +
//! x·s·(1 − s)·2u'), with u' = √(2/π)·(1 + 0.134145·x²).
//!
//! Shapes: any; y as x.

use std::fmt;

use pulp::Simd;

use super::activation::ActivationFunction;
use super::silu::sigmoid;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::kernel::exp;
use crate::thread_team::VALUE_COST;

/// `gelu`: y = x·Φ(x), exact (with the error function), or `gelu tanh`: the tanh approximation.
/// PyTorch's `nn.GELU`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gelu {
    /// Whether it is the tanh approximation.
    pub tanh: bool,
}

impl LayerSyntax for Gelu {
    const NAME: &'static str = "gelu";
    const EXAMPLE: &'static str = "gelu tanh";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(Gelu { tanh: words.flag("tanh") })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tanh { f.write_str(" tanh") } else { Ok(()) }
    }
}

impl ActivationFunction for Gelu {
    const DERIVATIVE_READS_OUTPUT: bool = false;
    /// 8,192 values take 4.5 µs.
    const VALUE_COST: usize = 4 * VALUE_COST;

    #[inline(always)]
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        if self.tanh {
            return simd.mul_f32s(x, sigmoid(simd, twice_u(simd, x)));
        }
        simd.mul_f32s(x, normal_distribution(simd, x)[0])
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        if self.tanh {
            return simd.mul_f32s(dy, slope_by_tanh(simd, x));
        }
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

/// 2·√(2/π).
const TWICE_ROOT: f32 = 1.595_769_2;

/// 2u.
#[inline(always)]
fn twice_u<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let cubic = simd.splat_f32s(TWICE_ROOT * 0.044_715);
    let factor = simd.mul_add_e_f32s(simd.mul_f32s(cubic, x), x, simd.splat_f32s(TWICE_ROOT));
    simd.mul_f32s(factor, x)
}

/// The slope of the tanh approximation.
#[inline(always)]
fn slope_by_tanh<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // From ±10 on, the slope is 0 or 1. Much farther out, u' would be infinite. NaN stays.
    let [least, most] = [-10.0, 10.0].map(|value| simd.splat_f32s(value));
    let x = simd.select_f32s(simd.less_than_f32s(x, least), least, x);
    let x = simd.select_f32s(simd.greater_than_f32s(x, most), most, x);
    let cubic = simd.splat_f32s(3.0 * TWICE_ROOT * 0.044_715);
    let steepness = simd.mul_add_e_f32s(simd.mul_f32s(cubic, x), x, simd.splat_f32s(TWICE_ROOT));
    // 1 − s as a difference would lose its digits where s is nearly 1.
    let power = exp(simd, simd.neg_f32s(twice_u(simd, x)));
    let one = simd.splat_f32s(1.0);
    let share = simd.div_f32s(one, simd.add_f32s(one, power));
    let rest = simd.mul_f32s(power, share);
    let bend = simd.mul_f32s(simd.mul_f32s(x, rest), steepness);
    simd.mul_add_e_f32s(share, bend, share)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use super::*;
    use crate::layer::activation::{apply_gradient_here, checks};

    const EXACT: Gelu = Gelu { tanh: false };
    const BY_TANH: Gelu = Gelu { tanh: true };

    fn distribution(x: f64) -> f64 {
        0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
    }

    #[test]
    fn values_and_gradients_are_the_formula() {
        checks::has_values(EXACT, &[(-1.5, -0.100_210_8), (1.5, 1.399_789_2)]);
        checks::has_its_slope_as_gradient(EXACT);
    }

    #[test]
    fn values_are_near_the_true_ones() {
        let errors = checks::largest_errors(EXACT, |x| x * distribution(x));
        // y is up to 12; where y is nearly 0, nothing is lost by cancellation.
        assert!(errors[0] < 5e-7 && errors[1] < 5e-6, "{errors:?}");
    }

    #[test]
    fn the_slope_is_near_the_true_one() {
        let x: Vec<f32> = checks::many_inputs().into_iter().chain([f32::NAN]).collect();
        let mut slopes = vec![1.0; x.len()];
        apply_gradient_here(EXACT, &mut slopes, &x);
        assert!(slopes.pop().is_some_and(f32::is_nan));
        let worst = x.iter().zip(&slopes).fold(0f64, |worst, (&x, &slope)| {
            let x = f64::from(x);
            let truth = distribution(x) + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
            worst.max((f64::from(slope) - truth).abs())
        });
        assert!(worst < 3e-7, "{worst}");
    }

    #[test]
    fn the_tanh_approximation_is_its_formula() {
        checks::has_values(BY_TANH, &[(-1.5, -0.100_428_37), (1.5, 1.399_571_7)]);
        checks::has_values(BY_TANH, &[(0.0, 0.0), (f32::MIN, 0.0), (-1e15, 0.0)]);
        for huge in [1e15, f32::MAX, f32::INFINITY] {
            assert_eq!(checks::value(BY_TANH, huge), huge);
        }
        checks::has_its_slope_as_gradient(BY_TANH);
        let u = |x: f64| (2.0 / PI).sqrt() * (x + 0.044_715 * x * x * x);
        let errors = checks::largest_errors(BY_TANH, |x| x / (1.0 + (-2.0 * u(x)).exp()));
        assert!(errors[0] < 1e-6, "{errors:?}");
        let far = [f32::MIN, -1e15, -20.0, 20.0, 1e15, f32::INFINITY, f32::NAN];
        let x: Vec<f32> = checks::many_inputs().into_iter().chain(far).collect();
        let mut slopes = vec![1.0; x.len()];
        apply_gradient_here(BY_TANH, &mut slopes, &x);
        assert!(slopes.pop().is_some_and(f32::is_nan));
        let of_far = slopes.split_off(slopes.len() - 6);
        for (slope, expected) in of_far.iter().zip([0.0, 0.0, 0.0, 1.0, 1.0, 1.0]) {
            assert!((slope - expected).abs() < 1e-30, "{of_far:?}");
        }
        let worst = x.iter().zip(&slopes).fold(0f64, |worst, (&x, &slope)| {
            let x = f64::from(x);
            let tanh = u(x).tanh();
            let steepness = (2.0 / PI).sqrt() * (1.0 + 3.0 * 0.044_715 * x * x);
            let truth = 0.5 * (1.0 + tanh) + 0.5 * x * (1.0 - tanh * tanh) * steepness;
            worst.max((f64::from(slope) - truth).abs())
        });
        assert!(worst < 1e-6, "{worst}");
    }
}
