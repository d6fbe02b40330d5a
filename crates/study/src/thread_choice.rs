//! Chooses how many of its allowed threads a run uses for training steps.
//!
//! More threads are not always faster: in a small network, a step takes less time than the exchange
//! of data between cores, above all between cores that share no cache. So the run measures several
//! numbers of threads, in [`TRIALS`] short trials each. The faster trial counts, because threads
//! start and caches fill in the first one. The run keeps the fastest number for a while, then
//! measures all again. Results do not depend on the choice.

use std::time::Duration;

/// Chooses the number of threads for the next steps from the trials so far.
pub(crate) struct ThreadChoice {
    /// The number of threads that the run may use.
    most: usize,
    /// Numbers of threads still to try, one entry per trial; the last entry comes next.
    untried: Vec<usize>,
    /// The fastest number of threads so far, and its seconds per step.
    best: Option<(usize, f64)>,
}

/// Length of one trial: about a hundred steps of a small network.
const TRIAL: Duration = Duration::from_millis(20);
/// Trials of each number of threads, one after the other.
const TRIALS: usize = 2;
/// How long the fastest number of threads is kept.
const KEPT: Duration = Duration::from_secs(2);

impl ThreadChoice {
    pub fn new() -> Self {
        ThreadChoice { most: 1, untried: Vec::new(), best: None }
    }

    /// The number of threads for the next steps, and for how long, if the run may use `most`
    /// threads. No time means: until `most` changes. This is so for a single thread, where there
    /// is nothing to choose.
    pub fn next(&mut self, most: usize) -> (usize, Option<Duration>) {
        if most == 1 {
            *self = ThreadChoice::new();
            return (1, None);
        }
        if most != self.most || (self.untried.is_empty() && self.best.is_none()) {
            *self = ThreadChoice { most, untried: candidates(most), best: None };
        }
        match (self.untried.last(), self.best) {
            (Some(&threads), _) => (threads, Some(TRIAL)),
            (None, Some((threads, _))) => (threads, Some(KEPT)),
            (None, None) => unreachable!("one thread is always a candidate"),
        }
    }

    /// Records that `steps` steps took `time`, on the number of threads that [`next`](Self::next)
    /// gave.
    pub fn watch(&mut self, steps: usize, time: Duration) {
        let Some(threads) = self.untried.pop() else {
            // The fastest was kept long enough: all numbers are tried again.
            self.best = None;
            return;
        };
        let seconds = time.as_secs_f64() / steps as f64;
        if self.best.is_none_or(|(_, best)| seconds < best) {
            self.best = Some((threads, seconds));
        }
    }
}

/// 1, 2, 4, 8, … and `most`, each [`TRIALS`] times.
fn candidates(most: usize) -> Vec<usize> {
    let doubles = std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|&n| n < most);
    doubles.chain([most]).flat_map(|threads| [threads; TRIALS]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of threads in the next `count` rounds, if a step on n threads takes `millis(n)`.
    fn rounds(
        choice: &mut ThreadChoice,
        most: usize,
        count: usize,
        millis: impl Fn(usize) -> u64,
    ) -> Vec<usize> {
        let mut round = || {
            let (threads, time) = choice.next(most);
            choice.watch(10, Duration::from_millis(10 * millis(threads)));
            assert_eq!(time.is_none(), most == 1);
            threads
        };
        (0..count).map(|_| round()).collect()
    }

    #[test]
    fn the_fastest_is_kept_until_all_are_tried_again() {
        let mut choice = ThreadChoice::new();
        assert_eq!(
            rounds(&mut choice, 6, 10, |n| n.abs_diff(2) as u64),
            [6, 6, 4, 4, 2, 2, 1, 1, 2, 6]
        );
        // From now on, 4 threads are the fastest.
        assert_eq!(
            rounds(&mut choice, 6, 9, |n| n.abs_diff(4) as u64 + 1),
            [6, 4, 4, 2, 2, 1, 1, 4, 6]
        );
    }

    #[test]
    fn a_changed_number_of_allowed_threads_counts_at_once() {
        let mut choice = ThreadChoice::new();
        assert_eq!(rounds(&mut choice, 1, 3, |_| 1), [1, 1, 1]);
        assert_eq!(rounds(&mut choice, 2, 5, |n| 9 - n as u64), [2, 2, 1, 1, 2]);
        assert_eq!(rounds(&mut choice, 3, 8, |n| 9 - n as u64), [3, 3, 2, 2, 1, 1, 3, 3]);
        assert_eq!(rounds(&mut choice, 1, 1, |_| 1), [1]);
    }

    #[test]
    fn a_slow_start_does_not_count() {
        let mut choice = ThreadChoice::new();
        for (threads, millis) in [(2, 50), (2, 14), (1, 21), (1, 20)] {
            assert_eq!(choice.next(2).0, threads);
            choice.watch(1, Duration::from_millis(millis));
        }
        assert_eq!(choice.next(2), (2, Some(KEPT)));
    }

    #[test]
    fn trials_are_short_and_the_fastest_is_kept_for_longer() {
        let mut choice = ThreadChoice::new();
        assert_eq!(choice.next(1), (1, None));
        for expected in [(2, TRIAL), (2, TRIAL), (1, TRIAL), (1, TRIAL), (2, KEPT)] {
            assert_eq!(choice.next(2), (expected.0, Some(expected.1)));
            choice.watch(1, Duration::from_millis(20 - expected.0 as u64));
        }
    }
}
