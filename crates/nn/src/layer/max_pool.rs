//! Max pooling: each output is the largest value of its window, channel by channel; the gradient goes to the place where
//! it stood, the first of equals.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, channels]`. Padding never wins, as in
//! PyTorch's `nn.MaxPool2d`, and NaN does.

use super::extent::{Extent, windows};
use super::{Backward, Mode};
use crate::Shape;
use crate::kernel::vectorized;
use crate::spec::Window;

pub(crate) struct MaxPool {
    window: Window,
    input: Extent,
    output: Extent,
    /// For each output of the batch, the input pixel of its image that it was taken from.
    taken_from: Vec<u32>,
    /// The same for one image, where nobody will ask.
    unused: Vec<u32>,
}

impl MaxPool {
    pub(crate) fn new(window: Window, input: Shape, output: Shape, batch: usize) -> Self {
        let taken_from = vec![0; batch * output.len()];
        let unused = vec![0; output.len()];
        MaxPool { window, input: Extent::of(input), output: Extent::of(output), taken_from, unused }
    }

    pub(crate) fn forward(&mut self, x: &[f32], y: &mut [f32], batch: usize, mode: Mode) {
        let channels = self.input.channels;
        for image in 0..batch {
            let x = &x[image * self.input.len()..][..self.input.len()];
            let y = &mut y[image * self.output.len()..][..self.output.len()];
            let taken_from = match mode {
                Mode::Training { .. } => &mut self.taken_from[image * self.output.len()..][..self.output.len()],
                // Scoring may have larger batches than training.
                Mode::Inference => &mut self.unused,
            };
            y.fill(f32::NEG_INFINITY);
            vectorized(|| {
                windows(self.window, self.input, self.output, |to, from| {
                    let x = &x[from * channels..][..channels];
                    let y = &mut y[to * channels..][..channels];
                    let taken_from = &mut taken_from[to * channels..][..channels];
                    for ((&x, y), taken_from) in x.iter().zip(y).zip(taken_from) {
                        if x > *y || x.is_nan() {
                            *y = x;
                            *taken_from = from as u32;
                        }
                    }
                });
            });
        }
    }

    pub(crate) fn backward(&self, pass: Backward) {
        let Backward { dy, dx: Some(dx), batch, .. } = pass else { return };
        let channels = self.input.channels;
        dx[..batch * self.input.len()].fill(0.0);
        for image in 0..batch {
            let dx = &mut dx[image * self.input.len()..][..self.input.len()];
            let outputs = image * self.output.len()..(image + 1) * self.output.len();
            for (index, (&dy, &from)) in dy[outputs.clone()].iter().zip(&self.taken_from[outputs]).enumerate() {
                dx[from as usize * channels + index % channels] += dy;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equals_takes_the_gradient_and_padding_never_wins() {
        let window = Window { height: 2, width: 2, stride: 1, pad: 1 };
        let shape = |height, width| Shape::Image { channels: 1, height, width };
        let mut pool = MaxPool::new(window, shape(2, 2), shape(3, 3), 1);
        let x = [-1.0, -3.0, -1.0, -2.0];
        let mut y = [0.0; 9];
        pool.forward(&x, &mut y, 1, Mode::Training { seed: 0, step: 0 });
        assert_eq!(y, [-1.0, -1.0, -3.0, -1.0, -1.0, -2.0, -1.0, -1.0, -2.0]);
        let mut dx = [9.0; 4];
        let mut dy = [1.0; 9];
        pool.backward(Backward {
            parameters: &[],
            gradients: &mut [],
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
            batch: 1,
        });
        // Pixel 0 wins the first, second, and (as first of equals) the fourth and fifth window.
        assert_eq!(dx, [4.0, 1.0, 2.0, 2.0]);
    }
}
