//! A convolution of any window, stride and padding, without copying its windows. A row of the
//! window is `width · channels` neighbouring values of the padded image, so a row of outputs is one
//! [`Product`] over the window's rows. Only an image that needs padding is copied.
//!
//! Images are computed one after the other, so that the data of an image stays in L2. Backward: dW
//! is a product over all output pixels, and dx is computed by [`DirectInputGradient`].

use super::geometry::Geometry;
use super::input_gradient::DirectInputGradient;
use super::padding::{pad, slide};
use crate::kernel::{Matrix, Product, Start};
use crate::layer::bias::add_rows;
use crate::layer::extent::Extent;
use crate::layer::relu::rectify;
use crate::layer::window::Padding;
use crate::thread_team::ThreadTeam;

/// The direct method of a convolution.
pub(super) struct Direct {
    geometry: Geometry,
    /// The input with its padding.
    padded: Extent,
    /// For each thread, an image whose border stays zero.
    scratches: Vec<Vec<f32>>,
    pub(super) input_gradient: DirectInputGradient,
}

impl Direct {
    pub(super) fn new(geometry: Geometry, threads: usize) -> Self {
        let Geometry { input, window, .. } = geometry;
        let padded = input.padded(window.pad);
        let input_gradient = DirectInputGradient::new(geometry, threads);
        let mut direct = Direct { geometry, padded, scratches: Vec::new(), input_gradient };
        direct.set_threads(threads);
        direct
    }

    /// Values of the memory with room for `threads` threads.
    pub(super) fn values(geometry: Geometry, threads: usize) -> usize {
        threads * scratch(geometry) + DirectInputGradient::values(geometry, threads)
    }

    /// Makes room for the scratch memory of `threads` threads.
    pub(super) fn set_threads(&mut self, threads: usize) {
        self.scratches = vec![vec![0.0; scratch(self.geometry)]; threads];
        self.input_gradient.set_threads(threads);
    }

    pub(super) fn forward(
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
                let x = pad(x, input, padded, window.pad.before, scratch);
                slide(x, padded, window, weights, y, output, Start::Row(bias));
                if rectifies {
                    rectify(y);
                }
            }
        });
    }

    /// Writes dW, and db after it, from all images of the batch: for each row of the window, a
    /// product over all output pixels. It goes image by image, so that dy is read from memory once.
    pub(super) fn weight_gradient(
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
        // db is the last row of the gradients, a shorter one.
        team.rows_with(
            gradients,
            row_len,
            1,
            cost,
            &mut self.scratches,
            |row, gradients, scratch| {
                for (x, dy) in x.chunks_exact(input.len()).zip(dy.chunks_exact(output.len())) {
                    let image = pad(x, input, padded, window.pad.before, scratch);
                    for (row, gradients) in (row..).zip(gradients.chunks_mut(row_len)) {
                        if row == window.height {
                            add_rows(dy, gradients);
                            continue;
                        }
                        let product = Product {
                            a: Matrix {
                                data: &image[row * padded.row()..],
                                stride: 1,
                                outer: window.stride.rows * padded.row(),
                                inner: window.stride.columns * padded.channels,
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

/// Values of a thread's scratch memory: an image with its padding, if it has any.
fn scratch(Geometry { input, window, .. }: Geometry) -> usize {
    if window.pad == Padding::NONE { 0 } else { input.padded(window.pad).len() }
}
