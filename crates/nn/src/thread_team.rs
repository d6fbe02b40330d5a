//! A team of threads that a layer divides its work over.
//!
//! Work is divided by what is written: every part of an output belongs to one thread, which
//! computes it as one thread alone would. No sum is split, so results are the same, bit for bit,
//! for any number of threads.
//!
//! With one thread everything runs on the caller: nothing is allocated and nothing locked. With
//! more, a network's step enters the team's pool once ([`ThreadTeam::enter`]), and inside it a division
//! is a `rayon::join` or two: the caller takes the first part itself, and what no other thread has
//! taken by then too.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder, Yield};

use crate::buffer::LINE;

/// Some threads that work on one thing.
pub(crate) struct ThreadTeam {
    threads: usize,
    /// None where there is one thread.
    pool: Option<ThreadPool>,
}

/// Least cost, in multiply-adds, of what one thread does in a division: about a microsecond's work
/// on a core with AVX-512, where a thread that looks out begins its part 0.6 to 0.7 µs after the
/// division.
const LEAST_COST: usize = 1 << 16;

/// Looks for work, a few nanoseconds each, after which a thread that found none lets others have
/// its core.
const LOOKS: usize = 1000;

/// What passing over one value costs, in multiply-adds of a matrix product: memory is slower than
/// arithmetic (8,192 values take 1.2 µs, 65,536 multiply-adds 1.1 µs).
pub(crate) const VALUE_COST: usize = 8;

impl ThreadTeam {
    /// # Panics
    /// If there are no threads, or the system refuses more.
    pub(crate) fn new(threads: usize) -> Self {
        assert!(threads > 0, "a team of no threads");
        let pool = (threads > 1).then(|| {
            let builder = ThreadPoolBuilder::new().num_threads(threads);
            builder
                .thread_name(|index| format!("team {index}"))
                .build()
                .expect("the system has threads left")
        });
        ThreadTeam { threads, pool }
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Does `work` on one of the team's threads, while the others look out for their part of its
    /// divisions: a thread that sleeps takes tens of microseconds to wake.
    pub(crate) fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let Some(pool) = &self.pool else { return work() };
        // Inside already.
        if pool.current_thread_index().is_some() {
            return work();
        }
        let is_over = &AtomicBool::new(false);
        pool.install(|| {
            rayon::scope(|scope| {
                let here = rayon::current_thread_index();
                scope.spawn_broadcast(move |_, context| {
                    if Some(context.index()) != here {
                        look_out(is_over);
                    }
                });
                let _end = Raise(is_over);
                work()
            })
        })
    }

    /// Divides `rows` rows, which cost about `row_cost` multiply-adds each, into one part a thread,
    /// or fewer where little is to be done, and calls `work(rows of the part, part of out)` for
    /// each. Every part but the last is a multiple of `tile` rows.
    ///
    /// # Panics
    /// If `out` has other than `rows` rows, or fewer scratches than the team has threads.
    pub(crate) fn divide<P: Divisible>(
        &self,
        rows: usize,
        tile: usize,
        row_cost: usize,
        out: P,
        work: impl Fn(Range<usize>, P) + Sync,
    ) {
        out.check(rows, self.threads);
        let parts =
            (rows.saturating_mul(row_cost) / LEAST_COST).min(rows / tile).clamp(1, self.threads);
        match &self.pool {
            Some(pool) if parts > 1 => pool.install(|| halve(0..rows, tile, parts, out, &work)),
            _ => work(0..rows, out),
        }
    }

    /// [`divide`](Self::divide) for single values that cost `value_cost` each: `work(first value,
    /// part of out)`.
    pub(crate) fn values<T: Send>(
        &self,
        out: &mut [T],
        value_cost: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        self.rows(out, 1, LINE, value_cost, work);
    }

    /// [`divide`](Self::divide) for one output whose rows have `row_len` values: `work(first row,
    /// part of out)`.
    pub(crate) fn rows<T: Send>(
        &self,
        out: &mut [T],
        row_len: usize,
        tile: usize,
        row_cost: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let rows = out.len().div_ceil(row_len);
        self.divide(rows, tile, row_cost, OutputRows { values: out, row_len }, |rows, part| {
            work(rows.start, part.values)
        });
    }

    /// [`rows`](Self::rows) with a scratch for each thread: `work(first row, part of out,
    /// scratch)`.
    pub(crate) fn rows_with<T: Send, S: Send>(
        &self,
        out: &mut [T],
        row_len: usize,
        tile: usize,
        row_cost: usize,
        scratches: &mut [S],
        work: impl Fn(usize, &mut [T], &mut S) + Sync,
    ) {
        let rows = out.len().div_ceil(row_len);
        let out = (OutputRows { values: out, row_len }, Scratches(scratches));
        self.divide(rows, tile, row_cost, out, |rows, (part, scratches)| {
            work(rows.start, part.values, &mut scratches.0[0]);
        });
    }
}

/// Does what is to be done in this thread's pool until `is_over`.
fn look_out(is_over: &AtomicBool) {
    let mut idle = 0;
    while !is_over.load(Ordering::Acquire) {
        if rayon::yield_now() == Some(Yield::Executed) {
            idle = 0;
            continue;
        }
        idle += 1;
        // Where there are more threads than cores, somebody else may have to go on first.
        if idle % LOOKS == 0 { std::thread::yield_now() } else { std::hint::spin_loop() }
    }
}

/// Sets a flag when it is dropped, in a panic too.
struct Raise<'a>(&'a AtomicBool);

impl Drop for Raise<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// `parts` parts of `rows`, of equal size but for the tiles.
fn halve<P: Divisible>(
    rows: Range<usize>,
    tile: usize,
    parts: usize,
    out: P,
    work: &(impl Fn(Range<usize>, P) + Sync),
) {
    if parts == 1 {
        return work(rows, out);
    }
    let first = parts / 2;
    let tiles = rows.len() / tile;
    let len = tile * (tiles * first).div_ceil(parts);
    let middle = rows.start + len;
    let (before, after) = out.split(len, first);
    rayon::join(
        || halve(rows.start..middle, tile, first, before, work),
        || halve(middle..rows.end, tile, parts - first, after, work),
    );
}

/// What is written, to be divided by rows. A pair is divided into pairs.
pub(crate) trait Divisible: Send + Sized {
    /// The first `rows` rows, on which `parts` threads will work, and the rest.
    fn split(self, rows: usize, parts: usize) -> (Self, Self);
    /// # Panics
    /// If this can't be divided into `rows` rows or over `threads` threads.
    fn check(&self, rows: usize, threads: usize);
}

/// OutputRows of `row_len` values; the last may be shorter. With a `row_len` of 0 there are none, however
/// often it is divided.
pub(crate) struct OutputRows<'a, T> {
    pub(crate) values: &'a mut [T],
    pub(crate) row_len: usize,
}

/// At least one scratch for each thread; a part of the work has one or more.
pub(crate) struct Scratches<'a, S>(pub(crate) &'a mut [S]);

impl<T: Send> Divisible for OutputRows<'_, T> {
    fn split(self, rows: usize, _: usize) -> (Self, Self) {
        let row_len = self.row_len;
        let (before, after) = self.values.split_at_mut((rows * row_len).min(self.values.len()));
        (OutputRows { values: before, row_len }, OutputRows { values: after, row_len })
    }

    fn check(&self, rows: usize, _: usize) {
        let (len, row_len) = (self.values.len(), self.row_len);
        assert!(
            len <= rows * row_len && len + row_len >= rows * row_len,
            "{len} values in {rows} rows of {row_len}"
        );
    }
}

impl<S: Send> Divisible for Scratches<'_, S> {
    fn split(self, _: usize, parts: usize) -> (Self, Self) {
        let (before, after) = self.0.split_at_mut(parts);
        (Scratches(before), Scratches(after))
    }

    fn check(&self, _: usize, threads: usize) {
        assert!(self.0.len() >= threads, "{} scratches for {threads} threads", self.0.len());
    }
}

impl<A: Divisible, B: Divisible> Divisible for (A, B) {
    fn split(self, rows: usize, parts: usize) -> (Self, Self) {
        let ((a, c), (b, d)) = (self.0.split(rows, parts), self.1.split(rows, parts));
        ((a, b), (c, d))
    }

    fn check(&self, rows: usize, threads: usize) {
        self.0.check(rows, threads);
        self.1.check(rows, threads);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So costly that every division is made.
    const MUCH: usize = LEAST_COST;

    #[test]
    fn every_row_is_worked_on_once_and_parts_begin_at_tiles() {
        for threads in 1..7 {
            let team = ThreadTeam::new(threads);
            for rows in [0, 1, 7, 8, 9, 31, 64, 100] {
                for tile in [1, 4, 8] {
                    let mut out = vec![0; 3 * rows];
                    let mut parts = vec![0; threads];
                    team.rows_with(&mut out, 3, tile, MUCH, &mut parts, |first, part, times| {
                        assert_eq!(first % tile, 0);
                        for (at, value) in part.iter_mut().enumerate() {
                            *value += 3 * first + at + 1;
                        }
                        *times += 1;
                    });
                    assert!(
                        out.iter().copied().eq(1..=3 * rows),
                        "{threads} threads, {rows} rows, tile {tile}"
                    );
                    // As many parts as threads, each with a scratch of its own, where there are
                    // tiles for all.
                    let expected = threads.min(rows / tile).max(1);
                    assert_eq!(
                        parts.iter().sum::<usize>(),
                        expected,
                        "{threads} threads, {rows} rows, tile {tile}"
                    );
                    assert!(parts.iter().all(|&times| times <= 1));
                }
            }
        }
    }

    #[test]
    fn parts_are_nearly_equal() {
        let team = ThreadTeam::new(5);
        let mut parts = [0; 5];
        team.rows_with(&mut [0; 64], 1, 4, MUCH, &mut parts, |_, part, len| *len = part.len());
        assert_eq!(parts, [16, 12, 12, 12, 12]);
    }

    #[test]
    fn threads_work_side_by_side_and_little_work_stays_where_it_is() {
        let team = ThreadTeam::new(2);
        let barrier = std::sync::Barrier::new(2);
        // Two parts meet at the barrier only if both are under way at once.
        team.rows(&mut [0; 2], 1, 1, LEAST_COST, |_, _| {
            barrier.wait();
        });
        let caller = std::thread::current().id();
        team.rows(&mut [0; 2], 1, 1, LEAST_COST - 1, |_, part| {
            assert_eq!((part.len(), std::thread::current().id()), (2, caller));
        });
        let index = team.enter(rayon::current_thread_index);
        assert!(index.is_some());
    }

    #[test]
    fn pairs_are_divided_alike() {
        let (mut wide, mut narrow) = (vec![0; 20], vec![0; 10]);
        let out = (
            OutputRows { values: &mut wide[..], row_len: 2 },
            OutputRows { values: &mut narrow[..], row_len: 1 },
        );
        ThreadTeam::new(3).divide(10, 1, MUCH, out, |rows, (wide, narrow)| {
            assert_eq!((wide.values.len(), narrow.values.len()), (2 * rows.len(), rows.len()));
            narrow.values.iter_mut().zip(rows).for_each(|(value, row)| *value = row);
        });
        assert!(narrow.into_iter().eq(0..10));
    }

    #[test]
    #[should_panic(expected = "1 scratches for 2 threads")]
    fn a_scratch_too_few_is_refused() {
        ThreadTeam::new(2).rows_with(&mut [0; 2], 1, 1, 1, &mut [()], |_, _, ()| {});
    }
}
