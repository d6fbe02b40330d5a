//! The gradient of a dense layer's input: dx = dy·Wᵀ. If the input is the output of a ReLU, dx is
//! zero where that ReLU gave zero.
//!
//! There are two ways to compute it. Both go by blocks of inputs and read W once, in its order:
//!
//! - Before a ReLU or a dropout, at least half of dy is zero. Wᵀ of a block is written out, and its
//!   sparse product with dy goes straight into dx. Meanwhile the next block of W is prefetched, and
//!   so are this block of dx and of the input: their rows lie too far apart for the processor's own
//!   prefetching.
//! - Otherwise dxᵀ = W·dyᵀ of a block is computed and transposed, because dx is less to transpose.

use crate::kernel::{Matrix, PrefetchPlan, Product, SPARSE_SCRATCH, Start, transpose};
use crate::layer::relu::mask;

/// What dx of some images is computed from.
#[derive(Clone, Copy)]
pub(super) struct DenseInputGradient<'a> {
    /// `[inputs, outputs]`.
    pub(super) weights: &'a [f32],
    /// `[images, outputs]`.
    pub(super) dy: &'a [f32],
    /// The input `[images, inputs]`, if it is the output of a ReLU.
    pub(super) rectified: Option<&'a [f32]>,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

/// Images that are divided over threads together: the columns of the dense way, in whole vectors.
pub(super) const TILE: usize = 16;

/// Inputs of a block of the sparse way: the widest column strip of its product.
const SPARSE_BLOCK: usize = 128;

/// Inputs of a block of the dense way: 8 of the product's tallest tiles, 28 KiB for 64 images.
const DENSE_BLOCK: usize = 112;

/// How many images ahead of the computed one the place in dx is prefetched.
const IMAGES_AHEAD: usize = 8;

impl DenseInputGradient<'_> {
    /// Values of scratch memory for up to `batch` images.
    pub(super) fn scratch(outputs: usize, batch: usize) -> usize {
        ((outputs + DENSE_BLOCK) * batch).max(SPARSE_BLOCK * outputs + SPARSE_SCRATCH)
    }

    /// Computes dx without multiplying by zeros of dy.
    pub(super) fn compute_sparse(&self, dx: &mut [f32], scratch: &mut [f32]) {
        let DenseInputGradient { weights, dy, rectified, inputs, outputs } = *self;
        let images = dx.len() / inputs;
        let (transposed, scratch) = scratch.split_at_mut(SPARSE_BLOCK * outputs);
        for first in (0..inputs).step_by(SPARSE_BLOCK) {
            let width = SPARSE_BLOCK.min(inputs - first);
            transpose(&weights[first * outputs..], outputs, (width, outputs), transposed, width);
            let product = Product {
                a: Matrix { data: dy, stride: outputs, outer: 0, inner: 1 },
                b: Matrix { data: transposed, stride: 1, outer: 0, inner: width },
                rows: images,
                columns: width,
                outer: 1,
                inner: outputs,
                start: Start::Zero,
            };
            let turns = product.sparse_turns();
            let pointer = |values: &[f32], at: usize| values.as_ptr().wrapping_add(at);
            let ahead = [
                PrefetchPlan::rows(
                    pointer(dx, first + IMAGES_AHEAD * inputs),
                    inputs,
                    images,
                    width,
                ),
                PrefetchPlan::divided(
                    pointer(weights, (first + width) * outputs),
                    SPARSE_BLOCK * outputs,
                    turns,
                ),
                rectified.map_or(PrefetchPlan::NOTHING, |rectified| {
                    PrefetchPlan::rows(pointer(rectified, first), inputs, images, width)
                        .beginning_at(turns - images)
                }),
            ];
            product.compute_sparse(&mut dx[first..], inputs, scratch, Some(ahead));
            self.mask(dx, first, width);
        }
    }

    /// Computes dx for any dy.
    pub(super) fn compute_dense(&self, dx: &mut [f32], scratch: &mut [f32]) {
        let DenseInputGradient { weights, dy, inputs, outputs, .. } = *self;
        let images = dx.len() / inputs;
        let (transposed_dy, transposed_dx) = scratch.split_at_mut(outputs * images);
        transpose(dy, outputs, (images, outputs), transposed_dy, images);
        for first in (0..inputs).step_by(DENSE_BLOCK) {
            let rows = DENSE_BLOCK.min(inputs - first);
            let product = Product {
                a: Matrix {
                    data: &weights[first * outputs..],
                    stride: outputs,
                    outer: 0,
                    inner: 1,
                },
                b: Matrix { data: transposed_dy, stride: 1, outer: 0, inner: images },
                rows,
                columns: images,
                outer: 1,
                inner: outputs,
                start: Start::Zero,
            };
            product.compute(transposed_dx, images);
            transpose(transposed_dx, images, (rows, images), &mut dx[first..], inputs);
            self.mask(dx, first, rows);
        }
    }

    /// Puts dx through the ReLU that gave the input: `count` inputs from `first` on.
    fn mask(&self, dx: &mut [f32], first: usize, count: usize) {
        let Some(rectified) = self.rectified else { return };
        for (dx, rectified) in
            dx.chunks_exact_mut(self.inputs).zip(rectified.chunks_exact(self.inputs))
        {
            mask(&mut dx[first..][..count], &rectified[first..][..count]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that sums are exact in any order; about half of them are zero.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        let hash =
            |i: u32| i.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 13;
        (0..len as u32).map(|i| (hash(i) % 7) as f32 - 3.0).map(|x| x.max(0.0)).collect()
    }

    #[test]
    fn both_ways_agree_with_a_naive_loop_on_odd_sizes() {
        for images in [1, 3, 64, 70] {
            for inputs in [1, 63, 128, 130, 260] {
                for outputs in [1, 10, 48, 64, 133] {
                    let weights: Vec<f32> =
                        numbers(inputs * outputs, 1).iter().map(|x| x - 1.0).collect();
                    let (dy, input) = (numbers(images * outputs, 2), numbers(images * inputs, 3));
                    let mut scratch = vec![f32::NAN; DenseInputGradient::scratch(outputs, images)];
                    for rectified in [None, Some(&input[..])] {
                        let gradient = DenseInputGradient {
                            weights: &weights,
                            dy: &dy,
                            rectified,
                            inputs,
                            outputs,
                        };
                        let [mut sparse, mut dense] =
                            [(); 2].map(|()| vec![f32::NAN; images * inputs]);
                        gradient.compute_sparse(&mut sparse, &mut scratch);
                        gradient.compute_dense(&mut dense, &mut scratch);
                        for at in 0..images * inputs {
                            let (image, i) = (at / inputs, at % inputs);
                            let terms = (0..outputs)
                                .map(|j| dy[image * outputs + j] * weights[i * outputs + j]);
                            let passes = rectified.is_none_or(|input| input[at] > 0.0);
                            let expected = if passes { terms.sum() } else { 0.0 };
                            let shape = (images, inputs, outputs, rectified.is_some());
                            assert_eq!(
                                [sparse[at], dense[at]],
                                [expected; 2],
                                "images, inputs, outputs, ReLU = {shape:?}"
                            );
                        }
                    }
                }
            }
        }
    }
}
