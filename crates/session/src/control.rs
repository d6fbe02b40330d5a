//! The handle by which other threads control a running session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A handle on a running session for other threads: a Ctrl-C handler, or a button of a window.
/// Clones are handles on the same session.
#[derive(Clone, Debug, Default)]
pub struct SessionControl {
    interrupted: Arc<AtomicBool>,
}

impl SessionControl {
    /// Asks the session to stop after the current training step of each run. What was trained is
    /// kept, and the next session in the same directory continues there.
    ///
    /// Returns whether this was called before. If so, a front end may end the process at once,
    /// because each file is either written completely or not at all.
    pub fn interrupt(&self) -> bool {
        self.interrupted.swap(true, Ordering::Relaxed)
    }

    /// The flag that the training loop watches.
    pub(crate) fn stop_flag(&self) -> &AtomicBool {
        &self.interrupted
    }
}
