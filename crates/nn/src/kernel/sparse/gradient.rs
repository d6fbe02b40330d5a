//! The input gradient of a dense layer behind a ReLU, where that let something through: dx\[n, i\] = Σⱼ dy\[n, j\] · W\[i, j\]
//! for each rectified\[n, i\] that isn't zero, and zero elsewhere.
//!
//! Loop order: blocks of 64 inputs, so that their weights (32 KiB for 128 outputs) stay in L1; images; then the inputs that
//! one bit each says are active, eight at a time with AVX-512: each is one chain of multiply-adds for each of 16 lanes of
//! outputs, and the lanes are added up pairwise at the end, the same for every width of a vector. Nine loads feed eight
//! multiply-adds, and adding up the lanes costs about as much as three more: measured with 128 outputs, half of all inputs
//! active take as long as the dense product and its transposition, and a third 0.7 of it.

use pulp::{MemMask, Simd, WithSimd};

use super::bits::{BITS, row_words};
use crate::kernel::ARCH;
use crate::kernel::prefetch::prefetch;
use crate::team::LINE;

/// The gradient dx `[images, inputs]` of a layer's input `rectified` from its weights `[inputs, outputs]` and the gradient
/// `dy` `[images, outputs]` of its output.
pub(crate) struct RectifiedGradient<'a> {
    pub(crate) weights: &'a [f32],
    pub(crate) dy: &'a [f32],
    pub(crate) rectified: &'a [f32],
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
}

/// Outputs whose sums are apart until the end.
const LANES: usize = 16;

impl RectifiedGradient<'_> {
    /// Writes dx.
    ///
    /// # Panics
    /// If a matrix has other than its rows.
    pub(crate) fn compute(&self, dx: &mut [f32]) {
        let RectifiedGradient { weights, dy, rectified, inputs, outputs } = *self;
        let images = dx.len() / inputs;
        assert!(weights.len() == inputs * outputs, "an input has a weight for each output");
        assert!(dy.len() == images * outputs, "an image has a gradient for each output");
        assert!(dx.len() == images * inputs && rectified.len() == dx.len(), "an image has a value for each input");
        ARCH.dispatch(Compute { gradient: self, dx });
    }
}

struct Compute<'a, 'g> {
    gradient: &'a RectifiedGradient<'g>,
    dx: &'a mut [f32],
}

impl WithSimd for Compute<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.blocks::<S, 8, 1>(simd),
            8 => self.blocks::<S, 4, 2>(simd),
            4 => self.blocks::<S, 4, 4>(simd),
            1 => self.blocks::<S, 1, 16>(simd),
            lanes => unreachable!("vectors of {lanes} lanes"),
        }
    }
}

impl Compute<'_, '_> {
    /// With `GROUP` inputs at once, whose lanes are `PARTS` vectors.
    #[inline(always)]
    fn blocks<S: Simd, const GROUP: usize, const PARTS: usize>(self, simd: S) {
        let RectifiedGradient { weights, dy, rectified, inputs, outputs } = *self.gradient;
        let images = self.dx.len() / inputs;
        for first in (0..inputs).step_by(BITS) {
            let count = (inputs - first).min(BITS);
            let weights = &weights[first * outputs..][..count * outputs];
            for group in (0..images).step_by(BITS) {
                let words =
                    row_words(simd, &rectified[group * inputs + first..], inputs, (images - group).min(BITS), count);
                for (image, &word) in (group..images).zip(&words) {
                    let at = image * inputs + first;
                    for line in (0..BITS).step_by(LINE) {
                        prefetch(rectified.as_ptr().wrapping_add(at + BITS + line));
                    }
                    // A row of the next block's weights for each image.
                    for line in (0..outputs).step_by(LINE) {
                        prefetch(weights.as_ptr().wrapping_add((BITS + image - group) * outputs + line));
                    }
                    let dy = &dy[image * outputs..][..outputs];
                    let mut values = [0.0; BITS];
                    let mut left = word;
                    while left != 0 {
                        let mut active = [left.trailing_zeros() as usize; GROUP];
                        for input in &mut active {
                            // What there is no more of is computed twice.
                            if left != 0 {
                                *input = left.trailing_zeros() as usize;
                                left &= left - 1;
                            }
                        }
                        let sums = dots::<S, GROUP, PARTS>(simd, weights, active, dy);
                        for (input, sum) in active.into_iter().zip(sums) {
                            values[input] = sum;
                        }
                    }
                    self.dx[at..at + count].copy_from_slice(&values[..count]);
                }
            }
        }
    }
}

/// The products of some rows of `weights` with `dy`, which is as long as they are.
#[inline(always)]
fn dots<S: Simd, const GROUP: usize, const PARTS: usize>(
    simd: S,
    weights: &[f32],
    rows: [usize; GROUP],
    dy: &[f32],
) -> [f32; GROUP] {
    let outputs = dy.len();
    debug_assert!(rows.iter().all(|row| (row + 1) * outputs <= weights.len()));
    let rows = rows.map(|row| weights.as_ptr().wrapping_add(row * outputs));
    let mut sums = [[simd.splat_f32s(0.0); PARTS]; GROUP];
    let whole = outputs - outputs % LANES;
    for first in (0..whole).step_by(LANES) {
        for part in 0..PARTS {
            let at = first + part * S::F32_LANES;
            // SAFETY: `RectifiedGradient::compute` has checked that weights have as many rows as there are inputs, of which
            // each of `rows` is one, and that they are as long as `dy`; `at` is the first of a vector below `outputs`.
            let load = |row: *const f32| unsafe { row.wrapping_add(at).cast::<S::f32s>().read_unaligned() };
            let dy = load(dy.as_ptr());
            for (sums, &row) in sums.iter_mut().zip(&rows) {
                sums[part] = simd.mul_add_e_f32s(load(row), dy, sums[part]);
            }
        }
    }
    if whole < outputs {
        for part in 0..PARTS {
            let at = whole + part * S::F32_LANES;
            let lanes = outputs.saturating_sub(at).min(S::F32_LANES);
            let mask = MemMask::new(simd.mask_between_m32s(0, lanes as u32).mask());
            // SAFETY: as above; lanes past the last output are masked.
            let load = |row: *const f32| unsafe { simd.mask_load_ptr_f32s(mask, row.wrapping_add(at)) };
            let dy = load(dy.as_ptr());
            for (sums, &row) in sums.iter_mut().zip(&rows) {
                sums[part] = simd.mul_add_e_f32s(load(row), dy, sums[part]);
            }
        }
    }
    let mut parts = PARTS;
    while parts > 1 {
        parts /= 2;
        for sums in &mut sums {
            for part in 0..parts {
                sums[part] = simd.add_f32s(sums[part], sums[parts + part]);
            }
        }
    }
    let mut values = [0.0; GROUP];
    for (value, sums) in values.iter_mut().zip(&sums) {
        *value = simd.reduce_sum_f32s(sums[0]);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that sums are exact in any order; about half of them are zero.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        let hash = |i: u32| i.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 13;
        (0..len as u32).map(|i| (hash(i) % 7) as f32 - 3.0).map(|x| x.max(0.0)).collect()
    }

    #[test]
    fn agrees_with_a_naive_loop_on_odd_sizes() {
        for images in [1, 3, 64, 70] {
            for inputs in [1, 63, 64, 130] {
                for outputs in [1, 10, 16, 40, 128, 133] {
                    let weights: Vec<f32> = numbers(inputs * outputs, 1).iter().map(|x| x - 1.0).collect();
                    let (dy, rectified) = (numbers(images * outputs, 2), numbers(images * inputs, 3));
                    let mut dx = vec![f32::NAN; images * inputs];
                    let gradient =
                        RectifiedGradient { weights: &weights, dy: &dy, rectified: &rectified, inputs, outputs };
                    gradient.compute(&mut dx);
                    for (at, &dx) in dx.iter().enumerate() {
                        let (image, input) = (at / inputs, at % inputs);
                        let row = |m: &[f32], row: usize| m[row * outputs..][..outputs].to_vec();
                        let products = row(&dy, image).into_iter().zip(row(&weights, input)).map(|(dy, w)| dy * w);
                        let expected = if rectified[at] > 0.0 { products.sum() } else { 0.0 };
                        assert_eq!(dx, expected, "images, inputs, outputs = {:?}", (images, inputs, outputs));
                    }
                }
            }
        }
    }
}
