//! The arithmetic of a depthwise convolution on one image, vectorised over channels. Every sum is
//! the same chain of multiply-adds, whatever the width of a vector.

use pulp::{Simd, WithSimd};

use crate::layer::extent::Extent;
use crate::layer::per_axis::PerAxis;

/// Rows and columns of a window, and its steps.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) stride: PerAxis,
}

/// Channels that one vector holds: `len` from `first` on.
#[derive(Clone, Copy)]
struct Strip {
    first: usize,
    len: usize,
}

impl Strip {
    /// All strips of so many channels.
    fn all(channels: usize, lanes: usize) -> impl Iterator<Item = Strip> {
        let strip = move |first| Strip { first, len: lanes.min(channels - first) };
        (0..channels).step_by(lanes).map(strip)
    }

    /// These channels of the pixel that begins at `at`.
    #[inline(always)]
    fn load<S: Simd, const WHOLE: bool>(self, simd: S, values: &[f32], at: usize) -> S::f32s {
        if WHOLE {
            S::as_simd_f32s(&values[at + self.first..][..S::F32_LANES]).0[0]
        } else {
            simd.partial_load_f32s(&values[at + self.first..][..self.len])
        }
    }
}

/// Output columns that are computed at once: each weight is loaded once for all of them, and no
/// sum waits for the one before.
const COLUMNS: usize = 8;

/// y = b + Σ x·W over the window, for each channel by itself: first the bias, then the window row by
/// row. Without a bias it is 0.
pub(super) struct Slide<'a> {
    pub(super) taps: Taps,
    /// An image with its padding.
    pub(super) x: &'a [f32],
    pub(super) input: Extent,
    /// `[window height, window width, channels]`.
    pub(super) weights: &'a [f32],
    pub(super) bias: Option<&'a [f32]>,
    pub(super) y: &'a mut [f32],
    pub(super) output: Extent,
}

impl WithSimd for Slide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for row in 0..self.output.height {
            for strip in Strip::all(self.input.channels, S::F32_LANES) {
                if strip.len == S::F32_LANES {
                    self.row::<S, true>(simd, row, strip);
                } else {
                    self.row::<S, false>(simd, row, strip);
                }
            }
        }
    }
}

impl Slide<'_> {
    #[inline(always)]
    fn row<S: Simd, const WHOLE: bool>(&mut self, simd: S, row: usize, strip: Strip) {
        let (width, mut column) = (self.output.width, 0);
        while column + COLUMNS <= width {
            self.columns::<S, WHOLE, COLUMNS>(simd, row, column, strip);
            column += COLUMNS;
        }
        while column < width {
            self.columns::<S, WHOLE, 1>(simd, row, column, strip);
            column += 1;
        }
    }

    /// `N` neighbouring outputs.
    #[inline(always)]
    fn columns<S: Simd, const WHOLE: bool, const N: usize>(
        &mut self,
        simd: S,
        row: usize,
        column: usize,
        strip: Strip,
    ) {
        let Taps { height, width, stride } = self.taps;
        let channels = self.input.channels;
        let start = match self.bias {
            Some(bias) => strip.load::<S, WHOLE>(simd, bias, 0),
            None => simd.splat_f32s(0.0),
        };
        let mut sums = [start; N];
        let first = row * stride.rows * self.input.row() + column * stride.columns * channels;
        for u in 0..height {
            for v in 0..width {
                let weight = strip.load::<S, WHOLE>(simd, self.weights, (u * width + v) * channels);
                let at = first + u * self.input.row() + v * channels;
                for (n, sum) in sums.iter_mut().enumerate() {
                    let at = at + n * stride.columns * channels;
                    let x = strip.load::<S, WHOLE>(simd, self.x, at);
                    *sum = simd.mul_add_e_f32s(x, weight, *sum);
                }
            }
        }
        let first = row * self.output.row() + column * channels + strip.first;
        for (n, sum) in sums.into_iter().enumerate() {
            let y = &mut self.y[first + n * channels..][..strip.len];
            if WHOLE {
                S::as_mut_simd_f32s(y).0[0] = sum;
            } else {
                simd.partial_store_f32s(y, sum);
            }
        }
    }
}

/// Adds Σ x·dy over the pixels of one image to each weight's gradient.
pub(super) struct AddWeightGradient<'a> {
    pub(super) taps: Taps,
    /// An image with its padding.
    pub(super) x: &'a [f32],
    pub(super) input: Extent,
    pub(super) dy: &'a [f32],
    pub(super) output: Extent,
    /// `[window height, window width, channels]`.
    pub(super) sums: &'a mut [f32],
}

/// Places of the window whose sums are made at once, the most first: as many as hide the latency of
/// an addition and fit into registers.
const MANY: usize = 9;
const SOME: usize = 5;

impl WithSimd for AddWeightGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for strip in Strip::all(self.input.channels, S::F32_LANES) {
            if strip.len == S::F32_LANES {
                self.strip::<S, true>(simd, strip);
            } else {
                self.strip::<S, false>(simd, strip);
            }
        }
    }
}

impl AddWeightGradient<'_> {
    #[inline(always)]
    fn strip<S: Simd, const WHOLE: bool>(&mut self, simd: S, strip: Strip) {
        let (places, mut place) = (self.taps.height * self.taps.width, 0);
        while place < places {
            place += match places - place {
                MANY.. => self.places::<S, WHOLE, MANY>(simd, place, strip),
                SOME.. => self.places::<S, WHOLE, SOME>(simd, place, strip),
                _ => self.places::<S, WHOLE, 1>(simd, place, strip),
            };
        }
    }

    /// `N` places of the window from `first` on. Returns `N`.
    #[inline(always)]
    fn places<S: Simd, const WHOLE: bool, const N: usize>(
        &mut self,
        simd: S,
        first: usize,
        strip: Strip,
    ) -> usize {
        let Taps { width, stride, .. } = self.taps;
        let channels = self.input.channels;
        let mut offsets = [0; N];
        for (n, offset) in offsets.iter_mut().enumerate() {
            let (u, v) = ((first + n) / width, (first + n) % width);
            *offset = u * self.input.row() + v * channels;
        }
        let mut sums = [simd.splat_f32s(0.0); N];
        for row in 0..self.output.height {
            for column in 0..self.output.width {
                let at = row * self.output.row() + column * channels;
                let dy = strip.load::<S, WHOLE>(simd, self.dy, at);
                let at = row * stride.rows * self.input.row() + column * stride.columns * channels;
                for (sum, offset) in sums.iter_mut().zip(offsets) {
                    let x = strip.load::<S, WHOLE>(simd, self.x, at + offset);
                    *sum = simd.mul_add_e_f32s(x, dy, *sum);
                }
            }
        }
        for (n, sum) in sums.into_iter().enumerate() {
            let place = &mut self.sums[(first + n) * channels + strip.first..][..strip.len];
            let before = simd.partial_load_f32s(place);
            simd.partial_store_f32s(place, simd.add_f32s(before, sum));
        }
        N
    }
}
