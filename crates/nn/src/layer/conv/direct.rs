//! A convolution of any window, stride and padding, without copying its windows: a row of the window is
//! `width · channels` neighbouring values of the padded image, so that a row of outputs is one [`Product`] over the window's
//! rows; nothing is copied but the border.
//!
//! One image is done after the other, so that an image's data stays in L2. Backward: dW is a product over all output
//! pixels; dx is the convolution of dy, with stride − 1 zeros between its pixels, with the turned window.

use super::Geometry;
use crate::kernel::{Matrix, Product, Start};
use crate::layer::bias::add_rows;
use crate::layer::extent::Extent;
use crate::layer::{mask, rectify};
use crate::spec::Window;
use crate::team::Team;

pub(crate) struct Direct {
    geometry: Geometry,
    /// The input with its padding.
    padded: Extent,
    /// dy with zeros between and around its pixels.
    spread: Extent,
    /// One for each thread.
    scratches: Vec<Scratch>,
}

/// Images whose borders stay zero.
struct Scratch {
    padded_image: Vec<f32>,
    spread_gradient: Vec<f32>,
}

impl Direct {
    pub(crate) fn new(geometry: Geometry, threads: usize) -> Self {
        let Geometry { input, output, window } = geometry;
        let grown = |height, width| Extent { height: input.height + height, width: input.width + width, ..input };
        let spread = Extent { channels: output.channels, ..grown(window.height - 1, window.width - 1) };
        let padded = grown(2 * window.pad, 2 * window.pad);
        let mut direct = Direct { geometry, padded, spread, scratches: Vec::new() };
        direct.set_threads(threads);
        direct
    }

    /// Plans memory for so many threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let padded = if self.geometry.window.pad == 0 { 0 } else { self.padded.len() };
        let scratch = || Scratch { padded_image: vec![0.0; padded], spread_gradient: vec![0.0; self.spread.len()] };
        self.scratches = (0..threads).map(|_| scratch()).collect();
    }

    /// Multiply-adds of one image.
    fn cost(&self) -> usize {
        self.geometry.weights() * self.geometry.output.height * self.geometry.output.width
    }

    pub(crate) fn forward(
        &mut self,
        team: &Team,
        weights: &[f32],
        bias: &[f32],
        x: &[f32],
        y: &mut [f32],
        rectifies: bool,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (padded, cost) = (self.padded, self.cost());
        team.rows_with(y, output.len(), 1, cost, &mut self.scratches, |first, y, scratch| {
            let images = x[first * input.len()..].chunks_exact(input.len());
            for (x, y) in images.zip(y.chunks_exact_mut(output.len())) {
                let x = pad(x, input, padded, window.pad, &mut scratch.padded_image);
                slide(x, padded, window, weights, y, output, Start::Row(bias));
                if rectifies {
                    rectify(y);
                }
            }
        });
    }

    /// dW and db, from all images of the batch: for each row of the window, a product over all output pixels.
    pub(crate) fn weight_gradient(
        &mut self,
        team: &Team,
        x: &[f32],
        dy: &[f32],
        d_weights: &mut [f32],
        d_bias: &mut [f32],
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (padded, window_row) = (self.padded, window.width * input.channels);
        d_weights.fill(0.0);
        d_bias.fill(0.0);
        add_rows(dy, d_bias);
        let cost = dy.len() / output.len() * self.cost() / window.height;
        team.rows_with(
            d_weights,
            window_row * output.channels,
            1,
            cost,
            &mut self.scratches,
            |row, d_weights, scratch| {
                for (x, dy) in x.chunks_exact(input.len()).zip(dy.chunks_exact(output.len())) {
                    let image = pad(x, input, padded, window.pad, &mut scratch.padded_image);
                    for (row, d_weights) in (row..).zip(d_weights.chunks_exact_mut(window_row * output.channels)) {
                        let product = Product {
                            a: Matrix {
                                data: &image[row * padded.row()..],
                                stride: 1,
                                outer: window.stride * padded.row(),
                                inner: window.stride * padded.channels,
                            },
                            b: Matrix { data: dy, stride: 1, outer: output.row(), inner: output.channels },
                            rows: window_row,
                            columns: output.channels,
                            outer: output.height,
                            inner: output.width,
                            start: Start::Accumulate,
                        };
                        product.compute(d_weights, output.channels);
                    }
                }
            },
        );
    }

    /// dx; `turned` are W turned by 180°, `[window height, window width, filters, channels]`. Through a ReLU whose output
    /// is `rectified`, if there is one.
    pub(crate) fn input_gradient(
        &mut self,
        team: &Team,
        turned: &[f32],
        dy: &[f32],
        dx: &mut [f32],
        rectified: Option<&[f32]>,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (spread, cost) = (self.spread, self.cost());
        team.rows_with(dx, input.len(), 1, cost, &mut self.scratches, |first, dx, scratch| {
            let images = dy[first * output.len()..].chunks_exact(output.len());
            for (image, (dy, dx)) in (first..).zip(images.zip(dx.chunks_exact_mut(input.len()))) {
                scratch.spread(dy, output, spread, window);
                let window = Window { stride: 1, pad: 0, ..window };
                slide(&scratch.spread_gradient, spread, window, turned, dx, input, Start::Zero);
                if let Some(rectified) = rectified {
                    mask(dx, &rectified[image * input.len()..][..input.len()]);
                }
            }
        });
    }
}

impl Scratch {
    /// Writes the pixels of `dy` to their places in `spread_gradient`.
    fn spread(&mut self, dy: &[f32], output: Extent, spread: Extent, window: Window) {
        let Window { height, width, stride, pad } = window;
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
        product.compute(y, output.channels);
    }
}
