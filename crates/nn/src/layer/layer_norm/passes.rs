//! The passes of layer normalisation; [`super`] has the formulas.

use pulp::{Simd, WithSimd};

use super::sums::{Shifted, Squared, Weighted};
use crate::buffer::LINE;
use crate::kernel::{ARCH, vectorized};
use crate::layer::execution::{Backward, Forward, Layer, Mode};
use crate::thread_team::{OutputRows, ThreadTeam, VALUE_COST};

/// Layer normalisation as it is executed.
pub(super) struct LayerNormaliser {
    epsilon: f32,
    /// Values of an image.
    values: usize,
    /// Of each image of the training batch, for backward.
    moments: Vec<Moments>,
}

/// Mean and 1/√(var + ε) of an image.
#[derive(Clone, Copy, Default)]
struct Moments {
    mean: f32,
    inverse_deviation: f32,
}

/// Values of an image whose parameters' gradients are summed at once, so that they stay in L1.
const VALUES_AT_ONCE: usize = 1024;

impl LayerNormaliser {
    /// For training batches of up to `batch` images.
    pub(super) fn new(epsilon: f32, values: usize, batch: usize) -> Self {
        LayerNormaliser { epsilon, values, moments: vec![Moments::default(); batch] }
    }

    /// Bytes of the memory of [`new`](Self::new).
    pub(super) fn bytes(batch: usize) -> usize {
        batch * size_of::<Moments>()
    }

    /// What one image costs, for [`ThreadTeam::divide`].
    fn image_cost(&self) -> usize {
        3 * self.values * VALUE_COST
    }

    /// dγ and dβ: each value's sum over the images, in order.
    fn parameter_gradients(&self, team: &ThreadTeam, x: &[f32], dy: &[f32], gradients: &mut [f32]) {
        let (values, moments) = (self.values, &self.moments);
        let (d_gamma, d_beta) = gradients.split_at_mut(values);
        let rows = |values| OutputRows { values, row_len: 1 };
        let cost = 2 * x.len() / values * VALUE_COST;
        team.divide(values, LINE, cost, (rows(d_gamma), rows(d_beta)), |part, out| {
            let parts = out.0.values.chunks_mut(VALUES_AT_ONCE);
            let parts = parts.zip(out.1.values.chunks_mut(VALUES_AT_ONCE));
            for (first, (d_gamma, d_beta)) in part.step_by(VALUES_AT_ONCE).zip(parts) {
                d_gamma.fill(0.0);
                d_beta.fill(0.0);
                let images = x.chunks_exact(values).zip(dy.chunks_exact(values));
                for ((x, dy), &moments) in images.zip(moments) {
                    let (x, dy) = (&x[first..], &dy[first..]);
                    ARCH.dispatch(AddGradients { x, dy, moments, d_gamma, d_beta });
                }
            }
        });
    }
}

/// Normalises one image.
fn normalise(epsilon: f32, parameters: &[f32], x: &[f32], y: &mut [f32]) -> Moments {
    let n = x.len() as f64;
    // Differences from one of the values are exact far from zero, where a sum of x is not.
    let pivot = x[0];
    let mean = f64::from(pivot) + ARCH.dispatch(Shifted { x, pivot }) / n;
    let mean = mean as f32;
    let var = ARCH.dispatch(Squared { x, mean }) / n;
    let inverse_deviation = (1.0 / (var + f64::from(epsilon)).sqrt()) as f32;
    let (gamma, beta) = parameters.split_at(x.len());
    vectorized(|| {
        for (((y, x), gamma), beta) in y.iter_mut().zip(x).zip(gamma).zip(beta) {
            *y = (x - mean) * inverse_deviation * gamma + beta;
        }
    });
    Moments { mean, inverse_deviation }
}

impl Layer for LayerNormaliser {
    fn forward(&mut self, pass: Forward) {
        let Forward { team, parameters, x, y, mode } = pass;
        let (values, epsilon, cost) = (self.values, self.epsilon, self.image_cost());
        let inputs = |first: usize| x[first * values..].chunks_exact(values);
        match mode {
            Mode::Training { .. } => {
                let images = x.len() / values;
                let moments = OutputRows { values: &mut self.moments[..images], row_len: 1 };
                let out = (OutputRows { values: y, row_len: values }, moments);
                team.divide(images, 1, cost, out, |images, (y, moments)| {
                    let rows = y.values.chunks_exact_mut(values).zip(moments.values);
                    for (x, (y, moments)) in inputs(images.start).zip(rows) {
                        *moments = normalise(epsilon, parameters, x, y);
                    }
                });
            }
            // A scored batch may be larger than `moments`.
            Mode::Inference => team.rows(y, values, 1, cost, |first, y| {
                for (x, y) in inputs(first).zip(y.chunks_exact_mut(values)) {
                    normalise(epsilon, parameters, x, y);
                }
            }),
        }
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        let (dy, values) = (&*dy, self.values);
        self.parameter_gradients(team, x, dy, trained.gradients);
        if let Some(dx) = dx {
            let (gamma, moments) = (&trained.parameters[..values], &self.moments);
            team.rows(dx, values, 1, self.image_cost(), |first, dx| {
                let images = x[first * values..].chunks_exact(values);
                let images = images.zip(dy[first * values..].chunks_exact(values));
                let images = images.zip(&moments[first..]);
                for (dx, ((x, dy), moments)) in dx.chunks_exact_mut(values).zip(images) {
                    input_gradient(gamma, x, dy, *moments, dx);
                }
            });
        }
        update.layer(team, trained, 0);
    }
}

/// dx of one image.
fn input_gradient(gamma: &[f32], x: &[f32], dy: &[f32], moments: Moments, dx: &mut [f32]) {
    let Moments { mean, inverse_deviation } = moments;
    let n = x.len() as f64;
    let [sum, product] = ARCH.dispatch(Weighted { gamma, dy, x, mean });
    let of_sum = (sum / n) as f32;
    let inverse_variance = f64::from(inverse_deviation) * f64::from(inverse_deviation);
    let of_product = (product / n * inverse_variance) as f32;
    vectorized(|| {
        for (((dx, x), dy), gamma) in dx.iter_mut().zip(x).zip(dy).zip(gamma) {
            *dx = (gamma * dy - of_sum - (x - mean) * of_product) * inverse_deviation;
        }
    });
}

/// Adds dy·x̂ and dy of one image to dγ and dβ.
struct AddGradients<'a> {
    x: &'a [f32],
    dy: &'a [f32],
    moments: Moments,
    d_gamma: &'a mut [f32],
    d_beta: &'a mut [f32],
}

impl WithSimd for AddGradients<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let AddGradients { x, dy, moments: Moments { mean, inverse_deviation }, .. } = self;
        let sums = self.d_gamma.iter_mut().zip(self.d_beta);
        for ((d_gamma, d_beta), (x, dy)) in sums.zip(x.iter().zip(dy)) {
            *d_gamma += dy * ((x - mean) * inverse_deviation);
            *d_beta += dy;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trained::Trained;
    use crate::update::Update;

    fn forward(layer: &mut LayerNormaliser, parameters: &[f32], x: &[f32], mode: Mode) -> Vec<f32> {
        let mut y = vec![9.0; x.len()];
        let team = &ThreadTeam::new(1);
        layer.forward(Forward { team, parameters, x, y: &mut y, mode });
        y
    }

    #[test]
    fn each_image_is_normalised_by_its_own_values_in_training_and_in_inference() {
        let mut layer = LayerNormaliser::new(1e-5, 4, 2);
        let parameters = [2.0, 2.0, 2.0, 1.0, 0.5, 0.5, 0.5, 0.0];
        // Mean 4 and variance 5; then a constant far from zero.
        let x = [1.0, 3.0, 5.0, 7.0, 1e6, 1e6, 1e6, 1e6];
        let y = forward(&mut layer, &parameters, &x, Mode::Training { seed: 0, step: 0 });
        let unit = 1.0 / 5f32.sqrt();
        for (y, expected) in y.iter().zip([-6.0 * unit + 0.5, -2.0 * unit + 0.5]) {
            assert!((y - expected).abs() < 1e-5, "{y} {expected}");
        }
        assert!((y[3] - 3.0 * unit).abs() < 1e-5);
        assert_eq!(y[4..], [0.5, 0.5, 0.5, 0.0]);
        assert_eq!(forward(&mut layer, &parameters, &x, Mode::Inference), y);
        let x = [1.0, 2.0, f32::NAN, 3.0, 1.0, 3.0, 5.0, 7.0];
        let with_nan = forward(&mut layer, &parameters, &x, Mode::Inference);
        assert!(with_nan[..4].iter().all(|y| y.is_nan()));
        assert_eq!(with_nan[4..], y[..4]);
    }

    #[test]
    fn gradients_are_the_formula_far_from_zero() {
        let (values, images) = (2500, 3);
        let numbers = |by: usize, len: usize| -> Vec<f32> {
            (0..len).map(|i| (i * by % 101) as f32 / 50.0 - 1.0).collect()
        };
        let x: Vec<f32> = numbers(37, images * values).iter().map(|x| x + 1000.0).collect();
        let (mut parameters, given) = (numbers(29, 2 * values), numbers(13, images * values));
        let mut layer = LayerNormaliser::new(1e-5, values, images);
        let mode = Mode::Training { seed: 0, step: 0 };
        let y = forward(&mut layer, &parameters, &x, mode);
        let (mut dy, mut dx) = (given.clone(), vec![9.0; x.len()]);
        let (gamma, mut gradients) = (parameters.clone(), vec![9.0; 2 * values]);
        layer.backward(Backward {
            team: &ThreadTeam::new(1),
            trained: Trained::without_moments(&mut parameters, &mut gradients),
            update: Update::NONE,
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
        });
        let mut expected = vec![0.0; 2 * values];
        for image in 0..images {
            let of = |all: &[f32]| -> Vec<f64> {
                all[image * values..][..values].iter().map(|&x| f64::from(x)).collect()
            };
            let (x, dy, dx) = (of(&x), of(&given), of(&dx));
            let mean = x.iter().sum::<f64>() / values as f64;
            let var = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values as f64;
            let root = (var + 1e-5).sqrt();
            let normal: Vec<f64> = x.iter().map(|x| (x - mean) / root).collect();
            let g: Vec<f64> =
                gamma.iter().zip(&dy).map(|(&gamma, dy)| f64::from(gamma) * dy).collect();
            let of_sum = g.iter().sum::<f64>() / values as f64;
            let of_product = g.iter().zip(&normal).map(|(g, x)| g * x).sum::<f64>() / values as f64;
            for at in 0..values {
                let truth = (g[at] - of_sum - normal[at] * of_product) / root;
                assert!((dx[at] - truth).abs() < 2e-4, "{} {truth}", dx[at]);
                expected[at] += dy[at] * normal[at];
                expected[values + at] += dy[at];
            }
        }
        for (&found, truth) in gradients.iter().zip(&expected) {
            assert!((f64::from(found) - truth).abs() < 1e-3, "{found} {truth}");
        }
    }
}
