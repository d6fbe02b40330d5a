//! The innermost loops of the sparse product: one pair of rows after the other, with the pair's
//! sums in registers.

use pulp::{MemMask, Simd, WithSimd};

use super::bits::BITS;
use crate::buffer::LINE;
use crate::kernel::prefetch::PrefetchPlan;
use crate::kernel::product::StartAt;

/// Rows of one block. Pointers are to the first elements, strides are in elements.
pub(super) struct SparseRows<'a> {
    /// One word per row. Its bits say which terms of A are not zero.
    pub(super) words: &'a [u64],
    pub(super) a: *const f32,
    pub(super) a_row: usize,
    pub(super) a_inner: usize,
    pub(super) b: *const f32,
    pub(super) b_row: usize,
    pub(super) start: StartAt,
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    /// What to prefetch meanwhile, one turn per row.
    pub(super) ahead: [PrefetchPlan; 3],
    /// The turn of the first row.
    pub(super) turn: usize,
    /// Columns in the last vector.
    pub(super) last_width: u32,
}

/// Rows of `VECTORS` vectors. The last vector is partial if `MASKED`. If `OPERANDS`, the plan is to
/// prefetch the next operands of the same product.
pub(super) struct Vectors<'a, const VECTORS: usize, const MASKED: bool, const OPERANDS: bool>(
    SparseRows<'a>,
);

impl<'a, const VECTORS: usize, const MASKED: bool, const OPERANDS: bool>
    Vectors<'a, VECTORS, MASKED, OPERANDS>
{
    /// # Safety
    /// For each row and each bit that is set in its word, the value of A and the `VECTORS` vectors
    /// of B must be valid to read. Each row's vectors of C must be valid to read and to write, and
    /// those of a start row to read. If `MASKED`, this holds of the first `last_width` lanes of the
    /// last vector, else of all its lanes.
    #[inline(always)]
    pub(super) unsafe fn new(rows: SparseRows<'a>) -> Self {
        Vectors(rows)
    }
}

impl<const VECTORS: usize, const MASKED: bool, const OPERANDS: bool> WithSimd
    for Vectors<'_, VECTORS, MASKED, OPERANDS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.0;
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        let mask = MemMask::new(simd.mask_between_m32s(0, rows.last_width).mask());
        let strip = RowStrip::<S, VECTORS, MASKED> { simd, mask, rows: &rows };
        let (pairs, last) = rows.words.as_chunks::<2>();
        for (pair, &[first, second]) in pairs.iter().enumerate() {
            let row = 2 * pair;
            rows.prefetch::<VECTORS, OPERANDS>(row);
            rows.prefetch::<VECTORS, OPERANDS>(row + 1);
            let both = first & second;
            let mut sums = [strip.begin(row), strip.begin(row + 1)];
            strip.add(row, both, &mut sums);
            let [of_first, of_second] = sums;
            strip.end(row, first & !both, of_first);
            strip.end(row + 1, second & !both, of_second);
        }
        if let &[word] = last {
            let row = 2 * pairs.len();
            rows.prefetch::<VECTORS, OPERANDS>(row);
            strip.end(row, word, strip.begin(row));
        }
    }
}

impl SparseRows<'_> {
    /// Prefetches what belongs to the turn of `row`.
    #[inline(always)]
    fn prefetch<const VECTORS: usize, const OPERANDS: bool>(&self, row: usize) {
        if OPERANDS {
            self.ahead[0].prefetch_lines::<{ BITS / LINE }>(row);
            self.ahead[1].prefetch_lines::<VECTORS>(row);
        } else {
            for ahead in &self.ahead {
                ahead.prefetch_row(self.turn + row);
            }
        }
    }
}

/// Loads, sums and stores of rows. Only [`Vectors`] makes one, whose contract makes the pointers
/// valid.
struct RowStrip<'a, S: Simd, const VECTORS: usize, const MASKED: bool> {
    simd: S,
    mask: MemMask<S::m32s>,
    rows: &'a SparseRows<'a>,
}

impl<S: Simd, const VECTORS: usize, const MASKED: bool> RowStrip<'_, S, VECTORS, MASKED> {
    #[inline(always)]
    fn is_partial(vector: usize) -> bool {
        MASKED && vector + 1 == VECTORS
    }

    #[inline(always)]
    fn load(&self, pointer: *const f32, vector: usize) -> S::f32s {
        let pointer = pointer.wrapping_add(vector * S::F32_LANES);
        // SAFETY: the caller of `Vectors::new` has promised that all elements are valid; lanes past
        // the last column are masked.
        unsafe {
            if Self::is_partial(vector) {
                self.simd.mask_load_ptr_f32s(self.mask, pointer)
            } else {
                pointer.cast::<S::f32s>().read_unaligned()
            }
        }
    }

    /// The sums of a row before its terms are added. The compiler did not inline `array::from_fn` here: it was called for
    /// each row, without the instruction set.
    #[inline(always)]
    fn begin(&self, row: usize) -> [S::f32s; VECTORS] {
        let mut sums = [self.simd.splat_f32s(0.0); VECTORS];
        let from = match self.rows.start {
            StartAt::Zero => return sums,
            StartAt::Accumulate => self.rows.c.wrapping_add(row * self.rows.c_row),
            StartAt::Row(start) => start,
        };
        for (vector, sum) in sums.iter_mut().enumerate() {
            *sum = self.load(from, vector);
        }
        sums
    }

    /// Adds the terms of `word` to the sums of rows from `row` on.
    #[inline(always)]
    fn add<const ROWS: usize>(&self, row: usize, word: u64, sums: &mut [[S::f32s; VECTORS]; ROWS]) {
        let rows = self.rows;
        let a = rows.a.wrapping_add(row * rows.a_row);
        let mut bits = word;
        while bits != 0 {
            let term = bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let a = a.wrapping_add(term * rows.a_inner);
            let mut values = [self.simd.splat_f32s(0.0); ROWS];
            for (of, value) in values.iter_mut().enumerate() {
                // SAFETY: as in `load`.
                *value = self.simd.splat_f32s(unsafe { *a.wrapping_add(of * rows.a_row) });
            }
            let b = rows.b.wrapping_add(term * rows.b_row);
            for vector in 0..VECTORS {
                let b = self.load(b, vector);
                for (sums, &value) in sums.iter_mut().zip(&values) {
                    sums[vector] = self.simd.mul_add_e_f32s(value, b, sums[vector]);
                }
            }
        }
    }

    /// Adds a row's last terms, those of `word`, and writes the row to C.
    #[inline(always)]
    fn end(&self, row: usize, word: u64, sums: [S::f32s; VECTORS]) {
        let mut sums = [sums];
        self.add(row, word, &mut sums);
        let c = self.rows.c.wrapping_add(row * self.rows.c_row);
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
