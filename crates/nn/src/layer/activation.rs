//! Activation functions, value by value. PyTorch's `nn.ReLU`, `nn.LeakyReLU`, `nn.GELU` (exact), `nn.Tanh` and
//! `nn.Sigmoid`.

use std::f32::consts::{FRAC_1_SQRT_2, PI};

use libm::erff;

use crate::kernel::vectorized;
use crate::team::{Team, VALUE_COST};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Activation {
    /// y = max(0, x), dx = dy where y > 0.
    Relu,
    /// y = x where x > 0, else slope·x; dx = dy or slope·dy.
    LeakyRelu { slope: f32 },
    /// y = x·Φ(x) = x·(1 + erf(x/√2))/2; dx = dy·(Φ(x) + x·φ(x)), with Φ and φ the standard normal distribution and
    /// density (Hendrycks and Gimpel 2016).
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
    pub(crate) fn forward(self, team: &Team, values: &mut [f32]) {
        team.values(values, self.value_cost(), |_, values| match self {
            Activation::Relu => rectify(values),
            Activation::LeakyRelu { slope } => each(values, |x| if x > 0.0 { x } else { slope * x }),
            Activation::Gelu => each(values, |x| x * normal_distribution(x)),
            Activation::Tanh => each(values, f32::tanh),
            Activation::Sigmoid => each(values, |x| 1.0 / (1.0 + (-x).exp())),
        });
    }

    /// Replaces each dy by dx.
    pub(crate) fn backward(self, team: &Team, x: &[f32], y: &[f32], gradient: &mut [f32]) {
        let others = if self.backward_reads_output() { y } else { x };
        team.values(gradient, self.value_cost(), |first, gradient| {
            let others = &others[first..][..gradient.len()];
            match self {
                Activation::Relu => mask(gradient, others),
                Activation::LeakyRelu { slope } => {
                    each_with(gradient, others, |dy, x| if x > 0.0 { dy } else { slope * dy })
                }
                Activation::Gelu => each_with(gradient, others, |dy, x| {
                    let density = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
                    dy * (normal_distribution(x) + x * density)
                }),
                Activation::Tanh => each_with(gradient, others, |dy, y| dy * (1.0 - y * y)),
                Activation::Sigmoid => each_with(gradient, others, |dy, y| dy * y * (1.0 - y)),
            }
        });
    }

    /// For [`Team::divide`]: exponentials are computed one by one.
    fn value_cost(self) -> usize {
        match self {
            Activation::Relu | Activation::LeakyRelu { .. } => VALUE_COST,
            Activation::Gelu | Activation::Tanh | Activation::Sigmoid => 20 * VALUE_COST,
        }
    }
}

/// The ReLU of each value. NaN passes, as in PyTorch: a run that diverges must be seen to diverge.
pub(crate) fn rectify(values: &mut [f32]) {
    each(values, |x| if x < 0.0 { 0.0 } else { x });
}

/// The gradient behind a ReLU from the gradient of its output `rectified`: zero where that isn't positive.
pub(crate) fn mask(gradient: &mut [f32], rectified: &[f32]) {
    each_with(gradient, rectified, |dy, y| if y > 0.0 { dy } else { 0.0 });
}

/// Φ(x).
fn normal_distribution(x: f32) -> f32 {
    0.5 * (1.0 + erff(x * FRAC_1_SQRT_2))
}

#[inline(always)]
fn each(values: &mut [f32], function: impl Fn(f32) -> f32) {
    vectorized(|| {
        for value in values {
            *value = function(*value);
        }
    });
}

#[inline(always)]
fn each_with(values: &mut [f32], others: &[f32], function: impl Fn(f32, f32) -> f32) {
    vectorized(|| {
        for (value, &other) in values.iter_mut().zip(others) {
            *value = function(*value, other);
        }
    });
}

#[cfg(test)]
mod tests {
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
            activation.forward(&Team::new(1), &mut values);
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

    #[test]
    fn gradients_agree_with_finite_differences() {
        for activation in ALL {
            for x in [-2.0f32, -0.7, 0.3, 1.9] {
                let step = 1e-2;
                let mut around = [x - step, x + step, x];
                activation.forward(&Team::new(1), &mut around);
                let slope = (around[1] - around[0]) / (2.0 * step);
                let mut gradient = [3.0];
                activation.backward(&Team::new(1), &[x], &around[2..], &mut gradient);
                assert!((gradient[0] - 3.0 * slope).abs() < 1e-3, "{activation:?} at {x}: {} {slope}", gradient[0]);
            }
        }
    }
}
