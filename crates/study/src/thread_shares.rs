//! How the threads of a study are shared among the runs that are trained at once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads of each job in the queue: one while there are enough jobs, then an equal share for those
/// that are left.
pub(crate) struct Shares {
    threads: usize,
    /// By place in the queue; 0 of a job that has ended.
    of: Vec<AtomicUsize>,
    /// Two jobs may end at once.
    ending: Mutex<()>,
}

impl Shares {
    pub fn new(threads: usize, jobs: usize) -> Self {
        let of = (0..jobs).map(|_| AtomicUsize::new(1)).collect();
        let shares = Shares { threads, of, ending: Mutex::new(()) };
        shares.divide();
        shares
    }

    /// The job's share, which grows when others end.
    pub fn of(&self, place: usize) -> &AtomicUsize {
        &self.of[place]
    }

    /// Gives the job's share to those that are left.
    pub fn end(&self, place: usize) {
        let _ending = self.ending.lock().expect("storing numbers does not panic");
        self.of[place].store(0, Ordering::Relaxed);
        self.divide();
    }

    fn divide(&self) {
        let left = || self.of.iter().filter(|share| share.load(Ordering::Relaxed) > 0);
        let jobs = left().count();
        // What can't be divided evenly goes to those that were begun last: they have most before
        // them.
        for (rank, share) in left().rev().enumerate() {
            let more = usize::from(rank < self.threads % jobs);
            share.store((self.threads / jobs + more).max(1), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_jobs_than_threads_share_all_of_them() {
        let shares = Shares::new(5, 7);
        let all =
            || (0..7).map(|place| shares.of(place).load(Ordering::Relaxed)).collect::<Vec<_>>();
        assert_eq!(all(), [1; 7]);
        let after = |place| {
            shares.end(place);
            all()
        };
        assert_eq!(after(1), [1, 0, 1, 1, 1, 1, 1]);
        assert_eq!(after(0), [0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(after(3), [0, 0, 1, 0, 1, 1, 2]);
        assert_eq!(after(6), [0, 0, 1, 0, 2, 2, 0]);
        assert_eq!(after(2), [0, 0, 0, 0, 2, 3, 0]);
        assert_eq!(after(5), [0, 0, 0, 0, 5, 0, 0]);
        assert_eq!(after(4), [0; 7]);
    }

    #[test]
    fn a_study_of_one_job_has_all_threads_from_the_start() {
        assert_eq!(Shares::new(4, 1).of(0).load(Ordering::Relaxed), 4);
        Shares::new(4, 0);
    }
}
