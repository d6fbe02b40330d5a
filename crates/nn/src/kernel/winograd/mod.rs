//! The transforms of Winograd's F(4×4, 3×3) and F(2×2, 5×5) (Lavin and Gray 2016, points 0, ±1, ±2
//! and ∞), for channels-last images.
//!
//! Y is a tile of 4×4 outputs of a 3×3 convolution, or of 2×2 outputs of a 5×5 convolution. d is
//! the 6×6 window of inputs that it depends on. Then Y = Aᵀ\[(G·w·Gᵀ) ⊙ (Bᵀ·d·B)\]A, which takes 36
//! products instead of 144, or of 100. Both sizes have the same B. There are 36 *planes*, one for
//! each product of a tile, and ⊙ is a matrix product over channels for each plane.
//!
//! The derivatives have the same form. By the window, it is another convolution. By the weights, it
//! is dw = Gᵀ\[(Bᵀ·d·B) ⊙ (A·dY·Aᵀ)\]G, summed over tiles.
//!
//! Each transform works on a grid of square windows: `to_planes` reads a window of the image and
//! writes one value to each plane, and `from_planes` does the reverse ([`transform`]). Images are
//! not copied to pad them: values outside of the image are read as zero, and not written.
//! [`product`] multiplies the planes. Measured with 32 channels, the three transforms take 0.2 of
//! the time.
//!
//! Error, relative to the largest value: 2e-5 at most (tested in `layer/conv`).

mod axis;
mod product;
mod transform;
mod windows;

use pulp::{MemMask, Simd};

use super::index_after;

use axis::{InputAxis, OutputAxis, OutputGradientAxis, WeightAxis, WeightGradientAxis};
use transform::{add_from_planes, from_planes, to_planes};

pub(crate) use product::{PlaneProducts, Planes, TALLEST};

/// The sizes of tile and weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// F(4×4, 3×3).
    Of3x3,
    /// F(2×2, 5×5).
    Of5x5,
}

impl Form {
    /// Weights along each axis.
    pub(crate) fn taps(self) -> usize {
        match self {
            Form::Of3x3 => 3,
            Form::Of5x5 => 5,
        }
    }

    /// Outputs of a tile along each axis.
    pub(crate) fn tile(self) -> usize {
        WINDOW + 1 - self.taps()
    }
}

/// Inputs of a tile along each axis.
pub(crate) const WINDOW: usize = 6;
/// Products of a tile.
pub(crate) const PLANES: usize = WINDOW * WINDOW;

/// Windows over images that lie one after another in memory. Window (i, j) of an image begins at
/// row i·step − pad and column j·step − pad.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    /// Windows from top to bottom.
    pub(crate) down: usize,
    /// Windows from left to right.
    pub(crate) across: usize,
    pub(crate) step: usize,
    pub(crate) pad: usize,
}

impl Grid {
    /// A single window, which is all of the weights `[taps, taps, channels]`.
    pub(crate) fn of_weights(taps: usize, channels: usize) -> Self {
        Grid { height: taps, width: taps, channels, down: 1, across: 1, step: taps, pad: 0 }
    }

    /// Windows of an image.
    pub(crate) fn len(&self) -> usize {
        self.down * self.across
    }

    /// Values of an image.
    pub(crate) fn image_len(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// Planes of consecutive windows: window t's channels of plane p are
/// `[p · stride + (t − first) · channels ..][.. channels]`.
#[derive(Clone, Copy)]
pub(crate) struct TileRange {
    /// Index of the first window, counted over all images.
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// From plane to plane.
    pub(crate) stride: usize,
}

/// Bᵀ·d·B of the 6×6 windows of `images`.
///
/// # Panics
/// Here and below: if a window lies outside of `images` or `planes`.
pub(crate) fn transform_input(images: &[f32], grid: Grid, part: TileRange, planes: &mut [f32]) {
    to_planes::<InputAxis, 6>(images, grid, part, planes);
}

/// A·dY·Aᵀ of the tiles of an output's gradient.
pub(crate) fn transform_output_gradient(
    form: Form,
    images: &[f32],
    grid: Grid,
    part: TileRange,
    planes: &mut [f32],
) {
    match form {
        Form::Of3x3 => to_planes::<OutputGradientAxis, 4>(images, grid, part, planes),
        Form::Of5x5 => to_planes::<OutputGradientAxis, 2>(images, grid, part, planes),
    }
}

/// G·w·Gᵀ of weights `[taps, taps, channels]`: planes of `channels` values each.
pub(crate) fn transform_weights(form: Form, weights: &[f32], channels: usize, planes: &mut [f32]) {
    let (grid, part) = (
        Grid::of_weights(form.taps(), channels),
        TileRange { first: 0, count: 1, stride: channels },
    );
    match form {
        Form::Of3x3 => to_planes::<WeightAxis, 3>(weights, grid, part, planes),
        Form::Of5x5 => to_planes::<WeightAxis, 5>(weights, grid, part, planes),
    }
}

/// How a transformed value is written to its place in the images.
#[derive(Clone, Copy)]
pub(crate) enum End<'a> {
    /// As it is.
    Plain,
    /// Its channel's bias is added to it.
    Sum(&'a [f32]),
    /// Its channel's bias is added to it, and a ReLU follows.
    RectifiedSum(&'a [f32]),
    /// It becomes zero if these images, the output of a ReLU, are not positive at its place. This
    /// is the ReLU's backward pass.
    Masked(&'a [f32]),
}

/// Aᵀ·m·A to the tiles of `images`.
pub(crate) fn transform_output(
    form: Form,
    planes: &[f32],
    part: TileRange,
    images: &mut [f32],
    grid: Grid,
    end: End,
) {
    match form {
        Form::Of3x3 => from_planes::<OutputAxis, 4>(planes, part, images, grid, end),
        Form::Of5x5 => from_planes::<OutputAxis, 2>(planes, part, images, grid, end),
    }
}

/// Adds Gᵀ·m·G to a weight gradient `[taps, taps, channels]`. m are planes of `channels` values
/// each.
pub(crate) fn add_weight_gradient(
    form: Form,
    planes: &[f32],
    channels: usize,
    gradient: &mut [f32],
) {
    let (grid, part) = (
        Grid::of_weights(form.taps(), channels),
        TileRange { first: 0, count: 1, stride: channels },
    );
    match form {
        Form::Of3x3 => add_from_planes::<WeightGradientAxis, 3>(planes, part, gradient, grid),
        Form::Of5x5 => add_from_planes::<WeightGradientAxis, 5>(planes, part, gradient, grid),
    }
}

/// Checks what the unsafe code relies on: all windows of the part lie within the images, which have
/// `images` values, and within the planes, which have `planes` values.
fn check(images: usize, grid: Grid, part: TileRange, planes: usize) {
    let last_image = index_after([(part.first, 1), (part.count, 1)]).div_ceil(grid.len());
    let image_len = index_after([(index_after([(grid.height, grid.width)]), grid.channels)]);
    assert!(index_after([(last_image, image_len)]) <= images, "an image is missing");
    let of_plane = (part.count, grid.channels);
    assert!(index_after([of_plane]) <= part.stride, "planes overlap");
    assert!(
        index_after([(PLANES - 1, part.stride), of_plane]) <= planes,
        "the planes are too small"
    );
}

/// Loads and stores of one vector. It is partial if `MASKED`.
struct Lanes<S: Simd, const MASKED: bool> {
    simd: S,
    mask: MemMask<S::m32s>,
}

impl<S: Simd, const MASKED: bool> Lanes<S, MASKED> {
    /// A vector of `count` lanes, or a whole one if `count` is larger.
    #[inline(always)]
    fn new(simd: S, count: usize) -> Self {
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        Lanes {
            simd,
            mask: MemMask::new(simd.mask_between_m32s(0, count.min(S::F32_LANES) as u32).mask()),
        }
    }

    /// # Safety
    /// The vector's lanes from `from` on must be valid to read: all of them, or the first `count`
    /// if `MASKED`.
    #[inline(always)]
    unsafe fn load(&self, from: *const f32) -> S::f32s {
        // SAFETY: the caller has promised it; the other lanes are masked.
        unsafe {
            if MASKED {
                self.simd.mask_load_ptr_f32s(self.mask, from)
            } else {
                from.cast::<S::f32s>().read_unaligned()
            }
        }
    }

    /// # Safety
    /// As in [`load`](Self::load), to write.
    #[inline(always)]
    unsafe fn store(&self, to: *mut f32, value: S::f32s) {
        // SAFETY: the caller has promised it; the other lanes are masked.
        unsafe {
            if MASKED {
                self.simd.mask_store_ptr_f32s(self.mask, to, value);
            } else {
                to.cast::<S::f32s>().write_unaligned(value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
