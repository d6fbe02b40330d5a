//! The passes of group normalisation; [`super`] has the formulas.

use super::sums::{ChannelSums, Gradients, Spread};
use crate::kernel::{ARCH, vectorized};
use crate::layer::execution::{Backward, Forward, Layer};
use crate::layer::extent::Extent;
use crate::thread_team::{OutputRows, Scratches, ThreadTeam, VALUE_COST};

/// Group normalisation as it is executed.
pub(super) struct GroupNormaliser {
    epsilon: f32,
    groups: usize,
    input: Extent,
    /// Of each group of each image of the training batch, for backward.
    moments: Vec<Moments>,
    /// Σ dy·x̂ and Σ dy over the pixels of each image: the channels of the first, then of the other.
    of_images: Vec<f32>,
    /// One for each thread.
    scratches: Vec<Scratch>,
}

/// Mean and 1/√(var + ε) of a group.
#[derive(Clone, Copy, Default)]
struct Moments {
    mean: f32,
    inverse_deviation: f32,
}

/// A thread's memory: numbers for each channel.
#[derive(Clone)]
struct Scratch {
    sums: ChannelSums,
    /// The mean of the channel's group.
    mean: Vec<f32>,
    /// y = (x − mean)·factor + β, or dx = dy·factor + (x − mean)·slope + constant.
    factor: Vec<f32>,
    slope: Vec<f32>,
    constant: Vec<f32>,
}

impl Scratch {
    fn new(channels: usize) -> Self {
        let [mean, factor, slope, constant] = [(); 4].map(|()| vec![0.0; channels]);
        Scratch { sums: ChannelSums::new(channels), mean, factor, slope, constant }
    }

    /// Bytes of the memory of [`new`](Self::new).
    fn bytes(channels: usize) -> usize {
        4 * channels * size_of::<f32>() + ChannelSums::bytes(channels)
    }
}

impl GroupNormaliser {
    /// For training batches of up to `batch` images.
    pub(super) fn new(epsilon: f32, groups: usize, input: Extent, batch: usize) -> Self {
        GroupNormaliser {
            epsilon,
            groups,
            input,
            moments: vec![Moments::default(); batch * groups],
            of_images: vec![0.0; batch * 2 * input.channels],
            scratches: vec![Scratch::new(input.channels)],
        }
    }

    /// Bytes of the memory of a layer with room for `threads` threads.
    pub(super) fn bytes(groups: usize, input: Extent, batch: usize, threads: usize) -> usize {
        let of_images = groups * size_of::<Moments>() + 2 * input.channels * size_of::<f32>();
        batch * of_images + threads * Scratch::bytes(input.channels)
    }

    /// What one image costs, for [`ThreadTeam::divide`].
    fn image_cost(&self) -> usize {
        3 * self.input.len() * VALUE_COST
    }

    /// Σ dy·x̂ and Σ dy over the pixels of each image, and dx.
    fn image_gradients(
        &mut self,
        team: &ThreadTeam,
        gamma: &[f32],
        [x, dy]: [&[f32]; 2],
        dx: Option<&mut [f32]>,
    ) {
        let (values, channels, groups) = (self.input.len(), self.input.channels, self.groups);
        let (images, cost) = (x.len() / values, self.image_cost());
        // Without dx, its rows are empty.
        let dx = dx.map_or(OutputRows { values: &mut [], row_len: 0 }, |dx| OutputRows {
            values: dx,
            row_len: values,
        });
        let row_len = 2 * channels;
        let of_images = OutputRows { values: &mut self.of_images[..images * row_len], row_len };
        let (moments, scratches) = (&self.moments, Scratches(&mut self.scratches));
        let out = ((dx, of_images), scratches);
        team.divide(images, 1, cost, out, |images, ((dx, of_images), scratches)| {
            let scratch = &mut scratches.0[0];
            for (at, image) in images.enumerate() {
                let moments = &moments[image * groups..][..groups];
                let [x, dy] = [x, dy].map(|all| &all[image * values..][..values]);
                let of_image = &mut of_images.values[at * row_len..][..row_len];
                image_sums(moments, x, dy, of_image, scratch);
                if dx.row_len > 0 {
                    let dx = &mut dx.values[at * values..][..values];
                    input_gradient(moments, gamma, [x, dy], of_image, dx, scratch);
                }
            }
        });
    }
}

/// Normalises one image.
fn normalise(
    epsilon: f32,
    parameters: &[f32],
    x: &[f32],
    y: &mut [f32],
    moments: &mut [Moments],
    scratch: &mut Scratch,
) {
    let Scratch { sums, mean, factor, .. } = scratch;
    let channels = mean.len();
    let (pixels, of_group) = (x.len() / channels, channels / moments.len());
    let n = (pixels * of_group) as f64;
    let (gamma, beta) = parameters.split_at(channels);
    // Differences from the first pixel are exact far from zero, where a sum of x is not.
    let first = &x[..channels];
    ARCH.dispatch(Spread { x, middle: first, sums });
    let of_pixels = sums.totals[0].chunks_exact(of_group).zip(first.chunks_exact(of_group));
    for (means, (sums, first)) in mean.chunks_exact_mut(of_group).zip(of_pixels) {
        let shifts = sums.iter().zip(first);
        let sum: f64 = shifts.map(|(sum, &first)| sum + pixels as f64 * f64::from(first)).sum();
        means.fill((sum / n) as f32);
    }
    ARCH.dispatch(Spread { x, middle: mean, sums });
    let of_groups = sums.totals[1].chunks_exact(of_group).zip(mean.chunks_exact(of_group));
    let factors = factor.chunks_exact_mut(of_group).zip(gamma.chunks_exact(of_group));
    for ((moments, (squares, mean)), (factors, gamma)) in
        moments.iter_mut().zip(of_groups).zip(factors)
    {
        let var = squares.iter().sum::<f64>() / n;
        let inverse_deviation = (1.0 / (var + f64::from(epsilon)).sqrt()) as f32;
        *moments = Moments { mean: mean[0], inverse_deviation };
        for (factor, gamma) in factors.iter_mut().zip(gamma) {
            *factor = gamma * inverse_deviation;
        }
    }
    let (mean, factor) = (&*mean, &*factor);
    vectorized(|| {
        for (y, x) in y.chunks_exact_mut(channels).zip(x.chunks_exact(channels)) {
            let numbers = mean.iter().zip(factor).zip(beta);
            for ((y, x), ((mean, factor), beta)) in y.iter_mut().zip(x).zip(numbers) {
                *y = (x - mean) * factor + beta;
            }
        }
    });
}

/// Writes Σ dy·x̂ and Σ dy over the pixels of one image.
fn image_sums(
    moments: &[Moments],
    x: &[f32],
    dy: &[f32],
    of_image: &mut [f32],
    scratch: &mut Scratch,
) {
    let Scratch { sums, mean, .. } = scratch;
    let channels = mean.len();
    let of_group = channels / moments.len();
    for (means, moments) in mean.chunks_exact_mut(of_group).zip(moments) {
        means.fill(moments.mean);
    }
    ARCH.dispatch(Gradients { dy, x, mean, sums });
    let (d_gamma, d_beta) = of_image.split_at_mut(channels);
    for (c, (d_gamma, d_beta)) in d_gamma.iter_mut().zip(d_beta).enumerate() {
        let inverse_deviation = f64::from(moments[c / of_group].inverse_deviation);
        *d_gamma = (sums.totals[1][c] * inverse_deviation) as f32;
        *d_beta = sums.totals[0][c] as f32;
    }
}

/// dx of one image, after [`image_sums`].
fn input_gradient(
    moments: &[Moments],
    gamma: &[f32],
    [x, dy]: [&[f32]; 2],
    of_image: &[f32],
    dx: &mut [f32],
    scratch: &mut Scratch,
) {
    let Scratch { mean, factor, slope, constant, .. } = scratch;
    let channels = mean.len();
    let of_group = channels / moments.len();
    let n = (x.len() / moments.len()) as f64;
    let (d_gamma, d_beta) = of_image.split_at(channels);
    for (group, moments) in moments.iter().enumerate() {
        let of_group = group * of_group..(group + 1) * of_group;
        let gamma = &gamma[of_group.clone()];
        let weighted = |sums: &[f32]| -> f64 {
            let terms = gamma.iter().zip(&sums[of_group.clone()]);
            terms.map(|(&gamma, &sum)| f64::from(gamma) * f64::from(sum)).sum()
        };
        let inverse_deviation = f64::from(moments.inverse_deviation);
        let of_x = -weighted(d_gamma) / n * inverse_deviation * inverse_deviation;
        slope[of_group.clone()].fill(of_x as f32);
        constant[of_group.clone()].fill((-weighted(d_beta) / n * inverse_deviation) as f32);
        for (factor, gamma) in factor[of_group.clone()].iter_mut().zip(gamma) {
            *factor = gamma * moments.inverse_deviation;
        }
    }
    let (mean, factor, slope, constant) = (&*mean, &*factor, &*slope, &*constant);
    vectorized(|| {
        let pixels = x.chunks_exact(channels).zip(dy.chunks_exact(channels));
        for (dx, (x, dy)) in dx.chunks_exact_mut(channels).zip(pixels) {
            let numbers = mean.iter().zip(factor).zip(slope.iter().zip(constant));
            let values = dx.iter_mut().zip(x.iter().zip(dy));
            for ((dx, (x, dy)), ((mean, factor), (slope, constant))) in values.zip(numbers) {
                *dx = dy * factor + (x - mean) * slope + constant;
            }
        }
    });
}

impl Layer for GroupNormaliser {
    fn set_threads(&mut self, threads: usize) {
        self.scratches.resize(threads, Scratch::new(self.input.channels));
    }

    fn forward(&mut self, pass: Forward) {
        let Forward { team, parameters, x, y, .. } = pass;
        let (values, groups, epsilon) = (self.input.len(), self.groups, self.epsilon);
        let cost = self.image_cost();
        // A scored batch may be larger than a training batch, for which the moments have room.
        let most = self.moments.len() / groups * values;
        for (x, y) in x.chunks(most).zip(y.chunks_mut(most)) {
            let images = y.len() / values;
            let moments = &mut self.moments[..images * groups];
            let y = OutputRows { values: y, row_len: values };
            let moments = OutputRows { values: moments, row_len: groups };
            let out = ((y, moments), Scratches(&mut self.scratches));
            team.divide(images, 1, cost, out, |images, ((y, moments), scratches)| {
                let x = x[images.start * values..].chunks_exact(values);
                let rows = y.values.chunks_exact_mut(values);
                let rows = rows.zip(moments.values.chunks_exact_mut(groups));
                for (x, (y, moments)) in x.zip(rows) {
                    normalise(epsilon, parameters, x, y, moments, &mut scratches.0[0]);
                }
            });
        }
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        let channels = self.input.channels;
        let batch = dy.len() / self.input.len();
        self.image_gradients(team, &trained.parameters[..channels], [x, dy], dx);
        let (gradients, of_images) = (&mut *trained.gradients, &self.of_images);
        gradients.fill(0.0);
        vectorized(|| {
            for of_image in of_images.chunks_exact(2 * channels).take(batch) {
                for (gradient, value) in gradients.iter_mut().zip(of_image) {
                    *gradient += value;
                }
            }
        });
        update.layer(team, trained, 0);
    }
}
