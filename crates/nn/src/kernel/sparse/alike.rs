//! Rows of A that hold the same values in a run of terms: what these give is computed once and
//! added to each of them.

use super::bits::BITS;

/// Where rows of A are alike, in runs of terms of the same length.
#[derive(Clone, Copy)]
pub(crate) struct AlikeRows<'a> {
    /// For each 64 rows, for each run, the rows that hold the same values in it.
    pub(crate) sets: &'a [u64],
    pub(crate) runs: usize,
    /// Terms of a run: [`LEAST_RUN`] or more.
    pub(crate) run: usize,
    /// Rows before A's first that `sets` begin with.
    pub(crate) before: usize,
}

/// The shortest run that makes up for being computed by itself.
pub(crate) const LEAST_RUN: usize = 8;

/// Runs that a block of terms may touch.
const RUNS: usize = BITS / LEAST_RUN + 1;

/// Runs of a block of terms in which some rows of a group are alike.
#[derive(Default)]
pub(super) struct Shared {
    runs: [Run; RUNS],
    count: usize,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Run {
    /// The rows that share it, a bit each.
    pub(super) rows: u64,
    /// Its terms that are not zero.
    pub(super) word: u64,
}

impl AlikeRows<'_> {
    /// Takes the runs of the block of `terms` terms from `first` on that rows of the group from
    /// `row` on share out of these rows' `words`.
    #[inline(always)]
    pub(super) fn take(
        &self,
        words: &mut [u64],
        row: usize,
        (first, terms): (usize, usize),
    ) -> Shared {
        let mut shared = Shared::default();
        for run in first / self.run..(first + terms).div_ceil(self.run) {
            let rows = self.rows(row, run) & u64::MAX >> (BITS - words.len());
            if rows == 0 {
                continue;
            }
            let (start, end) = (
                (run * self.run).max(first) - first,
                ((run + 1) * self.run).min(first + terms) - first,
            );
            let bits = u64::MAX >> (BITS - (end - start)) << start;
            shared.runs[shared.count] =
                Run { rows, word: words[rows.trailing_zeros() as usize] & bits };
            shared.count += 1;
            bits_of(rows).for_each(|row| words[row] &= !bits);
        }
        shared
    }

    /// The rows from `row` on that are alike in a run. Whether a row counts does not depend on
    /// which rows A has, so that no bit of C does: rows are divided among threads.
    #[inline(always)]
    fn rows(&self, row: usize, run: usize) -> u64 {
        let (group, shift) = ((self.before + row) / BITS, (self.before + row) % BITS);
        let set = |group: usize| match self.sets.get(group * self.runs + run) {
            Some(&set) if set.count_ones() > 1 => set,
            _ => 0,
        };
        let behind = if shift > 0 { set(group + 1) << (BITS - shift) } else { 0 };
        set(group) >> shift | behind
    }
}

impl Shared {
    pub(super) fn runs(&self) -> &[Run] {
        &self.runs[..self.count]
    }
}

/// The places of a word's bits.
#[inline(always)]
pub(super) fn bits_of(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            bit
        })
    })
}
