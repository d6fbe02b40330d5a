//! The handle by which other threads control a running session.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A handle on a running session for other threads: a Ctrl-C handler, or a button of a window.
/// Clones are handles on the same session.
#[derive(Clone, Debug, Default)]
pub struct SessionControl {
    interrupted: Arc<AtomicBool>,
    has_trained: Arc<AtomicBool>,
}

/// What an interruption does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The session stops after the current training step of each run.
    Stops,
    /// It was asked to stop before. A front end may end the process at once, because each file is
    /// either written completely or not at all.
    Again,
    /// All training is over, and the report is being written. A front end may end the process at
    /// once, and the report is written again by [`rebuild_report`](crate::rebuild_report).
    OnlyTheReportIsLeft,
}

impl SessionControl {
    /// Asks the session to stop after the current training step of each run. What was trained is
    /// kept, and the next session in the same directory continues there.
    pub fn interrupt(&self) -> Interruption {
        match self.interrupted.swap(true, Ordering::Relaxed) {
            true => Interruption::Again,
            false if self.has_trained.load(Ordering::Relaxed) => Interruption::OnlyTheReportIsLeft,
            false => Interruption::Stops,
        }
    }

    /// From now on, only the report is left to do.
    pub(crate) fn set_trained(&self) {
        self.has_trained.store(true, Ordering::Relaxed);
    }

    /// The flag that the training loop watches.
    pub(crate) fn stop_flag(&self) -> &AtomicBool {
        &self.interrupted
    }
}
