//! What follows a study that is trained: the display, and TensorBoard's event files.

use std::ffi::OsString;
use std::sync::Arc;

use fitroom_session::tensorboard::{TENSORBOARD_DIRECTORY, TensorBoardLog};
use fitroom_session::{Session, SessionEvent};

use crate::display::StudyDisplay;
use crate::interrupt::in_a_shell;

/// What follows a study that is trained.
pub struct Watch {
    display: Arc<StudyDisplay>,
    tensorboard: Option<TensorBoardLog>,
}

impl Watch {
    /// Shows a study's events, and writes TensorBoard's event files if `with_tensorboard`.
    pub fn begin(session: &Session, display: Arc<StudyDisplay>, with_tensorboard: bool) -> Self {
        let tensorboard = with_tensorboard.then(|| log(session, &display)).flatten();
        Watch { display, tensorboard }
    }

    /// Takes an event of the session.
    pub fn show(&self, event: &SessionEvent) {
        if let Some(tensorboard) = &self.tensorboard {
            tensorboard.note(event);
        }
        self.display.show(event);
    }

    /// Waits until the event files are written, and removes the bars.
    pub fn end(self) {
        if let Some(tensorboard) = self.tensorboard {
            tensorboard.finish();
        }
        self.display.clear();
    }
}

/// Begins to write event files, and says how to look at them. `None` if the system gives no thread.
fn log(session: &Session, display: &Arc<StudyDisplay>) -> Option<TensorBoardLog> {
    let dir = &session.dir;
    let words = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
    let mut again = words(&["fitroom", "export"]);
    again.push(dir.into());
    again.extend(words(&["--to", "tensorboard"]));
    let again = in_a_shell(&again);
    let warning = Arc::clone(display);
    let log = TensorBoardLog::begin(dir, move |error| {
        warning.say(&format!(
            "TensorBoard's files are not complete: {error}\nhint: `{again}` writes them later"
        ));
    });
    let mut look = words(&["tensorboard", "--logdir"]);
    look.push(dir.join(TENSORBOARD_DIRECTORY).into());
    match &log {
        Ok(_) => display.say(&format!("to watch it: {}", in_a_shell(&look))),
        Err(error) => display.say(&format!("TensorBoard's files can't be written: {error}")),
    }
    log.ok()
}
