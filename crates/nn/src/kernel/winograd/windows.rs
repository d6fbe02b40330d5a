//! Walks over the windows of a range: where each begins, and how much of it lies in its image.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{Grid, TileRange};

/// A window at its place: where it begins, and which of its rows and columns lie in the image.
pub(super) struct PlacedWindow {
    /// Index of its first value in all images. The index wraps around if the window begins before
    /// the images.
    pub(super) first: usize,
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    /// Index of its first value in a plane.
    pub(super) at: usize,
}

/// A transform of a window, from the images to the planes or back.
pub(super) trait Transform {
    /// The rows of a window, and its columns.
    const SIZE: usize;

    /// Transforms the vector of channels from `channel` on. `INSIDE`: the whole window lies in the
    /// image. `MASKED`: the vector is partial.
    ///
    /// # Safety
    /// The window's rows and columns, or all of them if `INSIDE`, must lie in the images that the
    /// transform points to, and the window's values at `plane_stride` in its planes. The vector's
    /// channels must be channels of `grid`: all lanes, or those before the last channel if `MASKED`.
    unsafe fn vector<S: Simd, const INSIDE: bool, const MASKED: bool>(
        &self,
        simd: S,
        grid: Grid,
        plane_stride: usize,
        window: &PlacedWindow,
        channel: usize,
    );
}

/// A transform, and the windows that it is applied to.
pub(super) struct Windows<T> {
    grid: Grid,
    part: TileRange,
    transform: T,
}

impl<T: Transform> Windows<T> {
    /// # Safety
    /// [`check`](super::check) must have passed for the grid, the part, and the images and planes that the transform
    /// points to.
    pub(super) unsafe fn new(grid: Grid, part: TileRange, transform: T) -> Self {
        Windows { grid, part, transform }
    }
}

impl<T: Transform> WithSimd for Windows<T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Windows { grid, part, transform } = self;
        let whole = grid.channels - grid.channels % S::F32_LANES;
        let (mut image, in_image) = (part.first / grid.len(), part.first % grid.len());
        let (mut down, mut across) = (in_image / grid.across, in_image % grid.across);
        for index in 0..part.count {
            let window = PlacedWindow::new::<T>(grid, image, down, across, index);
            if window.rows.len() == T::SIZE && window.columns.len() == T::SIZE {
                for channel in (0..whole).step_by(S::F32_LANES) {
                    // SAFETY: `check` has shown that all windows and planes lie within their
                    // slices, and the window's rows and columns lie within its image.
                    unsafe {
                        transform.vector::<S, true, false>(
                            simd,
                            grid,
                            part.stride,
                            &window,
                            channel,
                        )
                    };
                }
            } else {
                for channel in (0..whole).step_by(S::F32_LANES) {
                    // SAFETY: as above.
                    unsafe {
                        transform.vector::<S, false, false>(
                            simd,
                            grid,
                            part.stride,
                            &window,
                            channel,
                        )
                    };
                }
            }
            if whole < grid.channels {
                // SAFETY: as above.
                unsafe {
                    transform.vector::<S, false, true>(simd, grid, part.stride, &window, whole)
                };
            }
            // The place is counted, because a division per window would take longer.
            across += 1;
            if across == grid.across {
                (across, down) = (0, down + 1);
            }
            if down == grid.down {
                (down, image) = (0, image + 1);
            }
        }
    }
}

impl PlacedWindow {
    #[inline(always)]
    fn new<T: Transform>(
        grid: Grid,
        image: usize,
        down: usize,
        across: usize,
        index: usize,
    ) -> Self {
        let (row, column) = (down * grid.step, across * grid.step);
        let inside = |first: usize, extent: usize| {
            grid.pad.saturating_sub(first)..(extent + grid.pad).saturating_sub(first).min(T::SIZE)
        };
        let pixel = (row * grid.width + column).wrapping_sub(grid.pad * grid.width + grid.pad);
        PlacedWindow {
            first: (image * grid.image_len()).wrapping_add(pixel.wrapping_mul(grid.channels)),
            rows: inside(row, grid.height),
            columns: inside(column, grid.width),
            at: index * grid.channels,
        }
    }
}
