//! The transforms of Winograd's F(4×4, 3×3) (Lavin and Gray 2016, points 0, ±1, ±2 and ∞), for channels-last images.
//!
//! A tile of 4×4 outputs of a 3×3 convolution is Y = Aᵀ\[(G·w·Gᵀ) ⊙ (Bᵀ·d·B)\]A of its 6×6 window d: 36 products in place
//! of 144. ⊙ is one matrix product over channels for each of the 36 *planes*. Its derivatives have the same form: by the
//! window, another convolution; by the weights, dw = Gᵀ\[(Bᵀ·d·B) ⊙ (A·dY·Aᵀ)\]G, summed over tiles.
//!
//! Each transform works on a grid of square windows: `to_planes` reads a window of the image and writes one value to each
//! plane, `from_planes` the reverse. Loop order: tiles, then vectors of channels; a window's values for one vector of
//! channels are all that is in flight (36 registers, of which AVX-512 spills a few). Nothing is copied to pad: what lies
//! outside of the image is zero to read, and is not written. Measured with 32 channels, transforms take 0.4 of the time.
//!
//! Error, relative to the largest value: 2e-5 at most (tested in `layer/conv`).

mod axis;

use std::marker::PhantomData;

use pulp::{MemMask, Simd, WithSimd};

use super::ARCH;
use axis::{Axis, InputAxis, OutputAxis, OutputGradientAxis, WeightAxis, WeightGradientAxis};

/// Outputs of a tile along each axis.
pub(crate) const TILE: usize = 4;
/// Inputs of a tile along each axis.
pub(crate) const WINDOW: usize = 6;
/// Products of a tile.
pub(crate) const PLANES: usize = WINDOW * WINDOW;

/// Windows over images that lie behind each other: window (i, j) of an image begins at row i·step − pad and column
/// j·step − pad.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    /// Windows down and across.
    pub(crate) down: usize,
    pub(crate) across: usize,
    pub(crate) step: usize,
    pub(crate) pad: usize,
}

impl Grid {
    /// The only window of the weights `[3, 3, channels]`.
    pub(crate) fn of_weights(channels: usize) -> Self {
        Grid { height: 3, width: 3, channels, down: 1, across: 1, step: 3, pad: 0 }
    }

    /// Windows of an image.
    pub(crate) fn len(&self) -> usize {
        self.down * self.across
    }

    /// Values of an image.
    fn image_len(&self) -> usize {
        self.height * self.width * self.channels
    }
}

/// Planes of consecutive windows: window t's channels of plane p are
/// `[p · stride + (t − first) · channels ..][.. channels]`.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    /// Counted over all images.
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// From plane to plane.
    pub(crate) stride: usize,
}

/// Bᵀ·d·B of the 6×6 windows of `images`.
///
/// # Panics
/// Here and below: if a window lies outside of `images` or `planes`.
pub(crate) fn transform_input(images: &[f32], grid: Grid, part: Part, planes: &mut [f32]) {
    to_planes::<InputAxis, 6>(images, grid, part, planes);
}

/// A·dY·Aᵀ of the 4×4 tiles of an output's gradient.
pub(crate) fn transform_output_gradient(images: &[f32], grid: Grid, part: Part, planes: &mut [f32]) {
    to_planes::<OutputGradientAxis, 4>(images, grid, part, planes);
}

/// G·w·Gᵀ of weights `[3, 3, channels]`: planes of `channels` values each.
pub(crate) fn transform_weights(weights: &[f32], channels: usize, planes: &mut [f32]) {
    to_planes::<WeightAxis, 3>(
        weights,
        Grid::of_weights(channels),
        Part { first: 0, count: 1, stride: channels },
        planes,
    );
}

/// Aᵀ·m·A to the 4×4 tiles of `images`, and to each channel its `bias`, where there is one.
pub(crate) fn transform_output(planes: &[f32], part: Part, images: &mut [f32], grid: Grid, bias: Option<&[f32]>) {
    from_planes::<OutputAxis, 4, false>(planes, part, images, grid, bias);
}

/// Adds Gᵀ·m·G to a weight gradient `[3, 3, channels]`, m being planes of `channels` values each.
pub(crate) fn add_weight_gradient(planes: &[f32], channels: usize, gradient: &mut [f32]) {
    let part = Part { first: 0, count: 1, stride: channels };
    from_planes::<WeightGradientAxis, 3, true>(planes, part, gradient, Grid::of_weights(channels), None);
}

/// Runs `body` for each index below `$count`, six at the most. Written out, so that windows are registers: as a loop, they
/// would be arrays in memory, cleared and copied.
macro_rules! unrolled {
    ($index:ident < $count:ident $body:block) => {
        unrolled!($index < $count, [0 1 2 3 4 5] $body)
    };
    ($index:ident < $count:ident, [$($value:literal)+] $body:block) => {
        $({
            const $index: usize = $value;
            if $index < $count $body
        })+
    };
}

/// Both axes, columns first.
#[inline(always)]
fn both_axes<S: Simd, T: Axis<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    x: [[S::f32s; IN]; IN],
) -> [[S::f32s; OUT]; OUT] {
    let zero = simd.splat_f32s(0.0);
    let mut columns = [[zero; IN]; OUT];
    unrolled!(V < IN {
        let mut column = [zero; IN];
        unrolled!(U < IN {
            column[U] = x[U][V];
        });
        let column = T::apply(simd, column);
        unrolled!(U < OUT {
            columns[U][V] = column[U];
        });
    });
    let mut y = [[zero; OUT]; OUT];
    unrolled!(U < OUT {
        y[U] = T::apply(simd, columns[U]);
    });
    y
}

/// Where a window begins, and which of its rows and columns lie in the image.
struct Place {
    image: usize,
    row: isize,
    column: isize,
}

impl Place {
    #[inline(always)]
    fn of(grid: Grid, window: usize) -> Self {
        let (image, window) = (window / grid.len(), window % grid.len());
        let along = |index: usize| (index * grid.step) as isize - grid.pad as isize;
        Place { image, row: along(window / grid.across), column: along(window % grid.across) }
    }

    /// Whether a window of `size` lies in the image.
    #[inline(always)]
    fn is_inside(&self, grid: Grid, size: usize) -> bool {
        let fits = |from: isize, of: usize| from >= 0 && from as usize + size <= of;
        fits(self.row, grid.height) && fits(self.column, grid.width)
    }

    /// Whether the window's place (u, v) lies in the image.
    #[inline(always)]
    fn has(&self, grid: Grid, u: usize, v: usize) -> bool {
        // What lies before the image wraps around to a huge number.
        ((self.row + u as isize) as usize) < grid.height && ((self.column + v as isize) as usize) < grid.width
    }

    /// Index of a place's first channel in all images.
    #[inline(always)]
    fn index(&self, grid: Grid, u: usize, v: usize) -> usize {
        let (row, column) = ((self.row + u as isize) as usize, (self.column + v as isize) as usize);
        self.image * grid.image_len() + (row * grid.width + column) * grid.channels
    }
}

fn to_planes<T: Axis<IN, WINDOW>, const IN: usize>(images: &[f32], grid: Grid, part: Part, planes: &mut [f32]) {
    check(images.len(), grid, part, planes.len());
    let (images, planes) = (images.as_ptr(), planes.as_mut_ptr());
    ARCH.dispatch(ToPlanes::<T, IN> { images, grid, part, planes, axis: PhantomData });
}

fn from_planes<T: Axis<WINDOW, OUT>, const OUT: usize, const ADD: bool>(
    planes: &[f32],
    part: Part,
    images: &mut [f32],
    grid: Grid,
    bias: Option<&[f32]>,
) {
    check(images.len(), grid, part, planes.len());
    assert!(bias.is_none_or(|bias| bias.len() == grid.channels), "the bias has a value for each channel");
    let (planes, images, bias) = (planes.as_ptr(), images.as_mut_ptr(), bias.map(<[f32]>::as_ptr));
    ARCH.dispatch(FromPlanes::<T, OUT, ADD> { planes, part, images, grid, bias, axis: PhantomData });
}

/// What the unsafe code below relies on.
fn check(images: usize, grid: Grid, part: Part, planes: usize) {
    assert!((part.first + part.count).div_ceil(grid.len()) * grid.image_len() <= images, "an image is missing");
    assert!(part.count * grid.channels <= part.stride, "planes overlap");
    assert!((PLANES - 1) * part.stride + part.count * grid.channels <= planes, "the planes are too small");
}

struct ToPlanes<T, const IN: usize> {
    images: *const f32,
    grid: Grid,
    part: Part,
    planes: *mut f32,
    axis: PhantomData<T>,
}

impl<T: Axis<IN, WINDOW>, const IN: usize> WithSimd for ToPlanes<T, IN> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.grid.channels;
        let whole = channels - channels % S::F32_LANES;
        for window in 0..self.part.count {
            let place = Place::of(self.grid, self.part.first + window);
            let to = self.planes.wrapping_add(window * channels);
            if place.is_inside(self.grid, IN) {
                for channel in (0..whole).step_by(S::F32_LANES) {
                    self.vector::<S, true, false>(simd, &place, channel, to);
                }
            } else {
                for channel in (0..whole).step_by(S::F32_LANES) {
                    self.vector::<S, false, false>(simd, &place, channel, to);
                }
            }
            if whole < channels {
                self.vector::<S, false, true>(simd, &place, whole, to);
            }
        }
    }
}

impl<T: Axis<IN, WINDOW>, const IN: usize> ToPlanes<T, IN> {
    /// The vector of channels from `channel` on. `INSIDE`: no place is padding. `MASKED`: the vector is partial.
    #[inline(always)]
    fn vector<S: Simd, const INSIDE: bool, const MASKED: bool>(
        &self,
        simd: S,
        place: &Place,
        channel: usize,
        to: *mut f32,
    ) {
        let lanes = Lanes::<S, MASKED>::new(simd, self.grid.channels - channel);
        let mut x = [[simd.splat_f32s(0.0); IN]; IN];
        unrolled!(U < IN {
            unrolled!(V < IN {
                if INSIDE || place.has(self.grid, U, V) {
                    x[U][V] = lanes.load(self.images.wrapping_add(place.index(self.grid, U, V) + channel));
                }
            });
        });
        let y = both_axes::<S, T, IN, WINDOW>(simd, x);
        unrolled!(U < WINDOW {
            unrolled!(V < WINDOW {
                lanes.store(to.wrapping_add((U * WINDOW + V) * self.part.stride + channel), y[U][V]);
            });
        });
    }
}

struct FromPlanes<T, const OUT: usize, const ADD: bool> {
    planes: *const f32,
    part: Part,
    images: *mut f32,
    grid: Grid,
    bias: Option<*const f32>,
    axis: PhantomData<T>,
}

impl<T: Axis<WINDOW, OUT>, const OUT: usize, const ADD: bool> WithSimd for FromPlanes<T, OUT, ADD> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.grid.channels;
        let whole = channels - channels % S::F32_LANES;
        for window in 0..self.part.count {
            let place = Place::of(self.grid, self.part.first + window);
            let from = self.planes.wrapping_add(window * channels);
            if place.is_inside(self.grid, OUT) {
                for channel in (0..whole).step_by(S::F32_LANES) {
                    self.vector::<S, true, false>(simd, &place, channel, from);
                }
            } else {
                for channel in (0..whole).step_by(S::F32_LANES) {
                    self.vector::<S, false, false>(simd, &place, channel, from);
                }
            }
            if whole < channels {
                self.vector::<S, false, true>(simd, &place, whole, from);
            }
        }
    }
}

impl<T: Axis<WINDOW, OUT>, const OUT: usize, const ADD: bool> FromPlanes<T, OUT, ADD> {
    /// As in [`ToPlanes`].
    #[inline(always)]
    fn vector<S: Simd, const INSIDE: bool, const MASKED: bool>(
        &self,
        simd: S,
        place: &Place,
        channel: usize,
        from: *const f32,
    ) {
        let lanes = Lanes::<S, MASKED>::new(simd, self.grid.channels - channel);
        let mut x = [[simd.splat_f32s(0.0); WINDOW]; WINDOW];
        unrolled!(U < WINDOW {
            unrolled!(V < WINDOW {
                x[U][V] = lanes.load(from.wrapping_add((U * WINDOW + V) * self.part.stride + channel));
            });
        });
        let y = both_axes::<S, T, WINDOW, OUT>(simd, x);
        let mut plus = simd.splat_f32s(0.0);
        if let Some(bias) = self.bias {
            plus = lanes.load(bias.wrapping_add(channel));
        }
        unrolled!(U < OUT {
            unrolled!(V < OUT {
                if INSIDE || place.has(self.grid, U, V) {
                    let to = self.images.wrapping_add(place.index(self.grid, U, V) + channel);
                    if ADD {
                        plus = lanes.load(to);
                    }
                    lanes.store(to, simd.add_f32s(y[U][V], plus));
                }
            });
        });
    }
}

/// Loads and stores of one vector, partial where `MASKED`.
struct Lanes<S: Simd, const MASKED: bool> {
    simd: S,
    mask: MemMask<S::m32s>,
}

impl<S: Simd, const MASKED: bool> Lanes<S, MASKED> {
    #[inline(always)]
    fn new(simd: S, channels: usize) -> Self {
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        Lanes { simd, mask: MemMask::new(simd.mask_between_m32s(0, channels.min(S::F32_LANES) as u32).mask()) }
    }

    #[inline(always)]
    fn load(&self, from: *const f32) -> S::f32s {
        // SAFETY: `check` has made sure that all windows and planes lie within their slices, `Place::has` that a place
        // lies within its image; lanes past the last channel are masked.
        unsafe {
            if MASKED { self.simd.mask_load_ptr_f32s(self.mask, from) } else { from.cast::<S::f32s>().read_unaligned() }
        }
    }

    #[inline(always)]
    fn store(&self, to: *mut f32, value: S::f32s) {
        // SAFETY: as in `load`; the slice is borrowed mutably.
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
