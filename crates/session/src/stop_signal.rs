//! Stops the training loop, and wakes a session that waits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// A signal from other threads to the thread of a session: stop training, or stop waiting.
#[derive(Debug, Default)]
pub(crate) struct StopSignal {
    stop: AtomicBool,
    is_woken: Mutex<bool>,
    woken: Condvar,
}

impl StopSignal {
    /// Stops the training that is under way or comes next, and ends the wait that is under way or
    /// comes next.
    pub fn send(&self) {
        self.stop.store(true, Ordering::Release);
        *self.is_woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.woken.notify_all();
    }

    /// Lets training begin again. Whatever was changed before a signal that this clears is seen
    /// after it. A signal that is sent later is not lost.
    pub fn clear(&self) {
        self.stop.swap(false, Ordering::AcqRel);
    }

    /// Waits for a signal. It may have been sent before, since the last wait.
    pub fn wait(&self) {
        let is_woken = self.is_woken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.woken.wait_while(is_woken, |is_woken| !*is_woken);
        *waited.unwrap_or_else(PoisonError::into_inner) = false;
    }

    /// The flag that the training loop watches.
    pub fn flag(&self) -> &AtomicBool {
        &self.stop
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_signal_that_is_sent_before_the_wait_ends_it() {
        let signal = StopSignal::default();
        signal.send();
        signal.wait();
        assert!(signal.flag().load(Ordering::Relaxed));
        signal.clear();
        assert!(!signal.flag().load(Ordering::Relaxed));
        thread::scope(|scope| {
            let waiting = scope.spawn(|| signal.wait());
            signal.send();
            waiting.join().unwrap();
        });
    }
}
