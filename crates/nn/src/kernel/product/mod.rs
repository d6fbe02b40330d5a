//! The matrix product behind every dense and convolution layer, forward and backward:
//!
//! C\[r, j\] = start + Σₒ Σᵢ A\[r, o, i\] · B\[o, i, j\]
//!
//! The sum runs over two nested indices, so that the windows of a convolution form a matrix without
//! being copied: o is the window's row (or the image's), and i the position within that row. A
//! dense layer has a single o.
//!
//! Loop order: blocks of the sum, then strips of a few vectors of columns, then tiles of rows
//! ([`tiles`]). A long sum is cut into blocks, so that the block's strip of B stays in L2. A and B
//! are not packed. Each C\[r, j\] is one chain of fused multiply-adds in the order of the sum,
//! whatever the tile, so dividing rows or columns among threads changes no bit. Measured: 99% of
//! the processor's peak if A, B and C fit in L2.

mod tiles;

use pulp::{Simd, WithSimd};

use super::{ARCH, index_after};
use tiles::{ColumnStrip, widest};

/// A factor of a product, addressed by three strides: the value of a row (a column of B) at the
/// outer and inner index of the sum is `data[row · stride + o · outer + i · inner]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) data: &'a [f32],
    /// From row to row of A. It is 1 in B, whose columns lie next to each other.
    pub(crate) stride: usize,
    /// From one outer index to the next.
    pub(crate) outer: usize,
    /// From one inner index to the next.
    pub(crate) inner: usize,
}

/// What C holds before the sum is added.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// Zeros.
    Zero,
    /// The values that C has already.
    Accumulate,
    /// The same values in every row, such as a bias.
    Row(&'a [f32]),
}

/// [`Start`] from one column on.
#[derive(Clone, Copy)]
pub(super) enum StartAt {
    Zero,
    Accumulate,
    /// A pointer to the column's value.
    Row(*const f32),
}

impl StartAt {
    /// # Panics
    /// If the start has no such column.
    #[inline(always)]
    pub(super) fn column(start: Start, column: usize) -> Self {
        match start {
            Start::Zero => StartAt::Zero,
            Start::Accumulate => StartAt::Accumulate,
            Start::Row(row) => StartAt::Row(row[column..].as_ptr()),
        }
    }
}

/// A product to be computed.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) a: Matrix<'a>,
    pub(crate) b: Matrix<'a>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Outer indices of the sum, which has outer × inner terms.
    pub(crate) outer: usize,
    /// Inner indices of the sum.
    pub(crate) inner: usize,
    pub(crate) start: Start<'a>,
}

/// Terms of a block of the sum, if there is a single outer index. 512 terms × 48 columns of f32 are
/// 96 KiB, a fraction of every L2.
const BLOCK: usize = 512;

impl Product<'_> {
    /// Writes C, whose rows are `row_stride` apart.
    ///
    /// # Panics
    /// If an index would leave A, B, C or the start, or B's columns are not next to each other.
    pub(crate) fn compute(&self, c: &mut [f32], row_stride: usize) {
        if self.rows == 0 || self.columns == 0 {
            return;
        }
        self.check(c.len(), row_stride);
        ARCH.dispatch(ProductKernel { product: self, c, row_stride });
    }

    /// Checks what the unsafe code relies on: no index leaves A, B, C (of `c` values) or the start.
    pub(super) fn check(&self, c: usize, row_stride: usize) {
        let last = |matrix: &Matrix, along: usize| {
            index_after([
                (along - 1, matrix.stride),
                (self.outer.saturating_sub(1), matrix.outer),
                (self.inner.saturating_sub(1), matrix.inner),
            ])
        };
        assert!(self.b.stride == 1, "B's columns are next to each other");
        let end = index_after([(self.rows - 1, row_stride), (self.columns, 1)]);
        assert!(end <= c, "C is too small");
        assert!(last(&self.a, self.rows) < self.a.data.len(), "A is too small");
        assert!(last(&self.b, self.columns) < self.b.data.len(), "B is too small");
        if let Start::Row(start) = self.start {
            assert!(self.columns <= start.len(), "the start is too small");
        }
    }
}

/// A product with where it is written, compiled for each instruction set.
struct ProductKernel<'a, 'p> {
    product: &'a Product<'p>,
    c: &'a mut [f32],
    row_stride: usize,
}

impl WithSimd for ProductKernel<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ProductKernel { product, c, row_stride } = self;
        let block = if product.outer == 1 { BLOCK } else { product.inner.max(1) };
        let mut first = 0;
        loop {
            let inner = block.min(product.inner - first);
            let start = if first == 0 { product.start } else { Start::Accumulate };
            compute_block(simd, product, first, inner, start, c, row_stride);
            first += inner;
            if first >= product.inner {
                break;
            }
        }
    }
}

/// Computes all columns of one block of the sum: `inner` terms from `first` on.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn compute_block<S: Simd>(
    simd: S,
    product: &Product,
    first: usize,
    inner: usize,
    start: Start,
    c: &mut [f32],
    row_stride: usize,
) {
    let mut column = 0;
    while column < product.columns {
        let left = product.columns - column;
        // Four vectors become two strips of two, not three and one: a strip of one vector has too
        // few independent sums.
        let vectors = match left.div_ceil(S::F32_LANES) {
            1 => 1,
            2 | 4 => 2,
            _ => widest::<S>(),
        };
        let width = left.min(vectors * S::F32_LANES);
        let strip = ColumnStrip {
            a: product.a.data[first * product.a.inner..].as_ptr(),
            a_row: product.a.stride,
            a_outer: product.a.outer,
            a_inner: product.a.inner,
            b: product.b.data[first * product.b.inner + column..].as_ptr(),
            b_outer: product.b.outer,
            b_inner: product.b.inner,
            outer: product.outer,
            inner,
            start: StartAt::column(start, column),
            c: c[column..].as_mut_ptr(),
            c_row: row_stride,
            last_width: (width - (vectors - 1) * S::F32_LANES) as u32,
            prefetches_a: product.outer == 1 && product.a.inner == 1,
        };
        // SAFETY: `Product::compute` has checked that every index of A, B, C and the start lies
        // within its slice, and the strip's columns are some of the product's.
        unsafe { strip.compute(simd, product.rows, vectors) };
        column += width;
    }
}

#[cfg(test)]
mod tests;
