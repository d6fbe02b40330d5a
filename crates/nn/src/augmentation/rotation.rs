//! Turns an image about its centre.
//!
//! ```text
//! x' = cos a · x − sin a · y        (x, y): a pixel of the turned image, from the centre
//! y' = sin a · x + cos a · y        (x', y'): where its value comes from, between four pixels
//! ```
//!
//! Counter-clockwise, with bilinear interpolation and zeros outside of the image: PyTorch's
//! `grid_sample(padding_mode="zeros", align_corners=False)`, which torchvision's `rotate` calls.

use pulp::{Simd, WithSimd};

use crate::kernel::ARCH;
use crate::layer::extent::Extent;

/// So many pixels of a row are computed at once, in arrays, so that the compiler uses vectors. Turning
/// each pixel alone took eight times as long.
const PIXELS: usize = 32;
/// 1.5 · 2²³: added to a number and taken away again, it rounds the number to a whole one. The lowest
/// bits of the sum are the whole number.
const ROUNDER: f32 = 12_582_912.0;

/// Sine and cosine of the angle by which an image is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rotation {
    sin: f32,
    cos: f32,
}

impl Default for Rotation {
    /// By no angle.
    fn default() -> Self {
        Rotation { sin: 0.0, cos: 1.0 }
    }
}

impl Rotation {
    pub(super) fn by_degrees(degrees: f64) -> Rotation {
        // The functions of C libraries differ in their last bit.
        let (sin, cos) = libm::sincos(degrees.to_radians());
        Rotation { sin: sin as f32, cos: cos as f32 }
    }

    /// Writes a part of one row of the turned image, as f32 between 0 and 1: as many pixels as `to`
    /// has, from `first_column` on. `padded` is what [`pad`] makes of the image.
    pub(super) fn write_row(
        self,
        padded: &[u8],
        extent: Extent,
        [row, first_column]: [usize; 2],
        to: &mut [f32],
    ) {
        ARCH.dispatch(TurnedRow { rotation: self, padded, extent, row, first_column, to });
    }

    /// Where the values of the pixels from this row and column on come from.
    #[inline(always)]
    fn places(self, extent: Extent, row: usize, first_column: usize) -> Places {
        let (sin, cos) = (self.sin, self.cos);
        let [centre_x, centre_y] =
            [extent.width, extent.height].map(|len| (len as f32 - 1.0) / 2.0);
        let [last_x, last_y] = [extent.width, extent.height].map(|len| (len + 1) as f32);
        let stride = padded_side(extent.width) as u32;
        let (first_x, y) = (first_column as f32 - centre_x, row as f32 - centre_y);
        let mut found = Places {
            corners: [0; PIXELS],
            column_shares: [0.0; PIXELS],
            row_shares: [0.0; PIXELS],
        };
        let shares = found.column_shares.iter_mut().zip(&mut found.row_shares);
        for (pixel, (corner, shares)) in found.corners.iter_mut().zip(shares).enumerate() {
            let x = first_x + pixel as f32;
            let (column, column_share) = split(cos * x - sin * y + centre_x, last_x);
            let (row, row_share) = split(sin * x + cos * y + centre_y, last_y);
            *corner = row * stride + column;
            (*shares.0, *shares.1) = (column_share, row_share);
        }
        found
    }
}

/// Where the values of [`PIXELS`] pixels come from.
struct Places {
    /// The upper left one of the four neighbours of each, as the number of a pixel of the padded image.
    corners: [u32; PIXELS],
    /// How far each lies to the right of that, and below it, from 0 to 1.
    column_shares: [f32; PIXELS],
    row_shares: [f32; PIXELS],
}

/// The row or column of the padded image that lies before a place of the image, and how far behind it
/// the place lies, from 0 to 1. A place outside of the image is taken for one at the end of its border.
#[inline(always)]
fn split(place: f32, last: f32) -> (u32, f32) {
    // One comparison each, unlike `clamp`, which also keeps NaN.
    let place = if place > -1.0 { place + 1.0 } else { 0.0 };
    let place = if place < last { place } else { last };
    // At a whole number this may be the one before, and then the share is 1.
    let rounded = place - 0.5 + ROUNDER;
    (rounded.to_bits() - ROUNDER.to_bits(), place - (rounded - ROUNDER))
}

struct TurnedRow<'a> {
    rotation: Rotation,
    padded: &'a [u8],
    extent: Extent,
    row: usize,
    first_column: usize,
    to: &'a mut [f32],
}

impl WithSimd for TurnedRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let TurnedRow { rotation, padded, extent, row, first_column, to } = self;
        let channels = extent.channels;
        let below = padded_side(extent.width) * channels;
        for (part, to) in to.chunks_mut(PIXELS * channels).enumerate() {
            let places = rotation.places(extent, row, first_column + part * PIXELS);
            for channel in 0..channels {
                let values = places.neighbours(&padded[channel..], channels, below);
                let values = places.interpolate(&values);
                for (to, value) in to[channel..].iter_mut().step_by(channels).zip(values) {
                    *to = value;
                }
            }
        }
    }
}

impl Places {
    /// One channel of the four neighbours of each pixel. The neighbour below comes `below` values later.
    #[inline(always)]
    fn neighbours(&self, padded: &[u8], channels: usize, below: usize) -> [[u8; PIXELS]; 4] {
        let mut values = [[0; PIXELS]; 4];
        let [a, b, c, d] = &mut values;
        for (pixel, &corner) in self.corners.iter().enumerate() {
            let from = &padded[corner as usize * channels..][..below + channels + 1];
            (a[pixel], b[pixel]) = (from[0], from[channels]);
            (c[pixel], d[pixel]) = (from[below], from[below + channels]);
        }
        values
    }

    #[inline(always)]
    fn interpolate(&self, neighbours: &[[u8; PIXELS]; 4]) -> [f32; PIXELS] {
        let [a, b, c, d] = neighbours;
        let mut values = [0.0; PIXELS];
        for (pixel, value) in values.iter_mut().enumerate() {
            let [a, b, c, d] = [a[pixel], b[pixel], c[pixel], d[pixel]].map(f32::from);
            let (to_right, down) = (self.column_shares[pixel], self.row_shares[pixel]);
            let upper = a + to_right * (b - a);
            let lower = c + to_right * (d - c);
            *value = (upper + down * (lower - upper)) * (1.0 / 255.0);
        }
        values
    }
}

/// The rows or columns of a padded image: one of zeros before those of the image, and two after them.
/// The second one is the neighbour of a place at the end of the border.
fn padded_side(len: usize) -> usize {
    len + 3
}

/// How many bytes [`pad`] writes.
pub(crate) fn padded_len(extent: Extent) -> usize {
    padded_side(extent.height) * padded_side(extent.width) * extent.channels
}

/// Writes the image with zeros around it, so that no neighbour of a pixel is missing. If `is_mirrored`,
/// the image is mirrored left to right.
pub(super) fn pad(image: &[u8], extent: Extent, is_mirrored: bool, to: &mut [u8]) {
    let (len, channels) = (extent.row(), extent.channels);
    let row_len = padded_side(extent.width) * channels;
    to.fill(0);
    let rows = to[row_len..].chunks_exact_mut(row_len).zip(image.chunks_exact(len));
    for (to, from) in rows {
        let to = &mut to[channels..channels + len];
        if !is_mirrored {
            to.copy_from_slice(from);
            continue;
        }
        for (to, from) in to.chunks_exact_mut(channels).zip(from.rchunks_exact(channels)) {
            // `copy_from_slice` would be a call for each pixel.
            to.iter_mut().zip(from).for_each(|(to, &value)| *to = value);
        }
    }
}

#[cfg(test)]
impl Rotation {
    /// The sine of the angle.
    pub(super) fn sine(self) -> f32 {
        self.sin
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A turned image, in 255ths.
    fn turned(degrees: f64, is_mirrored: bool, extent: Extent, image: &[u8]) -> Vec<f32> {
        let mut padded = vec![9; padded_len(extent)];
        pad(image, extent, is_mirrored, &mut padded);
        let mut to = vec![f32::NAN; extent.len()];
        for (row, to) in to.chunks_exact_mut(extent.row()).enumerate() {
            let rotation = Rotation::by_degrees(degrees);
            rotation.write_row(&padded, extent, [row, 0], to);
        }
        to.into_iter().map(|value| value * 255.0).collect()
    }

    fn assert_close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        let is_close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-3;
        assert!(found.iter().zip(expected).all(is_close), "{found:?}\n{expected:?}");
    }

    #[test]
    fn quarter_turns_move_pixels() {
        let square = Extent { height: 2, width: 2, channels: 2 };
        let image = [10, 11, 20, 21, 30, 31, 40, 41];
        assert_close(&turned(0.0, false, square, &image), &image.map(f32::from));
        // Counter-clockwise: the right column becomes the upper row.
        assert_close(
            &turned(90.0, false, square, &image),
            &[20.0, 21.0, 40.0, 41.0, 10.0, 11.0, 30.0, 31.0],
        );
        assert_close(
            &turned(-180.0, false, square, &image),
            &[40.0, 41.0, 30.0, 31.0, 20.0, 21.0, 10.0, 11.0],
        );
        // Mirrored first: 20 10 over 40 30.
        assert_close(
            &turned(90.0, true, square, &image),
            &[10.0, 11.0, 30.0, 31.0, 20.0, 21.0, 40.0, 41.0],
        );
        // Of a wide image, what turns out of it is lost, and zeros come in.
        let wide = Extent { height: 1, width: 3, channels: 1 };
        assert_close(&turned(90.0, false, wide, &[7, 8, 9]), &[0.0, 8.0, 0.0]);
        let dot = Extent { height: 1, width: 1, channels: 1 };
        assert_close(&turned(33.0, false, dot, &[200]), &[200.0]);
    }

    /// The expected numbers are torchvision's:
    ///
    /// ```text
    /// image = torch.arange(1.0, 31.0, dtype=torch.float64).reshape(3, 5, 2).permute(2, 0, 1)
    /// for angle in (30.0, -100.0):
    ///     turned = rotate(image, angle, InterpolationMode.BILINEAR, fill=None)
    ///     print([round(x, 4) for x in turned.permute(1, 2, 0).flatten().tolist()])
    /// ```
    #[test]
    fn turned_images_are_those_of_torchvision() {
        let extent = Extent { height: 3, width: 5, channels: 2 };
        let image: Vec<u8> = (1..=30).collect();
        for (degrees, expected) in [
            (
                30.0,
                [
                    [
                        0.3397, 0.4737, 2.7058, 3.3397, 7.3397, 8.3397, 14.0718, 15.0718, 15.6199,
                        16.3878,
                    ],
                    [
                        1.5359, 2.5359, 8.2679, 9.2679, 15.0, 16.0, 21.7321, 22.7321, 28.4641,
                        29.4641,
                    ],
                    [
                        7.4186, 8.1865, 15.9282, 16.9282, 22.6603, 23.6603, 16.3135, 16.9474,
                        3.6795, 3.8135,
                    ],
                ],
            ),
            (
                -100.0,
                [
                    [0.0, 0.0, 19.6733, 20.5149, 14.7669, 15.7669, 4.5715, 5.5715, 0.4766, 0.6806],
                    [0.7807, 0.8111, 25.1954, 26.1954, 15.0, 16.0, 4.8046, 5.8046, 0.1308, 0.1612],
                    [5.6444, 5.8484, 25.4285, 26.4285, 15.2331, 16.2331, 5.573, 6.4145, 0.0, 0.0],
                ],
            ),
        ] {
            assert_close(&turned(degrees, false, extent, &image), &expected.concat());
        }
    }

    /// Rows longer than one array, and their parts.
    #[test]
    fn long_rows_are_turned_like_short_ones() {
        let extent = Extent { height: 3, width: 2 * PIXELS + 5, channels: 3 };
        let image: Vec<u8> = (0..extent.len()).map(|at| (at * 41 % 256) as u8).collect();
        let mut padded = vec![9; padded_len(extent)];
        pad(&image, extent, false, &mut padded);
        let rotation = Rotation::by_degrees(3.0);
        let whole = turned(3.0, false, extent, &image);
        let mut alone = [0.0; 3];
        for (pixel, expected) in whole.chunks_exact(3).enumerate() {
            let place = [pixel / extent.width, pixel % extent.width];
            rotation.write_row(&padded, extent, place, &mut alone);
            assert_close(&alone.map(|value| value * 255.0), expected);
        }
        // Without a turn, all pixels stay.
        let same = turned(0.0, false, extent, &image);
        assert_close(&same, &image.iter().copied().map(f32::from).collect::<Vec<_>>());
    }
}
