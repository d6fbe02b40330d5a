//! Where images of a batch are alike: at the pixels around which they are blank.
//!
//! What a layer makes of such a pixel is the same for all of those images, bit for bit, as long as
//! it depends on a window around the pixel alone: convolution, pooling, batch normalisation and
//! activations are so, dropout is not. A convolution that computes outputs in tiles rounds each of
//! them by all that its tile sees: there the window is the tile's. A layer may then compute the
//! pixel for one of the images, and have the others copy it. Backward, the gradient of a copy
//! belongs to what it was copied from: a layer may add what the copies' pixels get to the
//! original's. Every sum over the batch, and so the gradient of every parameter, is what it was.
//!
//! A quarter of what network 8's dense layers see of a garment is blank, and an eighth of its
//! second convolution's tiles.

use std::ops::Range;

use crate::kernel::{AlikeRows, BITS, filled_rows};
use crate::layer::Extent;
use crate::spec::Window;

/// For each pixel of a layer's input the images that are alike there.
pub(crate) struct Repeats {
    height: usize,
    width: usize,
    /// A bit for each of 64 images, for each pixel; then the next images.
    sets: Vec<u64>,
    /// Groups of images that are known.
    groups: usize,
    /// Where single channels are filled.
    filled: Vec<u64>,
}

/// Images whose likeness is looked at together; those of other groups count as different.
pub(crate) const GROUP: usize = BITS;

impl Repeats {
    /// For up to `images` images of this extent: none is like another yet.
    pub(crate) fn new(extent: Extent, images: usize) -> Self {
        let Extent { height, width, .. } = extent;
        Repeats {
            height,
            width,
            sets: vec![0; images.div_ceil(GROUP) * height * width],
            groups: 0,
            filled: Vec::with_capacity(extent.len()),
        }
    }

    /// Looks where `images`, `[count, height, width, channels]`, are blank: zero in all channels.
    pub(crate) fn find(&mut self, images: &[f32], channels: usize) {
        let pixels = self.height * self.width;
        self.filled.resize(pixels * channels, 0);
        let groups = images.chunks(GROUP * pixels * channels);
        self.groups = groups.len();
        for (images, sets) in groups.zip(self.sets.chunks_exact_mut(pixels)) {
            filled_rows(images, &mut self.filled);
            let all = u64::MAX >> (GROUP - images.len() / (pixels * channels));
            for (set, filled) in sets.iter_mut().zip(self.filled.chunks_exact(channels)) {
                *set = all & !filled.iter().fold(0, |any, filled| any | filled);
            }
        }
    }

    /// What a layer whose window slides over `input` leaves alike: where all is that the outputs of
    /// a tile, `tile` along each axis, see in the image.
    pub(crate) fn slide(&mut self, input: &Repeats, window: Window, tile: usize) {
        let (height, width) = (self.height, self.width);
        let along = |at: usize, size: usize, extent: usize| {
            let first = at / tile * tile * window.stride;
            let end = first + (tile - 1) * window.stride + size;
            first.saturating_sub(window.pad).min(extent)..end.saturating_sub(window.pad).min(extent)
        };
        self.groups = input.groups;
        for (group, sets) in
            self.sets.chunks_exact_mut(height * width).enumerate().take(self.groups)
        {
            for (at, set) in sets.iter_mut().enumerate() {
                let rows = along(at / width, window.height, input.height);
                *set = input.alike(group, rows, along(at % width, window.width, input.width));
            }
        }
    }

    /// The images of a group that are alike at all of these pixels: a bit for each, or none.
    pub(crate) fn alike(&self, group: usize, rows: Range<usize>, columns: Range<usize>) -> u64 {
        let sets = &self.sets[group * self.height * self.width..];
        rows.flat_map(|row| &sets[row * self.width..][columns.clone()])
            .fold(u64::MAX, |all, set| all & set)
    }

    /// The same for a product with the images as rows, `[images, height, width, channels]`, but for
    /// the first `before`.
    pub(crate) fn rows(&self, channels: usize, before: usize) -> AlikeRows<'_> {
        let pixels = self.height * self.width;
        AlikeRows { sets: &self.sets[..self.groups * pixels], runs: pixels, run: channels, before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Images of 6 × 5 pixels with two channels, filled where `is_filled(image, row, column,
    /// channel)`.
    fn found(count: usize, is_filled: impl Fn(usize, usize, usize, usize) -> bool) -> Repeats {
        let mut images = vec![0.0; count * 60];
        for (at, value) in images.iter_mut().enumerate() {
            *value = f32::from(is_filled(at / 60, at / 10 % 6, at / 2 % 5, at % 2));
        }
        let mut repeats = Repeats::new(Extent { height: 6, width: 5, channels: 2 }, 100);
        repeats.find(&images, 2);
        repeats
    }

    #[test]
    fn images_are_alike_where_all_channels_are_zero() {
        // Image i is filled in row i % 7, in one channel.
        let repeats = found(70, |image, row, column, channel| {
            image % 7 == row && column != 1 && channel == image % 2
        });
        for (group, count) in [(0, 64), (1, 6)] {
            for row in 0..6 {
                let blank = (0..count).filter(|image| (group * 64 + image) % 7 != row);
                let expected = blank.fold(0, |set, image| set | 1 << image);
                assert_eq!(repeats.alike(group, row..row + 1, 2..3), expected, "row {row}");
                assert_eq!(
                    repeats.alike(group, row..row + 1, 1..2),
                    u64::MAX >> (64 - count),
                    "a column without any"
                );
            }
        }
    }

    #[test]
    fn a_pixel_behind_a_window_is_alike_where_the_whole_window_is() {
        // One filled pixel in image 0, none in image 1.
        let repeats = found(2, |image, row, column, _| image == 0 && (row, column) == (2, 3));
        for (window, out) in [
            (Window { height: 3, width: 3, stride: 1, pad: 1 }, (6, 5)),
            (Window { height: 2, width: 3, stride: 2, pad: 0 }, (3, 2)),
            (Window { height: 5, width: 5, stride: 1, pad: 4 }, (10, 9)),
            (Window { height: 1, width: 1, stride: 1, pad: 2 }, (10, 9)),
        ] {
            let mut behind = Repeats::new(Extent { height: out.0, width: out.1, channels: 1 }, 2);
            behind.slide(&repeats, window, 1);
            for (row, column) in
                (0..out.0).flat_map(|row| (0..out.1).map(move |column| (row, column)))
            {
                let reaches = |at: usize, size: usize, pixel: usize| {
                    (at * window.stride..at * window.stride + size).contains(&(pixel + window.pad))
                };
                let sees = reaches(row, window.height, 2) && reaches(column, window.width, 3);
                let set = behind.alike(0, row..row + 1, column..column + 1);
                assert_eq!(
                    set & 3,
                    if sees { 0b10 } else { 0b11 },
                    "{window:?} at {row}, {column}"
                );
            }
        }
    }

    #[test]
    fn a_pixel_of_a_tile_is_alike_where_all_is_that_the_tile_sees() {
        // One filled pixel in image 0, none in image 1.
        let repeats = found(2, |image, row, column, _| image == 0 && (row, column) == (2, 3));
        for (tile, down, across) in [(4, 0..4, 0..5), (2, 0..4, 2..5), (3, 0..6, 0..5)] {
            let mut behind = Repeats::new(Extent { height: 6, width: 5, channels: 1 }, 2);
            behind.slide(&repeats, Window { height: 3, width: 3, stride: 1, pad: 1 }, tile);
            for (row, column) in (0..6).flat_map(|row| (0..5).map(move |column| (row, column))) {
                let set = behind.alike(0, row..row + 1, column..column + 1);
                let sees = down.contains(&row) && across.contains(&column);
                assert_eq!(
                    set & 3,
                    if sees { 0b10 } else { 0b11 },
                    "tiles of {tile} at {row}, {column}"
                );
            }
        }
    }
}
