//! A convolution of any window, stride and padding, without copying its windows: a row of the
//! window is `width · channels` neighbouring values of the padded image, so that a row of outputs
//! is one [`Product`] over the window's rows; nothing is copied but the border.
//!
//! One image is done after the other, so that an image's data stays in L2. Backward: dW is a
//! product over all output pixels; dx has [a file of its own](super::input_gradient).

use super::Geometry;
use super::input_gradient::InputGradient;
use crate::kernel::{Matrix, Product, Start};
use crate::layer::bias::add_rows;
use crate::layer::extent::Extent;
use crate::layer::rectify;
use crate::spec::Window;
use crate::thread_team::ThreadTeam;

pub(crate) struct Direct {
    geometry: Geometry,
    /// The input with its padding.
    padded: Extent,
    /// For each thread an image whose border stays zero.
    scratches: Vec<Vec<f32>>,
    pub(super) input_gradient: InputGradient,
}

impl Direct {
    pub(crate) fn new(geometry: Geometry, threads: usize) -> Self {
        let Geometry { input, window, .. } = geometry;
        let padded = input.padded((window.pad, window.pad));
        let input_gradient = InputGradient::new(geometry, threads);
        let mut direct = Direct { geometry, padded, scratches: Vec::new(), input_gradient };
        direct.set_threads(threads);
        direct
    }

    /// Plans memory for so many threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        let padded = if self.geometry.window.pad == 0 { 0 } else { self.padded.len() };
        self.scratches = vec![vec![0.0; padded]; threads];
        self.input_gradient.set_threads(threads);
    }

    pub(crate) fn forward(
        &mut self,
        team: &ThreadTeam,
        weights: &[f32],
        bias: &[f32],
        x: &[f32],
        y: &mut [f32],
        rectifies: bool,
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (padded, cost) = (self.padded, self.geometry.cost());
        team.rows_with(y, output.len(), 1, cost, &mut self.scratches, |first, y, scratch| {
            let images = x[first * input.len()..].chunks_exact(input.len());
            for (x, y) in images.zip(y.chunks_exact_mut(output.len())) {
                let x = pad(x, input, padded, (window.pad, window.pad), scratch);
                slide(x, padded, window, weights, y, output, Start::Row(bias));
                if rectifies {
                    rectify(y);
                }
            }
        });
    }

    /// dW and db behind each other, from all images of the batch: for each row of the window, a
    /// product over all output pixels. Image by image, so that dy is read from memory once.
    pub(crate) fn weight_gradient(
        &mut self,
        team: &ThreadTeam,
        x: &[f32],
        dy: &[f32],
        gradients: &mut [f32],
    ) {
        let Geometry { input, output, window } = self.geometry;
        let (padded, window_row) = (self.padded, window.width * input.channels);
        gradients.fill(0.0);
        let cost = dy.len() / output.len() * self.geometry.cost() / window.height;
        let row_len = window_row * output.channels;
        // The bias is the last row, a shorter one.
        team.rows_with(
            gradients,
            row_len,
            1,
            cost,
            &mut self.scratches,
            |row, gradients, scratch| {
                for (x, dy) in x.chunks_exact(input.len()).zip(dy.chunks_exact(output.len())) {
                    let image = pad(x, input, padded, (window.pad, window.pad), scratch);
                    for (row, gradients) in (row..).zip(gradients.chunks_mut(row_len)) {
                        if row == window.height {
                            add_rows(dy, gradients);
                            continue;
                        }
                        let product = Product {
                            a: Matrix {
                                data: &image[row * padded.row()..],
                                stride: 1,
                                outer: window.stride * padded.row(),
                                inner: window.stride * padded.channels,
                            },
                            b: Matrix {
                                data: dy,
                                stride: 1,
                                outer: output.row(),
                                inner: output.channels,
                            },
                            rows: window_row,
                            columns: output.channels,
                            outer: output.height,
                            inner: output.width,
                            start: Start::Accumulate,
                        };
                        product.compute(gradients, output.channels);
                    }
                }
            },
        );
    }
}

/// `image` with so many rows of zeros above and below, and columns on both sides, in `to`, whose
/// border is zero already; the image itself where there are none.
pub(super) fn pad<'a>(
    image: &'a [f32],
    extent: Extent,
    padded: Extent,
    (rows, columns): (usize, usize),
    to: &'a mut [f32],
) -> &'a [f32] {
    if rows + columns == 0 {
        return image;
    }
    for (row, from) in image.chunks_exact(extent.row()).enumerate() {
        let at = (row + rows) * padded.row() + columns * padded.channels;
        to[at..at + extent.row()].copy_from_slice(from);
    }
    to
}

/// The convolution of one padded image: a product for each row of outputs.
pub(super) fn slide(
    x: &[f32],
    input: Extent,
    window: Window,
    weights: &[f32],
    y: &mut [f32],
    output: Extent,
    start: Start,
) {
    let window_row = window.width * input.channels;
    for (row, y) in y.chunks_exact_mut(output.row()).enumerate() {
        let product = Product {
            a: Matrix {
                data: &x[row * window.stride * input.row()..],
                stride: window.stride * input.channels,
                outer: input.row(),
                inner: 1,
            },
            b: Matrix {
                data: weights,
                stride: 1,
                outer: window_row * output.channels,
                inner: output.channels,
            },
            rows: output.width,
            columns: output.channels,
            outer: window.height,
            inner: window_row,
            start,
        };
        product.compute(y, output.channels);
    }
}
