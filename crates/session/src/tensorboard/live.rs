//! Event files that are written while a study is trained.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use fitroom_export::tensorboard::EventWriter;
use fitroom_results::{EpochRecord, Results, Run};
use fitroom_study::{Event, RunLabel, RunStatus};

use super::TensorBoardError;
use super::place::{EventDirectories, EventDirectory, directory_in, open_end};
use super::run_events::{RunEvents, write_epoch};
use crate::{SessionError, SessionEvent};

/// Writes TensorBoard's event files of a study while it is trained, each epoch as soon as it is done. A
/// thread does it, so that a slow disk does not hold up the training.
///
/// A run that goes on after an interruption gets a new file with all its epochs, in place of the old one.
/// A run that had ended before gets a file if it has none.
#[derive(Debug)]
pub struct TensorBoardLog {
    events: Option<Sender<Event>>,
    thread: Option<JoinHandle<()>>,
}

impl TensorBoardLog {
    /// Begins to write event files of the study in `dir` to `DIR/tensorboard`. `warn` gets the first error,
    /// if there is one: the training goes on, and so does the writing of other runs.
    /// [`export_tensorboard`](super::export_tensorboard) can write all files later.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn begin(
        dir: &Path,
        warn: impl FnOnce(&SessionError) + Send + 'static,
    ) -> io::Result<Self> {
        let (events, received) = mpsc::channel();
        let dir = dir.to_owned();
        let write = move || write(LiveStudy::new(dir), &received, warn);
        let thread = thread::Builder::new().name("tensorboard".to_owned()).spawn(write)?;
        Ok(TensorBoardLog { events: Some(events), thread: Some(thread) })
    }

    /// Takes an event of the session. Returns at once.
    pub fn note(&self, event: &SessionEvent) {
        let SessionEvent::Study { event, .. } = event else { return };
        match event {
            Event::Step { .. }
            | Event::BudgetMeasured { .. }
            | Event::Tuning { .. }
            | Event::Tuned { .. }
            | Event::RunsSetAside { .. }
            | Event::SeedsLowered { .. }
            | Event::PredictionsMissing { .. }
            | Event::RunsAdded { .. } => {}
            Event::StudyStarted { .. }
            | Event::RunStarted { .. }
            | Event::EpochDone { .. }
            | Event::RunDone { .. }
            | Event::RunElsewhere { .. }
            | Event::RunFailed { .. } => {
                // The thread ends only after the sender is dropped.
                if let Some(events) = &self.events {
                    let _ = events.send(event.clone());
                }
            }
        }
    }

    /// Waits until everything is written.
    pub fn finish(self) {}
}

impl Drop for TensorBoardLog {
    fn drop(&mut self) {
        self.events = None;
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn write(mut study: LiveStudy, events: &Receiver<Event>, warn: impl FnOnce(&SessionError)) {
    let mut warn = Some(warn);
    for event in events {
        if let Err(error) = study.take(&event)
            && let Some(warn) = warn.take()
        {
            warn(&error);
        }
    }
}

/// The event files of a study that is trained.
struct LiveStudy {
    dir: PathBuf,
    started: Option<StartedStudy>,
    /// The runs that are trained now, by their position.
    runs: HashMap<usize, LiveRun>,
}

/// A study that has started, so that its directory can be read.
struct StartedStudy {
    events: RunEvents,
    places: EventDirectories,
}

/// A run that is trained now.
struct LiveRun {
    network: usize,
    seed: u64,
    /// `None` if it could not be written.
    file: Option<LiveFile>,
}

struct LiveFile {
    path: PathBuf,
    file: File,
    /// Keeps other processes from the directory.
    _place: EventDirectory,
}

impl LiveStudy {
    fn new(dir: PathBuf) -> Self {
        LiveStudy { dir, started: None, runs: HashMap::new() }
    }

    fn take(&mut self, event: &Event) -> Result<(), SessionError> {
        match event {
            Event::StudyStarted { runs } => self.start(runs),
            Event::RunStarted { run, done_epochs, .. } => self.start_run(run, *done_epochs),
            Event::EpochDone { run, record } => self.add_epoch(*run, &record.into()),
            Event::RunDone { run, .. } => self.end_run(*run),
            Event::RunElsewhere { run, .. } | Event::RunFailed { run, .. } => {
                self.runs.remove(run);
                Ok(())
            }
            Event::Step { .. }
            | Event::BudgetMeasured { .. }
            | Event::Tuning { .. }
            | Event::Tuned { .. }
            | Event::RunsSetAside { .. }
            | Event::SeedsLowered { .. }
            | Event::PredictionsMissing { .. }
            | Event::RunsAdded { .. } => Ok(()),
        }
    }

    fn start(&mut self, runs: &[RunLabel]) -> Result<(), SessionError> {
        self.runs.clear();
        let results = Results::open_without_runs(&self.dir)?;
        let networks = results.networks.iter().map(|network| network.name.as_str());
        let places = EventDirectories::new(&directory_in(&self.dir)?, networks);
        let study = StartedStudy { events: RunEvents::of(&results), places };
        let ended = runs.iter().filter(|run| run.status != RunStatus::Pending);
        let mut outcome = Ok(());
        for run in ended {
            // One that can't be written hides no other.
            outcome = outcome.and(study.write_missing(run.network_index, run.seed));
        }
        self.started = Some(study);
        outcome
    }

    fn start_run(&mut self, label: &RunLabel, done_epochs: u32) -> Result<(), SessionError> {
        let RunLabel { index, network_index: network, seed, .. } = *label;
        let run = self.runs.entry(index).or_insert(LiveRun { network, seed, file: None });
        run.file = None;
        let Some(study) = &self.started else { return Ok(()) };
        let Some(mut stored) = study.events.results().read_run(network, seed)? else {
            return Ok(());
        };
        // What follows comes as events, and may be stored already.
        stored.epochs.retain(|record| record.epoch <= done_epochs);
        (stored.status, stored.outcome) = (fitroom_results::RunStatus::Pending, None);
        run.file = Some(study.begin(&stored)?);
        Ok(())
    }

    fn add_epoch(&mut self, run: usize, record: &EpochRecord) -> Result<(), SessionError> {
        let Some(run) = self.runs.get_mut(&run) else { return Ok(()) };
        let Some(file) = &mut run.file else { return Ok(()) };
        let written = file
            .add(|file| write_epoch(&mut EventWriter::append_to(file), record, SystemTime::now()));
        if written.is_err() {
            // What comes after half an event can't be read. The file is written anew at the run's end.
            run.file = None;
        }
        Ok(written?)
    }

    fn end_run(&mut self, run: usize) -> Result<(), SessionError> {
        let (Some(run), Some(study)) = (self.runs.remove(&run), &self.started) else {
            return Ok(());
        };
        let Some(stored) = study.events.results().read_run(run.network, run.seed)? else {
            return Ok(());
        };
        match run.file {
            Some(file) => {
                let end = study.events.end(&stored, SystemTime::now())?;
                Ok(file.add(|mut file| file.write_all(&end))?)
            }
            None => study.write(&stored),
        }
    }
}

impl StartedStudy {
    /// Writes a run that has ended, unless it has a whole event file.
    fn write_missing(&self, network: usize, seed: u64) -> Result<(), SessionError> {
        let Some(run) = self.events.results().read_run(network, seed)? else { return Ok(()) };
        let place = self.places.take(network, seed)?;
        if !place.has_whole(&run.id)? {
            place.replace(&run.id, &self.events.file(&run)?)?;
        }
        Ok(())
    }

    fn write(&self, run: &Run) -> Result<(), SessionError> {
        let place = self.places.take(run.network, run.seed)?;
        place.replace(&run.id, &self.events.file(run)?)?;
        Ok(())
    }

    /// Writes a run that goes on.
    fn begin(&self, run: &Run) -> Result<LiveFile, SessionError> {
        let place = self.places.take(run.network, run.seed)?;
        let path = place.replace(&run.id, &self.events.file(run)?)?;
        let file = open_end(&path)?;
        Ok(LiveFile { path, file, _place: place })
    }
}

impl LiveFile {
    fn add(&self, write: impl FnOnce(&File) -> io::Result<()>) -> Result<(), TensorBoardError> {
        write(&self.file).map_err(TensorBoardError::at(&self.path))
    }
}
