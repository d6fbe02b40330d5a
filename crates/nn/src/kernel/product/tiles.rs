//! Tiles of the dense product: the innermost loops, with a tile's part of C in registers.
//!
//! A tile takes one pass over the sum. Each term broadcasts a value of A per row and multiplies it
//! with the vectors of B. The sums of 8 rows × 3 vectors, or of 14 × 2, take 24 or 28 of AVX-512's
//! 32 registers, and those of 6 × 2 take 12 of AVX2's 16. 4 × 3 sums leave AVX2 a single register for
//! broadcasts beside three vectors of B: the compiler then kept a sum in memory, and products took
//! 1.1 times as long.

use pulp::{MemMask, Simd, WithSimd};

use super::StartAt;
use crate::buffer::LINE;
use crate::kernel::prefetch::prefetch;

/// Vectors of the widest strip.
#[inline(always)]
pub(super) fn widest<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 3 } else { 2 }
}

/// A strip of at most [`widest`] vectors of columns. Pointers are to the strip's first element, strides
/// are in elements.
#[derive(Clone, Copy)]
pub(super) struct ColumnStrip {
    pub(super) a: *const f32,
    pub(super) a_row: usize,
    pub(super) a_outer: usize,
    pub(super) a_inner: usize,
    pub(super) b: *const f32,
    pub(super) b_outer: usize,
    pub(super) b_inner: usize,
    pub(super) outer: usize,
    pub(super) inner: usize,
    pub(super) start: StartAt,
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    /// Columns in the last vector.
    pub(super) last_width: u32,
    /// Whether to prefetch the next tile's rows of A. A tile reads more rows at once than the
    /// processor's own prefetchers follow.
    pub(super) prefetches_a: bool,
}

impl ColumnStrip {
    /// Computes `rows` rows of `vectors` vectors, in the tallest tiles that the registers hold, and
    /// the rest in smaller ones.
    ///
    /// # Safety
    /// Every element of A, B, C and the start that the strip's pointers, its strides, `rows`,
    /// `outer`, `inner` and the strip's columns (`vectors` vectors, the last of `last_width`) lead
    /// to must be valid to read, and those of C to write.
    #[inline(always)]
    pub(super) unsafe fn compute<S: Simd>(mut self, simd: S, mut rows: usize, vectors: usize) {
        macro_rules! tiles {
            ($vectors:literal: $($height:literal)+) => {{
                $(if rows >= $height {
                    let count = rows / $height;
                    // The caller of `compute` has promised what these tiles rely on.
                    if self.last_width as usize == S::F32_LANES {
                        simd.vectorize(RowTiles::<$height, $vectors, false> { strip: self, count });
                    } else {
                        simd.vectorize(RowTiles::<$height, $vectors, true> { strip: self, count });
                    }
                    rows -= count * $height;
                    self.a = self.a.wrapping_add(count * $height * self.a_row);
                    self.c = self.c.wrapping_add(count * $height * self.c_row);
                })+
                debug_assert_eq!(rows, 0);
            }};
        }
        if S::REGISTER_COUNT >= 32 {
            match vectors {
                // Heights 5 and 3 are for a convolution's weight gradient with one input channel: a
                // row of its window is a product of five rows, or of three.
                1 => tiles!(1: 14 8 5 4 3 2 1),
                2 => tiles!(2: 14 8 5 4 3 2 1),
                _ => tiles!(3: 8 4 2 1),
            }
        } else {
            match vectors {
                1 => tiles!(1: 8 5 4 3 2 1),
                _ => tiles!(2: 6 5 4 3 2 1),
            }
        }
    }
}

/// `count` tiles of `ROWS` × `VECTORS`, one below the other. The last vector is partial if
/// `MASKED`.
///
/// Only [`ColumnStrip::compute`] makes one, whose contract makes the pointers valid.
struct RowTiles<const ROWS: usize, const VECTORS: usize, const MASKED: bool> {
    strip: ColumnStrip,
    count: usize,
}

impl<const ROWS: usize, const VECTORS: usize, const MASKED: bool> WithSimd
    for RowTiles<ROWS, VECTORS, MASKED>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let RowTiles { strip, count } = self;
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        let mask = MemMask::new(simd.mask_between_m32s(0, strip.last_width).mask());
        // SAFETY: the caller of `ColumnStrip::compute` has promised that all elements are valid;
        // lanes past the last column are masked.
        let load = |pointer: *const f32, vector: usize| unsafe {
            if MASKED && vector + 1 == VECTORS {
                simd.mask_load_ptr_f32s(mask, pointer)
            } else {
                pointer.cast::<S::f32s>().read_unaligned()
            }
        };
        for tile in 0..count {
            let a = strip.a.wrapping_add(tile * ROWS * strip.a_row);
            let c = strip.c.wrapping_add(tile * ROWS * strip.c_row);
            let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
            match strip.start {
                StartAt::Zero => {}
                StartAt::Accumulate => {
                    for (row, sums) in sums.iter_mut().enumerate() {
                        for (vector, sum) in sums.iter_mut().enumerate() {
                            *sum = load(
                                c.wrapping_add(row * strip.c_row + vector * S::F32_LANES),
                                vector,
                            );
                        }
                    }
                }
                StartAt::Row(start) => {
                    for (vector, sum) in sums[0].iter_mut().enumerate() {
                        *sum = load(start.wrapping_add(vector * S::F32_LANES), vector);
                    }
                    sums = [sums[0]; ROWS];
                }
            }
            for outer in 0..strip.outer {
                let mut a = a.wrapping_add(outer * strip.a_outer);
                let mut b = strip.b.wrapping_add(outer * strip.b_outer);
                for term in 0..strip.inner {
                    if strip.prefetches_a && term % LINE == 0 {
                        for row in 0..ROWS {
                            prefetch(a.wrapping_add((ROWS + row) * strip.a_row));
                        }
                    }
                    let mut vectors = [simd.splat_f32s(0.0); VECTORS];
                    for (vector, value) in vectors.iter_mut().enumerate() {
                        *value = load(b.wrapping_add(vector * S::F32_LANES), vector);
                    }
                    for (row, sums) in sums.iter_mut().enumerate() {
                        // SAFETY: as above.
                        let value = simd.splat_f32s(unsafe { *a.wrapping_add(row * strip.a_row) });
                        for (sum, &vector) in sums.iter_mut().zip(&vectors) {
                            *sum = simd.mul_add_e_f32s(value, vector, *sum);
                        }
                    }
                    a = a.wrapping_add(strip.a_inner);
                    b = b.wrapping_add(strip.b_inner);
                }
            }
            for (row, sums) in sums.iter().enumerate() {
                for (vector, &sum) in sums.iter().enumerate() {
                    let to = c.wrapping_add(row * strip.c_row + vector * S::F32_LANES);
                    // SAFETY: as above.
                    unsafe {
                        if MASKED && vector + 1 == VECTORS {
                            simd.mask_store_ptr_f32s(mask, to, sum);
                        } else {
                            to.cast::<S::f32s>().write_unaligned(sum);
                        }
                    }
                }
            }
        }
    }
}
