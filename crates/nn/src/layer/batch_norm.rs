//! Batch normalisation (Ioffe and Szegedy 2015), for each feature or channel over all images and pixels:
//!
//! y = γ · (x − mean) / √(var + ε) + β
//!
//! In training mean and (biased) variance are the batch's, and the running ones move towards them:
//! running ← (1 − momentum) · running + momentum · batch, with the unbiased variance; inference uses the running ones.
//! PyTorch's `nn.BatchNorm1d` and `nn.BatchNorm2d`.
//!
//! Shapes: x and y `[rows, channels]`, a row being an image's vector or one of its pixels. Backward, with n rows and
//! x̂ = (x − mean)/√(var + ε): dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/√(var + ε) · (dy − dβ/n − x̂·dγ/n).

use super::{Backward, Initial, Mode, Parameter};
use crate::Shape;
use crate::kernel::vectorized;
use crate::layout::Layout;
use crate::team::{LINE, Rows, Team, VALUE_COST};
use crate::update::Learnt;

pub(crate) struct BatchNorm {
    momentum: f32,
    epsilon: f32,
    layout: Layout,
    pub(crate) running_mean: Vec<f32>,
    pub(crate) running_var: Vec<f32>,
    /// Of the last training batch, for backward.
    mean: Vec<f32>,
    /// 1/√(var + ε) of the last training batch.
    inverse_deviation: Vec<f32>,
    /// Factor and addend of y = factor·x + addend.
    factor: Vec<f32>,
    addend: Vec<f32>,
    sums: Vec<f64>,
    block_sums: Vec<f32>,
}

/// Rows that are summed in f32 before the sum moves to f64: enough for speed, few enough for seven digits.
const BLOCK: usize = 64;

impl BatchNorm {
    /// `features` is the image that a vector `input` was flattened from, or the vector's own shape.
    pub(crate) fn new(momentum: f32, epsilon: f32, input: Shape, features: Shape) -> Self {
        let (channels, layout) = match input {
            Shape::Image { channels, .. } => (channels, Layout::Same),
            Shape::Flat { features: count } => (count, Layout::Features(features)),
        };
        BatchNorm {
            momentum,
            epsilon,
            layout,
            running_mean: vec![0.0; channels],
            running_var: vec![1.0; channels],
            mean: vec![0.0; channels],
            inverse_deviation: vec![0.0; channels],
            factor: vec![0.0; channels],
            addend: vec![0.0; channels],
            sums: vec![0.0; channels],
            block_sums: vec![0.0; channels],
        }
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let parameter = |initial| Parameter { layout: self.layout, len: self.mean.len(), initial };
        vec![parameter(Initial::Constant(1.0)), parameter(Initial::Constant(0.0))]
    }

    /// How γ, β and the running statistics are kept.
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// # Panics
    /// In training on one row: its variance is unknown (PyTorch refuses it too).
    pub(crate) fn forward(&mut self, team: &Team, parameters: &[f32], x: &[f32], y: &mut [f32], mode: Mode) {
        let channels = self.mean.len();
        let (gamma, beta) = parameters.split_at(channels);
        if let Mode::Training { .. } = mode {
            let rows = x.len() / channels;
            assert!(rows > 1, "batch normalisation needs more than one value per channel in training");
            self.measure(team, x, rows);
        }
        for c in 0..channels {
            let (mean, inverse_deviation) = match mode {
                Mode::Training { .. } => (self.mean[c], self.inverse_deviation[c]),
                Mode::Inference => (self.running_mean[c], 1.0 / (self.running_var[c] + self.epsilon).sqrt()),
            };
            self.factor[c] = gamma[c] * inverse_deviation;
            self.addend[c] = beta[c] - mean * self.factor[c];
        }
        let (factor, addend) = (&self.factor, &self.addend);
        team.rows(y, channels, 1, channels * VALUE_COST, |first, y| {
            let x = &x[first * channels..];
            vectorized(|| {
                for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                    for (((y, &x), &factor), &addend) in y.iter_mut().zip(x).zip(factor).zip(addend) {
                        *y = x * factor + addend;
                    }
                }
            });
        });
    }

    /// Mean and variance of the batch, and what the running ones become.
    fn measure(&mut self, team: &Team, x: &[f32], rows: usize) {
        let n = rows as f64;
        self.sum(team, x, x, |x, _, _, _| x);
        for (mean, &sum) in self.mean.iter_mut().zip(&self.sums) {
            *mean = (sum / n) as f32;
        }
        self.sum(team, x, x, |x, _, mean, _| (x - mean) * (x - mean));
        for c in 0..self.mean.len() {
            let var = self.sums[c] / n;
            self.inverse_deviation[c] = (1.0 / (var + f64::from(self.epsilon)).sqrt()) as f32;
            let towards = |running: &mut f32, batch: f64| *running += self.momentum * (batch as f32 - *running);
            towards(&mut self.running_mean[c], f64::from(self.mean[c]));
            towards(&mut self.running_var[c], var * n / (n - 1.0));
        }
    }

    /// For each channel the sum over rows of `term(a, b, mean, inverse_deviation)`, into `sums`. A channel has one
    /// thread.
    #[inline(always)]
    fn sum(&mut self, team: &Team, a: &[f32], b: &[f32], term: impl Fn(f32, f32, f32, f32) -> f32 + Sync) {
        let all = self.mean.len();
        let (mean, inverse_deviation) = (&self.mean[..], &self.inverse_deviation[..]);
        let sums = Rows { values: &mut self.sums[..], row_len: 1 };
        let out = (sums, Rows { values: &mut self.block_sums[..], row_len: 1 });
        team.divide(all, LINE, a.len() / all * VALUE_COST, out, |part, (sums, block_sums)| {
            let channels = part.len();
            let (sums, block_sums) = (sums.values, &mut block_sums.values[..channels]);
            sums.fill(0.0);
            for (a, b) in a.chunks(BLOCK * all).zip(b.chunks(BLOCK * all)) {
                vectorized(|| {
                    let mut first = 0;
                    // Whole vectors of channels, then one by one: the sums are registers.
                    while first < channels {
                        let from = part.start + first;
                        if channels - first >= LINE {
                            let sums = &mut block_sums[first..first + LINE];
                            sums.copy_from_slice(&block_sum::<LINE>(a, b, all, from, mean, inverse_deviation, &term));
                            first += LINE;
                        } else {
                            [block_sums[first]] = block_sum(a, b, all, from, mean, inverse_deviation, &term);
                            first += 1;
                        }
                    }
                });
                for (sum, &block) in sums.iter_mut().zip(&*block_sums) {
                    *sum += f64::from(block);
                }
            }
        });
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { team, learnt, update, x, dy, dx, .. } = pass;
        let dy = &*dy;
        let (d_gamma, d_beta) = learnt.gradients.split_at_mut(self.mean.len());
        self.sum(team, dy, x, |dy, x, mean, inverse_deviation| dy * (x - mean) * inverse_deviation);
        for (d_gamma, &sum) in d_gamma.iter_mut().zip(&self.sums) {
            *d_gamma = sum as f32;
        }
        self.sum(team, dy, x, |dy, _, _, _| dy);
        for (d_beta, &sum) in d_beta.iter_mut().zip(&self.sums) {
            *d_beta = sum as f32;
        }
        if let Some(dx) = dx {
            self.input_gradient(team, &learnt, x, dy, dx);
        }
        update.layer(team, learnt, 0);
    }

    /// dx = p·dy + q·x + r, channel by channel.
    fn input_gradient(&mut self, team: &Team, learnt: &Learnt, x: &[f32], dy: &[f32], dx: &mut [f32]) {
        let channels = self.mean.len();
        let rows = (dy.len() / channels) as f32;
        let (d_gamma, d_beta) = learnt.gradients.split_at(channels);
        let (p, q, r) = (&mut self.factor, &mut self.addend, &mut self.block_sums);
        for c in 0..channels {
            p[c] = learnt.parameters[c] * self.inverse_deviation[c];
            q[c] = -p[c] * self.inverse_deviation[c] * d_gamma[c] / rows;
            r[c] = -p[c] * d_beta[c] / rows - q[c] * self.mean[c];
        }
        let (p, q, r) = (&p[..channels], &q[..channels], &r[..channels]);
        team.rows(dx, channels, 1, channels * VALUE_COST, |first, dx| {
            let (dy, x) = (&dy[first * channels..], &x[first * channels..]);
            vectorized(|| {
                for ((dx, dy), x) in
                    dx.chunks_exact_mut(channels).zip(dy.chunks_exact(channels)).zip(x.chunks_exact(channels))
                {
                    let factors = p.iter().zip(q).zip(r);
                    for ((dx, (dy, x)), ((p, q), r)) in dx.iter_mut().zip(dy.iter().zip(x)).zip(factors) {
                        *dx = p * dy + q * x + r;
                    }
                }
            });
        });
    }
}

/// The sums of `N` channels from `first` on over all rows of a block, each `row_len` values.
#[inline(always)]
fn block_sum<const N: usize>(
    a: &[f32],
    b: &[f32],
    row_len: usize,
    first: usize,
    mean: &[f32],
    inverse_deviation: &[f32],
    term: &impl Fn(f32, f32, f32, f32) -> f32,
) -> [f32; N] {
    let array = |values: &[f32]| -> [f32; N] { values[first..first + N].try_into().expect("N values") };
    let (mean, inverse_deviation) = (array(mean), array(inverse_deviation));
    let mut sums = [0.0; N];
    for (a, b) in a.chunks_exact(row_len).zip(b.chunks_exact(row_len)) {
        let (a, b) = (array(a), array(b));
        for lane in 0..N {
            sums[lane] += term(a[lane], b[lane], mean[lane], inverse_deviation[lane]);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_the_batch_and_remembers_its_statistics() {
        let shape = Shape::Flat { features: 2 };
        let mut layer = BatchNorm::new(0.1, 1e-5, shape, shape);
        let x = [1.0, 10.0, 3.0, 10.0, 5.0, 10.0, 7.0, 10.0];
        let mut y = [0.0; 8];
        layer.forward(&Team::new(1), &[2.0, 1.0, 0.5, -1.0], &x, &mut y, Mode::Training { seed: 0, step: 0 });
        // Column 0: mean 4, variance 5; column 1 is constant.
        let unit = 2.0 / 5f32.sqrt();
        for (row, expected) in [-3.0, -1.0, 1.0, 3.0].iter().map(|x| x * unit + 0.5).enumerate() {
            assert!((y[2 * row] - expected).abs() < 1e-5);
            assert_eq!(y[2 * row + 1], -1.0);
        }
        assert!((layer.running_mean[0] - 0.4).abs() < 1e-6);
        assert!((layer.running_var[0] - (0.9 + 0.1 * 20.0 / 3.0)).abs() < 1e-6);
        assert!((layer.running_var[1] - 0.9).abs() < 1e-6);
    }
}
