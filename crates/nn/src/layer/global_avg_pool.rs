//! Global average pooling: the mean of each channel over all pixels (Lin, Chen and Yan 2014).
//! PyTorch's `nn.AdaptiveAvgPool2d(1)` with `nn.Flatten` behind it.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, channels]`: a vector, so a dense layer
//! may follow. Backward: dx = dy/(height · width) at each pixel.

use std::fmt;

use pulp::{Simd, WithSimd};

use super::description::{LayerDescription, LayerFamily, LayerPlace, ShapeError};
use super::execution::{Backward, Forward, Layer};
use super::extent::Extent;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::kernel::{ARCH, vectorized};
use crate::thread_team::VALUE_COST;

/// `globalavgpool`: the mean of each channel, as a vector. PyTorch's `nn.AdaptiveAvgPool2d(1)` and
/// `nn.Flatten`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalAvgPool;

impl LayerSyntax for GlobalAvgPool {
    const NAME: &'static str = "globalavgpool";
    const EXAMPLE: &'static str = "globalavgpool";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(GlobalAvgPool)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl LayerDescription for GlobalAvgPool {
    fn family(&self) -> LayerFamily {
        LayerFamily::Pooling
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        vector_of_channels(input)
    }

    fn mixes_all_inputs(&self) -> bool {
        true
    }

    fn build(&self, place: &LayerPlace, _training_batch: usize) -> Box<dyn Layer> {
        Box::new(GlobalAvgPoolLayer { input: Extent::of(place.input) })
    }
}

/// The shape of one value for each channel of an image.
pub(super) fn vector_of_channels(input: Shape) -> Result<Shape, ShapeError> {
    match input {
        Shape::Image { channels, .. } => Ok(Shape::Flat { features: channels }),
        Shape::Flat { .. } => Err(ShapeError::NeedsImage { got: input }),
    }
}

/// [`GlobalAvgPool`] as it is executed.
struct GlobalAvgPoolLayer {
    input: Extent,
}

impl GlobalAvgPoolLayer {
    /// 1 / the number of pixels.
    fn share(&self) -> f32 {
        1.0 / (self.input.height * self.input.width) as f32
    }
}

impl Layer for GlobalAvgPoolLayer {
    fn forward(&mut self, pass: Forward) {
        let Forward { team, x, y, .. } = pass;
        let (values, channels, share) = (self.input.len(), self.input.channels, self.share());
        team.rows(y, channels, 1, values * VALUE_COST, |first, y| {
            let images = x[first * values..].chunks_exact(values);
            for (x, y) in images.zip(y.chunks_exact_mut(channels)) {
                ARCH.dispatch(Means { x, y, share });
            }
        });
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, dy, dx: Some(dx), .. } = pass else { return };
        let (values, channels, share) = (self.input.len(), self.input.channels, self.share());
        let dy = &*dy;
        team.rows(dx, values, 1, values * VALUE_COST, |first, dx| {
            let outputs = dy[first * channels..].chunks_exact(channels);
            for (dx, dy) in dx.chunks_exact_mut(values).zip(outputs) {
                vectorized(|| {
                    for pixel in dx.chunks_exact_mut(channels) {
                        for (dx, &dy) in pixel.iter_mut().zip(dy) {
                            *dx = dy * share;
                        }
                    }
                });
            }
        });
    }
}

/// Pixels whose sum is made apart, so that long sums keep their digits.
const BLOCK: usize = 64;

/// Sums that are made side by side, so that no addition waits for the one before.
const CHAINS: usize = 4;

/// The mean of each channel of one image.
struct Means<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
    share: f32,
}

impl WithSimd for Means<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Means { x, y, share } = self;
        let channels = y.len();
        for (at, y) in y.chunks_mut(S::F32_LANES).enumerate() {
            let (first, len) = (at * S::F32_LANES, y.len());
            let load = |pixel: &[f32]| simd.partial_load_f32s(&pixel[first..][..len]);
            let mut total = simd.splat_f32s(0.0);
            for block in x.chunks(BLOCK * channels) {
                let mut sums = [simd.splat_f32s(0.0); CHAINS];
                let fours = block.chunks_exact(CHAINS * channels);
                let last = fours.remainder().chunks_exact(channels);
                for four in fours {
                    for (sum, pixel) in sums.iter_mut().zip(four.chunks_exact(channels)) {
                        *sum = simd.add_f32s(*sum, load(pixel));
                    }
                }
                for (sum, pixel) in sums.iter_mut().zip(last) {
                    *sum = simd.add_f32s(*sum, load(pixel));
                }
                let [a, b, c, d] = sums;
                let sum = simd.add_f32s(simd.add_f32s(a, b), simd.add_f32s(c, d));
                total = simd.add_f32s(total, sum);
            }
            simd.partial_store_f32s(y, simd.mul_f32s(total, simd.splat_f32s(share)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::execution::Mode;
    use crate::thread_team::ThreadTeam;
    use crate::trained::Trained;
    use crate::update::Update;

    /// Two images of each size, and their means and gradients by the formula in f64.
    #[test]
    fn means_and_gradients_are_the_formula() {
        let team = &ThreadTeam::new(1);
        for (channels, height, width) in
            [(1, 1, 1), (3, 2, 5), (19, 13, 11), (32, 1, 7), (1, 28, 28)]
        {
            let input = Extent { height, width, channels };
            let mut pool = GlobalAvgPoolLayer { input };
            let x: Vec<f32> =
                (0..2 * input.len()).map(|i| 100.0 + (i * 37 % 101) as f32 / 7.0).collect();
            let mut y = vec![9.0; 2 * channels];
            let mode = Mode::Inference;
            pool.forward(Forward { team, parameters: &[], x: &x, y: &mut y, mode });
            let pixels = height * width;
            for (at, &y) in y.iter().enumerate() {
                let (image, channel) = (at / channels, at % channels);
                let values = &x[image * input.len()..][..input.len()];
                let column = values[channel..].iter().step_by(channels);
                let mean = column.map(|&x| f64::from(x)).sum::<f64>() / pixels as f64;
                assert!((f64::from(y) - mean).abs() < 1e-4, "{y} {mean}");
            }
            let mut dy: Vec<f32> = (0..2 * channels).map(|i| i as f32 - 2.5).collect();
            let (given, mut dx) = (dy.clone(), vec![9.0; x.len()]);
            pool.backward(Backward {
                team,
                trained: Trained::without_moments(&mut [], &mut []),
                update: Update::NONE,
                x: &x,
                y: &y,
                dy: &mut dy,
                dx: Some(&mut dx),
            });
            for (at, &dx) in dx.iter().enumerate() {
                let dy = given[at / input.len() * channels + at % channels];
                assert!((dx - dy / pixels as f32).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn nan_reaches_its_channel_alone() {
        let mut pool = GlobalAvgPoolLayer { input: Extent { height: 2, width: 1, channels: 2 } };
        let (x, mut y) = ([1.0, f32::NAN, 2.0, 3.0], [0.0; 2]);
        let (team, mode) = (&ThreadTeam::new(1), Mode::Inference);
        pool.forward(Forward { team, parameters: &[], x: &x, y: &mut y, mode });
        assert!(y[0] == 1.5 && y[1].is_nan());
    }
}
