//! The passes of batch normalisation; [`super`] has the formulas.

use super::sums::{ChannelSums, Gradients, Moments, SpreadOfMeans};
use crate::kernel::{ARCH, vectorized};
use crate::layer::execution::{Backward, Forward, Layer, Mode, Statistic};
use crate::layout::Layout;
use crate::thread_team::{ThreadTeam, VALUE_COST};
use crate::trained::Trained;

/// Batch normalisation as it is executed.
pub(super) struct Normaliser {
    momentum: f32,
    epsilon: f32,
    layout: Layout,
    running_mean: Vec<f32>,
    running_var: Vec<f32>,
    /// Mean of the last training batch, for backward.
    mean: Vec<f32>,
    /// 1/√(var + ε) of the last training batch.
    inverse_deviation: Vec<f32>,
    /// Factor and addend of y = factor·x + addend.
    factor: Vec<f32>,
    addend: Vec<f32>,
    /// The constant r of dx = p·dy + q·x + r.
    constant: Vec<f32>,
    sums: ChannelSums,
}

impl Normaliser {
    /// For training batches of up to `rows` rows. `layout` is that of γ, β and the statistics.
    pub(super) fn new(momentum: f32, epsilon: f32, layout: Layout, rows: usize) -> Self {
        let channels = layout.len();
        Normaliser {
            momentum,
            epsilon,
            layout,
            running_mean: vec![0.0; channels],
            running_var: vec![1.0; channels],
            mean: vec![0.0; channels],
            inverse_deviation: vec![0.0; channels],
            factor: vec![0.0; channels],
            addend: vec![0.0; channels],
            constant: vec![0.0; channels],
            sums: ChannelSums::new(channels, rows),
        }
    }

    /// Bytes of the memory of [`new`](Self::new): seven values for each channel, and sums.
    pub(super) fn bytes(channels: usize, rows: usize) -> usize {
        7 * size_of::<f32>() * channels + ChannelSums::bytes(channels, rows)
    }

    /// Computes mean and variance of the batch, and moves the running ones.
    ///
    /// With nᵦ and kᵦ the rows and mean of a block, n·var = Σᵦ (Σ(x − kᵦ)² + nᵦ(kᵦ − mean)²) (Chan,
    /// Golub and LeVeque 1983): x is read from memory once. The sums are of differences from the
    /// first row, which are exact far from zero, where a sum of x is not.
    fn measure(&mut self, team: &ThreadTeam, x: &[f32], rows: usize) {
        let channels = self.mean.len();
        let n = rows as f64;
        self.sums.make(team, rows, |first, blocks| {
            ARCH.dispatch(Moments { x: &x[first * channels..], pivot: &x[..channels], blocks })
        });
        let (sums, squares) = self.sums.totals.split_at_mut(channels);
        for ((mean, &sum), &pivot) in self.mean.iter_mut().zip(&*sums).zip(x) {
            *mean = (f64::from(pivot) + sum / n) as f32;
        }
        ARCH.dispatch(SpreadOfMeans { rows, blocks: &self.sums.blocks, sums, squares });
        for (c, square) in squares.iter().enumerate() {
            let var = square / n;
            self.inverse_deviation[c] = (1.0 / (var + f64::from(self.epsilon)).sqrt()) as f32;
            let towards = |running: &mut f32, batch: f64| {
                *running += self.momentum * (batch as f32 - *running)
            };
            towards(&mut self.running_mean[c], f64::from(self.mean[c]));
            towards(&mut self.running_var[c], var * n / (n - 1.0));
        }
    }

    /// Computes dx = p·dy + q·x + r, channel by channel. `factor` and `addend` hold p and q.
    fn input_gradient(
        &mut self,
        team: &ThreadTeam,
        trained: &Trained,
        x: &[f32],
        dy: &[f32],
        dx: &mut [f32],
    ) {
        let channels = self.mean.len();
        let rows = (dy.len() / channels) as f32;
        let (d_gamma, d_beta) = trained.gradients.split_at(channels);
        let (p, q, r) = (&mut self.factor, &mut self.addend, &mut self.constant);
        for c in 0..channels {
            p[c] = trained.parameters[c] * self.inverse_deviation[c];
            q[c] = -p[c] * self.inverse_deviation[c] * d_gamma[c] / rows;
            r[c] = -p[c] * d_beta[c] / rows - q[c] * self.mean[c];
        }
        let (p, q, r) = (&p[..channels], &q[..channels], &r[..channels]);
        team.rows(dx, channels, 1, channels * VALUE_COST, |first, dx| {
            let (dy, x) = (&dy[first * channels..], &x[first * channels..]);
            vectorized(|| {
                for ((dx, dy), x) in dx
                    .chunks_exact_mut(channels)
                    .zip(dy.chunks_exact(channels))
                    .zip(x.chunks_exact(channels))
                {
                    let factors = p.iter().zip(q).zip(r);
                    for ((dx, (dy, x)), ((p, q), r)) in
                        dx.iter_mut().zip(dy.iter().zip(x)).zip(factors)
                    {
                        *dx = p * dy + q * x + r;
                    }
                }
            });
        });
    }
}

impl Layer for Normaliser {
    fn statistics(&self) -> Vec<Statistic<'_>> {
        let statistic = |name, values| Statistic { name, layout: self.layout, values };
        vec![
            statistic("running_mean", &self.running_mean),
            statistic("running_var", &self.running_var),
        ]
    }

    fn each_statistic(&mut self, see: &mut dyn FnMut(Layout, &mut [f32])) {
        see(self.layout, &mut self.running_mean);
        see(self.layout, &mut self.running_var);
    }

    /// # Panics
    /// In training on one row, whose variance is unknown. PyTorch refuses this too.
    fn forward(&mut self, pass: Forward) {
        let Forward { team, parameters, x, y, mode } = pass;
        let channels = self.mean.len();
        let (gamma, beta) = parameters.split_at(channels);
        if let Mode::Training { .. } = mode {
            let rows = x.len() / channels;
            assert!(
                rows > 1,
                "batch normalisation needs more than one value per channel in training"
            );
            self.measure(team, x, rows);
        }
        for c in 0..channels {
            let (mean, inverse_deviation) = match mode {
                Mode::Training { .. } => (self.mean[c], self.inverse_deviation[c]),
                Mode::Inference => {
                    (self.running_mean[c], 1.0 / (self.running_var[c] + self.epsilon).sqrt())
                }
            };
            self.factor[c] = gamma[c] * inverse_deviation;
            self.addend[c] = beta[c] - mean * self.factor[c];
        }
        let (factor, addend) = (&self.factor, &self.addend);
        team.rows(y, channels, 1, channels * VALUE_COST, |first, y| {
            let x = &x[first * channels..];
            vectorized(|| {
                for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact_mut(channels)) {
                    for (((y, &x), &factor), &addend) in y.iter_mut().zip(x).zip(factor).zip(addend)
                    {
                        *y = x * factor + addend;
                    }
                }
            });
        });
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        let dy = &*dy;
        let channels = self.mean.len();
        let mean = &self.mean;
        self.sums.make(team, dy.len() / channels, |first, blocks| {
            ARCH.dispatch(Gradients {
                dy: &dy[first * channels..],
                x: &x[first * channels..],
                mean,
                blocks,
            });
        });
        let (d_gamma, d_beta) = trained.gradients.split_at_mut(channels);
        for c in 0..channels {
            d_beta[c] = self.sums.totals[c] as f32;
            d_gamma[c] =
                (self.sums.totals[channels + c] * f64::from(self.inverse_deviation[c])) as f32;
        }
        if let Some(dx) = dx {
            self.input_gradient(team, &trained, x, dy, dx);
        }
        update.layer(team, trained, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sums::BLOCK;
    use super::*;
    use crate::update::Update;

    #[test]
    fn normalises_the_batch_and_remembers_its_statistics() {
        let mut layer = Normaliser::new(0.1, 1e-5, Layout::same(2), 4);
        let x = [1.0, 10.0, 3.0, 10.0, 5.0, 10.0, 7.0, 10.0];
        let mut y = [0.0; 8];
        layer.forward(Forward {
            team: &ThreadTeam::new(1),
            parameters: &[2.0, 1.0, 0.5, -1.0],
            x: &x,
            y: &mut y,
            mode: Mode::Training { seed: 0, step: 0 },
        });
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

    #[test]
    fn sums_are_near_the_true_ones_far_from_zero() {
        // Whole vectors of channels and a part of one; whole blocks and rows, and parts of them.
        let (channels, rows) = (19, 3 * BLOCK + 7);
        let mut layer = Normaliser::new(0.1, 0.0, Layout::same(channels), rows);
        let x: Vec<f32> =
            (0..rows * channels).map(|i| 1000.0 + ((i * 37) % 101) as f32 / 50.0).collect();
        let mut y = vec![0.0; x.len()];
        let mut parameters = vec![1.0; 2 * channels];
        let team = &ThreadTeam::new(1);
        let mode = Mode::Training { seed: 0, step: 0 };
        layer.forward(Forward { team, parameters: &parameters, x: &x, y: &mut y, mode });
        let mut dy: Vec<f32> = (0..x.len()).map(|i| ((i * 13) % 17) as f32 - 8.0).collect();
        let (given, mut gradients) = (dy.clone(), vec![0.0; 2 * channels]);
        layer.backward(Backward {
            team,
            trained: Trained::without_moments(&mut parameters, &mut gradients),
            update: Update::NONE,
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: None,
        });
        for c in 0..channels {
            let column = |values: &[f32]| -> Vec<f64> {
                values[c..].iter().step_by(channels).map(|&value| f64::from(value)).collect()
            };
            let (x, dy) = (column(&x), column(&given));
            let mean = x.iter().sum::<f64>() / rows as f64;
            let var = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / rows as f64;
            assert!((f64::from(layer.inverse_deviation[c]) * var.sqrt() - 1.0).abs() < 1e-6);
            let d_gamma =
                x.iter().zip(&dy).map(|(x, dy)| dy * (x - mean) / var.sqrt()).sum::<f64>();
            // The mean itself is an f32: 3e-5 off at 1000.
            assert!((f64::from(gradients[c]) - d_gamma).abs() < 1e-2, "{} {d_gamma}", gradients[c]);
            assert_eq!(f64::from(gradients[channels + c]), dy.iter().sum::<f64>());
        }
    }
}
