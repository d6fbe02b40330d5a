//! The gradient of a bias: db = Σ dy over the batch, and over the pixels of a convolution.

use pulp::{Simd, WithSimd};

use crate::buffer::LINE;
use crate::kernel::ARCH;

/// Adds the rows of `rows`, `[count, len]`, to `sum`, `[len]`, from the first to the last.
pub(crate) fn add_rows(rows: &[f32], sum: &mut [f32]) {
    ARCH.dispatch(AddRows { rows, sum });
}

struct AddRows<'a> {
    rows: &'a [f32],
    sum: &'a mut [f32],
}

impl WithSimd for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let AddRows { rows, sum } = self;
        let len = sum.len();
        // An addition to a sum in memory waits for the last store. Many sums can wait side by side;
        // few sums are kept in registers instead.
        let in_registers = if len <= FEW_SUMS { len - len % REGISTER_SUMS } else { 0 };
        let (strips, others) = sum.split_at_mut(in_registers);
        for (index, strip) in strips.chunks_exact_mut(REGISTER_SUMS).enumerate() {
            let mut sums = [[0.0; LINE]; REGISTER_SUMS / LINE];
            sums.as_flattened_mut().copy_from_slice(strip);
            for row in rows.chunks_exact(len) {
                let row = &row[index * REGISTER_SUMS..][..REGISTER_SUMS];
                for (sums, row) in sums.iter_mut().zip(row.chunks_exact(LINE)) {
                    for (sum, &value) in sums.iter_mut().zip(row) {
                        *sum += value;
                    }
                }
            }
            strip.copy_from_slice(sums.as_flattened());
        }
        if !others.is_empty() {
            for row in rows.chunks_exact(len) {
                for (sum, &value) in others.iter_mut().zip(&row[in_registers..]) {
                    *sum += value;
                }
            }
        }
    }
}

/// Sums that are kept in registers at once.
const REGISTER_SUMS: usize = 2 * LINE;

/// The most sums that gain from being kept in registers.
const FEW_SUMS: usize = 8 * LINE;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_added_in_order() {
        for len in [1, 10, 31, 32, 40, 64, 127, 128, 129, 300] {
            for count in [0, 1, 2, 7, 100] {
                // Fractions, so that sums in another order would differ.
                let rows: Vec<f32> =
                    (0..count * len).map(|i| (i % 23) as f32 / (1 + i % 7) as f32).collect();
                let start: Vec<f32> = (0..len).map(|i| i as f32 / 3.0).collect();
                let mut sum = start.clone();
                add_rows(&rows, &mut sum);
                for (column, &start) in start.iter().enumerate() {
                    let expected =
                        (0..count).fold(start, |sum, row| sum + rows[row * len + column]);
                    assert_eq!(sum[column], expected, "{count} rows of {len}, column {column}");
                }
            }
        }
    }
}
