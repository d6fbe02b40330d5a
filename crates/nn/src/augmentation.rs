//! Augmentation: changes to images that leave their class as it is. Training images are changed at
//! random, anew in every step. The random numbers depend on seed and training step alone: four
//! 32-bit numbers for each image, in order.

use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::layer::extent::Extent;
use crate::random::{Purpose, generator};

/// How the images of a training batch are changed, and whether scoring sees changed images too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Images are moved by up to this many pixels along each axis, with zeros at the border. All
    /// distances are equally likely. torchvision's `RandomCrop(size, padding=shift)`.
    #[serde(default)]
    pub shift: u32,
    /// Whether half of the images are mirrored left to right. torchvision's
    /// `RandomHorizontalFlip()`.
    #[serde(default)]
    pub flip: bool,
    /// Side in pixels of a square around a random pixel that is set to zero, as far as it lies in
    /// the image: cutout (DeVries and Taylor 2017).
    #[serde(default)]
    pub cutout: u32,
    /// Whether the logits of a scored image are the mean over several views of it: test-time
    /// augmentation. With `flip` there is a mirrored view. With `shift`, each view is also moved by
    /// a pixel up, down, left and right. With both, there are ten views.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub test_time: bool,
}

/// The change of one image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Change {
    /// Rows and columns that the image moves down and right.
    shift: [i32; 2],
    flip: bool,
    /// The first row and column of the square that is set to zero, and its side.
    cutout: ([i32; 2], u32),
}

impl Augmentation {
    /// Whether training images stay as they are.
    pub fn is_none(&self) -> bool {
        Augmentation { test_time: false, ..*self } == Augmentation::default()
    }

    /// The views of a scored image; the first is the image itself.
    pub(crate) fn views(&self) -> Vec<Change> {
        let moves: &[[i32; 2]] = match self.test_time && self.shift > 0 {
            true => &[[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]],
            false => &[[0, 0]],
        };
        let flips: &[bool] = if self.test_time && self.flip { &[false, true] } else { &[false] };
        let views = flips.iter().flat_map(|&flip| moves.iter().map(move |&shift| (shift, flip)));
        views.map(|(shift, flip)| Change { shift, flip, ..Change::default() }).collect()
    }

    /// Draws a change for each image of a batch.
    pub(crate) fn draw(&self, seed: u64, step: u64, extent: Extent, changes: &mut [Change]) {
        let mut generator = generator(seed, Purpose::Augmentation, 0, step);
        let mut below = |n: u32| ((u64::from(generator.next_u32()) * u64::from(n)) >> 32) as i32;
        for change in changes {
            let (flip, range) = (below(2) == 1, 2 * self.shift + 1);
            // All distances are equally likely.
            let moved = below(range * range);
            let shift = [moved / range as i32, moved % range as i32]
                .map(|distance| distance - self.shift as i32);
            let half = (self.cutout / 2) as i32;
            let from = [below(extent.height as u32) - half, below(extent.width as u32) - half];
            *change = Change { shift, flip: self.flip && flip, cutout: (from, self.cutout) };
        }
    }
}

impl Change {
    /// Writes the changed image, as f32 between 0 and 1.
    pub(crate) fn write(&self, image: &[u8], to: &mut [f32], extent: Extent) {
        let Extent { height, width, channels } = extent;
        for (row, to) in to.chunks_exact_mut(width * channels).enumerate() {
            let from = row as i32 - self.shift[0];
            if !(0..height as i32).contains(&from) {
                to.fill(0.0);
                continue;
            }
            let from = &image[from as usize * width * channels..][..width * channels];
            for (column, to) in to.chunks_exact_mut(channels).enumerate() {
                let column = column as i32 - self.shift[1];
                if !(0..width as i32).contains(&column) {
                    to.fill(0.0);
                    continue;
                }
                let column = if self.flip { width - 1 - column as usize } else { column as usize };
                for (to, &byte) in to.iter_mut().zip(&from[column * channels..][..channels]) {
                    *to = f32::from(byte) * (1.0 / 255.0);
                }
            }
        }
        let ([first_row, first_column], side) = self.cutout;
        let part = |first: i32, len: usize| {
            let end = (first + side as i32).clamp(0, len as i32) as usize;
            (first.clamp(0, len as i32) as usize).min(end)..end
        };
        let columns = part(first_column, width);
        for row in part(first_row, height) {
            to[(row * width + columns.start) * channels..(row * width + columns.end) * channels]
                .fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent { height: 3, width: 4, channels: 2 };

    fn image() -> Vec<u8> {
        (1..=24).collect()
    }

    /// The image after a change, converted back to bytes.
    fn changed(change: Change) -> Vec<u8> {
        let mut to = vec![9.0; 24];
        change.write(&image(), &mut to, EXTENT);
        to.into_iter().map(|value| (value * 255.0).round() as u8).collect()
    }

    #[test]
    fn no_change_leaves_the_image() {
        assert_eq!(changed(Change::default()), image());
    }

    #[test]
    fn zeros_come_in_where_the_image_moves_away() {
        let down_left = changed(Change { shift: [1, -2], ..Change::default() });
        let expected = [[0; 8], [5, 6, 7, 8, 0, 0, 0, 0], [13, 14, 15, 16, 0, 0, 0, 0]].concat();
        assert_eq!(down_left, expected);
        assert_eq!(changed(Change { shift: [-5, 0], ..Change::default() }), [0; 24]);
    }

    #[test]
    fn a_mirrored_image_keeps_its_channels_in_order() {
        let mirrored = changed(Change { flip: true, ..Change::default() });
        assert_eq!(mirrored[..8], [7, 8, 5, 6, 3, 4, 1, 2]);
        // The image is mirrored first, and then moved.
        let moved = changed(Change { flip: true, shift: [0, 1], ..Change::default() });
        assert_eq!(moved[..8], [0, 0, 7, 8, 5, 6, 3, 4]);
    }

    #[test]
    fn a_square_is_cut_out_and_ends_at_the_border() {
        let cut = changed(Change { cutout: ([-1, 3], 2), ..Change::default() });
        let mut expected = image();
        expected[6..8].fill(0);
        assert_eq!(cut, expected);
        assert_eq!(changed(Change { cutout: ([-9, -9], 2), ..Change::default() }), image());
    }

    #[test]
    fn a_scored_image_has_one_view_or_all() {
        let views =
            |shift, flip, test_time| Augmentation { shift, flip, cutout: 3, test_time }.views();
        assert_eq!(views(2, true, false), [Change::default()]);
        assert_eq!(views(0, false, true), [Change::default()]);
        assert_eq!(
            views(0, true, true),
            [Change::default(), Change { flip: true, ..Change::default() }]
        );
        let all = views(2, true, true);
        assert_eq!((all.len(), all[0]), (10, Change::default()));
        assert_eq!(all[9], Change { shift: [0, 1], flip: true, ..Change::default() });
        let sum = |axis: usize| all.iter().map(|view| view.shift[axis]).sum::<i32>();
        assert_eq!([sum(0), sum(1)], [0, 0]);
    }

    #[test]
    fn every_change_is_drawn_about_as_often_and_depends_on_seed_and_step() {
        let augmentation = Augmentation { shift: 1, flip: true, cutout: 2, test_time: false };
        let draw = |seed, step| {
            let mut changes = vec![Change::default(); 9000];
            augmentation.draw(seed, step, EXTENT, &mut changes);
            changes
        };
        let changes = draw(1, 0);
        assert_eq!(changes, draw(1, 0));
        assert_ne!(changes, draw(2, 0));
        assert_ne!(changes, draw(1, 1));
        // 1000 expected of each of nine; five standard errors are 150.
        for (row, column) in (-1..=1).flat_map(|row| (-1..=1).map(move |column| (row, column))) {
            let count = changes.iter().filter(|change| change.shift == [row, column]).count();
            assert!((850..1150).contains(&count), "{row} {column}: {count}");
        }
        let flipped = changes.iter().filter(|change| change.flip).count();
        assert!((4260..4740).contains(&flipped), "{flipped}");
        assert!(
            changes.iter().all(|change| (-1..2).contains(&change.cutout.0[0])
                && (-1..3).contains(&change.cutout.0[1]))
        );
        // A part of a batch has the same changes as the whole.
        let mut few = vec![Change::default(); 10];
        augmentation.draw(1, 0, EXTENT, &mut few);
        assert_eq!(few, changes[..10]);
    }
}
