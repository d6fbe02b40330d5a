//! Trains a study, or a share of one.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fitroom_session::data::Places;
use fitroom_session::study::{Event, Share};
use fitroom_session::{
    Session, SessionControl, SessionError, SessionEvent, SessionOptions, ShareRequest,
    ShareRequestError, StudyRequest,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::attended::{Messages, OnException, Wait, attend};
use crate::failure::{of_session, wrong_request};
use crate::judging::fraction;

/// What `fitroom.run` and `fitroom.run_share` ask for.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct TrainRequest {
    study: String,
    share: Option<String>,
    quick: bool,
    seeds: Option<u32>,
    until_clear: bool,
    at_most: Option<u32>,
    epochs: Option<u32>,
    only: Vec<String>,
    dataset: Option<String>,
    data_dir: Option<PathBuf>,
    out: Option<PathBuf>,
    margin: String,
    threads: Option<usize>,
    checkpoint_every: f64,
}

/// Trains a study or a share of it, and returns its directory. `on_event` gets each event as a line of JSON; steps
/// and parts of downloads only if `fine` is set, because there are thousands.
#[pyfunction]
pub fn train(
    py: Python<'_>,
    request: &Bound<'_, PyDict>,
    on_event: Option<Bound<'_, PyAny>>,
    fine: bool,
) -> PyResult<PathBuf> {
    let request: TrainRequest = request.extract()?;
    let share = request.share.as_deref().map(find_share).transpose().map_err(of_session)?;
    let options = SessionOptions {
        places: Places { data_dir: request.data_dir },
        stage: None,
        out: request.out,
        margin: fraction(&request.margin)?,
        threads: request.threads,
        checkpoint_every: Duration::try_from_secs_f64(request.checkpoint_every)
            .map_err(|error| wrong_request(format!("checkpoint_every: {error}")))?,
    };
    let request = StudyRequest {
        study: request.study,
        quick: request.quick,
        seeds: request.seeds,
        until_clear: request.until_clear,
        at_most: request.at_most,
        epochs: request.epochs,
        only: request.only,
        dataset: request.dataset,
        ..StudyRequest::default()
    };
    let training = Training::default();
    let on_exception = training.stopper();
    let is_heard = on_event.is_some();
    let work = move |messages: &Messages<String, Result<PathBuf, SessionError>>| {
        let mut observer = |event: &SessionEvent| {
            if is_heard && (fine || !is_fine(event)) {
                messages.send(serde_json::to_string(event).expect("events become JSON"));
            }
        };
        let session = Session::open(&request, &options, &mut observer)?;
        training.begin();
        if let Some(share) = share {
            session.train_share(share, &training.control, &mut observer)?;
        } else {
            let outcome = session.train(&training.control, &mut observer)?;
            // A run that failed is more than a report that failed, most likely for the same reason.
            outcome.runs?;
            outcome.report?;
        }
        Ok(session.dir)
    };
    let hear = |line: String| match &on_event {
        Some(on_event) => on_event.call1((line,)).map(drop),
        None => Ok(()),
    };
    attend(py, work, hear, on_exception)?.map_err(of_session)
}

/// The share that a text names, or that the engine gives which started this process.
fn find_share(text: &str) -> Result<Share, ShareRequestError> {
    text.parse::<ShareRequest>()?.find(|name| std::env::var(name).ok())
}

/// How far the work is, for the thread that stops it.
#[derive(Clone, Default)]
struct Training {
    control: SessionControl,
    has_begun: Arc<AtomicBool>,
}

impl Training {
    /// From now on, the caller waits for the study to stop.
    fn begin(&self) {
        self.has_begun.store(true, Ordering::Relaxed);
    }

    /// Stops the training. While data is loaded, nothing is trained yet: the caller does not wait,
    /// and the study stops before its first step.
    fn stopper(&self) -> OnException {
        let training = self.clone();
        OnException::Stop(Box::new(move || {
            training.control.interrupt();
            match training.has_begun.load(Ordering::Relaxed) {
                true => Wait::ForWork,
                false => Wait::NoLonger,
            }
        }))
    }
}

/// Whether there are thousands of such events.
fn is_fine(event: &SessionEvent) -> bool {
    match event {
        SessionEvent::Download { .. } => true,
        SessionEvent::Study { event, .. } => matches!(event, Event::Step { .. }),
        SessionEvent::DatasetSubstituted { .. }
        | SessionEvent::DataWarnings { .. }
        | SessionEvent::ReportWritten { .. }
        | SessionEvent::ReportFailed { .. }
        | SessionEvent::SeedsAdded { .. }
        | SessionEvent::Paused
        | SessionEvent::WentOn
        | SessionEvent::RunStopped(_)
        | SessionEvent::RunContinued(_)
        | SessionEvent::SeedsAsked { .. }
        | SessionEvent::Rests { .. }
        | SessionEvent::CannotTrain { .. } => false,
    }
}
