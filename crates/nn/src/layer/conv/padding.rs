//! Images with a border of zeros, and the direct convolution over them.

use crate::kernel::{Matrix, Product, Start};
use crate::layer::extent::Extent;
use crate::layer::per_axis::PerAxis;
use crate::layer::window::Window;

/// Copies `image` into the middle of `to`, a `padded` image with `before` rows above it and columns
/// to the left of it, and returns `to`. The border of `to` must be zero already. An image without a
/// border is returned as it is.
pub(super) fn pad<'a>(
    image: &'a [f32],
    extent: Extent,
    padded: Extent,
    before: PerAxis,
    to: &'a mut [f32],
) -> &'a [f32] {
    if padded.len() == extent.len() {
        return image;
    }
    for (row, from) in image.chunks_exact(extent.row()).enumerate() {
        let at = (row + before.rows) * padded.row() + before.columns * padded.channels;
        to[at..at + extent.row()].copy_from_slice(from);
    }
    to
}

/// Convolves one padded image: a product for each row of outputs.
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
                data: &x[row * window.stride.rows * input.row()..],
                stride: window.stride.columns * input.channels,
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
