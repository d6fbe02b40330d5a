//! Runs work on a thread of its own while the calling thread handles Python's signals.
//!
//! Python only notes that Ctrl-C was pressed; somebody has to ask. The calling thread asks several
//! times a second, and so Ctrl-C raises `KeyboardInterrupt` while the work is done in Rust.

use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

use crate::failure::work_failed;

/// How often the calling thread asks for signals.
const PATIENCE: Duration = Duration::from_millis(50);

/// Messages that wait for the caller. The work waits while there are as many.
const MOST_WAITING: usize = 1024;

/// What the working thread sends.
enum Sent<M, T> {
    Message(M),
    Done(T),
}

/// Sends messages from the work to the caller.
pub struct Messages<M, T>(SyncSender<Sent<M, T>>);

impl<M, T> Messages<M, T> {
    /// Sends a message. A caller that has left gets none.
    pub fn send(&self, message: M) {
        let _ = self.0.send(Sent::Message(message));
    }
}

/// What happens to the work after an exception.
pub enum OnException {
    /// The work changes nothing that the caller sees, so it is left to itself.
    Leave,
    /// This asks the work to stop, and says whether the caller waits for it. A second Ctrl-C does
    /// not wait.
    Stop(Box<dyn Fn() -> Wait>),
}

/// Whether the caller waits for work that was asked to stop.
pub enum Wait {
    /// Until it has stopped.
    ForWork,
    /// The caller leaves at once.
    NoLonger,
}

/// Runs `work` on a thread of its own, and calls `hear` with each of its messages on this one.
///
/// # Errors
/// `hear` failed, or a signal raised an exception, such as `KeyboardInterrupt`.
pub fn attend<M, T>(
    py: Python<'_>,
    work: impl FnOnce(&Messages<M, T>) -> T + Send + 'static,
    mut hear: impl FnMut(M) -> PyResult<()>,
    on_exception: OnException,
) -> PyResult<T>
where
    M: Send + 'static,
    T: Send + 'static,
{
    let (sender, mut receiver) = mpsc::sync_channel(MOST_WAITING);
    let worker = thread::Builder::new().name("fitroom".to_owned()).spawn(move || {
        let messages = Messages(sender);
        let done = work(&messages);
        let _ = messages.0.send(Sent::Done(done));
    });
    let worker = worker.map_err(|error| work_failed(format!("cannot start a thread: {error}")))?;
    let mut exception = None;
    loop {
        // A receiver can be lent to one thread at a time, so it is lent as a whole.
        let lent = &mut receiver;
        let sent = py.detach(move || lent.recv_timeout(PATIENCE));
        let heard = match sent {
            Ok(Sent::Message(message)) if exception.is_none() => hear(message),
            Ok(Sent::Message(_)) | Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(Sent::Done(done)) => return exception.map_or(Ok(done), Err),
            // The work panicked: so does this thread, and Python gets a `PanicException`.
            Err(RecvTimeoutError::Disconnected) => match worker.join() {
                Err(panic) => panic::resume_unwind(panic),
                Ok(()) => unreachable!("the work sends that it is done"),
            },
        };
        let Err(error) = heard.and_then(|()| py.check_signals()) else { continue };
        match (&on_exception, exception.take()) {
            (OnException::Leave, _) => return Err(error),
            (OnException::Stop(_), Some(first)) => return Err(first),
            (OnException::Stop(stop), None) => match stop() {
                Wait::ForWork => exception = Some(error),
                Wait::NoLonger => return Err(error),
            },
        }
    }
}
