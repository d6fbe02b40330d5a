//! Max pooling: each output is the largest value of its window, channel by channel. PyTorch's
//! `nn.MaxPool2d`.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, channels]`.
//! Padding never wins, as in PyTorch, and NaN does. Backward: dy goes to the place of the largest
//! value, the first of equals.

use std::fmt;

use pulp::{Simd, WithSimd};

use super::description::{LayerDescription, LayerFamily, LayerPlace, ShapeError};
use super::execution::{Backward, Forward, Layer, Mode};
use super::extent::{Extent, windows};
use super::window::Window;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::kernel::ARCH;
use crate::thread_team::{OutputRows, Scratches, VALUE_COST};

/// `maxpool 2x2 stride 2`: the largest value of each window. PyTorch's `nn.MaxPool2d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaxPool {
    /// The window that is pooled.
    pub window: Window,
}

impl LayerSyntax for MaxPool {
    const NAME: &'static str = "maxpool";
    const EXAMPLE: &'static str = "maxpool 2x2 stride 2";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(MaxPool { window: Window::parse_pool(words)? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.window.write(f, None)
    }
}

impl LayerDescription for MaxPool {
    fn family(&self) -> LayerFamily {
        LayerFamily::Pooling
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        self.window.output_shape(input, None)
    }

    /// A place for each output of the batch, and for each of an image on each thread.
    fn own_bytes(&self, place: &LayerPlace, training_batch: usize, threads: usize) -> usize {
        size_of::<u32>() * (training_batch + threads) * place.output.len()
    }

    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer> {
        Box::new(MaxPoolLayer::new(self.window, place.input, place.output, training_batch))
    }
}

/// [`MaxPool`] as it is executed.
struct MaxPoolLayer {
    window: Window,
    input: Extent,
    output: Extent,
    /// For each output of the batch, the pixel of its image that the output was taken from.
    taken_from: Vec<u32>,
    /// The same for one image in inference, where it is written but not read. One for each thread.
    unused: Vec<Vec<u32>>,
}

impl MaxPoolLayer {
    fn new(window: Window, input: Shape, output: Shape, batch: usize) -> Self {
        let taken_from = vec![0; batch * output.len()];
        let unused = vec![vec![0; output.len()]];
        MaxPoolLayer {
            window,
            input: Extent::of(input),
            output: Extent::of(output),
            taken_from,
            unused,
        }
    }

    /// What one image costs, for [`ThreadTeam::divide`](crate::thread_team::ThreadTeam::divide).
    fn image_cost(&self) -> usize {
        self.output.len() * self.window.height * self.window.width * VALUE_COST
    }
}

impl Layer for MaxPoolLayer {
    fn set_threads(&mut self, threads: usize) {
        self.unused.resize(threads, vec![0; self.output.len()]);
    }

    fn forward(&mut self, pass: Forward) {
        let Forward { team, x, y, mode, .. } = pass;
        let MaxPoolLayer { window, input, output, .. } = *self;
        let (row_len, images) = (output.len(), y.len() / output.len());
        let (image_cost, values) = (self.image_cost(), y.len());
        let y = OutputRows { values: y, row_len };
        let inputs = |first: usize| x[first * input.len()..].chunks_exact(input.len());
        match mode {
            Mode::Training { .. } => {
                let taken_from = OutputRows { values: &mut self.taken_from[..values], row_len };
                team.divide(images, 1, image_cost, (y, taken_from), |images, (y, taken_from)| {
                    let outputs = y
                        .values
                        .chunks_exact_mut(row_len)
                        .zip(taken_from.values.chunks_exact_mut(row_len));
                    for (x, (y, taken_from)) in inputs(images.start).zip(outputs) {
                        ARCH.dispatch(Pool { window, input, output, x, y, taken_from });
                    }
                });
            }
            // A scored batch may be larger than `taken_from`.
            Mode::Inference => {
                team.divide(
                    images,
                    1,
                    image_cost,
                    (y, Scratches(&mut self.unused)),
                    |images, (y, unused)| {
                        for (x, y) in inputs(images.start).zip(y.values.chunks_exact_mut(row_len)) {
                            ARCH.dispatch(Pool {
                                window,
                                input,
                                output,
                                x,
                                y,
                                taken_from: &mut unused.0[0],
                            });
                        }
                    },
                );
            }
        }
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, dy, dx: Some(dx), .. } = pass else { return };
        let MaxPoolLayer { window, input, output, .. } = *self;
        let (dy, row_len) = (&*dy, output.len());
        team.rows(dx, input.len(), 1, self.image_cost(), |first, dx| {
            let outputs =
                dy.chunks_exact(row_len).zip(self.taken_from.chunks_exact(row_len)).skip(first);
            for (dx, (dy, taken_from)) in dx.chunks_exact_mut(input.len()).zip(outputs) {
                ARCH.dispatch(Return { window, input, output, dy, taken_from, dx });
            }
        });
    }
}

/// The output of one image, and where each of its values was taken from.
struct Pool<'a> {
    window: Window,
    input: Extent,
    output: Extent,
    x: &'a [f32],
    y: &'a mut [f32],
    taken_from: &'a mut [u32],
}

impl WithSimd for Pool<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Pool { window, input, output, x, y, taken_from } = self;
        let channels = input.channels;
        y.fill(f32::NEG_INFINITY);
        windows(window, input, output, |to, from| {
            let x = &x[from * channels..][..channels];
            let y = &mut y[to * channels..][..channels];
            let taken_from = &mut taken_from[to * channels..][..channels];
            for ((&x, y), taken_from) in x.iter().zip(y).zip(taken_from) {
                // Both are always written: a conditional store would not be vectorised.
                let wins = x > *y || x.is_nan();
                *y = if wins { x } else { *y };
                *taken_from = if wins { from as u32 } else { *taken_from };
            }
        });
    }
}

/// The gradient of one image's input, from where each value of the output was taken.
struct Return<'a> {
    window: Window,
    input: Extent,
    output: Extent,
    dy: &'a [f32],
    taken_from: &'a [u32],
    dx: &'a mut [f32],
}

impl WithSimd for Return<'_> {
    type Output = ();

    /// Compares every place of every window with the place that the output was taken from. This
    /// loop is vectorised. A loop over the outputs, which adds to that place alone, would not be.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Return { window, input, output, dy, taken_from, dx } = self;
        let channels = input.channels;
        dx.fill(0.0);
        windows(window, input, output, |to, from| {
            let dx = &mut dx[from * channels..][..channels];
            let dy = &dy[to * channels..][..channels];
            let taken_from = &taken_from[to * channels..][..channels];
            for ((dx, &dy), &taken_from) in dx.iter_mut().zip(dy).zip(taken_from) {
                *dx += if taken_from == from as u32 { dy } else { 0.0 };
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::thread_team::ThreadTeam;
    use crate::trained::Trained;
    use crate::update::Update;

    #[test]
    fn the_first_of_equals_takes_the_gradient_and_padding_never_wins() {
        let window = Window::square(2, 1, 1);
        let shape = |height, width| Shape::Image { channels: 1, height, width };
        let mut pool = MaxPoolLayer::new(window, shape(2, 2), shape(3, 3), 1);
        let x = [-1.0, -3.0, -1.0, -2.0];
        let mut y = [0.0; 9];
        let team = &ThreadTeam::new(1);
        let mode = Mode::Training { seed: 0, step: 0 };
        pool.forward(Forward { team, parameters: &[], x: &x, y: &mut y, mode });
        assert_eq!(y, [-1.0, -1.0, -3.0, -1.0, -1.0, -2.0, -1.0, -1.0, -2.0]);
        let mut dx = [9.0; 4];
        let mut dy = [1.0; 9];
        pool.backward(Backward {
            team,
            trained: Trained::without_moments(&mut [], &mut []),
            update: Update::NONE,
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
        });
        // Pixel 0 wins the first, second, and (as first of equals) the fourth and fifth window.
        assert_eq!(dx, [4.0, 1.0, 2.0, 2.0]);
    }
}
