//! What a front end asks of a session that is at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A handle on a session, by which other threads ask something of it while it trains: a handler of
/// Ctrl-C, a button. Clones are handles on the same session.
///
/// Each action of a front end is a method here.
#[derive(Clone, Debug, Default)]
pub struct SessionControl {
    interrupted: Arc<AtomicBool>,
}

impl SessionControl {
    /// Asks the session to stop after the current training step of each run. What was trained is
    /// kept, and the next session in the same directory continues there.
    ///
    /// Returns whether the session had been asked before: a front end may then end the process at
    /// once, because each file is either written completely or not at all.
    pub fn interrupt(&self) -> bool {
        self.interrupted.swap(true, Ordering::Relaxed)
    }

    /// The flag that the training loop watches.
    pub(crate) fn stop_flag(&self) -> &AtomicBool {
        &self.interrupted
    }
}
