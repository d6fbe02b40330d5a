//! Global max pooling: the largest value of each channel over all pixels. PyTorch's
//! `nn.AdaptiveMaxPool2d(1)` with `nn.Flatten` behind it.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, channels]`: a vector, so a dense layer
//! may follow. NaN wins, as in PyTorch. Backward: dy goes to the pixel of the largest value, the
//! first of equals.

use std::fmt;

use pulp::{Simd, WithSimd};

use super::description::{LayerDescription, LayerFamily, LayerPlace, ShapeError};
use super::execution::{Backward, Forward, Layer, Mode};
use super::extent::Extent;
use super::global_avg_pool::vector_of_channels;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::kernel::ARCH;
use crate::thread_team::{OutputRows, VALUE_COST};

/// `globalmaxpool`: the largest value of each channel, as a vector. PyTorch's
/// `nn.AdaptiveMaxPool2d(1)` and `nn.Flatten`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GlobalMaxPool;

impl LayerSyntax for GlobalMaxPool {
    const NAME: &'static str = "globalmaxpool";
    const EXAMPLE: &'static str = "globalmaxpool";

    fn parse(_: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(GlobalMaxPool)
    }

    fn write_settings(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl LayerDescription for GlobalMaxPool {
    fn family(&self) -> LayerFamily {
        LayerFamily::Pooling
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        vector_of_channels(input)
    }

    fn mixes_all_inputs(&self) -> bool {
        true
    }

    /// A place for each output of the batch.
    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, _threads: usize) -> usize {
        size_of::<u32>() * training_batch * place.output.len()
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        Box::new(GlobalMaxPoolLayer::new(Extent::of(place.input), training_batch))
    }
}

/// [`GlobalMaxPool`] as it is executed.
struct GlobalMaxPoolLayer {
    input: Extent,
    /// For each output of the training batch, the pixel that it was taken from.
    taken_from: Vec<u32>,
}

impl GlobalMaxPoolLayer {
    fn new(input: Extent, batch: usize) -> Self {
        GlobalMaxPoolLayer { input, taken_from: vec![0; batch * input.channels] }
    }
}

impl Layer for GlobalMaxPoolLayer {
    fn forward(&mut self, pass: Forward) {
        let Forward { team, x, y, mode, .. } = pass;
        let (values, channels) = (self.input.len(), self.input.channels);
        let (images, outputs, cost) = (y.len() / channels, y.len(), values * VALUE_COST);
        let inputs = |first: usize| x[first * values..].chunks_exact(values);
        match mode {
            Mode::Training { .. } => {
                let row_len = channels;
                let taken_from = OutputRows { values: &mut self.taken_from[..outputs], row_len };
                let out = (OutputRows { values: y, row_len }, taken_from);
                team.divide(images, 1, cost, out, |images, (y, taken_from)| {
                    let rows = y.values.chunks_exact_mut(channels);
                    let rows = rows.zip(taken_from.values.chunks_exact_mut(channels));
                    for (x, (y, taken_from)) in inputs(images.start).zip(rows) {
                        ARCH.dispatch(Largest { x, y, taken_from });
                    }
                });
            }
            Mode::Inference => team.rows(y, channels, 1, cost, |first, y| {
                for (x, y) in inputs(first).zip(y.chunks_exact_mut(channels)) {
                    ARCH.dispatch(Largest { x, y, taken_from: &mut [] });
                }
            }),
        }
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, dy, dx: Some(dx), .. } = pass else { return };
        let (values, channels) = (self.input.len(), self.input.channels);
        let (dy, taken_from) = (&*dy, &self.taken_from);
        team.rows(dx, values, 1, values * VALUE_COST, |first, dx| {
            let outputs = dy.chunks_exact(channels).zip(taken_from.chunks_exact(channels));
            for (dx, (dy, taken_from)) in dx.chunks_exact_mut(values).zip(outputs.skip(first)) {
                dx.fill(0.0);
                for (channel, (&dy, &pixel)) in dy.iter().zip(taken_from).enumerate() {
                    dx[pixel as usize * channels + channel] = dy;
                }
            }
        });
    }
}

/// The largest value of each channel of one image, and the pixel that it was taken from, unless
/// `taken_from` is empty.
struct Largest<'a> {
    x: &'a [f32],
    y: &'a mut [f32],
    taken_from: &'a mut [u32],
}

impl WithSimd for Largest<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Largest { x, y, taken_from } = self;
        let channels = y.len();
        y.copy_from_slice(&x[..channels]);
        taken_from.fill(0);
        for (pixel, x) in x.chunks_exact(channels).enumerate().skip(1) {
            if taken_from.is_empty() {
                for (&x, y) in x.iter().zip(&mut *y) {
                    *y = if x > *y || x.is_nan() { x } else { *y };
                }
                continue;
            }
            for ((&x, y), taken_from) in x.iter().zip(&mut *y).zip(&mut *taken_from) {
                // Both are always written: a conditional store would not be vectorised.
                let wins = x > *y || x.is_nan();
                *y = if wins { x } else { *y };
                *taken_from = if wins { pixel as u32 } else { *taken_from };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread_team::ThreadTeam;
    use crate::trained::Trained;
    use crate::update::Update;

    #[test]
    fn the_first_of_equals_takes_the_gradient_and_nan_wins() {
        const NAN: f32 = f32::NAN;
        const LEAST: f32 = f32::NEG_INFINITY;
        let input = Extent { height: 2, width: 2, channels: 3 };
        let mut pool = GlobalMaxPoolLayer::new(input, 2);
        let x = [
            [-3.0, 7.0, LEAST, -1.0, 7.0, LEAST, -1.0, 2.0, LEAST, -2.0, 7.0, LEAST],
            [1.0, NAN, 0.0, 2.0, 9.0, -0.0, 3.0, 9.0, 0.0, 4.0, 9.0, -1.0],
        ];
        let (team, x) = (&ThreadTeam::new(1), x.as_flattened());
        for mode in [Mode::Inference, Mode::Training { seed: 0, step: 0 }] {
            let mut y = [0.0; 6];
            pool.forward(Forward { team, parameters: &[], x, y: &mut y, mode });
            assert_eq!(y[..4], [-1.0, 7.0, LEAST, 4.0]);
            assert!(y[4].is_nan() && y[5] == 0.0);
        }
        let (mut dx, mut dy) = ([9.0; 24], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        pool.backward(Backward {
            team,
            trained: Trained::without_moments(&mut [], &mut []),
            update: Update::NONE,
            x,
            y: &[],
            dy: &mut dy,
            dx: Some(&mut dx),
        });
        let first = [0.0, 2.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let second = [0.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.0, 0.0];
        assert_eq!(dx, [first, second].as_flattened());
    }
}
