//! Bit masks of the values of a matrix that are not zero.

use pulp::{Simd, bytemuck};

/// The bits of a word, and so the terms of a block and the rows of a group.
pub(super) const BITS: usize = 64;

/// For each row a word whose bit t says that term t is not zero. For matrices whose terms lie next
/// to each other.
#[inline(always)]
pub(super) fn row_words<S: Simd>(
    simd: S,
    a: &[f32],
    row_stride: usize,
    rows: usize,
    terms: usize,
) -> [u64; BITS] {
    let mut words = [0; BITS];
    for (row, word) in words[..rows].iter_mut().enumerate() {
        *word = filled(simd, &a[row * row_stride..][..terms]);
    }
    words
}

/// [`row_words`] for matrices whose rows lie next to each other.
#[inline(always)]
pub(super) fn column_words<S: Simd>(
    simd: S,
    a: &[f32],
    term_stride: usize,
    rows: usize,
    terms: usize,
) -> [u64; BITS] {
    let mut words = row_words(simd, a, term_stride, terms, rows);
    transpose_bits(&mut words);
    words
}

/// One bit for each value, set where it is not zero.
#[inline(always)]
fn filled<S: Simd>(simd: S, values: &[f32]) -> u64 {
    // Most blocks are full. Their constant length is read without counting values.
    match <&[f32; BITS]>::try_from(values) {
        Ok(values) => bits(simd, values),
        Err(_) => bits(simd, values),
    }
}

/// [`filled`], inlined for each length that the compiler knows.
#[inline(always)]
fn bits<S: Simd>(simd: S, values: &[f32]) -> u64 {
    let mut word = 0;
    // The masks of AVX-512 are such bits already.
    if size_of::<S::m32s>() == size_of::<u16>() {
        let (vectors, last) = S::as_simd_f32s(values);
        let zeros =
            |vector| bytemuck::cast::<_, u16>(simd.equal_f32s(vector, simd.splat_f32s(0.0)));
        for (index, &vector) in vectors.iter().enumerate() {
            word |= u64::from(!zeros(vector)) << (index * S::F32_LANES);
        }
        if !last.is_empty() {
            word |=
                u64::from(!zeros(simd.partial_load_f32s(last))) << (vectors.len() * S::F32_LANES);
        }
    } else {
        for (bit, &value) in values.iter().enumerate() {
            word |= u64::from(value != 0.0) << bit;
        }
    }
    word
}

/// Transposes a square of bits: swaps blocks of 32 × 32, then blocks of 16 × 16 within them, and so
/// on.
#[inline(always)]
fn transpose_bits(words: &mut [u64; BITS]) {
    exchange::<32>(words);
    exchange::<16>(words);
    exchange::<8>(words);
    exchange::<4>(words);
    exchange::<2>(words);
    exchange::<1>(words);
}

/// In each square of 2 × 2 blocks of `SIZE` × `SIZE` bits, swaps the block above right with the one
/// below left.
#[inline(always)]
fn exchange<const SIZE: usize>(words: &mut [u64; BITS]) {
    // SIZE ones, SIZE zeros, and so on: every other block.
    let mask = u64::MAX / ((1 << SIZE) + 1);
    for pair in words.chunks_exact_mut(2 * SIZE) {
        let (upper, lower) = pair.split_at_mut(SIZE);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            let exchanged = (*upper >> SIZE ^ *lower) & mask;
            *upper ^= exchanged << SIZE;
            *lower ^= exchanged;
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::kernel::ARCH;

    /// The words of rows, and of columns of the same matrix.
    struct Words<'a> {
        a: &'a [f32],
        stride: usize,
        rows: usize,
        terms: usize,
    }

    impl WithSimd for Words<'_> {
        type Output = [[u64; BITS]; 2];

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let Words { a, stride, rows, terms } = self;
            [row_words(simd, a, stride, rows, terms), column_words(simd, a, stride, terms, rows)]
        }
    }

    #[test]
    fn bits_say_what_is_not_zero() {
        // 3 rows of 4 terms. Rows are 5 values apart.
        let a = [1.0, 0.0, 2.0, 0.0, 9.0, -0.0, 0.0, 0.0, -1.0, 9.0, f32::NAN, 1e-40, 0.0, 0.0];
        let [rows, columns] = ARCH.dispatch(Words { a: &a, stride: 5, rows: 3, terms: 4 });
        assert_eq!(rows[..4], [0b0101, 0b1000, 0b0011, 0]);
        assert_eq!(columns[..5], [0b101, 0b100, 0b001, 0b010, 0]);
    }

    #[test]
    fn every_value_has_its_bit() {
        for terms in 1..=BITS {
            for term in 0..terms {
                // Values after the terms must set no bits.
                let mut a = [1.0; BITS + 1];
                a[..terms].fill(0.0);
                a[term] = 1e-40;
                let [rows, _] = ARCH.dispatch(Words { a: &a, stride: BITS, rows: 1, terms });
                assert_eq!(rows[0], 1 << term, "{term} of {terms}");
            }
        }
    }

    #[test]
    fn bits_are_transposed() {
        let mut words: [u64; BITS] =
            std::array::from_fn(|row| (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let before = words;
        transpose_bits(&mut words);
        for (row, word) in words.iter().enumerate() {
            for (column, before) in before.iter().enumerate() {
                assert_eq!(word >> column & 1, before >> row & 1, "{row}, {column}");
            }
        }
    }
}
