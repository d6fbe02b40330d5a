//! What all activation functions share: a function of single values and its derivative, applied to
//! vectors of values in place.

use std::fmt::Debug;

use pulp::{Simd, WithSimd};

use super::description::{LayerDescription, LayerFamily, LayerPlace};
use super::execution::{Backward, Forward, Layer, OutputPlace, ReadByBackward};
use crate::kernel::ARCH;
use crate::thread_team::ThreadTeam;

/// An activation function, vector by vector. Every implementation is a layer
/// ([`LayerDescription`]).
pub(crate) trait ActivationFunction: Copy + Debug + Send + Sync + 'static {
    /// Whether it is the ReLU, which neighbouring layers may take over.
    const IS_RELU: bool = false;

    /// Whether the derivative is computed from y. Otherwise it is computed from x.
    const DERIVATIVE_READS_OUTPUT: bool;

    /// What one value costs, for [`ThreadTeam::divide`].
    const VALUE_COST: usize;

    /// y = f(x).
    fn value<S: Simd>(&self, simd: S, x: S::f32s) -> S::f32s;

    /// dx = dy·f'(x), with `x_or_y` as [`DERIVATIVE_READS_OUTPUT`](Self::DERIVATIVE_READS_OUTPUT)
    /// says.
    fn gradient<S: Simd>(&self, simd: S, dy: S::f32s, x_or_y: S::f32s) -> S::f32s;
}

impl<F: ActivationFunction> LayerDescription for F {
    fn family(&self) -> LayerFamily {
        LayerFamily::Activation
    }

    fn output_place(&self) -> OutputPlace {
        let backward_reads = match F::DERIVATIVE_READS_OUTPUT {
            true => ReadByBackward::Output,
            false => ReadByBackward::Input,
        };
        OutputPlace::InPlace { backward_reads }
    }

    fn build(&self, _place: &LayerPlace, _training_batch: usize) -> Box<dyn Layer> {
        Box::new(ActivationLayer(*self))
    }
}

/// A layer that puts each value through an activation function.
struct ActivationLayer<F>(F);

impl<F: ActivationFunction> Layer for ActivationLayer<F> {
    fn is_relu(&self) -> bool {
        F::IS_RELU
    }

    fn forward(&mut self, pass: Forward) {
        apply(self.0, pass.team, pass.y);
    }

    fn backward(&mut self, pass: Backward) {
        let x_or_y = if F::DERIVATIVE_READS_OUTPUT { pass.y } else { pass.x };
        apply_gradient(self.0, pass.team, pass.dy, x_or_y);
    }
}

/// Replaces each x of `values` by y.
fn apply<F: ActivationFunction>(function: F, team: &ThreadTeam, values: &mut [f32]) {
    team.values(values, F::VALUE_COST, |_, values| apply_here(function, values));
}

/// Replaces each dy of `gradient` by dx.
fn apply_gradient<F: ActivationFunction>(
    function: F,
    team: &ThreadTeam,
    gradient: &mut [f32],
    x_or_y: &[f32],
) {
    team.values(gradient, F::VALUE_COST, |first, gradient| {
        let x_or_y = &x_or_y[first..][..gradient.len()];
        apply_gradient_here(function, gradient, x_or_y);
    });
}

/// [`apply`] on this thread.
pub(crate) fn apply_here<F: ActivationFunction>(function: F, values: &mut [f32]) {
    ARCH.dispatch(EachValue { function, values });
}

/// [`apply_gradient`] on this thread.
pub(crate) fn apply_gradient_here<F: ActivationFunction>(
    function: F,
    gradient: &mut [f32],
    x_or_y: &[f32],
) {
    ARCH.dispatch(EachGradient { function, gradient, x_or_y });
}

struct EachValue<'a, F> {
    function: F,
    values: &'a mut [f32],
}

impl<F: ActivationFunction> WithSimd for EachValue<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (values, last) = S::as_mut_simd_f32s(self.values);
        for value in values {
            *value = self.function.value(simd, *value);
        }
        let value = simd.partial_load_f32s(last);
        simd.partial_store_f32s(last, self.function.value(simd, value));
    }
}

struct EachGradient<'a, F> {
    function: F,
    gradient: &'a mut [f32],
    x_or_y: &'a [f32],
}

impl<F: ActivationFunction> WithSimd for EachGradient<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let (x_or_y, last_x_or_y) = S::as_simd_f32s(self.x_or_y);
        let (gradient, last) = S::as_mut_simd_f32s(self.gradient);
        for (gradient, &x_or_y) in gradient.iter_mut().zip(x_or_y) {
            *gradient = self.function.gradient(simd, *gradient, x_or_y);
        }
        let gradient = simd.partial_load_f32s(last);
        let x_or_y = simd.partial_load_f32s(last_x_or_y);
        simd.partial_store_f32s(last, self.function.gradient(simd, gradient, x_or_y));
    }
}

/// Checks that the tests of every activation function share.
#[cfg(test)]
pub(crate) mod checks {
    use super::*;

    /// y for one x.
    pub(crate) fn value(function: impl ActivationFunction, x: f32) -> f32 {
        let mut values = [x];
        apply_here(function, &mut values);
        values[0]
    }

    /// Asserts y to 10⁻⁶ for each (x, y). Also asserts that NaN gives NaN, so that a run that
    /// diverges has a loss of NaN.
    pub(crate) fn has_values(function: impl ActivationFunction, pairs: &[(f32, f32)]) {
        for &(x, expected) in pairs {
            let y = value(function, x);
            assert!((y - expected).abs() < 1e-6, "{function:?} at {x}: {y}, not {expected}");
        }
        assert!(value(function, f32::NAN).is_nan(), "{function:?}");
    }

    /// Asserts that dx is dy times the slope of the function, by central differences.
    pub(crate) fn has_its_slope_as_gradient<F: ActivationFunction>(function: F) {
        let team = ThreadTeam::new(1);
        for x in [-2.0f32, -0.7, 0.3, 1.9] {
            let step = 1e-2;
            let slope = (value(function, x + step) - value(function, x - step)) / (2.0 * step);
            let x_or_y = if F::DERIVATIVE_READS_OUTPUT { value(function, x) } else { x };
            let mut gradient = [3.0];
            apply_gradient(function, &team, &mut gradient, &[x_or_y]);
            assert!(
                (gradient[0] - 3.0 * slope).abs() < 1e-3,
                "{function:?} at {x}: {} and {slope}",
                gradient[0]
            );
        }
    }

    /// All x with |x| ≤ 12 in steps of 10⁻⁴.
    pub(crate) fn many_inputs() -> Vec<f32> {
        (-120_000..=120_000).map(|i| i as f32 * 1e-4).collect()
    }

    /// The largest error of y over [`many_inputs`], absolute and relative to the true value.
    pub(crate) fn largest_errors(
        function: impl ActivationFunction,
        truth: impl Fn(f64) -> f64,
    ) -> [f64; 2] {
        let x = many_inputs();
        let mut y = x.clone();
        apply_here(function, &mut y);
        x.iter().zip(&y).fold([0.0; 2], |[absolute, relative], (&x, &y)| {
            let truth = truth(f64::from(x));
            let error = (f64::from(y) - truth).abs();
            let of_truth = if truth == 0.0 { 0.0 } else { error / truth.abs() };
            [absolute.max(error), relative.max(of_truth)]
        })
    }
}
