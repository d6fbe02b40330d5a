//! The change of one image of a training batch, and the views of a scored image.

use super::rotation::{Rotation, pad};
use crate::layer::extent::Extent;

/// The change of one image, which is mirrored, turned, moved and cut, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Change {
    /// Rows and columns that the image moves down and right.
    pub(super) shift: [i32; 2],
    pub(super) flip: bool,
    pub(super) rotation: Rotation,
    /// The first row and column of the square that is set to zero, and its side.
    pub(super) cutout: ([i32; 2], u32),
}

impl Change {
    /// Writes the changed image, as f32 between 0 and 1. An image that is turned needs
    /// [`write_turned`](Self::write_turned).
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
        self.cut(to, extent);
    }

    /// Writes the image as [`write_turned`](Self::write_turned) needs it: mirrored if the change says
    /// so, with zeros around it, in [`padded_len`](super::padded_len) bytes.
    pub(crate) fn pad(&self, image: &[u8], extent: Extent, to: &mut [u8]) {
        pad(image, extent, self.flip, to);
    }

    /// [`write`](Self::write) of an image that is turned too. It is given as [`pad`](Self::pad) wrote it.
    pub(crate) fn write_turned(&self, padded: &[u8], to: &mut [f32], extent: Extent) {
        let width = extent.width as i32;
        let inside = |column: i32| column.clamp(0, width) as usize;
        // The columns of the changed image that are not zero, and the first one of the turned image.
        let begin = inside(self.shift[1]);
        let end = inside(width.saturating_add(self.shift[1]));
        let first_column = inside(-self.shift[1]);
        let [begin, end] = [begin, end].map(|column| column * extent.channels);
        for (row, to) in to.chunks_exact_mut(extent.row()).enumerate() {
            let from = row as i32 - self.shift[0];
            if !(0..extent.height as i32).contains(&from) {
                to.fill(0.0);
                continue;
            }
            to[..begin].fill(0.0);
            to[end..].fill(0.0);
            let place = [from as usize, first_column];
            self.rotation.write_row(padded, extent, place, &mut to[begin..end]);
        }
        self.cut(to, extent);
    }

    fn cut(&self, to: &mut [f32], Extent { height, width, channels }: Extent) {
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
    use crate::augmentation::padded_len;

    const EXTENT: Extent = Extent { height: 3, width: 4, channels: 2 };

    fn image() -> Vec<u8> {
        (1..=24).collect()
    }

    /// The image after a change, converted back to bytes.
    fn changed(change: Change) -> Vec<u8> {
        let mut to = vec![9.0; 24];
        if change.rotation == Rotation::default() {
            change.write(&image(), &mut to, EXTENT);
        } else {
            let mut padded = vec![9; padded_len(EXTENT)];
            change.pad(&image(), EXTENT, &mut padded);
            change.write_turned(&padded, &mut to, EXTENT);
        }
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
    fn a_turned_image_is_mirrored_before_and_moved_and_cut_afterwards() {
        let half = Rotation::by_degrees(180.0);
        let mut expected = image();
        expected.chunks_exact_mut(2).for_each(<[u8]>::reverse);
        expected.reverse();
        assert_eq!(changed(Change { rotation: half, ..Change::default() }), expected);
        // Mirrored and turned by half: upside down.
        let change = Change { rotation: half, flip: true, ..Change::default() };
        let upside_down = [&image()[16..], &image()[8..16], &image()[..8]].concat();
        assert_eq!(changed(change), upside_down);
        for shift in [[1, -2], [0, 3], [-2, 4], [5, 0], [0, -9], [1, 1]] {
            let moved = Change { shift, cutout: ([1, 1], 2), ..Change::default() };
            let turned = changed(Change { flip: true, rotation: half, ..moved });
            let mut to = vec![9.0; 24];
            moved.write(&upside_down, &mut to, EXTENT);
            let expected: Vec<u8> = to.iter().map(|value| (value * 255.0).round() as u8).collect();
            assert_eq!(turned, expected, "{shift:?}");
        }
    }
}
