//! The matrix product of a sparse A: C\[r, j\] = start + Σᵢ A\[r, i\] · B\[i, j\], where terms with
//! A\[r, i\] = 0 are left out. Half of the pixels of Fashion-MNIST are exactly zero, and so are
//! many outputs of a ReLU. If more than [`MOST_DENSE`] of A is not zero, the dense
//! [`Product`](super::Product) is faster.
//!
//! Loop order:
//! - blocks of 64 terms;
//! - groups of 64 rows, for which one bit per value says whether A is not zero;
//! - strips of 8 vectors of columns (4 with 16 registers), so that a block of a strip of B (32 KiB
//!   with AVX-512) stays in L1;
//! - pairs of rows, whose strips of C are in registers.
//!
//! A term that both rows of a pair have costs 2 broadcasts and 8 loads of B for 16 multiply-adds. A
//! term that only one row has costs 9 loads for 8 multiply-adds, and then the loads take longer.
//! But neighbouring rows have most terms in common: 89% if rows are pixels, 66% if they are
//! garments.
//!
//! While a row is computed, a row of the next blocks of A and B is prefetched, because images lie
//! too far apart for the processor's own prefetchers. A block of A is copied first if the distance
//! of its terms would put them on the same few sets of L1.
//!
//! Order of a sum: block by block, first the terms that both rows of the pair have, then the row's
//! own. Rows are paired from the first on. A last row without a partner has its terms in order.
//! Dividing rows among threads changes no bit, as long as no pair is split.

mod bits;
mod rows;

use pulp::{Simd, WithSimd};

use super::prefetch::PrefetchPlan;
use super::product::StartAt;
use super::{ARCH, Matrix, Product, Start, vectorized};
use crate::buffer::LINE;
use bits::{BITS, column_words, row_words};
use rows::{SparseRows, Vectors};

/// Up to this share of values that are not zero, it is faster to leave out the zeros.
const MOST_DENSE: f32 = 0.7;

/// Columns of the widest strip: 8 AVX-512 vectors.
const STRIP: usize = 128;
/// Values in the sample that estimates how dense a matrix is.
const SAMPLED: usize = 4096;

/// Whether products with `a` are faster if they leave out zeros. A sample decides: one run of
/// values in each of 16 parts of `a`.
pub(crate) fn is_sparse(a: &[f32]) -> bool {
    let part = a.len() / 16;
    let run = part.min(SAMPLED / 16);
    if run == 0 {
        return false;
    }
    let filled: usize = vectorized(|| {
        a.chunks_exact(part)
            .map(|part| part[..run].iter().map(|&x| usize::from(x != 0.0)).sum::<usize>())
            .sum()
    });
    (filled as f32) < MOST_DENSE * (16 * run) as f32
}

impl Product<'_> {
    /// How many turns of a [`PrefetchPlan`] one call of [`compute_sparse`](Self::compute_sparse)
    /// has, if C is a single strip: one per row and block of terms.
    pub(crate) fn sparse_turns(&self) -> usize {
        self.rows * self.inner.div_ceil(BITS)
    }

    /// [`compute`](Self::compute), but terms where A is zero are left out. Either the terms or the
    /// rows of A must lie next to each other. `scratch` holds [`SPARSE_SCRATCH`] values.
    ///
    /// Meanwhile it prefetches what `ahead` plans, one turn per row of each strip of each block of
    /// terms. Without a plan, it prefetches its own next operands.
    ///
    /// # Panics
    /// As `compute`; and if neither the terms nor the rows of A lie next to each other, the sum has
    /// two indices, or `scratch` is too small.
    pub(crate) fn compute_sparse(
        &self,
        c: &mut [f32],
        row_stride: usize,
        scratch: &mut [f32],
        ahead: Option<[PrefetchPlan; 3]>,
    ) {
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        assert!(self.outer == 1, "one index is summed over");
        assert!(
            self.a.inner == 1 || self.a.stride == 1,
            "A has its terms or its rows next to each other"
        );
        self.check(c.len(), row_stride);
        assert!(scratch.len() >= SPARSE_SCRATCH, "no room for a block of B");
        ARCH.dispatch(Sparse { product: self, c, row_stride, scratch, ahead });
    }
}

/// Scratch memory of a sparse product, in values: a block of a strip of B, and a block of A.
pub(crate) const SPARSE_SCRATCH: usize = BITS * (STRIP + A_ROW);

/// Distance from term to term in a copied block of A: an odd number of cache lines, so that terms
/// don't fall on the same sets of L1.
const A_ROW: usize = BITS + 16;

/// A sparse product with where it is written, compiled for each instruction set.
struct Sparse<'a, 'p> {
    product: &'a Product<'p>,
    c: &'a mut [f32],
    row_stride: usize,
    scratch: &'a mut [f32],
    ahead: Option<[PrefetchPlan; 3]>,
}

impl WithSimd for Sparse<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sparse { product, c, row_stride, scratch, ahead } = self;
        let (a_scratch, b_scratch) = scratch.split_at_mut(BITS * A_ROW);
        // The sums of a pair of rows take half of the registers.
        let strip = S::REGISTER_COUNT / 4 * S::F32_LANES;
        let mut turn = 0;
        let mut first = 0;
        loop {
            let terms = (product.inner - first).min(BITS);
            let start = if first == 0 { product.start } else { Start::Accumulate };
            let next_terms = (product.inner - first - terms).min(BITS);
            for row in (0..product.rows).step_by(BITS) {
                let rows = (product.rows - row).min(BITS);
                let group = Group::new(simd, &product.a, (row, rows), (first, terms), a_scratch);
                for column in (0..product.columns).step_by(strip) {
                    let width = (product.columns - column).min(strip);
                    let (b, b_row) =
                        block(&product.b, first, terms, column, width, product.columns, b_scratch);
                    let block = Block { b, b_row, start, column, width };
                    let c = &mut c[row * row_stride..];
                    if let Some(ahead) = ahead {
                        block.times::<S, false>(simd, &group, c, row_stride, ahead, turn);
                    } else {
                        let next_b = product
                            .b
                            .data
                            .as_ptr()
                            .wrapping_add((first + terms) * product.b.inner + column);
                        let next_b = PrefetchPlan::rows(next_b, product.b.inner, next_terms, width);
                        block.times::<S, true>(
                            simd,
                            &group,
                            c,
                            row_stride,
                            [group.next, next_b, PrefetchPlan::NOTHING],
                            0,
                        );
                    }
                    turn += rows;
                }
            }
            first += terms;
            if first >= product.inner {
                break;
            }
        }
    }
}

/// A block of a strip of B, and the distance of its rows. It lies in B itself if the strip has all
/// columns. Else it is copied, because rows that are far apart fall on the same sets of L1.
#[inline(always)]
fn block<'b>(
    b: &Matrix<'b>,
    first: usize,
    terms: usize,
    column: usize,
    width: usize,
    columns: usize,
    scratch: &'b mut [f32],
) -> (&'b [f32], usize) {
    if width == columns {
        return (&b.data[first * b.inner..], b.inner);
    }
    for (term, to) in scratch.chunks_exact_mut(width).take(terms).enumerate() {
        to.copy_from_slice(&b.data[(first + term) * b.inner + column..][..width]);
    }
    (scratch, width)
}

/// Copies the first `rows` values of each term of A to `to`, [`A_ROW`] apart.
#[inline(always)]
fn copy_columns(a: &[f32], term_stride: usize, rows: usize, terms: usize, to: &mut [f32]) {
    for (term, to) in to.chunks_exact_mut(A_ROW).take(terms).enumerate() {
        let from = &a[term * term_stride..][..rows];
        // A constant length needs no call of memcpy, and most groups have `BITS` rows.
        match (<&[f32; BITS]>::try_from(from), to.first_chunk_mut::<BITS>()) {
            (Ok(from), Some(to)) => *to = *from,
            _ => to[..rows].copy_from_slice(from),
        }
    }
}

/// A block of A: at most [`BITS`] rows and at most [`BITS`] terms.
struct Group<'a> {
    /// For each row, the bits of the terms that are not zero.
    words: [u64; BITS],
    rows: usize,
    a: &'a [f32],
    row_stride: usize,
    term_stride: usize,
    /// What to prefetch: the same rows of the next block of terms, or the next rows of the same
    /// terms if rows lie next to each other.
    next: PrefetchPlan,
}

impl<'a> Group<'a> {
    /// Rows and terms are given as (first, count).
    #[inline(always)]
    fn new<S: Simd>(
        simd: S,
        a: &Matrix<'a>,
        (row, rows): (usize, usize),
        (first, terms): (usize, usize),
        scratch: &'a mut [f32],
    ) -> Self {
        let data = &a.data[row * a.stride + first * a.inner..];
        let next = data.as_ptr().wrapping_add(BITS);
        if a.inner == 1 {
            let words = row_words(simd, data, a.stride, rows, terms);
            let next = PrefetchPlan::rows(next, a.stride, rows, BITS);
            return Group { words, rows, a: data, row_stride: a.stride, term_stride: 1, next };
        }
        let next = PrefetchPlan::rows(next, a.inner, terms, BITS);
        let (data, term_stride) = if spreads(a.inner) {
            (data, a.inner)
        } else {
            copy_columns(data, a.inner, rows, terms, scratch);
            (&*scratch, A_ROW)
        };
        let words = column_words(simd, data, term_stride, rows, terms);
        Group { words, rows, a: data, row_stride: 1, term_stride, next }
    }
}

/// Whether values that are `stride` apart use all sets of L1. The number of sets is a power of two,
/// so an odd number of cache lines reaches all of them.
fn spreads(stride: usize) -> bool {
    (stride / LINE) % 2 == 1
}

/// A block of terms of a strip of B.
struct Block<'a> {
    b: &'a [f32],
    b_row: usize,
    start: Start<'a>,
    column: usize,
    width: usize,
}

impl Block<'_> {
    /// Multiplies a group of rows of A with this block. `c` begins at the group's first row.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn times<S: Simd, const OPERANDS: bool>(
        &self,
        simd: S,
        group: &Group,
        c: &mut [f32],
        row_stride: usize,
        ahead: [PrefetchPlan; 3],
        turn: usize,
    ) {
        let rows = SparseRows {
            words: &group.words[..group.rows],
            a: group.a.as_ptr(),
            a_row: group.row_stride,
            a_inner: group.term_stride,
            b: self.b.as_ptr(),
            b_row: self.b_row,
            start: StartAt::column(self.start, self.column),
            c: c[self.column..].as_mut_ptr(),
            c_row: row_stride,
            ahead,
            turn,
            last_width: ((self.width - 1) % S::F32_LANES + 1) as u32,
        };
        let masked = rows.last_width as usize != S::F32_LANES;
        macro_rules! vectors {
            ($($vectors:literal)+) => {
                match (self.width.div_ceil(S::F32_LANES), masked) {
                    // SAFETY: `Product::compute_sparse` has checked that every index of A, B, C and
                    // the start lies within its slice. `block` and `Group::new` copy whole blocks,
                    // and words have no bits past the last term.
                    $(($vectors, false) => {
                        // SAFETY: as said above.
                        let rows = unsafe { Vectors::<$vectors, false, OPERANDS>::new(rows) };
                        simd.vectorize(rows)
                    }
                    ($vectors, true) => {
                        // SAFETY: as said above.
                        let rows = unsafe { Vectors::<$vectors, true, OPERANDS>::new(rows) };
                        simd.vectorize(rows)
                    })+
                    (vectors, _) => unreachable!("{vectors} vectors in a strip"),
                }
            };
        }
        vectors!(1 2 3 4 5 6 7 8);
    }
}

#[cfg(test)]
mod tests;
