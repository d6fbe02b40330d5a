//! How many threads a run's training steps use of those that it may.
//!
//! More threads are not always faster: a small network's step is over before they have shared its
//! memory, the more so where cores have no cache in common. So some numbers of threads are tried
//! for two moments each, of which the better counts: in the first, threads start and caches fill.
//! The fastest is kept for a while, and then all are tried again. What comes out does not depend on
//! it.

use std::time::Duration;

/// The choice, from trial to trial.
pub(crate) struct ThreadChoice {
    /// At most so many.
    most: usize,
    /// Numbers of threads yet to be tried, each as often as it will be.
    untried: Vec<usize>,
    /// The fastest of those that were, with its seconds a step.
    best: Option<(usize, f64)>,
}

/// How long a number of threads is tried at once: a hundred steps of a small network.
const TRIAL: Duration = Duration::from_millis(20);
/// How often in a row.
const TRIALS: usize = 2;
/// How long the fastest is kept.
const KEPT: Duration = Duration::from_secs(2);

impl ThreadChoice {
    pub fn new() -> Self {
        ThreadChoice { most: 1, untried: Vec::new(), best: None }
    }

    /// Threads for the steps to come, and for how long, where the run may use `most`: until more or
    /// fewer are allowed where there is no choice.
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

    /// `steps` steps were done in `time`, on as many threads as [`next`](Self::next) said.
    pub fn watch(&mut self, steps: usize, time: Duration) {
        let Some(threads) = self.untried.pop() else {
            // What was kept has had its time.
            self.best = None;
            return;
        };
        let seconds = time.as_secs_f64() / steps as f64;
        if self.best.is_none_or(|(_, best)| seconds < best) {
            self.best = Some((threads, seconds));
        }
    }
}

/// One, its doubles, and all, each [`TRIALS`] times.
fn candidates(most: usize) -> Vec<usize> {
    let doubles = std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|&n| n < most);
    doubles.chain([most]).flat_map(|threads| [threads; TRIALS]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Threads of the next `count` rounds, where a step on n threads takes `millis(n)`.
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
        // In the meantime another has become the fastest.
        assert_eq!(
            rounds(&mut choice, 6, 9, |n| n.abs_diff(4) as u64 + 1),
            [6, 4, 4, 2, 2, 1, 1, 4, 6]
        );
    }

    #[test]
    fn what_is_allowed_counts_at_once() {
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
