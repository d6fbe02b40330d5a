//! The matrix product behind every dense and convolution layer, forward and backward:
//!
//! C\[r, j\] = start + Σₒ Σᵢ A\[r, o, i\] · B\[o, i, j\]
//!
//! The sum runs over two nested indices so that the windows of a convolution are a matrix without
//! being copied into one: o is the window's row (or the image's), i the position within it. A dense
//! layer has one o.
//!
//! Loop order: columns in strips of 1 to 3 vectors, rows in tiles, and for each tile one pass over
//! the sum with the tile's C in registers (each step broadcasts a value of A to a vector of B: 8
//! rows × 3 vectors, or 14 × 2, keep 24 to 28 of AVX-512's 32 registers busy), and asks for the
//! next tile's rows of A. Nothing is packed. Long sums are cut into blocks whose strip of B stays
//! in L2. Each C\[r, j\] is one chain of fused multiply-adds in the order of the sum, whatever the
//! tile: dividing rows or columns among threads changes no bit. Measured, 99% of the peak where A,
//! B and C fit in L2.

use pulp::{MemMask, Simd, WithSimd};

use super::ARCH;
use super::prefetch::prefetch;
use crate::buffer::LINE;

/// Values behind three strides: `data[row · row_stride + outer · outer_stride + inner ·
/// inner_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub(crate) data: &'a [f32],
    /// From row to row of A; 1 in B, whose columns are next to each other.
    pub(crate) stride: usize,
    pub(crate) outer: usize,
    pub(crate) inner: usize,
}

/// What C holds before the sum is added.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    Zero,
    /// What it holds already.
    Accumulate,
    /// The same for every row.
    Row(&'a [f32]),
}

/// A product to be computed.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) a: Matrix<'a>,
    pub(crate) b: Matrix<'a>,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    /// Terms of the sum: outer × inner.
    pub(crate) outer: usize,
    pub(crate) inner: usize,
    pub(crate) start: Start<'a>,
}

/// Terms of the sum that are done at once where there is no outer index: 512 × 48 columns of f32
/// are 96 KiB, a fraction of every L2.
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
        ARCH.dispatch(Dispatch { product: self, c, row_stride });
    }

    /// What the unsafe code relies on: no index leaves A, B, C (of `c` values) or the start.
    pub(super) fn check(&self, c: usize, row_stride: usize) {
        let last = |matrix: &Matrix, along: usize| {
            (along - 1) * matrix.stride
                + self.outer.saturating_sub(1) * matrix.outer
                + self.inner.saturating_sub(1) * matrix.inner
        };
        assert!(self.b.stride == 1, "B's columns are next to each other");
        assert!((self.rows - 1) * row_stride + self.columns <= c, "C is too small");
        assert!(last(&self.a, self.rows) < self.a.data.len(), "A is too small");
        assert!(last(&self.b, self.columns) < self.b.data.len(), "B is too small");
        if let Start::Row(start) = self.start {
            assert!(self.columns <= start.len(), "the start is too small");
        }
    }
}

struct Dispatch<'a, 'p> {
    product: &'a Product<'p>,
    c: &'a mut [f32],
    row_stride: usize,
}

impl WithSimd for Dispatch<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Dispatch { product, c, row_stride } = self;
        let block = if product.outer == 1 { BLOCK } else { product.inner.max(1) };
        let mut first = 0;
        loop {
            let inner = block.min(product.inner - first);
            let start = if first == 0 { product.start } else { Start::Accumulate };
            strips(simd, product, first, inner, start, c, row_stride);
            first += inner;
            if first >= product.inner {
                break;
            }
        }
    }
}

/// All columns of one block of the sum.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn strips<S: Simd>(
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
        // Four vectors are two strips of two: a strip of one would have too few sums in flight.
        let vectors = match left.div_ceil(S::F32_LANES) {
            1 => 1,
            2 | 4 => 2,
            _ => 3,
        };
        let width = left.min(vectors * S::F32_LANES);
        let strip = Strip {
            a: product.a.data[first * product.a.inner..].as_ptr(),
            a_row: product.a.stride,
            a_outer: product.a.outer,
            a_inner: product.a.inner,
            b: product.b.data[first * product.b.inner + column..].as_ptr(),
            b_outer: product.b.outer,
            b_inner: product.b.inner,
            outer: product.outer,
            inner,
            start: match start {
                Start::Zero => StartAt::Zero,
                Start::Accumulate => StartAt::Accumulate,
                Start::Row(row) => StartAt::Row(row[column..].as_ptr()),
            },
            c: c[column..].as_mut_ptr(),
            c_row: row_stride,
            last_width: (width - (vectors - 1) * S::F32_LANES) as u32,
            asks_ahead: product.outer == 1 && product.a.inner == 1,
        };
        strip.rows(simd, product.rows, vectors);
        column += width;
    }
}

#[derive(Clone, Copy)]
enum StartAt {
    Zero,
    Accumulate,
    Row(*const f32),
}

/// A strip of columns: pointers to its first element, strides in elements.
#[derive(Clone, Copy)]
struct Strip {
    a: *const f32,
    a_row: usize,
    a_outer: usize,
    a_inner: usize,
    b: *const f32,
    b_outer: usize,
    b_inner: usize,
    outer: usize,
    inner: usize,
    start: StartAt,
    c: *mut f32,
    c_row: usize,
    /// Columns in the last vector.
    last_width: u32,
    /// Whether the next tile's rows of A are asked for: so many rows at once are too many for the
    /// processor to foresee.
    asks_ahead: bool,
}

impl Strip {
    /// All rows, in the tallest tiles that the registers hold, then in smaller ones.
    #[inline(always)]
    fn rows<S: Simd>(mut self, simd: S, mut rows: usize, vectors: usize) {
        macro_rules! tiles {
            ($vectors:literal: $($height:literal)+) => {{
                $(if rows >= $height {
                    let count = rows / $height;
                    if self.last_width as usize == S::F32_LANES {
                        simd.vectorize(Tiles::<$height, $vectors, false> { strip: self, count });
                    } else {
                        simd.vectorize(Tiles::<$height, $vectors, true> { strip: self, count });
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
                // A convolution's window row of one channel has three rows, or five.
                1 => tiles!(1: 14 8 5 4 3 2 1),
                2 => tiles!(2: 14 8 5 4 3 2 1),
                _ => tiles!(3: 8 4 2 1),
            }
        } else {
            match vectors {
                1 => tiles!(1: 8 5 4 3 2 1),
                2 => tiles!(2: 6 5 4 3 2 1),
                _ => tiles!(3: 4 2 1),
            }
        }
    }
}

/// `count` tiles of `ROWS` × `VECTORS` below each other; the last vector is partial where `MASKED`.
struct Tiles<const ROWS: usize, const VECTORS: usize, const MASKED: bool> {
    strip: Strip,
    count: usize,
}

impl<const ROWS: usize, const VECTORS: usize, const MASKED: bool> WithSimd
    for Tiles<ROWS, VECTORS, MASKED>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Tiles { strip, count } = self;
        // `new` drops the pair of functions that pulp would otherwise call for each load.
        let mask = MemMask::new(simd.mask_between_m32s(0, strip.last_width).mask());
        // SAFETY: `Product::compute` has checked that every index of A, B, C and the start lies
        // within its slice; the strip's pointers are to their elements, lanes past the last column
        // are masked.
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
                    let start: [S::f32s; VECTORS] = std::array::from_fn(|vector| {
                        load(start.wrapping_add(vector * S::F32_LANES), vector)
                    });
                    sums = [start; ROWS];
                }
            }
            for outer in 0..strip.outer {
                let mut a = a.wrapping_add(outer * strip.a_outer);
                let mut b = strip.b.wrapping_add(outer * strip.b_outer);
                for term in 0..strip.inner {
                    if strip.asks_ahead && term % LINE == 0 {
                        for row in 0..ROWS {
                            prefetch(a.wrapping_add((ROWS + row) * strip.a_row));
                        }
                    }
                    let vectors: [S::f32s; VECTORS] = std::array::from_fn(|vector| {
                        load(b.wrapping_add(vector * S::F32_LANES), vector)
                    });
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, so that sums are exact in any order.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        (0..len as u32)
            .map(|i| (i.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 13) % 7)
            .map(|x| x as f32 - 3.0)
            .collect()
    }

    fn naive(product: &Product, c: &mut [f32], row_stride: usize) {
        for row in 0..product.rows {
            for column in 0..product.columns {
                let to = &mut c[row * row_stride + column];
                let mut sum = match product.start {
                    Start::Zero => 0.0,
                    Start::Accumulate => *to,
                    Start::Row(start) => start[column],
                };
                for outer in 0..product.outer {
                    for inner in 0..product.inner {
                        let at = |m: &Matrix, along| {
                            m.data[along * m.stride + outer * m.outer + inner * m.inner]
                        };
                        sum += at(&product.a, row) * at(&product.b, column);
                    }
                }
                *to = sum;
            }
        }
    }

    fn check(product: &Product, row_stride: usize) {
        let mut c = numbers(product.rows * row_stride, 9);
        let mut expected = c.clone();
        product.compute(&mut c, row_stride);
        naive(product, &mut expected, row_stride);
        let shape = (product.rows, product.columns, product.outer, product.inner);
        assert_eq!(c, expected, "rows, columns, outer, inner = {shape:?}");
    }

    #[test]
    fn agrees_with_a_naive_loop_on_odd_sizes() {
        for rows in [1, 2, 3, 5, 8, 13, 14, 15, 29, 31] {
            for columns in [1, 3, 10, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 65, 100] {
                for inner in [1, 7, 18] {
                    let (a, b, start) = (
                        numbers(rows * inner, 1),
                        numbers(columns * inner, 2),
                        numbers(columns, 3),
                    );
                    let row_major = |data, stride| Matrix { data, stride, outer: 0, inner: 1 };
                    let column_major = |data, inner| Matrix { data, stride: 1, outer: 0, inner };
                    for a in [row_major(&a, inner), column_major(&a, rows)] {
                        let b = column_major(&b, columns);
                        for start in [Start::Zero, Start::Accumulate, Start::Row(&start)] {
                            check(
                                &Product { a, b, rows, columns, outer: 1, inner, start },
                                columns + 3,
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn long_sums_are_cut_into_blocks_without_loss() {
        let (rows, columns, inner) = (9, 50, 2 * BLOCK + 77);
        let (a, b) = (numbers(rows * inner, 1), numbers(columns * inner, 2));
        let b = Matrix { data: &b, stride: 1, outer: 0, inner: columns };
        let a = Matrix { data: &a, stride: inner, outer: 0, inner: 1 };
        check(&Product { a, b, rows, columns, outer: 1, inner, start: Start::Zero }, columns);
    }

    #[test]
    fn two_indices_read_the_windows_of_a_convolution() {
        // A 6×9 image of 5 channels under a 3×2 window with stride 2: rows of A overlap.
        let (width, channels, filters, stride) = (9, 5, 33, 2);
        let (image, weights) =
            (numbers(6 * width * channels, 1), numbers(3 * 2 * channels * filters, 2));
        let product = Product {
            a: Matrix {
                data: &image,
                stride: stride * channels,
                outer: width * channels,
                inner: 1,
            },
            b: Matrix { data: &weights, stride: 1, outer: 2 * channels * filters, inner: filters },
            rows: (width - 2) / stride + 1,
            columns: filters,
            outer: 3,
            inner: 2 * channels,
            start: Start::Zero,
        };
        check(&product, filters);
    }

    #[test]
    #[should_panic(expected = "B is too small")]
    fn a_matrix_that_is_too_small_is_refused() {
        let matrix = |data| Matrix { data, stride: 1, outer: 0, inner: 4 };
        let (a, b) = ([0.0; 16], [0.0; 15]);
        let product = Product {
            a: matrix(&a),
            b: matrix(&b),
            rows: 4,
            columns: 4,
            outer: 1,
            inner: 4,
            start: Start::Zero,
        };
        product.compute(&mut [0.0; 16], 4);
    }
}
