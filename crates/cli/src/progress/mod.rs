//! Progress of a study, on standard error: live lines on a terminal, a plain line an epoch
//! elsewhere.

mod bars;
mod download;
mod lines;
mod measuring;
mod tracker;
mod words;

use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use fitroom_study::Event;
use indicatif::ProgressDrawTarget;

use self::bars::Bars;
use self::tracker::Tracker;
use crate::output;

pub use self::download::Download;
pub use self::measuring::Measuring;

/// Listens to a study and shows how far it is.
pub struct Progress {
    began: Instant,
    shown: Mutex<Shown>,
}

struct Shown {
    tracker: Tracker,
    /// On a terminal.
    bars: Option<Bars>,
}

impl Progress {
    /// Of a study called `title`, with `threads` runs at once.
    pub fn new(title: &str, threads: usize) -> Self {
        let bars =
            io::stderr().is_terminal().then(|| Bars::new(ProgressDrawTarget::stderr(), title));
        Progress {
            began: Instant::now(),
            shown: Mutex::new(Shown { tracker: Tracker::new(threads), bars }),
        }
    }

    /// Takes note of `event` and shows it.
    pub fn show(&self, event: &Event) {
        let mut shown = self.shown();
        let Shown { tracker, bars } = &mut *shown;
        tracker.note(event, self.began.elapsed());
        match bars {
            Some(bars) => bars.show(tracker, event),
            None => {
                if let Some(line) = lines::line(tracker, event) {
                    output::say(&line);
                }
            }
        }
    }

    /// Says something that stays, above what is shown.
    pub fn say(&self, text: &str) {
        match &self.shown().bars {
            Some(bars) => bars.say(text),
            None => output::say(text),
        }
    }

    /// Takes the live lines away.
    pub fn clear(&self) {
        if let Some(bars) = &self.shown().bars {
            bars.clear();
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
