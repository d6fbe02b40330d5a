//! The transpose of a matrix: to\[j, i\] = from\[i, j\].
//!
//! Loop order: with AVX-512, blocks of 16 × 16, each by 64 shuffles. A row of a block is as long as
//! a cache line, in `from` and in `to`. A line that is written at once is fetched only once, even
//! where rows of `to` fall on the same few sets of a cache. The rest, or without AVX-512 all of the
//! matrix, is done in squares of 4 × 4, which the compiler turns into shuffles, and what these
//! leave value by value. Measured with 112 × 64 values, blocks take 0.4 of the time of squares.

#[cfg(target_arch = "x86_64")]
use pulp::{Arch, NullaryFnOnce, x86::V4};

#[cfg(target_arch = "x86_64")]
use super::ARCH;
use super::{index_after, vectorized};
#[cfg(target_arch = "x86_64")]
use crate::buffer::LINE;

/// Side of a square, in values.
const SIDE: usize = 4;

/// Transposes `rows` × `columns` values of `from`, whose rows are `from_stride` apart, to `to`,
/// whose rows (the columns of `from`) are `to_stride` apart.
///
/// # Panics
/// If an index would leave `from` or `to`.
pub(crate) fn transpose(
    from: &[f32],
    from_stride: usize,
    (rows, columns): (usize, usize),
    to: &mut [f32],
    to_stride: usize,
) {
    if rows == 0 || columns == 0 {
        return;
    }
    check(from.len(), from_stride, (rows, columns), to.len(), to_stride);
    #[cfg(target_arch = "x86_64")]
    if let Arch::V4(simd) = *ARCH {
        let (block_rows, block_columns) = (rows - rows % LINE, columns - columns % LINE);
        simd.vectorize(Blocks {
            simd,
            from,
            from_stride,
            rows: block_rows,
            columns: block_columns,
            to,
            to_stride,
        });
        if block_columns < columns {
            let (from, to) = (&from[block_columns..], &mut to[block_columns * to_stride..]);
            squares(from, from_stride, (block_rows, columns - block_columns), to, to_stride);
        }
        if block_rows < rows {
            let from = &from[block_rows * from_stride..];
            squares(
                from,
                from_stride,
                (rows - block_rows, columns),
                &mut to[block_rows..],
                to_stride,
            );
        }
        return;
    }
    squares(from, from_stride, (rows, columns), to, to_stride);
}

/// Checks that `rows` × `columns` values lie within both slices. `from` and `to` are their lengths.
fn check(
    from: usize,
    from_stride: usize,
    (rows, columns): (usize, usize),
    to: usize,
    to_stride: usize,
) {
    let read = index_after([(rows - 1, from_stride), (columns, 1)]);
    let written = index_after([(columns - 1, to_stride), (rows, 1)]);
    assert!(read <= from, "the matrix is larger than its slice");
    assert!(written <= to, "no room for the transposed matrix");
}

/// Whole blocks of 16 × 16: `rows` and `columns` are multiples of 16.
#[cfg(target_arch = "x86_64")]
struct Blocks<'a> {
    simd: V4,
    from: &'a [f32],
    from_stride: usize,
    rows: usize,
    columns: usize,
    to: &'a mut [f32],
    to_stride: usize,
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for Blocks<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Blocks { simd, from, from_stride, rows, columns, to, to_stride } = self;
        if rows == 0 || columns == 0 {
            return;
        }
        // One check for all blocks: 32 checks of each block's rows would take as long as its
        // shuffles.
        assert!(rows % LINE == 0 && columns % LINE == 0, "only whole blocks");
        check(from.len(), from_stride, (rows, columns), to.len(), to_stride);
        let avx = simd.avx512f;
        let (from, to) = (from.as_ptr(), to.as_mut_ptr());
        for i in (0..rows).step_by(LINE) {
            for j in (0..columns).step_by(LINE) {
                let row = |row: usize| {
                    from.wrapping_add((i + row) * from_stride + j).cast::<[f32; LINE]>()
                };
                // SAFETY: `check` has shown that all rows and columns lie within `from`, and the
                // block is whole.
                let x: [_; LINE] = std::array::from_fn(|k| pulp::cast(unsafe { row(k).read() }));
                // Pairs of rows are interleaved, then pairs of pairs. After that, each quarter of
                // a vector holds one column of four rows.
                let mut fours = x;
                for k in (0..LINE).step_by(4) {
                    let low = [
                        avx._mm512_unpacklo_ps(x[k], x[k + 1]),
                        avx._mm512_unpacklo_ps(x[k + 2], x[k + 3]),
                    ];
                    let high = [
                        avx._mm512_unpackhi_ps(x[k], x[k + 1]),
                        avx._mm512_unpackhi_ps(x[k + 2], x[k + 3]),
                    ];
                    for (at, [a, b]) in [(k, low), (k + 2, high)] {
                        let (a, b) = (avx._mm512_castps_pd(a), avx._mm512_castps_pd(b));
                        fours[at] = avx._mm512_castpd_ps(avx._mm512_unpacklo_pd(a, b));
                        fours[at + 1] = avx._mm512_castpd_ps(avx._mm512_unpackhi_pd(a, b));
                    }
                }
                // The quarters of four such vectors make four columns of all rows.
                for k in 0..4 {
                    let [a, b, c, d] = [fours[k], fours[k + 4], fours[k + 8], fours[k + 12]];
                    let even = [
                        avx._mm512_shuffle_f32x4::<0x88>(a, b),
                        avx._mm512_shuffle_f32x4::<0x88>(c, d),
                    ];
                    let odd = [
                        avx._mm512_shuffle_f32x4::<0xdd>(a, b),
                        avx._mm512_shuffle_f32x4::<0xdd>(c, d),
                    ];
                    let columns = [
                        (k, avx._mm512_shuffle_f32x4::<0x88>(even[0], even[1])),
                        (k + 4, avx._mm512_shuffle_f32x4::<0x88>(odd[0], odd[1])),
                        (k + 8, avx._mm512_shuffle_f32x4::<0xdd>(even[0], even[1])),
                        (k + 12, avx._mm512_shuffle_f32x4::<0xdd>(odd[0], odd[1])),
                    ];
                    for (column, values) in columns {
                        let place =
                            to.wrapping_add((j + column) * to_stride + i).cast::<[f32; LINE]>();
                        // SAFETY: as above, within `to`, which is borrowed mutably.
                        unsafe { place.write(pulp::cast(values)) };
                    }
                }
            }
        }
    }
}

/// Transposes in squares of 4 × 4, and what they leave value by value.
fn squares(
    from: &[f32],
    from_stride: usize,
    (rows, columns): (usize, usize),
    to: &mut [f32],
    to_stride: usize,
) {
    let (square_rows, square_columns) = (rows - rows % SIDE, columns - columns % SIDE);
    vectorized(|| {
        for i in (0..square_rows).step_by(SIDE) {
            let [a, b, c, d] =
                std::array::from_fn(|row| &from[(i + row) * from_stride..][..columns]);
            let strips = a
                .chunks_exact(SIDE)
                .zip(b.chunks_exact(SIDE))
                .zip(c.chunks_exact(SIDE))
                .zip(d.chunks_exact(SIDE));
            for (square, (((a, b), c), d)) in strips.enumerate() {
                for j in 0..SIDE {
                    let at = (square * SIDE + j) * to_stride + i;
                    to[at..at + SIDE].copy_from_slice(&[a[j], b[j], c[j], d[j]]);
                }
            }
        }
    });
    for i in 0..rows {
        let first = if i < square_rows { square_columns } else { 0 };
        for j in first..columns {
            to[j * to_stride + i] = from[i * from_stride + j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_that_are_too_small_are_refused() {
        for (from, to) in [(255, 256), (256, 255)] {
            let refused = std::panic::catch_unwind(|| {
                transpose(&vec![0.0; from], 16, (16, 16), &mut vec![0.0; to], 16);
            });
            assert!(refused.is_err(), "{from} values to {to}");
        }
    }

    #[test]
    fn every_value_is_in_its_place_and_no_other_is_touched() {
        for rows in [0, 1, 3, 4, 5, 17, 35] {
            for columns in [0, 1, 4, 7, 16, 39, 64] {
                let (from_stride, to_stride) = (columns + 2, rows + 3);
                let from: Vec<f32> = (0..rows * from_stride).map(|x| x as f32).collect();
                let mut to = vec![-1.0; columns * to_stride];
                transpose(&from, from_stride, (rows, columns), &mut to, to_stride);
                for (at, &value) in to.iter().enumerate() {
                    let (j, i) = (at / to_stride, at % to_stride);
                    assert_eq!(value, if i < rows { from[i * from_stride + j] } else { -1.0 });
                }
            }
        }
    }
}
