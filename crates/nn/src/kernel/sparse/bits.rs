//! Where a matrix is not zero: one bit a value.

/// Terms of a block and rows of a group: the bits of a word.
pub(super) const BITS: usize = 64;

/// For each row a word whose bit t says that term t is not zero; terms lie next to each other.
#[inline(always)]
pub(super) fn row_words(a: &[f32], row_stride: usize, rows: usize, terms: usize) -> [u64; BITS] {
    let mut words = [0; BITS];
    for (row, word) in words[..rows].iter_mut().enumerate() {
        *word = filled(&a[row * row_stride..][..terms]);
    }
    words
}

/// The same, rows lying next to each other.
#[inline(always)]
pub(super) fn column_words(a: &[f32], term_stride: usize, rows: usize, terms: usize) -> [u64; BITS] {
    let mut words = row_words(a, term_stride, terms, rows);
    transpose_bits(&mut words);
    words
}

/// One bit for each value, set where it is not zero.
#[inline(always)]
fn filled(values: &[f32]) -> u64 {
    let mut word = 0;
    for (bit, &value) in values.iter().enumerate() {
        word |= u64::from(value != 0.0) << bit;
    }
    word
}

/// Transposes a square of bits: blocks of 32 × 32 change places, then within them blocks of 16 × 16, and so on.
#[inline(always)]
fn transpose_bits(words: &mut [u64; BITS]) {
    let mut size = BITS / 2;
    // The lower half of each block's columns.
    let mut mask = u64::MAX >> size;
    while size > 0 {
        for row in (0..BITS).filter(|row| row & size == 0) {
            let exchanged = (words[row] >> size ^ words[row + size]) & mask;
            words[row] ^= exchanged << size;
            words[row + size] ^= exchanged;
        }
        size /= 2;
        mask ^= mask << size;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_say_what_is_not_zero() {
        // 3 rows of 4 terms, 5 apart.
        let a = [1.0, 0.0, 2.0, 0.0, 9.0, -0.0, 0.0, 0.0, -1.0, 9.0, f32::NAN, 1e-40, 0.0, 0.0];
        assert_eq!(row_words(&a, 5, 3, 4)[..4], [0b0101, 0b1000, 0b0011, 0]);
        assert_eq!(column_words(&a, 5, 4, 3)[..5], [0b101, 0b100, 0b001, 0b010, 0]);
    }

    #[test]
    fn bits_are_transposed() {
        let mut words: [u64; BITS] = std::array::from_fn(|row| (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let before = words;
        transpose_bits(&mut words);
        for (row, word) in words.iter().enumerate() {
            for (column, before) in before.iter().enumerate() {
                assert_eq!(word >> column & 1, before >> row & 1, "{row}, {column}");
            }
        }
    }
}
