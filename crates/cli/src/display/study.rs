//! Progress of a study: live bars on a terminal, one plain line per epoch elsewhere.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fitroom_session::{SessionEvent, StudyProgress};

use super::actions::{PAUSED, WENT_ON, rests, run_continued, run_stopped, seeds_asked};
use super::bars::Bars;
use super::lines::line;
use super::looks::Looks;
use super::terminal;
use crate::output;

/// Shows the events of a session that trains.
pub struct StudyDisplay {
    began: Instant,
    state: Mutex<State>,
}

struct State {
    progress: StudyProgress,
    looks: Looks,
    /// `None` if standard error is no terminal that can draw them.
    bars: Option<Bars>,
}

impl StudyDisplay {
    /// The display of a study called `title`.
    pub fn new(title: &str) -> Self {
        let bars = terminal().map(|target| Bars::new(target, title));
        let state = State { progress: StudyProgress::default(), looks: Looks::default(), bars };
        StudyDisplay { began: Instant::now(), state: Mutex::new(state) }
    }

    /// Shows an event.
    pub fn show(&self, event: &SessionEvent) {
        match event {
            SessionEvent::Study { event, time } => {
                let mut state = self.state();
                let State { progress, bars, .. } = &mut *state;
                progress.note(event, self.began.elapsed());
                match bars {
                    Some(bars) => bars.show(progress, time, event),
                    None => {
                        if let Some(line) = line(progress, time, event) {
                            output::say(&line);
                        }
                    }
                }
            }
            SessionEvent::ReportFailed { error } => {
                self.say(&format!("the report is out of date: {error}"));
            }
            SessionEvent::SeedsAdded { seeds, runs, waiting, decided } => {
                let line = self.state().looks.line(*seeds, *runs, waiting, decided);
                if let Some(line) = line {
                    self.say(&line);
                }
            }
            SessionEvent::Paused => self.say(PAUSED),
            SessionEvent::WentOn => self.say(WENT_ON),
            SessionEvent::RunStopped(run) => self.say(&run_stopped(run)),
            SessionEvent::RunContinued(run) => self.say(&run_continued(run)),
            SessionEvent::SeedsAsked { from, to, was_declared } => {
                self.say(&seeds_asked(*from, *to, *was_declared));
            }
            SessionEvent::Rests { pending } => self.say(&rests(*pending)),
            SessionEvent::CannotTrain { error } => self.say(&format!("can't go on: {error}")),
            // At the end, the program prints where the report is.
            SessionEvent::ReportWritten { .. } => {}
            // `LoadingDisplay` showed these before training began.
            SessionEvent::Download { .. }
            | SessionEvent::DatasetSubstituted { .. }
            | SessionEvent::DataWarnings { .. } => {}
        }
    }

    /// Prints a line that stays, above the bars.
    pub fn say(&self, text: &str) {
        match &self.state().bars {
            Some(bars) => bars.say(text),
            None => output::say(text),
        }
    }

    /// Removes the bars.
    pub fn clear(&self) {
        if let Some(bars) = &self.state().bars {
            bars.clear();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
