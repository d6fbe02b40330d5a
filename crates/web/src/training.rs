//! The study that this process trains: how far it has come, and what the page may ask of it.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use fitroom_session::study::{Event, RunLabel};
use fitroom_session::{Activity, RunProgress, SessionEvent, StudyActions, StudyProgress, TimeLeft};

use crate::lock::locked;

/// A handle on the training in this process. Clones are handles on the same training.
#[derive(Clone)]
pub struct Training {
    /// Pause, stop a run, add seeds.
    pub actions: StudyActions,
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    progress: StudyProgress,
    time: Option<TimeLeft>,
    /// Grows with every event.
    events: u64,
    /// Grows when something was stored, or the state of the study has changed.
    stored: u64,
}

/// How far the training has come, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Grows with every event.
    pub events: u64,
    /// Fraction of all work that is done, and the seconds that are left.
    pub time: Option<TimeLeft>,
    /// Number of runs that have ended.
    pub ended: usize,
    /// Number of runs that were planned.
    pub planned: usize,
    /// The runs that are being trained.
    pub running: Vec<RunProgress>,
    /// All runs that have not ended.
    pub open: Vec<RunLabel>,
}

impl Training {
    /// A training that has not begun.
    pub fn new(actions: StudyActions) -> Self {
        let shared = Shared { began: Instant::now(), state: Mutex::default() };
        Training { actions, shared: Arc::new(shared) }
    }

    /// Takes note of an event. The session's observer calls this; it takes microseconds.
    pub fn note(&self, event: &SessionEvent) {
        let mut state = locked(&self.shared.state);
        state.events += 1;
        if let SessionEvent::Study { event, time } = event {
            state.progress.note(event, self.shared.began.elapsed());
            state.time = Some(*time);
            if matches!(event, Event::Step { .. }) {
                return;
            }
        }
        state.stored += 1;
    }

    /// How far the training has come.
    pub fn progress(&self) -> Progress {
        let state = locked(&self.shared.state);
        let runs = state.progress.runs();
        let is_running = |run: &&RunProgress| !run.is_over && run.images_per_epoch > 0;
        Progress {
            events: state.events,
            time: state.time,
            ended: runs.iter().filter(|run| run.is_over).count(),
            planned: runs.len(),
            running: runs.iter().filter(is_running).cloned().collect(),
            open: runs.iter().filter(|run| !run.is_over).map(|run| run.label.clone()).collect(),
        }
    }

    /// Whether all is trained, or nothing can be.
    pub fn is_at_rest(&self) -> bool {
        matches!(self.actions.state().activity, Activity::Rests | Activity::Ended)
    }

    /// A number that grows with every event, and one that grows when something was stored.
    pub fn counts(&self) -> (u64, u64) {
        let state = locked(&self.shared.state);
        (state.events, state.stored)
    }
}
