//! Measures this machine's peak speeds: multiply-adds and memory traffic, on one thread or several.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use fitroom_nn::{multiply_add_chains, triad};

/// Rounds of which the fastest counts. Other programs make some rounds slower, and none faster;
/// among many short rounds, some find all cores free.
const ARITHMETIC_ROUNDS: usize = 400;
const MEMORY_ROUNDS: usize = 40;

/// Shortest time of a round of multiply-adds.
const ROUND: Duration = Duration::from_millis(2);

/// Least bytes of the triad's buffers on all threads together.
const LEAST_BYTES: usize = 192 << 20;
/// Least bytes of the triad's buffers on each thread: several times a core's share of the last
/// cache.
const BYTES_PER_THREAD: usize = 24 << 20;

/// Peak floating-point operations per second of `threads` threads together (FLOP/s:
/// multiplications and additions of f32). Each thread computes as many independent chains of
/// multiply-adds as the instruction set's registers have room for.
///
/// # Panics
/// If there are no threads, or `FITROOM_SIMD` names an instruction set that can't be used.
pub fn peak_flops(threads: usize) -> f64 {
    let mut rounds = 1 << 12;
    let chains = |rounds| {
        let chains = multiply_add_chains(rounds, 0.5, 1.0);
        assert!(chains.sum.is_finite(), "the chains converge");
        chains.operations
    };
    let takes = |rounds| {
        let start = Instant::now();
        chains(rounds);
        start.elapsed()
    };
    while takes(rounds) < ROUND {
        rounds *= 2;
    }
    fastest(ARITHMETIC_ROUNDS, threads, || (), |()| chains(rounds))
}

/// Bytes per second that `threads` threads together read and write in a triad,
/// a\[i\] = b\[i\] + factor · c\[i\], over buffers that are much larger than the caches. As the
/// STREAM benchmark does, it counts 12 bytes for each i, and not the fetch of the old a\[i\].
///
/// # Panics
/// Like [`peak_flops`].
pub fn memory_bandwidth(threads: usize) -> f64 {
    let bytes = BYTES_PER_THREAD.max(LEAST_BYTES / threads);
    let len = bytes / 3 / size_of::<f32>();
    // Each thread writes its own buffers first, so that they lie in the memory next to its core.
    let prepare = || [vec![0.0; len], vec![1.0; len], vec![2.0; len]];
    fastest(MEMORY_ROUNDS, threads, prepare, |[to, x, y]| {
        triad(to, x, y, 3.0);
        assert!(to[len - 1] == 7.0, "the triad is computed");
        3 * size_of_val(&to[..]) as u64
    })
}

/// Units of work per second that `threads` threads together do in the fastest of several rounds.
/// All threads begin a round at the same time, and it lasts until the last one ends. `prepare`
/// makes a thread's state; `work` works on it and returns how many units it did.
fn fastest<S>(
    rounds: usize,
    threads: usize,
    prepare: impl Fn() -> S + Sync,
    work: impl Fn(&mut S) -> u64 + Sync,
) -> f64 {
    let barrier = Barrier::new(threads);
    let measure = || {
        let mut state = prepare();
        work(&mut state);
        let round = |_| {
            barrier.wait();
            let start = Instant::now();
            let units = work(&mut state);
            Span { start, end: Instant::now(), units }
        };
        (0..rounds).map(round).collect::<Vec<_>>()
    };
    let spans: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(measure)).collect();
        threads.into_iter().map(|thread| thread.join().expect("work does not panic")).collect()
    });
    (0..rounds).map(|round| rate(spans.iter().map(|spans| spans[round]))).fold(0.0, f64::max)
}

/// The work of one thread in one round.
#[derive(Clone, Copy)]
struct Span {
    start: Instant,
    end: Instant,
    units: u64,
}

/// Units per second of all threads in one round, from the first start to the last end.
fn rate(spans: impl Iterator<Item = Span> + Clone) -> f64 {
    let start = spans.clone().map(|span| span.start).min().expect("there is a thread");
    let end = spans.clone().map(|span| span.end).max().expect("there is a thread");
    spans.map(|span| span.units as f64).sum::<f64>() / (end - start).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn a_round_lasts_from_the_first_beginning_to_the_last_end() {
        let zero = Instant::now();
        let at = |milliseconds| zero + Duration::from_millis(milliseconds);
        let span = |start, end, units| Span { start: at(start), end: at(end), units };
        assert_eq!(rate([span(10, 20, 6)].into_iter()), 600.0);
        assert_eq!(rate([span(10, 20, 6), span(12, 30, 4), span(11, 13, 10)].into_iter()), 1000.0);
    }

    #[test]
    fn every_thread_works_in_every_round() {
        let calls = AtomicU64::new(0);
        let work = |done: &mut u64| {
            *done += 1;
            calls.fetch_max(*done, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
            5
        };
        let rate = fastest(7, 3, || 0, work);
        // 7 rounds, after one to warm up.
        assert_eq!(calls.into_inner(), 7 + 1);
        // No round of 15 units is shorter than its sleep.
        assert!(0.0 < rate && rate <= 15.0 / 0.001, "{rate}");
    }
}
