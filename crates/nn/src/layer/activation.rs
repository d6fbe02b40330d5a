//! Activation functions, value by value. PyTorch's `nn.ReLU`, `nn.LeakyReLU`, `nn.GELU` (exact),
//! `nn.Tanh` and `nn.Sigmoid`.

use pulp::{Simd, WithSimd};

use crate::kernel::{ARCH, exp, exp_minus_one};
use crate::thread_team::{ThreadTeam, VALUE_COST};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Activation {
    /// y = max(0, x), dx = dy where y > 0.
    Relu,
    /// y = x where x > 0, else slope·x; dx = dy or slope·dy.
    LeakyRelu { slope: f32 },
    /// y = x·Φ(x) = x·(1 + erf(x/√2))/2; dx = dy·(Φ(x) + x·φ(x)), with Φ and φ the standard normal
    /// distribution and density (Hendrycks and Gimpel 2016).
    Gelu,
    /// y = tanh x, dx = dy·(1 − y²).
    Tanh,
    /// y = 1/(1 + e⁻ˣ), dx = dy·y·(1 − y).
    Sigmoid,
}

impl Activation {
    /// Whether its derivative is computed from y; from x otherwise.
    pub(crate) fn backward_reads_output(self) -> bool {
        match self {
            Activation::Relu | Activation::Tanh | Activation::Sigmoid => true,
            Activation::LeakyRelu { .. } | Activation::Gelu => false,
        }
    }

    /// Replaces each x by y.
    pub(crate) fn forward(self, team: &ThreadTeam, values: &mut [f32]) {
        team.values(values, self.value_cost(), |_, values| match self {
            Activation::Relu => rectify(values),
            Activation::LeakyRelu { slope } => {
                ARCH.dispatch(Each { curve: LeakyRelu { slope }, values })
            }
            Activation::Gelu => ARCH.dispatch(Each { curve: Gelu, values }),
            Activation::Tanh => ARCH.dispatch(Each { curve: Tanh, values }),
            Activation::Sigmoid => ARCH.dispatch(Each { curve: Sigmoid, values }),
        });
    }

    /// Replaces each dy by dx.
    pub(crate) fn backward(self, team: &ThreadTeam, x: &[f32], y: &[f32], gradient: &mut [f32]) {
        let others = if self.backward_reads_output() { y } else { x };
        team.values(gradient, self.value_cost(), |first, gradient| {
            let others = &others[first..][..gradient.len()];
            match self {
                Activation::Relu => mask(gradient, others),
                Activation::LeakyRelu { slope } => {
                    ARCH.dispatch(EachGradient { curve: LeakyRelu { slope }, gradient, others })
                }
                Activation::Gelu => ARCH.dispatch(EachGradient { curve: Gelu, gradient, others }),
                Activation::Tanh => ARCH.dispatch(EachGradient { curve: Tanh, gradient, others }),
                Activation::Sigmoid => {
                    ARCH.dispatch(EachGradient { curve: Sigmoid, gradient, others })
                }
            }
        });
    }

    /// For [`ThreadTeam::divide`]: 8,192 values take 2.4 µs with one exponential and one division, GELU
    /// 4.5 µs.
    fn value_cost(self) -> usize {
        match self {
            Activation::Relu | Activation::LeakyRelu { .. } => VALUE_COST,
            Activation::Tanh | Activation::Sigmoid => 2 * VALUE_COST,
            Activation::Gelu => 4 * VALUE_COST,
        }
    }
}

/// The ReLU of each value. NaN passes, as in PyTorch: a run that diverges must be seen to diverge.
pub(crate) fn rectify(values: &mut [f32]) {
    ARCH.dispatch(Each { curve: Relu, values });
}

/// The gradient behind a ReLU from the gradient of its output `rectified`: zero where that isn't
/// positive.
pub(crate) fn mask(gradient: &mut [f32], rectified: &[f32]) {
    ARCH.dispatch(EachGradient { curve: Relu, gradient, others: rectified });
}

/// An activation function, of vectors.
trait Curve {
    fn at<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s;

    /// dx from dy and what [`Activation::backward_reads_output`] names.
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, other: S::f32s) -> S::f32s;
}

struct Relu;

impl Curve for Relu {
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        simd.select_f32s(simd.less_than_f32s(x, zero), zero, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        simd.select_f32s(simd.greater_than_f32s(y, zero), dy, zero)
    }
}

struct LeakyRelu {
    slope: f32,
}

impl Curve for LeakyRelu {
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        self.gradient(simd, x, x)
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        let small = simd.mul_f32s(simd.splat_f32s(self.slope), dy);
        simd.select_f32s(simd.greater_than_f32s(x, simd.splat_f32s(0.0)), dy, small)
    }
}

/// tanh x = −t/(2 + t) for x ≥ 0, with t = e⁻²ˣ − 1, and tanh(−x) = −tanh x.
struct Tanh;

/// Beyond it tanh is 1 in f32.
const TANH_IS_ONE: f32 = 10.0;

impl Curve for Tanh {
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let (size, most) = (simd.abs_f32s(x), simd.splat_f32s(TANH_IS_ONE));
        let size = simd.select_f32s(simd.greater_than_f32s(size, most), most, size);
        let t = exp_minus_one(simd, simd.mul_f32s(simd.splat_f32s(-2.0), size));
        let y = simd.div_f32s(t, simd.add_f32s(simd.splat_f32s(2.0), t));
        // What was divided is negative or zero.
        simd.xor_f32s(simd.abs_f32s(y), simd.and_f32s(x, simd.splat_f32s(-0.0)))
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        simd.mul_f32s(dy, simd.sub_f32s(simd.splat_f32s(1.0), simd.mul_f32s(y, y)))
    }
}

struct Sigmoid;

impl Curve for Sigmoid {
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        let one = simd.splat_f32s(1.0);
        simd.div_f32s(one, simd.add_f32s(one, exp(simd, simd.neg_f32s(x))))
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, y: S::f32s) -> S::f32s {
        simd.mul_f32s(simd.mul_f32s(dy, y), simd.sub_f32s(simd.splat_f32s(1.0), y))
    }
}

struct Gelu;

impl Curve for Gelu {
    #[inline(always)]
    fn at<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s {
        simd.mul_f32s(x, normal(simd, x)[0])
    }

    #[inline(always)]
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x: S::f32s) -> S::f32s {
        let [distribution, bell] = normal(simd, x);
        let density = simd.mul_f32s(bell, simd.splat_f32s(INVERSE_ROOT_OF_TWO_PI));
        simd.mul_f32s(dy, simd.mul_add_e_f32s(x, density, distribution))
    }
}

/// P's coefficients, the highest power first.
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
/// Φ(−u) = t·P(q)·e^(−u²/2) for u ≥ 0, with t = 1/(u + 3) and q = 1 − 6t: the form of Hastings
/// (1955; Abramowitz and Stegun 7.1.26), its polynomial in q, which lies around 0, where his is in
/// t. P is fitted by Lawson's algorithm for the least largest relative error: 5·10⁻⁸ before
/// rounding.
#[inline(always)]
fn normal<S: Simd>(simd: S, x: S::f32s) -> [S::f32s; 2] {
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

struct Each<'a, C> {
    curve: C,
    values: &'a mut [f32],
}

impl<C: Curve> WithSimd for Each<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (values, last) = S::as_mut_simd_f32s(self.values);
        for value in values {
            *value = self.curve.at(simd, *value);
        }
        let value = simd.partial_load_f32s(last);
        simd.partial_store_f32s(last, self.curve.at(simd, value));
    }
}

struct EachGradient<'a, C> {
    curve: C,
    gradient: &'a mut [f32],
    others: &'a [f32],
}

impl<C: Curve> WithSimd for EachGradient<'_, C> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (others, last_others) = S::as_simd_f32s(self.others);
        let (gradient, last) = S::as_mut_simd_f32s(self.gradient);
        for (gradient, &other) in gradient.iter_mut().zip(others) {
            *gradient = self.curve.gradient(simd, *gradient, other);
        }
        let (gradient, other) = (simd.partial_load_f32s(last), simd.partial_load_f32s(last_others));
        simd.partial_store_f32s(last, self.curve.gradient(simd, gradient, other));
    }
}

/// 1/√(2π).
const INVERSE_ROOT_OF_TWO_PI: f32 = 0.398_942_3;

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_1_SQRT_2, PI};

    use super::*;

    const ALL: [Activation; 5] = [
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Gelu,
        Activation::Tanh,
        Activation::Sigmoid,
    ];

    #[test]
    fn values_are_the_formulas() {
        let at = |activation: Activation, x: f32| {
            let mut values = [x];
            activation.forward(&ThreadTeam::new(1), &mut values);
            values[0]
        };
        for (activation, below, above) in [
            (ALL[0], 0.0, 1.5),
            (ALL[1], -0.15, 1.5),
            (ALL[2], -0.100_210_8, 1.399_789_2),
            (ALL[3], -0.905_148_3, 0.905_148_3),
            (ALL[4], 0.182_425_5, 0.817_574_5),
        ] {
            assert!((at(activation, -1.5) - below).abs() < 1e-6, "{activation:?}");
            assert!((at(activation, 1.5) - above).abs() < 1e-6, "{activation:?}");
            assert!(at(activation, f32::NAN).is_nan(), "{activation:?}");
        }
    }

    /// The largest error of y over |x| ≤ 12, absolute and relative to the true value.
    fn worst(activation: Activation, truth: impl Fn(f64) -> f64) -> [f64; 2] {
        let x: Vec<f32> = (-120_000..=120_000).map(|i| i as f32 * 1e-4).collect();
        let mut y = x.clone();
        activation.forward(&ThreadTeam::new(1), &mut y);
        x.iter().zip(&y).fold([0.0; 2], |[absolute, relative], (&x, &y)| {
            let truth = truth(f64::from(x));
            let error = (f64::from(y) - truth).abs();
            [
                absolute.max(error),
                if truth == 0.0 { relative } else { relative.max(error / truth.abs()) },
            ]
        })
    }

    fn distribution(x: f64) -> f64 {
        0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
    }

    #[test]
    fn curves_are_near_the_true_ones() {
        let ulp = f64::from(f32::EPSILON);
        let tanh = worst(Activation::Tanh, f64::tanh);
        let sigmoid = worst(Activation::Sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        let gelu = worst(Activation::Gelu, |x| x * distribution(x));
        assert!(tanh[1] < 2.0 * ulp, "{tanh:?}");
        assert!(sigmoid[1] < 2.0 * ulp, "{sigmoid:?}");
        // Of 12; and no cancellation where it is nearly 0.
        assert!(gelu[0] < 5e-7 && gelu[1] < 5e-6, "{gelu:?}");
    }

    #[test]
    fn the_slope_of_gelu_is_near_the_true_one() {
        let x: Vec<f32> = (-120_000..=120_000).map(|i| i as f32 * 1e-4).chain([f32::NAN]).collect();
        let mut slopes = vec![1.0; x.len()];
        Activation::Gelu.backward(&ThreadTeam::new(1), &x, &[], &mut slopes);
        assert!(slopes.pop().is_some_and(f32::is_nan));
        let worst = x.iter().zip(&slopes).fold(0f64, |worst, (&x, &slope)| {
            let x = f64::from(x);
            let truth = distribution(x) + x * (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
            worst.max((f64::from(slope) - truth).abs())
        });
        assert!(worst < 3e-7, "{worst}");
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        for activation in ALL {
            for x in [-2.0f32, -0.7, 0.3, 1.9] {
                let step = 1e-2;
                let mut around = [x - step, x + step, x];
                activation.forward(&ThreadTeam::new(1), &mut around);
                let slope = (around[1] - around[0]) / (2.0 * step);
                let mut gradient = [3.0];
                activation.backward(&ThreadTeam::new(1), &[x], &around[2..], &mut gradient);
                assert!(
                    (gradient[0] - 3.0 * slope).abs() < 1e-3,
                    "{activation:?} at {x}: {} {slope}",
                    gradient[0]
                );
            }
        }
    }
}
