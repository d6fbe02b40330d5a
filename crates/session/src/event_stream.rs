//! The stream of events from the threads of a session to its front end.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fitroom_study::Event;

use crate::{Observer, SessionEvent, StudyProgress};

/// Passes the events of all threads to the observer, one at a time.
pub(crate) struct EventStream<'s, 'o> {
    threads: usize,
    began: Instant,
    state: Mutex<StreamState<'s, 'o>>,
}

struct StreamState<'s, 'o> {
    observer: &'s mut Observer<'o>,
    progress: StudyProgress,
}

impl<'s, 'o> EventStream<'s, 'o> {
    /// A stream of a session that trains on this number of threads.
    pub fn new(observer: &'s mut Observer<'o>, threads: usize) -> Self {
        let state = StreamState { observer, progress: StudyProgress::default() };
        EventStream { threads, began: Instant::now(), state: Mutex::new(state) }
    }

    /// Sends an event of the session.
    pub fn send(&self, event: &SessionEvent) {
        (self.lock().observer)(event);
    }

    /// Sends an event of the study, with the time that is left after it.
    pub fn send_study_event(&self, event: &Event) {
        let mut state = self.lock();
        state.progress.note(event, self.began.elapsed());
        let time = state.progress.time_left(self.threads);
        (state.observer)(&SessionEvent::Study { event: event.clone(), time });
    }

    fn lock(&self) -> MutexGuard<'_, StreamState<'s, 'o>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
