//! Sums over the pixels of one image for each channel, in an order that neither threads nor
//! instruction sets change. The pixels of a block are added in f32, and the blocks in f64, in order.
//! A product and its sum are rounded one after the other.

use pulp::{Simd, WithSimd};

/// Pixels of a block: few enough for seven digits.
const BLOCK: usize = 32;

/// Two sums for each channel, with the memory that they are made in.
#[derive(Clone)]
pub(super) struct ChannelSums {
    block: [Vec<f32>; 2],
    pub(super) totals: [Vec<f64>; 2],
}

impl ChannelSums {
    pub(super) fn new(channels: usize) -> Self {
        let (block, total) = (vec![0.0; channels], vec![0.0; channels]);
        ChannelSums { block: [block.clone(), block], totals: [total.clone(), total] }
    }

    /// Bytes of the memory of [`new`](Self::new).
    pub(super) fn bytes(channels: usize) -> usize {
        2 * channels * (size_of::<f32>() + size_of::<f64>())
    }

    /// Adds the sums of a block to the totals, and begins a new block.
    #[inline(always)]
    fn end_block(&mut self) {
        for (block, totals) in self.block.iter_mut().zip(&mut self.totals) {
            for (total, value) in totals.iter_mut().zip(block) {
                *total += f64::from(*value);
                *value = 0.0;
            }
        }
    }

    #[inline(always)]
    fn begin(&mut self) {
        self.block.iter_mut().for_each(|block| block.fill(0.0));
        self.totals.iter_mut().for_each(|totals| totals.fill(0.0));
    }
}

/// Σ(x − middle) and Σ(x − middle)², with a middle for each channel.
pub(super) struct Spread<'a> {
    pub(super) x: &'a [f32],
    pub(super) middle: &'a [f32],
    pub(super) sums: &'a mut ChannelSums,
}

impl WithSimd for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Spread { x, middle, sums } = self;
        let channels = middle.len();
        sums.begin();
        for block in x.chunks(BLOCK * channels) {
            let [shifted, squared] = &mut sums.block;
            for pixel in block.chunks_exact(channels) {
                let sums = shifted.iter_mut().zip(&mut *squared);
                for ((shifted, squared), (x, middle)) in sums.zip(pixel.iter().zip(middle)) {
                    let away = x - middle;
                    *shifted += away;
                    *squared += away * away;
                }
            }
            sums.end_block();
        }
    }
}

/// Σ dy and Σ dy·(x − mean), with a mean for each channel.
pub(super) struct Gradients<'a> {
    pub(super) dy: &'a [f32],
    pub(super) x: &'a [f32],
    pub(super) mean: &'a [f32],
    pub(super) sums: &'a mut ChannelSums,
}

impl WithSimd for Gradients<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Gradients { dy, x, mean, sums } = self;
        let channels = mean.len();
        sums.begin();
        for (dy, x) in dy.chunks(BLOCK * channels).zip(x.chunks(BLOCK * channels)) {
            let [sum, product] = &mut sums.block;
            for (dy, x) in dy.chunks_exact(channels).zip(x.chunks_exact(channels)) {
                let sums = sum.iter_mut().zip(&mut *product);
                for ((sum, product), ((dy, x), mean)) in sums.zip(dy.iter().zip(x).zip(mean)) {
                    *sum += dy;
                    *product += dy * (x - mean);
                }
            }
            sums.end_block();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ARCH;

    #[test]
    fn sums_of_each_channel_are_near_the_true_ones() {
        for (channels, pixels) in [(1, 1), (3, 7), (16, BLOCK), (19, 3 * BLOCK + 5), (1, 100)] {
            let numbers = |by: usize| -> Vec<f32> {
                (0..channels * pixels).map(|i| (i * by % 101) as f32 / 7.0).collect()
            };
            let (x, dy, middle) = (numbers(37), numbers(53), vec![3.0; channels]);
            let mut sums = ChannelSums::new(channels);
            ARCH.dispatch(Spread { x: &x, middle: &middle, sums: &mut sums });
            let spread = sums.totals.clone();
            ARCH.dispatch(Gradients { dy: &dy, x: &x, mean: &middle, sums: &mut sums });
            for c in 0..channels {
                let column = |values: &[f32]| -> Vec<f64> {
                    values[c..].iter().step_by(channels).map(|&value| f64::from(value)).collect()
                };
                let (x, dy) = (column(&x), column(&dy));
                let truths = [
                    x.iter().map(|x| x - 3.0).sum::<f64>(),
                    x.iter().map(|x| (x - 3.0).powi(2)).sum(),
                    dy.iter().sum(),
                    x.iter().zip(&dy).map(|(x, dy)| dy * (x - 3.0)).sum(),
                ];
                for (found, truth) in spread.iter().chain(&sums.totals).zip(truths) {
                    assert!((found[c] - truth).abs() < 1e-5 * truth.abs() + 1e-4);
                }
            }
        }
    }
}
