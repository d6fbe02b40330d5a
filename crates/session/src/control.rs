//! The handle by which other threads control a running session.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::stop_signal::StopSignal;

/// A handle on a running session for other threads: a Ctrl-C handler, or a button of a window.
/// Clones are handles on the same session.
///
/// It only ends the session. [`StudyActions`](crate::StudyActions) is the handle that pauses and changes
/// a study and lets it go on.
#[derive(Clone, Debug, Default)]
pub struct SessionControl {
    interrupted: Arc<AtomicBool>,
    has_trained: Arc<AtomicBool>,
    /// What an interruption has to stop or wake as well.
    attended: Arc<Mutex<Option<Arc<StopSignal>>>>,
}

/// What an interruption does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The session stops after the current training step of each run. If it is paused, or rests with
    /// everything trained, it ends at once.
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
    /// kept, and the next session in the same directory continues there. A session that waits for
    /// actions ends: see [`Session::train_attended`](crate::Session::train_attended).
    pub fn interrupt(&self) -> Interruption {
        let was_interrupted = self.interrupted.swap(true, Ordering::Relaxed);
        if let Some(signal) = &*self.attended.lock().unwrap_or_else(PoisonError::into_inner) {
            signal.send();
        }
        match was_interrupted {
            true => Interruption::Again,
            false if self.has_trained.load(Ordering::Relaxed) => Interruption::OnlyTheReportIsLeft,
            false => Interruption::Stops,
        }
    }

    /// From now on, only the report is left to do.
    pub(crate) fn set_trained(&self) {
        self.has_trained.store(true, Ordering::Relaxed);
    }

    /// From now on, an interruption sends `signal` too. It is sent now if the session was interrupted
    /// before.
    pub(crate) fn attend(&self, signal: &Arc<StopSignal>) {
        let mut attended = self.attended.lock().unwrap_or_else(PoisonError::into_inner);
        *attended = Some(Arc::clone(signal));
        if self.is_interrupted() {
            signal.send();
        }
    }

    /// Whether the session was asked to stop.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// The flag that the training loop watches.
    pub(crate) fn stop_flag(&self) -> &AtomicBool {
        &self.interrupted
    }
}
