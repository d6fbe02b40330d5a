//! The innermost loops of the sparse product: pairs of rows of a block, one after the other, with
//! their sums in registers.

use pulp::{MemMask, Simd, WithSimd};

use super::bits::BITS;
use crate::buffer::LINE;
use crate::kernel::prefetch::Ahead;

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
pub(super) struct Vectors<'a, const VECTORS: usize, const MASKED: bool, const OPERANDS: bool>(
    pub(super) Rows<'a>,
);

impl<const VECTORS: usize, const MASKED: bool, const OPERANDS: bool> WithSimd
    for Vectors<'_, VECTORS, MASKED, OPERANDS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let part = self.0;
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        let mask = MemMask::new(simd.mask_between_m32s(0, part.last_width).mask());
        let strip = Strip::<S, VECTORS, MASKED> { simd, mask, part: &part };
        let (pairs, last) = part.words.as_chunks::<2>();
        for (pair, &[first, second]) in pairs.iter().enumerate() {
            let row = 2 * pair;
            part.ask::<VECTORS, OPERANDS>(row);
            part.ask::<VECTORS, OPERANDS>(row + 1);
            let both = first & second;
            let mut sums = [strip.begin(row), strip.begin(row + 1)];
            strip.add(row, both, &mut sums);
            let [of_first, of_second] = sums;
            strip.end(row, first & !both, of_first);
            strip.end(row + 1, second & !both, of_second);
        }
        if let &[word] = last {
            let row = 2 * pairs.len();
            part.ask::<VECTORS, OPERANDS>(row);
            strip.end(row, word, strip.begin(row));
        }
    }
}

impl Rows<'_> {
    /// Asks for what the turn of a row should bring.
    #[inline(always)]
    fn ask<const VECTORS: usize, const OPERANDS: bool>(&self, row: usize) {
        if OPERANDS {
            self.ahead[0].ask_for::<{ BITS / LINE }>(row);
            self.ahead[1].ask_for::<VECTORS>(row);
        } else {
            for ahead in &self.ahead {
                ahead.ask(self.turn + row);
            }
        }
    }
}

/// What the rows of a strip are computed with.
struct Strip<'a, S: Simd, const VECTORS: usize, const MASKED: bool> {
    simd: S,
    mask: MemMask<S::m32s>,
    part: &'a Rows<'a>,
}

impl<S: Simd, const VECTORS: usize, const MASKED: bool> Strip<'_, S, VECTORS, MASKED> {
    #[inline(always)]
    fn is_partial(vector: usize) -> bool {
        MASKED && vector + 1 == VECTORS
    }

    #[inline(always)]
    fn load(&self, pointer: *const f32, vector: usize) -> S::f32s {
        let pointer = pointer.wrapping_add(vector * S::F32_LANES);
        // SAFETY: `Product::compute_sparse` has checked that every index of A, B, C and the start
        // lies within its slice, words have no bits past the last term, and lanes past the last
        // column are masked.
        unsafe {
            if Self::is_partial(vector) {
                self.simd.mask_load_ptr_f32s(self.mask, pointer)
            } else {
                pointer.cast::<S::f32s>().read_unaligned()
            }
        }
    }

    /// What a row of C holds before its terms are added.
    #[inline(always)]
    fn begin(&self, row: usize) -> [S::f32s; VECTORS] {
        let c = self.part.c.wrapping_add(row * self.part.c_row);
        std::array::from_fn(|vector| match self.part.start {
            StartAt::Zero => self.simd.splat_f32s(0.0),
            StartAt::Accumulate => self.load(c, vector),
            StartAt::Row(start) => self.load(start, vector),
        })
    }

    /// Adds the terms of `word` to the sums of rows from `row` on.
    #[inline(always)]
    fn add<const ROWS: usize>(&self, row: usize, word: u64, sums: &mut [[S::f32s; VECTORS]; ROWS]) {
        let part = self.part;
        let a: [_; ROWS] = std::array::from_fn(|of| part.a.wrapping_add((row + of) * part.a_row));
        let mut left = word;
        while left != 0 {
            let term = left.trailing_zeros() as usize;
            left &= left - 1;
            // SAFETY: as in `load`.
            let values =
                a.map(|a| self.simd.splat_f32s(unsafe { *a.wrapping_add(term * part.a_inner) }));
            let b = part.b.wrapping_add(term * part.b_row);
            for vector in 0..VECTORS {
                let b = self.load(b, vector);
                for (sums, &value) in sums.iter_mut().zip(&values) {
                    sums[vector] = self.simd.mul_add_e_f32s(value, b, sums[vector]);
                }
            }
        }
    }

    /// Adds a row's last terms, those of `word`, and writes it.
    #[inline(always)]
    fn end(&self, row: usize, word: u64, sums: [S::f32s; VECTORS]) {
        let mut sums = [sums];
        self.add(row, word, &mut sums);
        let c = self.part.c.wrapping_add(row * self.part.c_row);
        for (vector, &sum) in sums[0].iter().enumerate() {
            let to = c.wrapping_add(vector * S::F32_LANES);
            // SAFETY: as in `load`.
            unsafe {
                if Self::is_partial(vector) {
                    self.simd.mask_store_ptr_f32s(self.mask, to, sum);
                } else {
                    to.cast::<S::f32s>().write_unaligned(sum);
                }
            }
        }
    }
}
