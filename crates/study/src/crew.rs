//! The threads that train a study's runs: one thread per run while there are enough runs, then
//! several threads per run.

mod planning;

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fitroom_data::Dataset;

use crate::directory::Directory;
use crate::memory;
use crate::missing_predictions::make_missing;
use crate::run::{RunFacts, order};
use crate::run_directory::RunDirectory;
use crate::run_lock::RunLock;
use crate::run_problem::RunProblem;
use crate::thread_shares::Shares;
use crate::trainer::{Control, Ended, Trainer, TrainerEvent};
use crate::training_mark::TrainingMarks;
use crate::workers::on_threads;
use crate::{
    AddedBecause, Architecture, Completion, Event, NetworkPlan, RunError, RunFailure, RunLabel,
    RunOptions, RunStatus, Study, image_shape,
};

/// One training, for all runs with equal [`RunFacts`]: networks that differ only in their names are
/// trained once.
pub(crate) struct Job<'a> {
    plan: &'a NetworkPlan,
    facts: RunFacts,
    /// Indices of these runs in [`Crew::labels`].
    runs: Vec<usize>,
    /// Multiply-adds of the whole training, roughly.
    cost: u64,
}

/// What all threads that work on a study share, and how far they have come.
pub(crate) struct Crew<'a> {
    study: &'a Study,
    dataset: &'a Dataset,
    directory: &'a Directory,
    marks: TrainingMarks,
    options: RunOptions,
    stop: &'a AtomicBool,
    observer: &'a (dyn Fn(&Event) + Sync),
    /// All runs that were planned.
    labels: Vec<RunLabel>,
    /// The current status of each run in `labels`.
    statuses: Vec<RunStatus>,
    failures: Vec<(RunLabel, RunFailure)>,
    /// Runs that another process trained.
    elsewhere: usize,
    /// The ids of the trainings that are left out.
    left_out: HashSet<String>,
}

impl<'a> Crew<'a> {
    /// A crew that has no runs yet.
    pub fn new(
        dataset: &'a Dataset,
        directory: &'a Directory,
        marks: TrainingMarks,
        options: &RunOptions,
        stop: &'a AtomicBool,
        observer: &'a (dyn Fn(&Event) + Sync),
    ) -> Self {
        let study = directory.study();
        let left_out = options.left_out.iter().filter_map(|&(network, seed)| {
            Some(directory.facts(study.networks.get(network)?, seed, dataset).id())
        });
        Crew {
            left_out: left_out.collect(),
            study,
            dataset,
            directory,
            marks,
            options: RunOptions { threads: options.threads.max(1), ..options.clone() },
            stop,
            observer,
            labels: Vec::new(),
            statuses: Vec::new(),
            failures: Vec::new(),
            elsewhere: 0,
        }
    }

    /// All runs that were planned.
    pub fn labels(&self) -> &[RunLabel] {
        &self.labels
    }

    /// Whether runs are left that the crew was stopped from ending.
    pub fn is_interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed) && self.statuses.contains(&RunStatus::Pending)
    }

    /// Adds runs to the study and trains them.
    pub fn add(&mut self, runs: Vec<(usize, u64)>, because: AddedBecause) -> Result<(), RunError> {
        if runs.is_empty() {
            return Ok(());
        }
        let planned = self.labels.len();
        let jobs = self.plan(runs)?;
        (self.observer)(&Event::RunsAdded { because, runs: self.labels[planned..].to_vec() });
        self.predict_missing(planned)?;
        self.work(&jobs)
    }

    /// Makes the missing predictions of the runs in `labels[first..]`: of those that an earlier
    /// version finished.
    pub fn predict_missing(&mut self, first: usize) -> Result<(), RunError> {
        let Crew {
            study,
            dataset,
            directory,
            options: RunOptions { threads, .. },
            stop,
            observer,
            ..
        } = *self;
        let runs = &self.labels[first..];
        self.failures
            .extend(make_missing(study, dataset, directory, runs, threads, stop, observer)?);
        Ok(())
    }

    /// Does the jobs, and begins no more of them after `stop` was set. Does none if the system
    /// refuses a thread.
    pub fn work(&mut self, jobs: &[Job]) -> Result<(), RunError> {
        let at_once = self.options.threads.clamp(1, jobs.len().max(1));
        let queue = order(jobs.iter().map(|job| (job.facts.seed, job.cost)), at_once);
        let next = AtomicUsize::new(0);
        let shares = Shares::new(self.options.threads, queue.len());
        let results = Mutex::new(Vec::new());
        let work = || {
            while !self.stop.load(Ordering::Relaxed) {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(&index) = queue.get(place) else { break };
                let job = &jobs[index];
                let result = self.train(job, shares.of(place));
                shares.end(place);
                job.runs
                    .iter()
                    .filter_map(|&run| end_event(run, &result))
                    .for_each(|event| (self.observer)(&event));
                results.lock().expect("pushing does not panic").push((job, result));
            }
        };
        on_threads(at_once, work)
            .map_err(|source| RunError::Threads { threads: at_once, source })?;
        for (job, result) in results.into_inner().expect("pushing does not panic") {
            match result {
                Ok(ended) => {
                    job.runs.iter().for_each(|&run| self.statuses[run] = ended.status());
                    if let Ended::Elsewhere(_) = ended {
                        self.elsewhere += job.runs.len();
                    }
                }
                Err(error) => self.failures.push((self.labels[job.runs[0]].clone(), error)),
            }
        }
        Ok(())
    }

    /// Trains a run, unless another process does. Notes in its directory why it failed.
    fn train(&self, job: &Job, threads: &AtomicUsize) -> Result<Ended, RunFailure> {
        let run = self.directory.run(&job.facts);
        let note = |failure| {
            RunProblem::note(run.path(), &failure);
            failure
        };
        let _lock = match RunLock::take(run.path()).map_err(|error| note(error.into()))? {
            Ok(lock) => lock,
            Err(by) => return Ok(Ended::Elsewhere(by)),
        };
        // While the run is locked, since another process may begin it right after.
        self.train_locked(job, threads).map_err(note)
    }

    /// Trains a run whose lock this process has.
    fn train_locked(&self, job: &Job, threads: &AtomicUsize) -> Result<Ended, RunFailure> {
        let Crew { dataset, stop, .. } = self;
        let directory = self.directory.run(&job.facts);
        // Another process may have ended the run since it was planned.
        match directory.progress()? {
            (RunStatus::Finished, _, Some(outcome)) => return Ok(Ended::Finished(outcome)),
            (RunStatus::Diverged, ..) => return Ok(Ended::Diverged),
            (RunStatus::Finished | RunStatus::Pending, ..) => {}
        }
        self.marks.check(&job.facts)?;
        let architecture = job.plan.architecture(image_shape(dataset), dataset.classes.len())?;
        let control = Control { stop, threads, checkpoint_every: self.options.checkpoint_every };
        let most = threads.load(Ordering::Relaxed);
        let memory = job.plan.memory(dataset, most)?;
        RunProblem::forget(directory.path());
        let Some(_reserved) = memory::reserve(memory, stop)? else { return Ok(Ended::Stopped) };
        let path = directory.path().to_owned();
        self.marks.begin(&path, &job.facts, memory.used)?;
        let ended = self.train_marked(job, &architecture, directory, control);
        let removed = self.marks.end(&path);
        match ended? {
            // The next start would take the file for that of a killed process.
            Ended::Stopped => removed.map(|()| Ended::Stopped).map_err(RunFailure::from),
            ended @ (Ended::Finished(_) | Ended::Diverged | Ended::Elsewhere(_)) => Ok(ended),
        }
    }

    /// Trains a run for which there is memory and which is marked as under way.
    fn train_marked(
        &self,
        job: &Job,
        architecture: &Architecture,
        directory: RunDirectory,
        control: Control,
    ) -> Result<Ended, RunFailure> {
        let Crew { dataset, observer, .. } = self;
        let label = &self.labels[job.runs[0]];
        let trainer =
            Trainer::begin(dataset, &job.facts, job.plan, architecture, directory, control)?;
        observer(&Event::RunStarted {
            run: label.clone(),
            epochs: label.epochs,
            done_epochs: trainer.done_epochs(),
            images_per_epoch: trainer.images_per_epoch(),
        });
        let run = label.index;
        trainer.run(&mut |progress| {
            observer(&match progress {
                TrainerEvent::Step { epoch, images_done, loss } => {
                    Event::Step { run, epoch, images_done, loss }
                }
                TrainerEvent::Epoch(record) => Event::EpochDone { run, record },
            });
        })
    }

    pub fn completion(self) -> Result<Completion, RunError> {
        if !self.failures.is_empty() {
            return Err(RunError::Runs { failures: self.failures });
        }
        let count = |wanted| self.statuses.iter().filter(|&&status| status == wanted).count();
        Ok(Completion {
            finished: count(RunStatus::Finished),
            diverged: count(RunStatus::Diverged),
            pending: count(RunStatus::Pending) - self.elsewhere,
            elsewhere: self.elsewhere,
        })
    }
}

/// The event at a run's end. `None` if it was only interrupted.
fn end_event(run: usize, result: &Result<Ended, RunFailure>) -> Option<Event> {
    match result {
        Ok(Ended::Finished(outcome)) => {
            Some(Event::RunDone { run, status: RunStatus::Finished, outcome: Some(*outcome) })
        }
        Ok(Ended::Diverged) => {
            Some(Event::RunDone { run, status: RunStatus::Diverged, outcome: None })
        }
        Ok(Ended::Elsewhere(by)) => Some(Event::RunElsewhere { run, by: by.clone() }),
        Ok(Ended::Stopped) => None,
        Err(error) => Some(Event::RunFailed { run, error: error.to_string() }),
    }
}
