//! Prefetches memory that will be used soon, where the processor's own prefetchers don't foresee
//! it: many rows at once, or a stream that pauses.
//!
//! Lines are prefetched into L2. L1 has no room for them, because a kernel's operands fill it, and
//! lines that come too early would evict those. Measured against a prefetch into L1: network 8
//! takes 0.96 of the time in its first steps and 0.93 in later epochs, small networks take 0.97 to
//! 0.99.

use crate::buffer::LINE;

/// Prefetches the cache line at `at` into L2. The address need not be valid. Does nothing where
/// Rust has no stable instruction for it.
#[inline(always)]
pub(super) fn prefetch<T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that the program sees and never faults.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Rows of values that a kernel prefetches while it computes. It counts turns, and each turn
/// prefetches one row.
#[derive(Clone, Copy)]
pub(crate) struct PrefetchPlan {
    first: *const f32,
    /// From row to row.
    stride: usize,
    /// Cache lines of a row.
    lines: usize,
    /// The turn of the first row.
    turn: usize,
    /// The number of rows.
    rows: usize,
}

impl PrefetchPlan {
    pub(crate) const NOTHING: Self =
        PrefetchPlan { first: std::ptr::null(), stride: 0, lines: 0, turn: 0, rows: 0 };

    /// `rows` rows of `len` values, `stride` apart, the first of them at `first`. The addresses
    /// need not be valid.
    pub(crate) fn rows(first: *const f32, stride: usize, rows: usize, len: usize) -> Self {
        PrefetchPlan { first, stride, lines: len.div_ceil(LINE), turn: 0, rows }
    }

    /// `len` values from `first` on, divided over `turns` turns.
    pub(crate) fn divided(first: *const f32, len: usize, turns: usize) -> Self {
        let lines = len.div_ceil(LINE).div_ceil(turns);
        PrefetchPlan { first, stride: lines * LINE, lines, turn: 0, rows: turns }
    }

    /// The same rows, but the first of them in this turn.
    pub(crate) fn beginning_at(self, turn: usize) -> Self {
        PrefetchPlan { turn, ..self }
    }

    /// Prefetches this turn's row, if it has one.
    #[inline(always)]
    pub(super) fn prefetch_row(&self, turn: usize) {
        let row = turn.wrapping_sub(self.turn);
        if row < self.rows {
            let row = self.first.wrapping_add(row * self.stride);
            for line in 0..self.lines {
                prefetch(row.wrapping_add(line * LINE));
            }
        }
    }

    /// [`prefetch_row`](Self::prefetch_row) for a plan whose rows have `LINES` cache lines and
    /// begin in turn 0, so that the compiler knows both.
    #[inline(always)]
    pub(super) fn prefetch_lines<const LINES: usize>(&self, turn: usize) {
        if turn < self.rows {
            let row = self.first.wrapping_add(turn * self.stride);
            for line in 0..LINES {
                prefetch(row.wrapping_add(line * LINE));
            }
        }
    }
}

/// Prefetches all of `bytes`.
#[inline(always)]
pub(crate) fn prefetch_bytes(bytes: &[u8]) {
    for line in bytes.chunks(64) {
        prefetch(line.as_ptr());
    }
}
