//! Shares a study's threads among the runs that are trained at the same time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The number of threads of each job in the queue. While there are more jobs than threads, it is
/// one. After that, the remaining jobs share all threads equally.
pub(crate) struct Shares {
    threads: usize,
    /// Each job's share, by place in the queue; 0 for a job that has ended.
    of: Vec<AtomicUsize>,
    /// Held while shares are divided, since two jobs may end at the same time.
    ending: Mutex<()>,
}

impl Shares {
    pub fn new(threads: usize, jobs: usize) -> Self {
        let of = (0..jobs).map(|_| AtomicUsize::new(1)).collect();
        let shares = Shares { threads, of, ending: Mutex::new(()) };
        shares.divide();
        shares
    }

    /// The share of the job at this place in the queue. It grows when others end.
    pub fn of(&self, place: usize) -> &AtomicUsize {
        &self.of[place]
    }

    /// Ends the job, and divides its share among the remaining ones.
    pub fn end(&self, place: usize) {
        let _ending = self.ending.lock().expect("storing numbers does not panic");
        self.of[place].store(0, Ordering::Relaxed);
        self.divide();
    }

    fn divide(&self) {
        let left = || self.of.iter().filter(|share| share.load(Ordering::Relaxed) > 0);
        let jobs = left().count();
        // The last jobs of the queue get the threads that are left over: they began last, and so
        // have the most work left.
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
