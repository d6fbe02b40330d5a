//! The innermost loops of the sparse product: rows of a block, one after the other, with a row's sums in registers.

use pulp::{MemMask, Simd, WithSimd};

use super::bits::BITS;
use crate::kernel::prefetch::Ahead;
use crate::team::LINE;

#[derive(Clone, Copy)]
pub(super) enum StartAt {
    Zero,
    Accumulate,
    Row(*const f32),
}

/// Rows of one block: pointers to their first elements, strides in elements.
pub(super) struct Rows<'a> {
    /// For each row where A is not zero.
    pub(super) words: &'a [u64],
    pub(super) a: *const f32,
    pub(super) a_row: usize,
    pub(super) a_inner: usize,
    pub(super) b: *const f32,
    pub(super) b_row: usize,
    pub(super) start: StartAt,
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    /// What is asked for meanwhile, and the turn of the first row.
    pub(super) ahead: [Ahead; 3],
    pub(super) turn: usize,
    /// Columns in the last vector.
    pub(super) last_width: u32,
}

/// Rows of so many vectors; the last one is partial where `MASKED`.
pub(super) struct Vectors<'a, const VECTORS: usize, const MASKED: bool, const OPERANDS: bool>(pub(super) Rows<'a>);

impl<const VECTORS: usize, const MASKED: bool, const OPERANDS: bool> WithSimd
    for Vectors<'_, VECTORS, MASKED, OPERANDS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let part = self.0;
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        let mask = MemMask::new(simd.mask_between_m32s(0, part.last_width).mask());
        let is_partial = |vector: usize| MASKED && vector + 1 == VECTORS;
        // SAFETY: `Product::compute_sparse` has checked that every index of A, B, C and the start lies within its slice, words
        // have no bits past the last term, and lanes past the last column are masked.
        let load = |pointer: *const f32, vector: usize| unsafe {
            let pointer = pointer.wrapping_add(vector * S::F32_LANES);
            if is_partial(vector) {
                simd.mask_load_ptr_f32s(mask, pointer)
            } else {
                pointer.cast::<S::f32s>().read_unaligned()
            }
        };
        for (row, &word) in part.words.iter().enumerate() {
            let a = part.a.wrapping_add(row * part.a_row);
            let c = part.c.wrapping_add(row * part.c_row);
            if OPERANDS {
                part.ahead[0].ask_for::<{ BITS / LINE }>(row);
                part.ahead[1].ask_for::<VECTORS>(row);
            } else {
                for ahead in &part.ahead {
                    ahead.ask(part.turn + row);
                }
            }
            let mut sums = [simd.splat_f32s(0.0); VECTORS];
            for (vector, sum) in sums.iter_mut().enumerate() {
                match part.start {
                    StartAt::Zero => {}
                    StartAt::Accumulate => *sum = load(c, vector),
                    StartAt::Row(start) => *sum = load(start, vector),
                }
            }
            let mut left = word;
            while left != 0 {
                let term = left.trailing_zeros() as usize;
                left &= left - 1;
                // SAFETY: as above.
                let value = simd.splat_f32s(unsafe { *a.wrapping_add(term * part.a_inner) });
                let b = part.b.wrapping_add(term * part.b_row);
                for (vector, sum) in sums.iter_mut().enumerate() {
                    *sum = simd.mul_add_e_f32s(value, load(b, vector), *sum);
                }
            }
            for (vector, &sum) in sums.iter().enumerate() {
                let to = c.wrapping_add(vector * S::F32_LANES);
                // SAFETY: as above.
                unsafe {
                    if is_partial(vector) {
                        simd.mask_store_ptr_f32s(mask, to, sum);
                    } else {
                        to.cast::<S::f32s>().write_unaligned(sum);
                    }
                }
            }
        }
    }
}
