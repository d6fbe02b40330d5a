//! A part of a network's activations.

use std::ops::Range;

/// Where the activations of a layer lie, for all images of a batch.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Region {
    pub(super) start: usize,
    /// Values of one image.
    pub(super) len: usize,
}

impl Region {
    pub(super) fn of(self, batch: usize) -> Range<usize> {
        self.start..self.start + batch * self.len
    }
}
