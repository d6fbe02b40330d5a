//! A session: trains one study on its data, and stores the results in its directory.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fitroom_data::{Dataset, Places};
use fitroom_results::Results;
use fitroom_study::{
    Completion, Event, RunError, RunOptions, SeedPlan, Share, Study, data_warnings,
    instruction_set, prepare_shares, run_study, run_study_until_clear, runs_of_shares,
};

use crate::dataset::load_by_way_of;
use crate::ensembles::Scoring;
use crate::event_stream::EventStream;
use crate::output_directory::default_directory;
use crate::report_thread::keep_report_current;
use crate::stored_report::write_report;
use crate::until_clear::{Look, look};
use crate::{Observer, SessionControl, SessionError, SessionEvent, StudyRequest, WrittenReport};

/// How a session works. No option changes the result of a run; `margin` changes verdicts.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// The places where data sets are looked for, and downloaded to.
    pub places: Places,
    /// A directory on a disk of this machine. The data set's files are copied there, once for all
    /// processes, and read there; `None`: they are read where they are.
    pub stage: Option<PathBuf>,
    /// Output directory; `None`: `fitroom-out/STUDY-DATASET`.
    pub out: Option<PathBuf>,
    /// Networks whose accuracies differ by no more than this fraction are equivalent.
    pub margin: f64,
    /// Number of threads; `None`: one per core. No more than four per core are used.
    pub threads: Option<usize>,
    /// A run is also stored within an epoch, this long after it was last stored.
    pub checkpoint_every: Duration,
}

impl Default for SessionOptions {
    /// All cores, a margin of half a percentage point, a checkpoint each minute.
    fn default() -> Self {
        SessionOptions {
            places: Places::default(),
            stage: None,
            out: None,
            margin: fitroom_stats::DEFAULT_MARGIN,
            threads: None,
            checkpoint_every: Duration::from_secs(60),
        }
    }
}

/// A study with its data and its output directory, ready to be trained.
#[derive(Debug)]
pub struct Session {
    /// The study, with the changes that were asked for.
    pub study: Study,
    /// The images that the study is trained on.
    pub dataset: Dataset,
    /// Output directory.
    pub dir: PathBuf,
    /// Networks whose accuracies differ by no more than this fraction are equivalent.
    pub margin: f64,
    /// How the runs are trained.
    pub run_options: RunOptions,
}

/// The outcome of a session. The report can be written even if some runs failed, and all runs may
/// finish although the report can't be written.
#[derive(Debug)]
pub struct SessionOutcome {
    /// How many runs finished, diverged or are pending, or which of them failed. Runs are pending
    /// only if the session was interrupted or ended early, or left them out.
    pub runs: Result<Completion, SessionError>,
    /// The report of all runs that have finished.
    pub report: Result<WrittenReport, SessionError>,
}

/// Most threads per core. More only cost time: all of them compute and none waits.
const MOST_PER_CORE: usize = 4;

impl Session {
    /// Finds the study and loads its data. If the data is downloaded first, `observer` gets events
    /// of that. Nothing is written to the study's directory.
    ///
    /// # Errors
    /// There is no such study, a change does not suit it, the machine lacks the instruction set
    /// that the user chose, or the data can't be found, downloaded or read.
    pub fn open(
        request: &StudyRequest,
        options: &SessionOptions,
        observer: &mut Observer,
    ) -> Result<Self, SessionError> {
        instruction_set()?;
        let study = request.find()?;
        let SessionOptions { places, stage, .. } = options;
        let (source, reading) = (study.dataset.as_ref(), &study.reading);
        let dataset = load_by_way_of(source, reading, places, stage.as_deref(), observer)?;
        let warnings = data_warnings(&study, &dataset);
        if !warnings.is_empty() {
            observer(&SessionEvent::DataWarnings { warnings });
        }
        let default = || default_directory(&study, request.quick, &dataset);
        let dir = options.out.clone().unwrap_or_else(default);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let run_options = RunOptions {
            threads: options.threads.map_or(cores, |threads| threads.min(MOST_PER_CORE * cores)),
            checkpoint_every: options.checkpoint_every,
            left_out: BTreeSet::new(),
            share: None,
        };
        Ok(Session { study, dataset, dir, margin: options.margin, run_options })
    }

    /// Trains the unfinished runs. Writes the report after each run that ends, and once more at the
    /// end. Events come from several threads, but one at a time.
    ///
    /// # Errors
    /// The study can't be trained on this data or in this directory. Nothing was trained then,
    /// except if the directory became unusable only before the winners of sweeps were confirmed:
    /// all runs so far are stored. All other errors are part of the outcome.
    pub fn train(
        &self,
        control: &SessionControl,
        observer: &mut Observer,
    ) -> Result<SessionOutcome, SessionError> {
        let stream = EventStream::new(observer, self.run_options.threads);
        let runs =
            self.train_part(&self.study, &self.run_options, control.stop_flag(), &stream, || {
                control.set_trained()
            });
        if let Err(
            error @ SessionError::Run(
                RunError::Study(_)
                | RunError::Store(_)
                | RunError::StoppedPreparing
                | RunError::NothingTuned { .. },
            ),
        ) = runs
        {
            return Err(error);
        }
        let report = self.write_report(self.scoring());
        if let Ok(WrittenReport { path, .. }) = &report {
            stream.send(&SessionEvent::ReportWritten { path: path.clone() });
        }
        Ok(SessionOutcome { runs, report })
    }

    /// How many runs the shares of the study have together: all but the fresh seeds of winners.
    ///
    /// # Errors
    /// The study can't be trained on this data, or has no shares.
    pub fn runs_of_shares(&self) -> Result<usize, SessionError> {
        Ok(runs_of_shares(&self.study, &self.dataset)?)
    }

    /// Makes the study's directory and stores the study in it, without training anything. `observer`
    /// is told which budgets are measured for that.
    ///
    /// # Errors
    /// The study has no shares, or can't be trained on this data or in this directory.
    pub fn prepare(&self, observer: &mut Observer) -> Result<(), SessionError> {
        let stream = EventStream::new(observer, self.run_options.threads);
        let on_event = |event: &Event| stream.send_study_event(event);
        Ok(prepare_shares(&self.study, &self.dataset, &self.dir, &on_event)?)
    }

    /// Trains the unfinished runs of one share of the study. Other processes may train other shares in
    /// the same directory meanwhile. No report is written: that is for [`train`](Self::train), once all
    /// shares have ended, which also trains what depends on all runs.
    ///
    /// # Errors
    /// The study has no shares, or can't be trained on this data or in this directory; nothing was
    /// trained then. Or some runs of the share failed.
    pub fn train_share(
        &self,
        share: Share,
        control: &SessionControl,
        observer: &mut Observer,
    ) -> Result<Completion, SessionError> {
        let stream = EventStream::new(observer, self.run_options.threads);
        let options = RunOptions { share: Some(share), ..self.run_options.clone() };
        let on_event = |event: &Event| stream.send_study_event(event);
        let (dataset, dir) = (&self.dataset, &self.dir);
        let runs = run_study(&self.study, dataset, dir, &options, control.stop_flag(), &on_event)?;
        control.set_trained();
        Ok(runs)
    }

    /// Trains the unfinished runs of `study`, which is this session's study with changes, until
    /// `stop` is set. Writes the report after each run that ends, and calls `on_trained` once there is
    /// nothing else left to do.
    pub(crate) fn train_part(
        &self,
        study: &Study,
        options: &RunOptions,
        stop: &AtomicBool,
        stream: &EventStream,
        on_trained: impl FnOnce(),
    ) -> Result<Completion, SessionError> {
        thread::scope(|scope| {
            let (run_ended, ended_runs) = mpsc::channel();
            scope.spawn(|| {
                let ended_runs = ended_runs;
                let write = || self.write_report(Scoring::Nothing);
                keep_report_current(&ended_runs, write, |event| stream.send(&event));
            });
            let on_event = |event: &Event| {
                stream.send_study_event(event);
                if let Event::RunDone { .. } = event {
                    // Sending fails only after the report thread has ended, which is fine.
                    let _ = run_ended.send(());
                }
            };
            let runs = run_study_until_clear(
                study,
                &self.dataset,
                &self.dir,
                options,
                stop,
                &on_event,
                &mut || self.more_runs(study, options, |event| stream.send(event)),
            );
            on_trained();
            // The report thread ends once there is no sender left.
            drop(run_ended);
            runs
        })
    }

    /// How ensembles are scored for a report after which nothing is trained for a while.
    pub(crate) fn scoring(&self) -> Scoring {
        Scoring::Missing { threads: self.run_options.threads }
    }

    /// Writes the report of all runs that have ended by now.
    pub(crate) fn write_report(&self, scoring: Scoring) -> Result<WrittenReport, SessionError> {
        write_report(&self.dir, &self.dataset, scoring, self.margin)
    }

    /// The runs that `study` needs once all runs so far have ended. `tell` gets what was found.
    pub(crate) fn more_runs(
        &self,
        study: &Study,
        options: &RunOptions,
        tell: impl FnOnce(&SessionEvent),
    ) -> Result<Vec<(usize, u64)>, SessionError> {
        match study.seed_plan {
            SeedPlan::Declared | SeedPlan::Extended { .. } => return Ok(Vec::new()),
            SeedPlan::UntilClear => {}
        }
        let results = Results::open(&self.dir)?;
        let Some(Look { event, runs }) = look(&results, study, &options.left_out, self.margin)
        else {
            return Ok(Vec::new());
        };
        tell(&event);
        Ok(runs)
    }
}

#[cfg(test)]
mod tests;
