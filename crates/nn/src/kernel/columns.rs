//! Gathers the columns of a matrix that are not all zero side by side, and spreads them to their
//! places again.
//!
//! After a few steps, about half of the units of network 8's first dense layer are zero for every
//! image of a batch, and so is the gradient of their weights. A product with the other half takes
//! half of the time.
//!
//! Loop order of spreading: rows, then vectors of columns. With AVX-512, the gathered values of a
//! vector are read at once, and an expand instruction moves them to their places. On other
//! instruction sets, values are copied one by one.

#[cfg(target_arch = "x86_64")]
use pulp::{Arch, NullaryFnOnce, x86::V4};

#[cfg(target_arch = "x86_64")]
use super::ARCH;
use super::vectorized;
use crate::buffer::LINE;

/// Which columns of a matrix are filled, that is, have a value that is not zero.
pub(crate) struct FilledColumns {
    /// For each column, the bits of all its values combined by OR, without their signs.
    bits: Vec<u32>,
    /// The filled columns, in order.
    columns: Vec<u32>,
    /// For each 16 columns, a mask of the filled ones, and how many columns before them are filled.
    lines: Vec<(u16, usize)>,
}

impl FilledColumns {
    /// For matrices of `len` columns. No column counts as filled before [`find`](Self::find).
    pub(crate) fn new(len: usize) -> Self {
        FilledColumns {
            bits: vec![0; len],
            columns: Vec::with_capacity(len),
            lines: Vec::with_capacity(len / LINE + 1),
        }
    }

    /// Bytes of the memory of [`new`](Self::new).
    pub(crate) fn bytes(len: usize) -> usize {
        2 * len * size_of::<u32>() + (len / LINE + 1) * size_of::<(u16, usize)>()
    }

    /// Finds the filled columns of `rows`, `[count, len]`.
    pub(crate) fn find(&mut self, rows: &[f32]) {
        let FilledColumns { bits, columns, lines } = self;
        bits.fill(0);
        vectorized(|| {
            for row in rows.chunks_exact(bits.len()) {
                for (bits, x) in bits.iter_mut().zip(row) {
                    *bits |= x.to_bits() << 1;
                }
            }
        });
        columns.clear();
        lines.clear();
        for (line, bits) in bits.chunks(LINE).enumerate() {
            let before = columns.len();
            let filled = (0..bits.len()).filter(|&bit| bits[bit] != 0);
            let mask = filled.fold(0, |mask, bit| {
                columns.push((line * LINE + bit) as u32);
                mask | 1 << bit
            });
            lines.push((mask, before));
        }
    }

    /// Length of a gathered row: the number of filled columns, rounded up to a whole cache line.
    pub(crate) fn width(&self) -> usize {
        self.columns.len().next_multiple_of(LINE)
    }

    /// Copies the filled columns of `rows`, `[count, len]`, to `gathered`, `[count, width]`. The
    /// rest of a gathered row's last line is zero.
    pub(crate) fn gather(&self, rows: &[f32], gathered: &mut [f32]) {
        if self.columns.is_empty() {
            return;
        }
        for (row, to) in
            rows.chunks_exact(self.bits.len()).zip(gathered.chunks_exact_mut(self.width()))
        {
            let (filled, rest) = to.split_at_mut(self.columns.len());
            filled
                .iter_mut()
                .zip(&self.columns)
                .for_each(|(to, &column)| *to = row[column as usize]);
            rest.fill(0.0);
        }
    }

    /// The opposite of `gather`: copies `gathered`, `[count, width]`, to the filled columns of
    /// `rows`, `[count, len]`. The other columns become zero.
    ///
    /// # Panics
    /// If `gathered` and `rows` differ in the number of rows.
    pub(crate) fn spread(&self, gathered: &[f32], rows: &mut [f32]) {
        let (len, width) = (self.bits.len(), self.width());
        let count = rows.len() / len;
        assert!(
            gathered.len() == count * width,
            "{} values in {count} rows of {width}",
            gathered.len()
        );
        if width == 0 {
            return rows.fill(0.0);
        }
        #[cfg(target_arch = "x86_64")]
        if let Arch::V4(simd) = *ARCH {
            return simd.vectorize(Spread { simd, columns: self, gathered, rows });
        }
        for (from, row) in gathered.chunks_exact(width).zip(rows.chunks_exact_mut(len)) {
            row.fill(0.0);
            self.columns.iter().zip(from).for_each(|(&column, &x)| row[column as usize] = x);
        }
    }
}

#[cfg(target_arch = "x86_64")]
struct Spread<'a> {
    simd: V4,
    columns: &'a FilledColumns,
    gathered: &'a [f32],
    rows: &'a mut [f32],
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Spread { simd, columns, gathered, rows } = self;
        let avx = simd.avx512f;
        let len = columns.bits.len();
        for (from, row) in gathered.chunks_exact(columns.width()).zip(rows.chunks_exact_mut(len)) {
            for (&(mask, before), to) in columns.lines.iter().zip(row.chunks_mut(LINE)) {
                let neighbours = (1u32 << mask.count_ones()) - 1;
                // SAFETY: a row of `gathered` has a value for each filled column. Those of this
                // line begin at `before`, and the mask reads no others.
                let values = unsafe {
                    avx._mm512_maskz_loadu_ps(neighbours as u16, from.as_ptr().wrapping_add(before))
                };
                let values: [f32; LINE] = pulp::cast(avx._mm512_maskz_expand_ps(mask, values));
                match to.first_chunk_mut::<LINE>() {
                    Some(to) => *to = values,
                    None => to.copy_from_slice(&values[..to.len()]),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filled_columns_are_gathered_and_come_back_to_their_places() {
        for len in [1, 7, 16, 33, 48, 130] {
            for every in [1, 2, 3, 17, 500] {
                let count = 5;
                // A filled column has a value in one row only, so that the test fails if a row is
                // left out. All other values are zeros of both signs.
                let is_filled = |column: usize| column % every == every / 2;
                let value = |row: usize, column: usize| match is_filled(column)
                    && (row + column).is_multiple_of(count)
                {
                    true => (row * len + column + 1) as f32,
                    false => [0.0, -0.0][column % 2],
                };
                let rows: Vec<f32> = (0..count * len).map(|at| value(at / len, at % len)).collect();
                let mut filled = FilledColumns::new(len);
                // The second call must forget what the first one found.
                filled.find(&vec![1.0; len]);
                filled.find(&rows);
                let expected = (0..len).filter(|&column| is_filled(column)).count();
                assert_eq!(
                    filled.width(),
                    expected.next_multiple_of(LINE),
                    "{len} columns, every {every}th"
                );
                let mut gathered = vec![f32::NAN; count * filled.width()];
                filled.gather(&rows, &mut gathered);
                let sum = |values: &[f32]| values.iter().sum::<f32>();
                assert_eq!(sum(&gathered), sum(&rows));
                let mut spread = vec![f32::NAN; count * len];
                filled.spread(&gathered, &mut spread);
                assert_eq!(spread, rows, "{len} columns, every {every}th");
            }
        }
    }

    #[test]
    fn nan_and_subnormal_numbers_fill_their_columns() {
        let mut filled = FilledColumns::new(3);
        filled.find(&[0.0, f32::NAN, 1e-40]);
        assert_eq!(filled.columns, [1, 2]);
    }
}
