//! A team of threads that a layer divides its work over.
//!
//! Work is divided by outputs: each part of an output belongs to one thread, which computes it as a
//! single thread would. No sum is split, so any number of threads gives the same bits.
//!
//! With one thread, all work runs on the caller's thread, without allocations or locks. With more,
//! a network's step enters the team's pool once ([`ThreadTeam::enter`]). Inside the pool, work is
//! divided by a `rayon::join` or two: the caller does the first part itself, and then the parts
//! that no other thread has taken.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder, Yield};

use crate::buffer::LINE;

/// Threads that work on one network together.
pub(crate) struct ThreadTeam {
    threads: usize,
    /// None if there is one thread.
    pool: Option<ThreadPool>,
}

/// The least cost, in multiply-adds, of the part that one thread gets: about 1 µs of work on a core
/// with AVX-512. A thread that spins begins its part 0.6 to 0.7 µs after the work is divided.
const LEAST_COST: usize = 1 << 16;

/// How often a thread looks for work, for a few nanoseconds each time, before it lets other threads
/// have its core.
const SPINS: usize = 1000;

/// The cost of reading and writing one value, in multiply-adds of a matrix product. Memory is
/// slower than arithmetic: 8,192 values take 1.2 µs, 65,536 multiply-adds 1.1 µs.
pub(crate) const VALUE_COST: usize = 8;

impl ThreadTeam {
    /// # Panics
    /// If `threads` is 0, or the system refuses more threads.
    pub(crate) fn new(threads: usize) -> Self {
        Self::try_new(threads).expect("the system has threads left")
    }

    /// Like [`new`](Self::new), but fails if the system refuses more threads.
    pub(crate) fn try_new(threads: usize) -> io::Result<Self> {
        assert!(threads > 0, "a team of no threads");
        let pool = (threads > 1).then(|| {
            let builder = ThreadPoolBuilder::new().num_threads(threads);
            builder.thread_name(|index| format!("team {index}")).build()
        });
        let pool = pool.transpose().map_err(io::Error::other)?;
        Ok(ThreadTeam { threads, pool })
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Does `work` on one of the team's threads. Meanwhile the other threads spin and wait for
    /// their parts of it, because a thread that sleeps takes tens of microseconds to wake.
    pub(crate) fn enter<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let Some(pool) = &self.pool else { return work() };
        // The caller is one of the team's threads already.
        if pool.current_thread_index().is_some() {
            return work();
        }
        let is_over = &AtomicBool::new(false);
        pool.install(|| {
            rayon::scope(|scope| {
                let here = rayon::current_thread_index();
                scope.spawn_broadcast(move |_, context| {
                    if Some(context.index()) != here {
                        spin(is_over);
                    }
                });
                let _end = SetOnDrop(is_over);
                work()
            })
        })
    }

    /// Divides `rows` rows, which cost about `row_cost` multiply-adds each, into one part per
    /// thread, or into fewer parts if there is little work. Calls `work(rows of the part, part of
    /// out)` for each part. Every part but the last is a multiple of `tile` rows.
    ///
    /// # Panics
    /// If `out` does not have `rows` rows, or has fewer scratches than the team has threads.
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

    /// [`divide`](Self::divide) for single values that cost `value_cost` each. Calls `work(first
    /// value, part of out)`.
    pub(crate) fn values<T: Send>(
        &self,
        out: &mut [T],
        value_cost: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        self.rows(out, 1, LINE, value_cost, work);
    }

    /// [`divide`](Self::divide) for one output whose rows have `row_len` values. Calls `work(first
    /// row, part of out)`.
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

    /// [`rows`](Self::rows) with a scratch for each thread. Calls `work(first row, part of out,
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

/// Does this thread's parts of the pool's work until `is_over`.
fn spin(is_over: &AtomicBool) {
    let mut idle = 0;
    while !is_over.load(Ordering::Acquire) {
        if rayon::yield_now() == Some(Yield::Executed) {
            idle = 0;
            continue;
        }
        idle += 1;
        // If there are more threads than cores, another thread may need this core to go on.
        if idle % SPINS == 0 { std::thread::yield_now() } else { std::hint::spin_loop() }
    }
}

/// Sets a flag when it is dropped, also if `work` panics.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Divides `rows` into `parts` parts, as equal as whole tiles allow, and calls `work` for each.
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

/// An output, or scratch memory, that can be divided by rows. A pair is divided into pairs.
pub(crate) trait Divisible: Send + Sized {
    /// Splits off the first `rows` rows, which `parts` threads will work on.
    fn split(self, rows: usize, parts: usize) -> (Self, Self);

    /// # Panics
    /// If this can't be divided into `rows` rows or over `threads` threads.
    fn check(&self, rows: usize, threads: usize);
}

/// Rows of `row_len` values. The last may be shorter. A `row_len` of 0 is for an output without
/// values, which can be divided into any number of rows.
pub(crate) struct OutputRows<'a, T> {
    pub(crate) values: &'a mut [T],
    pub(crate) row_len: usize,
}

/// Scratch memory: at least one scratch for each thread. Each part of the work gets one or more.
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

    /// A cost per row that is high enough for one part per thread.
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
                    // There are as many parts as threads, if there are enough tiles, and each
                    // part has its own scratch.
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
    fn threads_work_at_the_same_time_and_little_work_stays_on_the_caller() {
        let team = ThreadTeam::new(2);
        let barrier = std::sync::Barrier::new(2);
        // Two parts pass the barrier only if they run at the same time.
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
    fn too_few_scratches_are_refused() {
        ThreadTeam::new(2).rows_with(&mut [0; 2], 1, 1, 1, &mut [()], |_, _, ()| {});
    }
}
