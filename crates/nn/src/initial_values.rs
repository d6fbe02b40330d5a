//! How the parameters of a network are drawn before its first step: the functions of
//! `torch.nn.init`.
//!
//! Of a weight `[out, in, window height, window width]`, fan_in is in · height · width, and fan_out
//! is out · height · width.
//!
//! - PyTorch's default: weights and biases uniform in ±1/√fan_in.
//! - Kaiming (He et al. 2015), for ReLU: variance 2/fan_in. Normal, or uniform in ±√(6/fan_in).
//! - Xavier (Glorot and Bengio 2010): variance 2/(fan_in + fan_out). Normal, or uniform in
//!   ±√(6/(fan_in + fan_out)).
//! - Orthogonal (Saxe et al. 2014): the weight as a matrix `[out, in · height · width]` has
//!   orthonormal rows, or orthonormal columns where it has more rows than columns.
//!
//! All but the first set biases to zero. Batch normalisation has γ = 1 and β = 0 in all of them.

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::layer::description::Initial;
use crate::random::{fill_normal, fill_uniform};

/// How the parameters of a network are drawn before its first step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InitialValues {
    /// Weights and biases uniform in ±1/√fan_in: what `nn.Linear` and `nn.Conv2d` do.
    #[default]
    Pytorch,
    /// `nn.init.kaiming_normal_(weight, nonlinearity="relu")`.
    KaimingNormal,
    /// `nn.init.kaiming_uniform_(weight, nonlinearity="relu")`.
    KaimingUniform,
    /// `nn.init.xavier_normal_(weight)`.
    XavierNormal,
    /// `nn.init.xavier_uniform_(weight)`.
    XavierUniform,
    /// `nn.init.orthogonal_(weight)`.
    Orthogonal,
}

impl InitialValues {
    /// The names of all, as study files write them.
    pub const NAMES: &[&str] = &[
        "pytorch",
        "kaiming-normal",
        "kaiming-uniform",
        "xavier-normal",
        "xavier-uniform",
        "orthogonal",
    ];

    /// Draws a parameter of PyTorch's `shape`, in PyTorch's order.
    pub(crate) fn draw(
        self,
        initial: Initial,
        shape: &[usize],
        is_weight: bool,
        values: &mut [f32],
        generator: &mut ChaCha8Rng,
    ) {
        let fan_in = match initial {
            Initial::Constant(constant) => return values.fill(constant),
            Initial::Uniform { fan_in } => fan_in,
        };
        if self == InitialValues::Pytorch {
            return fill_uniform(values, 1.0 / (fan_in as f32).sqrt(), generator);
        }
        if !is_weight {
            return values.fill(0.0);
        }
        let outputs = shape.first().copied().unwrap_or(1);
        let window: usize = shape.iter().skip(2).product();
        let (fan_in, fan_out) = (fan_in as f64, (outputs * window) as f64);
        let of_kaiming = 2.0 / fan_in;
        let of_xavier = 2.0 / (fan_in + fan_out);
        // A uniform variable in ±b has variance b²/3.
        let bound = |variance: f64| (3.0 * variance).sqrt() as f32;
        match self {
            InitialValues::Pytorch => {}
            InitialValues::KaimingNormal => fill_normal(values, of_kaiming.sqrt(), generator),
            InitialValues::KaimingUniform => fill_uniform(values, bound(of_kaiming), generator),
            InitialValues::XavierNormal => fill_normal(values, of_xavier.sqrt(), generator),
            InitialValues::XavierUniform => fill_uniform(values, bound(of_xavier), generator),
            InitialValues::Orthogonal => {
                fill_normal(values, 1.0, generator);
                orthonormalise(values, outputs);
            }
        }
    }
}

/// Makes the rows of a matrix orthonormal, or its columns if it has more rows than columns: the Q of
/// its QR decomposition, with the signs for which R has a positive diagonal.
///
/// By the modified Gram-Schmidt process in f64. The rounding errors are far below those of f32:
/// they grow with the condition number, which a matrix of normal numbers keeps small.
fn orthonormalise(values: &mut [f32], rows: usize) {
    let columns = values.len() / rows.max(1);
    let (count, length) = (rows.min(columns), rows.max(columns));
    // Where the value `at` of vector number `vector` lies.
    let place = |vector: usize, at: usize| match rows <= columns {
        true => vector * columns + at,
        false => at * columns + vector,
    };
    let mut vectors: Vec<f64> = Vec::with_capacity(values.len());
    for vector in 0..count {
        vectors.extend((0..length).map(|at| f64::from(values[place(vector, at)])));
    }
    for vector in 0..count {
        let (done, rest) = vectors.split_at_mut((vector + 1) * length);
        let unit = &mut done[vector * length..];
        let norm = dot(unit, unit).sqrt();
        unit.iter_mut().for_each(|value| *value /= norm);
        for other in rest.chunks_exact_mut(length) {
            let along = dot(unit, other);
            other.iter_mut().zip(&*unit).for_each(|(value, unit)| *value -= along * unit);
        }
    }
    for vector in 0..count {
        for at in 0..length {
            values[place(vector, at)] = vectors[vector * length + at] as f32;
        }
    }
}

/// Σ a·b in eight sums, always the same eight, so that the bits depend on no instruction set.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, generator};

    const ALL: [InitialValues; 6] = [
        InitialValues::Pytorch,
        InitialValues::KaimingNormal,
        InitialValues::KaimingUniform,
        InitialValues::XavierNormal,
        InitialValues::XavierUniform,
        InitialValues::Orthogonal,
    ];

    fn weight(how: InitialValues, shape: &[usize]) -> Vec<f32> {
        let mut values = vec![f32::NAN; shape.iter().product()];
        let initial = Initial::Uniform { fan_in: shape[1..].iter().product() };
        let mut generator = generator(4, Purpose::InitialWeights, 0, 0);
        how.draw(initial, shape, true, &mut values, &mut generator);
        values
    }

    /// The mean of the powers of values.
    fn mean(values: &[f32], power: i32) -> f64 {
        values.iter().map(|&x| f64::from(x).powi(power)).sum::<f64>() / values.len() as f64
    }

    #[test]
    fn the_names_are_those_of_the_stored_form() {
        let names = ALL.map(|how| serde_json::to_value(how).unwrap());
        assert_eq!(names.map(|name| name.as_str().unwrap().to_owned()), InitialValues::NAMES);
    }

    /// Mean, variance and fourth power, to five standard errors, and the bounds of uniform values.
    #[test]
    fn weights_have_the_variance_of_their_formula() {
        for (shape, fan_in, fan_out) in [
            (&[120, 80][..], 80.0, 120.0),
            (&[30, 20, 3, 5], 20.0 * 15.0, 30.0 * 15.0),
            // A depthwise convolution, of which each filter sees one channel.
            (&[900, 1, 3, 3], 9.0, 8100.0),
        ] {
            for (how, variance, is_normal) in [
                (InitialValues::Pytorch, 1.0 / (3.0 * fan_in), false),
                (InitialValues::KaimingNormal, 2.0 / fan_in, true),
                (InitialValues::KaimingUniform, 2.0 / fan_in, false),
                (InitialValues::XavierNormal, 2.0 / (fan_in + fan_out), true),
                (InitialValues::XavierUniform, 2.0 / (fan_in + fan_out), false),
            ] {
                let values = weight(how, shape);
                let count = values.len() as f64;
                assert!(mean(&values, 1).abs() < 5.0 * (variance / count).sqrt(), "{how:?}");
                // The fourth moment is 3σ⁴, or 9σ⁴/5; the eighth is 105σ⁸, or 9σ⁸.
                let (fourth, eighth) = if is_normal { (3.0, 105.0) } else { (1.8, 9.0) };
                let error = (mean(&values, 2) / variance - 1.0).abs();
                assert!(error < 5.0 * ((fourth - 1.0f64) / count).sqrt(), "{how:?}: {error}");
                let error = (mean(&values, 4) / variance.powi(2) - fourth).abs();
                let spread = ((eighth - fourth * fourth) / count).sqrt();
                assert!(error < 5.0 * spread, "{how:?}: {error}");
                let largest = values.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
                let bound = (3.0 * variance).sqrt() * (1.0 + 1e-6);
                assert_eq!(f64::from(largest) > bound, is_normal, "{how:?}");
            }
        }
    }

    #[test]
    fn biases_are_zero_and_batch_normalisation_is_one_and_zero() {
        let drawn = |how: InitialValues, initial| {
            let mut values = [f32::NAN; 50];
            let mut generator = generator(4, Purpose::InitialWeights, 1, 0);
            how.draw(initial, &[50], false, &mut values, &mut generator);
            values
        };
        for how in ALL {
            assert_eq!(drawn(how, Initial::Constant(1.0)), [1.0; 50]);
            let bias = drawn(how, Initial::Uniform { fan_in: 9 });
            if how == InitialValues::Pytorch {
                assert!(bias.iter().all(|x| *x != 0.0 && x.abs() <= 1.0 / 3.0));
            } else {
                assert_eq!(bias, [0.0; 50]);
            }
        }
    }

    #[test]
    fn orthogonal_rows_or_columns_are_orthonormal() {
        for shape in [
            &[7, 7][..],
            &[40, 300],
            &[300, 40],
            &[16, 3, 3, 3],
            &[64, 3, 3, 3],
            &[1, 9],
            &[9, 1],
            &[1, 1],
        ] {
            let values = weight(InitialValues::Orthogonal, shape);
            let (rows, columns) = (shape[0], shape[1..].iter().product::<usize>());
            let (count, length) = (rows.min(columns), rows.max(columns));
            let at = |vector: usize, at: usize| {
                let place =
                    if rows <= columns { vector * columns + at } else { at * columns + vector };
                f64::from(values[place])
            };
            for a in 0..count {
                for b in 0..=a {
                    let product: f64 = (0..length).map(|place| at(a, place) * at(b, place)).sum();
                    let expected = if a == b { 1.0 } else { 0.0 };
                    assert!((product - expected).abs() < 2e-6, "{shape:?} {a} {b}: {product}");
                }
            }
        }
    }

    /// What `torch.nn.init.orthogonal_` makes of these normal numbers.
    #[test]
    fn an_orthogonal_matrix_is_pytorchs() {
        let wide = [0.5, -1.0, 2.0, 1.5, 0.25, -0.75];
        let mut values = wide;
        orthonormalise(&mut values, 2);
        for (x, expected) in values.iter().zip(WIDE) {
            assert!((x - expected).abs() < 1e-6, "{values:?}");
        }
        let mut values = wide;
        orthonormalise(&mut values, 3);
        for (x, expected) in values.iter().zip(TALL) {
            assert!((x - expected).abs() < 1e-6, "{values:?}");
        }
    }

    const WIDE: [f32; 6] =
        [0.218_217_85, -0.436_435_76, 0.872_871_5, 0.973_625_24, 0.036_329_31, -0.225_241_74];
    const TALL: [f32; 6] =
        [0.240_771_65, -0.790_650_2, 0.963_086_7, 0.266_562_1, 0.120_385_84, -0.551_196_1];
}
