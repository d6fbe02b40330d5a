//! The matrix product of a sparse A: C\[r, j\] = start + Σᵢ A\[r, i\] · B\[i, j\], where terms with A\[r, i\] = 0 are left
//! out. Half of the pixels of Fashion-MNIST are exactly zero, and so is much of what a ReLU leaves.
//!
//! Loop order: strips of 8 vectors of columns; blocks of 64 terms, so that a block of a strip of B (32 KiB with AVX-512)
//! stays in L1; groups of 64 rows. For each block and group one bit a value says where A is not zero; then, row by row, a
//! row's strip of C is in registers and each set bit costs a broadcast and 8 multiply-adds with B from L1. That is one load
//! a multiply-add, so this reaches less of the peak than the dense [`Product`](super::Product) and passes it where less than
//! about [`MOST_DENSE`] of A is not zero.
//!
//! The terms of a sum are added in the dense product's order by the same multiply-adds, and a left-out term would have
//! added zero: both products agree to the bit, the sign of zero apart, unless B holds infinities or NaN.

use pulp::{MemMask, Simd, WithSimd};

use super::bits::{BITS, column_words, row_words};
use super::{ARCH, Matrix, Product, Start, vectorized};

/// Share of values that are not zero up to which leaving out the others is faster.
const MOST_DENSE: f32 = 0.7;

/// Vectors of a strip.
const STRIP_VECTORS: usize = 8;
/// Columns of the widest strip, 8 AVX-512 vectors.
const STRIP: usize = 128;
/// Values that are looked at to estimate how dense a matrix is.
const SAMPLED: usize = 4096;

/// Whether leaving out zeros makes products with `a` faster, as a sample says: one run of values in each of 16 parts.
pub(crate) fn is_sparse(a: &[f32]) -> bool {
    let part = a.len() / 16;
    let run = part.min(SAMPLED / 16);
    if run == 0 {
        return false;
    }
    let filled: usize = vectorized(|| {
        a.chunks_exact(part).map(|part| part[..run].iter().map(|&x| usize::from(x != 0.0)).sum::<usize>()).sum()
    });
    (filled as f32) < MOST_DENSE * (16 * run) as f32
}

impl Product<'_> {
    /// [`compute`](Self::compute), leaving out terms where A is zero. Either the terms or the rows of A must lie next to
    /// each other. `scratch` holds [`SPARSE_SCRATCH`] values.
    ///
    /// # Panics
    /// As `compute`, and if A or B lies otherwise.
    pub(crate) fn compute_sparse(&self, c: &mut [f32], row_stride: usize, scratch: &mut [f32]) {
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        assert!(self.outer == 1, "one index is summed over");
        assert!(self.a.inner == 1 || self.a.stride == 1, "A has its terms or its rows next to each other");
        self.check(c.len(), row_stride);
        assert!(scratch.len() >= SPARSE_SCRATCH, "no room for a block of B");
        ARCH.dispatch(Sparse { product: self, c, row_stride, scratch });
    }
}

/// Values of a block of a strip of B.
pub(crate) const SPARSE_SCRATCH: usize = BITS * STRIP;

struct Sparse<'a, 'p> {
    product: &'a Product<'p>,
    c: &'a mut [f32],
    row_stride: usize,
    scratch: &'a mut [f32],
}

impl WithSimd for Sparse<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sparse { product, c, row_stride, scratch } = self;
        for column in (0..product.columns).step_by(STRIP_VECTORS * S::F32_LANES) {
            let width = (product.columns - column).min(STRIP_VECTORS * S::F32_LANES);
            let mut first = 0;
            loop {
                let terms = (product.inner - first).min(BITS);
                let (b, b_row) = block(&product.b, first, terms, column, width, product.columns, scratch);
                let block = Block {
                    b,
                    b_row,
                    start: if first == 0 { product.start } else { Start::Accumulate },
                    column,
                    width,
                };
                for row in (0..product.rows).step_by(BITS) {
                    let rows = (product.rows - row).min(BITS);
                    block.rows(simd, &product.a, (row, rows), (first, terms), c, row_stride);
                }
                first += terms;
                if first >= product.inner {
                    break;
                }
            }
        }
    }
}

/// The block of B, and from row to row of it: B itself where the strip is all of it, else a copy, since rows that are far
/// apart fall on the same sets of L1.
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

/// Some terms of a strip of columns.
struct Block<'a> {
    b: &'a [f32],
    b_row: usize,
    start: Start<'a>,
    column: usize,
    width: usize,
}

impl Block<'_> {
    /// At most [`BITS`] rows of at most as many terms; both are given as (first, count).
    #[inline(always)]
    fn rows<S: Simd>(
        &self,
        simd: S,
        a: &Matrix,
        (row, rows): (usize, usize),
        (first, terms): (usize, usize),
        c: &mut [f32],
        row_stride: usize,
    ) {
        let a_part = &a.data[row * a.stride + first * a.inner..];
        let job = Rows {
            words: if a.inner == 1 {
                row_words(a_part, a.stride, rows, terms)
            } else {
                column_words(a_part, a.inner, rows, terms)
            },
            rows,
            a: a_part.as_ptr(),
            a_row: a.stride,
            a_inner: a.inner,
            b: self.b.as_ptr(),
            b_row: self.b_row,
            start: match self.start {
                Start::Zero => StartAt::Zero,
                Start::Accumulate => StartAt::Accumulate,
                Start::Row(start) => StartAt::Row(start[self.column..].as_ptr()),
            },
            c: c[row * row_stride + self.column..].as_mut_ptr(),
            c_row: row_stride,
            last_width: ((self.width - 1) % S::F32_LANES + 1) as u32,
        };
        let masked = job.last_width as usize != S::F32_LANES;
        macro_rules! vectors {
            ($($vectors:literal)+) => {
                match (self.width.div_ceil(S::F32_LANES), masked) {
                    $(($vectors, false) => simd.vectorize(Vectors::<$vectors, false>(job)),
                    ($vectors, true) => simd.vectorize(Vectors::<$vectors, true>(job)),)+
                    (vectors, _) => unreachable!("{vectors} vectors in a strip"),
                }
            };
        }
        vectors!(1 2 3 4 5 6 7 8);
    }
}

#[derive(Clone, Copy)]
enum StartAt {
    Zero,
    Accumulate,
    Row(*const f32),
}

/// Rows of one block: pointers to their first elements, strides in elements.
struct Rows {
    words: [u64; BITS],
    rows: usize,
    a: *const f32,
    a_row: usize,
    a_inner: usize,
    b: *const f32,
    b_row: usize,
    start: StartAt,
    c: *mut f32,
    c_row: usize,
    /// Columns in the last vector.
    last_width: u32,
}

/// Rows of so many vectors; the last one is partial where `MASKED`.
struct Vectors<const VECTORS: usize, const MASKED: bool>(Rows);

impl<const VECTORS: usize, const MASKED: bool> WithSimd for Vectors<VECTORS, MASKED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let part = self.0;
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        let mask = MemMask::new(simd.mask_between_m32s(0, part.last_width).mask());
        // SAFETY: `Product::compute_sparse` has checked that every index of A, B, C and the start lies within its slice,
        // words have no bits past the last term, and lanes past the last column are masked.
        let load = |pointer: *const f32, vector: usize| unsafe {
            let pointer = pointer.wrapping_add(vector * S::F32_LANES);
            if MASKED && vector + 1 == VECTORS {
                simd.mask_load_ptr_f32s(mask, pointer)
            } else {
                pointer.cast::<S::f32s>().read_unaligned()
            }
        };
        for (row, &word) in part.words[..part.rows].iter().enumerate() {
            let a = part.a.wrapping_add(row * part.a_row);
            let c = part.c.wrapping_add(row * part.c_row);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that sums are exact in any order; about half of them are zero.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        let hash = |i: u32| i.wrapping_mul(2_654_435_761).wrapping_add(seed.wrapping_mul(40_503)) >> 13;
        (0..len as u32).map(|i| (hash(i) % 7) as f32 - 3.0).map(|x| if x < 0.0 { 0.0 } else { x }).collect()
    }

    #[test]
    fn agrees_with_the_dense_product_on_odd_sizes() {
        for rows in [1, 5, 63, 64, 65, 130] {
            for columns in [1, 10, 16, 40, 64, 65, 128, 129, 300] {
                for inner in [1, 63, 64, 200] {
                    let (a, b, start) = (numbers(rows * inner, 1), numbers(columns * inner, 2), numbers(columns, 3));
                    let b = Matrix { data: &b, stride: 1, outer: 0, inner: columns };
                    for a in [
                        Matrix { data: &a, stride: inner, outer: 0, inner: 1 },
                        Matrix { data: &a, stride: 1, outer: 0, inner: rows },
                    ] {
                        for start in [Start::Zero, Start::Accumulate, Start::Row(&start)] {
                            let product = Product { a, b, rows, columns, outer: 1, inner, start };
                            let row_stride = columns + 3;
                            let mut sparse = numbers(rows * row_stride, 9);
                            let mut dense = sparse.clone();
                            product.compute_sparse(&mut sparse, row_stride, &mut [0.0; SPARSE_SCRATCH]);
                            product.compute(&mut dense, row_stride);
                            assert_eq!(sparse, dense, "rows, columns, inner = {:?}", (rows, columns, inner));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_has_the_dense_ones_bits() {
        let (rows, columns, inner) = (70, 128, 200);
        let uneven = |values: Vec<f32>| values.iter().enumerate().map(|(i, x)| x / (1 + i % 13) as f32).collect();
        let (a, b): (Vec<f32>, Vec<f32>) = (uneven(numbers(rows * inner, 1)), uneven(numbers(columns * inner, 2)));
        let product = Product {
            a: Matrix { data: &a, stride: inner, outer: 0, inner: 1 },
            b: Matrix { data: &b, stride: 1, outer: 0, inner: columns },
            rows,
            columns,
            outer: 1,
            inner,
            start: Start::Zero,
        };
        let (mut sparse, mut dense) = (vec![0.0; rows * columns], vec![0.0; rows * columns]);
        product.compute_sparse(&mut sparse, columns, &mut [0.0; SPARSE_SCRATCH]);
        product.compute(&mut dense, columns);
        assert!(sparse.iter().zip(&dense).all(|(sparse, dense)| sparse.to_bits() == dense.to_bits()));
    }

    #[test]
    fn zeros_are_left_out_and_nothing_else() {
        // 0 · NaN would be NaN.
        let product = |a: &[f32]| {
            let product = Product {
                a: Matrix { data: a, stride: 2, outer: 0, inner: 1 },
                b: Matrix { data: &[f32::NAN, 3.0], stride: 1, outer: 0, inner: 1 },
                rows: 1,
                columns: 1,
                outer: 1,
                inner: 2,
                start: Start::Zero,
            };
            let mut c = [9.0];
            product.compute_sparse(&mut c, 1, &mut [0.0; SPARSE_SCRATCH]);
            c[0]
        };
        assert_eq!(product(&[0.0, 2.0]), 6.0);
        assert_eq!(product(&[-0.0, 2.0]), 6.0);
        assert!(product(&[1e-40, 2.0]).is_nan());
        assert!(product(&[f32::NAN, 0.0]).is_nan());
    }

    #[test]
    fn images_and_what_a_relu_leaves_are_sparse() {
        let every = |n: usize| (0..20_000).map(|i| if i % n == 0 { 0.0 } else { 1.0 }).collect::<Vec<f32>>();
        assert!(is_sparse(&numbers(20_000, 1)));
        assert!(is_sparse(&every(2)) && !is_sparse(&every(4)));
        assert!(!is_sparse(&[]) && is_sparse(&[0.0; 16]) && !is_sparse(&[1.0; 100]));
    }
}
