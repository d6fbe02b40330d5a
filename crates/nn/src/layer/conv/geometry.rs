//! A convolution's window and the images on both sides of it, and its weights in other orders.

use crate::kernel::transpose;
use crate::layer::extent::Extent;
use crate::layer::window::Window;

/// A window that slides over an image.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub(super) window: Window,
    pub(super) input: Extent,
    pub(super) output: Extent,
}

impl Geometry {
    /// How many values W has.
    pub(super) fn weights(&self) -> usize {
        self.window.height * self.window.width * self.input.channels * self.output.channels
    }

    /// Multiply-adds of one image's forward pass.
    pub(super) fn cost(&self) -> usize {
        self.weights() * self.output.height * self.output.width
    }

    /// Writes W turned by 180°: `[window height, window width, filters, channels]`.
    pub(super) fn turn(&self, weights: &[f32], turned: &mut [f32]) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        let places = weights.chunks_exact(channels * filters);
        for (from, to) in places.zip(turned.chunks_exact_mut(channels * filters).rev()) {
            transpose(from, filters, (channels, filters), to, channels);
        }
    }

    /// Writes Wᵀ: `[filters, window height, row]`. Each row begins with the values of the window's
    /// row; the rest of `transposed` stays as it is.
    pub(super) fn transpose(&self, weights: &[f32], transposed: &mut [f32], row: usize) {
        let (values, filters) = (self.window.width * self.input.channels, self.output.channels);
        for (u, from) in weights.chunks_exact(values * filters).enumerate() {
            let to = &mut transposed[u * row..];
            transpose(from, filters, (values, filters), to, self.window.height * row);
        }
    }
}
