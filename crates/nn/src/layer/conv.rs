//! Two-dimensional convolution (cross-correlation, as everybody means it):
//!
//! y\[i, j, f\] = b\[f\] + Σ over the window's rows u, columns v and channels c of
//! x\[i·stride + u − pad, j·stride + v − pad, c\] · W\[u, v, c, f\]
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, filters]`, zeros outside of x. W is kept
//! `[window height, window width, channels, filters]` (PyTorch's `nn.Conv2d` has `[filters, channels, height, width]`).
//!
//! Direct, for every window, stride and padding: a row of the window is `width · channels` neighbouring values of the
//! padded image, so that a row of outputs is one [`Product`] over the window's rows; nothing is copied but the border.
//! One image is done after the other, so that an image's data stays in L2. Backward: dW is a product over all output
//! pixels; dx is the convolution of dy, with stride − 1 zeros between its pixels, with the turned window.

use super::dense::sum_rows;
use super::extent::Extent;
use super::{Backward, Initial, Parameter};
use crate::Shape;
use crate::kernel::{Matrix, Product, Start};
use crate::layout::Layout;
use crate::spec::Window;
use crate::team::Team;

pub(crate) struct Conv {
    window: Window,
    input: Extent,
    output: Extent,
    /// The input with its padding.
    padded: Extent,
    padded_image: Vec<f32>,
    /// dy with zeros between and around its pixels.
    spread: Extent,
    spread_gradient: Vec<f32>,
    /// W turned by 180°, `[window height, window width, filters, channels]`.
    turned: Vec<f32>,
    /// Gradient of the bias of one image.
    bias_gradient: Vec<f32>,
}

impl Conv {
    pub(crate) fn new(window: Window, input: Shape, output: Shape) -> Self {
        let (input, output) = (Extent::of(input), Extent::of(output));
        let grown = |by: usize| Extent { height: input.height + by, width: input.width + by, ..input };
        let padded = grown(2 * window.pad);
        let spread = Extent {
            height: input.height + window.height - 1,
            width: input.width + window.width - 1,
            channels: output.channels,
        };
        Conv {
            window,
            input,
            output,
            padded,
            padded_image: vec![0.0; if window.pad == 0 { 0 } else { padded.len() }],
            spread,
            spread_gradient: vec![0.0; spread.len()],
            turned: vec![0.0; window.height * window.width * input.channels * output.channels],
            bias_gradient: vec![0.0; output.channels],
        }
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let Window { height, width, .. } = self.window;
        let (channels, filters) = (self.input.channels, self.output.channels);
        let initial = Initial::Uniform { fan_in: channels * height * width };
        vec![
            Parameter { layout: Layout::Conv { filters, channels, height, width }, len: self.weight_count(), initial },
            Parameter { layout: Layout::Same, len: filters, initial },
        ]
    }

    fn weight_count(&self) -> usize {
        self.window.height * self.window.width * self.input.channels * self.output.channels
    }

    /// The same room for any number of threads: one works on it.
    pub(crate) fn set_threads(&mut self, _: usize) {}

    pub(crate) fn forward(&mut self, _: &Team, parameters: &[f32], x: &[f32], y: &mut [f32], batch: usize) {
        let (weights, bias) = parameters.split_at(self.weight_count());
        let output = self.output;
        for image in 0..batch {
            let x = &x[image * self.input.len()..][..self.input.len()];
            let y = &mut y[image * output.len()..][..output.len()];
            let padded = pad(x, self.input, self.padded, self.window.pad, &mut self.padded_image);
            slide(padded, self.padded, self.window, weights, y, output, Start::Row(bias));
        }
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { parameters, gradients, x, dy, mut dx, batch, .. } = pass;
        let (d_weights, d_bias) = gradients.split_at_mut(self.weight_count());
        d_weights.fill(0.0);
        d_bias.fill(0.0);
        if dx.is_some() {
            self.turn(parameters);
        }
        for image in 0..batch {
            let x = &x[image * self.input.len()..][..self.input.len()];
            let dy = &dy[image * self.output.len()..][..self.output.len()];
            sum_rows(dy, &mut self.bias_gradient);
            for (sum, &one) in d_bias.iter_mut().zip(&self.bias_gradient) {
                *sum += one;
            }
            self.weight_gradient(x, dy, d_weights);
            if let Some(dx) = &mut dx {
                let dx = &mut dx[image * self.input.len()..][..self.input.len()];
                self.input_gradient(dy, dx);
            }
        }
    }

    /// Adds one image's share of dW: for each row of the window, a product over all output pixels.
    fn weight_gradient(&mut self, x: &[f32], dy: &[f32], d_weights: &mut [f32]) {
        let Window { height, width, stride, pad: by } = self.window;
        let (padded, output) = (self.padded, self.output);
        let image = pad(x, self.input, padded, by, &mut self.padded_image);
        let window_row = width * padded.channels;
        for row in 0..height {
            let product = Product {
                a: Matrix {
                    data: &image[row * padded.row()..],
                    stride: 1,
                    outer: stride * padded.row(),
                    inner: stride * padded.channels,
                },
                b: Matrix { data: dy, stride: 1, outer: output.row(), inner: output.channels },
                rows: window_row,
                columns: output.channels,
                outer: output.height,
                inner: output.width,
                start: Start::Accumulate,
            };
            product.compute(&mut d_weights[row * window_row * output.channels..], output.channels, &mut []);
        }
    }

    /// dx of one image.
    fn input_gradient(&mut self, dy: &[f32], dx: &mut [f32]) {
        let Window { height, width, stride, pad } = self.window;
        let (spread, output) = (self.spread, self.output);
        // Output pixel (i, j) saw input row i·stride − pad as its window's first; places outside of `spread` belong to
        // windows that lie in the padding alone. What is not written stays zero from the start.
        for i in 0..output.height {
            let Some(to_row) = (i * stride + height - 1).checked_sub(pad).filter(|&row| row < spread.height) else {
                continue;
            };
            for j in 0..output.width {
                let Some(to_column) = (j * stride + width - 1).checked_sub(pad).filter(|&c| c < spread.width) else {
                    continue;
                };
                let from = &dy[i * output.row() + j * output.channels..][..output.channels];
                let to = to_row * spread.row() + to_column * spread.channels;
                self.spread_gradient[to..to + output.channels].copy_from_slice(from);
            }
        }
        let window = Window { stride: 1, pad: 0, ..self.window };
        slide(&self.spread_gradient, spread, window, &self.turned, dx, self.input, Start::Zero);
    }

    /// Turns W by 180° and exchanges channels and filters.
    fn turn(&mut self, weights: &[f32]) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        let places = self.window.height * self.window.width;
        for (place, from) in weights[..self.weight_count()].chunks_exact(channels * filters).enumerate() {
            let to = &mut self.turned[(places - 1 - place) * channels * filters..][..channels * filters];
            for channel in 0..channels {
                for filter in 0..filters {
                    to[filter * channels + channel] = from[channel * filters + filter];
                }
            }
        }
    }
}

/// `image` with `by` zeros on every side, in `to`, whose border is zero already; the image itself where there are none.
fn pad<'a>(image: &'a [f32], input: Extent, padded: Extent, by: usize, to: &'a mut [f32]) -> &'a [f32] {
    if by == 0 {
        return image;
    }
    for (row, from) in image.chunks_exact(input.row()).enumerate() {
        let at = (row + by) * padded.row() + by * padded.channels;
        to[at..at + input.row()].copy_from_slice(from);
    }
    to
}

/// The convolution of one padded image: a product for each row of outputs.
fn slide(x: &[f32], input: Extent, window: Window, weights: &[f32], y: &mut [f32], output: Extent, start: Start) {
    let window_row = window.width * input.channels;
    for (row, y) in y.chunks_exact_mut(output.row()).enumerate() {
        let product = Product {
            a: Matrix {
                data: &x[row * window.stride * input.row()..],
                stride: window.stride * input.channels,
                outer: input.row(),
                inner: 1,
            },
            b: Matrix { data: weights, stride: 1, outer: window_row * output.channels, inner: output.channels },
            rows: output.width,
            columns: output.channels,
            outer: window.height,
            inner: window_row,
            start,
        };
        product.compute(y, output.channels, &mut []);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that sums are exact in any order.
    fn numbers(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7919 + seed * 31) % 11) as f32 - 5.0).collect()
    }

    /// The formula of the module, and its derivatives, term by term.
    fn naive(conv: &Conv, parameters: &[f32], x: &[f32], dy: &[f32], batch: usize) -> [Vec<f32>; 3] {
        let (input, output, window) = (conv.input, conv.output, conv.window);
        let bias = &parameters[conv.weight_count()..];
        let mut y = vec![0.0; batch * output.len()];
        let mut gradients = vec![0.0; parameters.len()];
        let mut dx = vec![0.0; x.len()];
        for (at, y) in y.iter_mut().enumerate() {
            let (f, rest) = (at % output.channels, at / output.channels);
            let (j, rest) = (rest % output.width, rest / output.width);
            let (i, image) = (rest % output.height, rest / output.height);
            *y = bias[f];
            gradients[conv.weight_count() + f] += dy[at];
            for u in 0..window.height {
                for v in 0..window.width {
                    let row = (i * window.stride + u).wrapping_sub(window.pad);
                    let column = (j * window.stride + v).wrapping_sub(window.pad);
                    if row >= input.height || column >= input.width {
                        continue;
                    }
                    for c in 0..input.channels {
                        let from = ((image * input.height + row) * input.width + column) * input.channels + c;
                        let w = ((u * window.width + v) * input.channels + c) * output.channels + f;
                        *y += x[from] * parameters[w];
                        gradients[w] += x[from] * dy[at];
                        dx[from] += dy[at] * parameters[w];
                    }
                }
            }
        }
        [y, gradients, dx]
    }

    #[test]
    fn agrees_with_the_formula_for_many_windows() {
        for (height, width, stride, pad) in [
            (3, 3, 1, 1),
            (1, 1, 1, 0),
            (5, 5, 2, 2),
            (3, 2, 1, 0),
            (2, 3, 3, 1),
            (7, 7, 3, 3),
            (1, 1, 1, 2),
            (2, 2, 2, 3),
        ] {
            for (channels, filters) in [(1, 5), (3, 33), (4, 1)] {
                let window = Window { height, width, stride, pad };
                let (out_height, out_width) = window.slide(9, 8).unwrap();
                let input = Shape::Image { channels, height: 9, width: 8 };
                let output = Shape::Image { channels: filters, height: out_height, width: out_width };
                let mut conv = Conv::new(window, input, output);
                let team = Team::new(1);
                let parameters = numbers(conv.weight_count() + filters, 1);
                let (x, mut dy) = (numbers(2 * input.len(), 2), numbers(2 * output.len(), 3));
                let [expected_y, expected_gradients, expected_dx] = naive(&conv, &parameters, &x, &dy, 2);

                let mut y = vec![f32::NAN; expected_y.len()];
                conv.forward(&team, &parameters, &x, &mut y, 2);
                assert_eq!(y, expected_y, "forward, {window:?}");

                let (mut gradients, mut dx) = (vec![f32::NAN; parameters.len()], vec![f32::NAN; x.len()]);
                conv.backward(Backward {
                    team: &team,
                    parameters: &parameters,
                    gradients: &mut gradients,
                    x: &x,
                    y: &y,
                    dy: &mut dy,
                    dx: Some(&mut dx),
                    batch: 2,
                });
                assert_eq!(gradients, expected_gradients, "gradients, {window:?}");
                assert_eq!(dx, expected_dx, "input gradient, {window:?}");
            }
        }
    }
}
