//! A study's runs, spread over the cores: a run a thread as long as there are enough, then several
//! threads a run.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fitroom_data::Dataset;
use thiserror::Error;

use crate::confirmation::{Winner, fresh_seeds, winners};
use crate::directory::Directory;
use crate::missing_predictions::make_missing;
use crate::run::{RunFacts, epoch_cost, order};
use crate::thread_shares::Shares;
use crate::trainer::{Control, Ended, Progress, Trainer};
use crate::{
    DatasetFacts, Event, NetworkPlan, RunFailure, RunLabel, RunStatus, SettingChange, StoreError,
    Study, StudyError, image_shape,
};

/// How a study is run; none of it changes what comes out.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Threads in all, one at least: for runs at once and, where fewer runs are left than that, for
    /// the steps of each.
    pub threads: usize,
    /// A run's state is stored after each epoch and, where an epoch takes longer than this, within
    /// it too.
    pub checkpoint_every: Duration,
}

impl RunOptions {
    /// On so many threads, with a checkpoint a minute within long epochs.
    pub fn new(threads: usize) -> Self {
        RunOptions { threads, checkpoint_every: Duration::from_secs(60) }
    }
}

/// How far a study came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Runs that are finished, those of before included.
    pub finished: usize,
    /// Runs whose loss became NaN or infinite, those of before included.
    pub diverged: usize,
    /// Runs that were interrupted or not begun.
    pub pending: usize,
}

/// Why a study was not run, or not all of it.
#[derive(Debug, Error)]
pub enum RunError {
    /// It can't be run on this data.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// Its directory can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Some runs could not go on; the others did.
    #[error("{} of the study's runs could not go on:{}", failures.len(), list(failures))]
    Runs {
        /// Each run with its error.
        failures: Vec<(RunLabel, RunFailure)>,
    },
}

/// One piece of work: all runs that are described alike. Networks that differ in name alone are
/// trained once.
struct Job<'a> {
    plan: &'a NetworkPlan,
    facts: RunFacts,
    /// Their positions.
    runs: Vec<usize>,
    /// Multiply-adds, roughly.
    cost: u64,
}

/// Trains what is not trained yet of `study` on `dataset`, and keeps it in `dir`.
///
/// The winners of its sweeps are then trained on fresh seeds, which
/// [`StoredStudy`](crate::StoredStudy)'s confirmations has.
///
/// What comes out does not depend on the number of threads, nor on how often `stop` was set and the
/// study gone on with. `observer` is called from all threads.
///
/// # Errors
/// The study can't be run on this data or not in this directory: then nothing was written. Or some
/// of its runs could not be stored.
pub fn run_study(
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    options: &RunOptions,
    stop: &AtomicBool,
    observer: &(dyn Fn(&Event) + Sync),
) -> Result<Completion, RunError> {
    study.check(dataset)?;
    let directory = Directory::open(dir, study, &DatasetFacts::from(dataset))?;
    // What was asked for may be a part of what is there: winners are chosen among all of it, as the
    // report does.
    let whole = directory.study();
    let mut crew = Crew {
        study: whole,
        dataset,
        directory: &directory,
        options: RunOptions { threads: options.threads.max(1), ..*options },
        stop,
        observer,
        labels: Vec::new(),
        statuses: Vec::new(),
        failures: Vec::new(),
    };
    let seeds = u64::from(study.seeds);
    let position =
        |network: &NetworkPlan| whole.networks.iter().position(|other| other.name == network.name);
    let asked = study.networks.iter().filter_map(position);
    let jobs = crew.plan(asked.flat_map(|network| (1..=seeds).map(move |seed| (network, seed))))?;
    observer(&Event::StudyStarted { runs: crew.labels.clone() });
    crew.tell_what_is_set_aside()?;
    crew.predict_missing(0);
    crew.work(&jobs);
    let planned = crew.labels.len();
    let jobs = crew.plan(crew.confirmations()?)?;
    if crew.labels.len() > planned {
        observer(&Event::RunsAdded { runs: crew.labels[planned..].to_vec() });
        crew.predict_missing(planned);
        crew.work(&jobs);
    }
    crew.completion()
}

/// Threads at work on a study, and how far they have come.
struct Crew<'a> {
    study: &'a Study,
    dataset: &'a Dataset,
    directory: &'a Directory,
    options: RunOptions,
    stop: &'a AtomicBool,
    observer: &'a (dyn Fn(&Event) + Sync),
    /// All runs that were planned.
    labels: Vec<RunLabel>,
    /// How far each has come by now.
    statuses: Vec<RunStatus>,
    failures: Vec<(RunLabel, RunFailure)>,
}

impl<'a> Crew<'a> {
    /// Takes note of the runs of these networks and seeds, and returns the jobs that are left to do
    /// for them.
    fn plan(
        &mut self,
        wanted: impl IntoIterator<Item = (usize, u64)>,
    ) -> Result<Vec<Job<'a>>, RunError> {
        let (mut jobs, mut known): (Vec<Job>, HashMap<String, usize>) = Default::default();
        for (network_index, seed) in wanted {
            let plan = &self.study.networks[network_index];
            let epoch_cost = epoch_cost(self.study, plan, self.dataset)?;
            let (index, epochs) = (self.labels.len(), plan.training.epochs);
            let facts = self.facts(network_index, seed);
            let (status, done, _) = self.directory.run(&facts).progress()?;
            if status == RunStatus::Pending {
                let cost = epoch_cost.saturating_mul(epochs.into());
                let job = *known.entry(facts.id()).or_insert_with(|| {
                    jobs.push(Job { plan, facts, runs: Vec::new(), cost });
                    jobs.len() - 1
                });
                jobs[job].runs.push(index);
            }
            self.statuses.push(status);
            self.labels.push(RunLabel {
                index,
                network: plan.name.clone(),
                network_index,
                seed,
                status,
                epochs,
                done_epochs: done.len() as u32,
                epoch_cost,
            });
        }
        Ok(jobs)
    }

    /// Tells of each network whose runs are others now.
    fn tell_what_is_set_aside(&self) -> Result<(), RunError> {
        for before in self.directory.changed() {
            let now = self.study.networks.iter().find(|now| now.name == before.name);
            let changes = now.map_or_else(Vec::new, |now| SettingChange::between(before, now));
            let mut runs = 0;
            for seed in 1..=u64::from(self.study.seeds) {
                let facts = RunFacts::new(self.study, before, seed, &self.dataset.fingerprint);
                let (_, epochs, _) = self.directory.run(&facts).progress()?;
                runs += usize::from(!epochs.is_empty());
            }
            if runs > 0 {
                (self.observer)(&Event::RunsSetAside {
                    network: before.name.clone(),
                    changes,
                    runs,
                });
            }
        }
        Ok(())
    }

    /// Makes what runs lack that were planned from position `first` on and were finished by an
    /// earlier version.
    fn predict_missing(&mut self, first: usize) {
        let Crew {
            study,
            dataset,
            directory,
            options: RunOptions { threads, .. },
            stop,
            observer,
            ..
        } = *self;
        let failures =
            make_missing(study, dataset, directory, &self.labels[first..], threads, stop, observer);
        self.failures.extend(failures.into_iter().map(|(run, error)| (run, error.into())));
    }

    /// Does the jobs, or as many as there are before it is told to stop.
    fn work(&mut self, jobs: &[Job]) {
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
                    .filter_map(|&run| end(run, &result))
                    .for_each(|event| (self.observer)(&event));
                results.lock().expect("pushing does not panic").push((job, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..at_once {
                scope.spawn(work);
            }
        });
        for (job, result) in results.into_inner().expect("pushing does not panic") {
            match result {
                Ok(ended) => job.runs.iter().for_each(|&run| self.statuses[run] = ended.status()),
                Err(error) => self.failures.push((self.labels[job.runs[0]].clone(), error)),
            }
        }
    }

    /// Networks and fresh seeds that are to confirm the winners of sweeps.
    fn confirmations(&self) -> Result<Vec<(usize, u64)>, RunError> {
        let winners = winners(self.study, |network, seed| {
            let (status, epochs, _) = self.directory.run(&self.facts(network, seed)).progress()?;
            Ok::<_, StoreError>((status, epochs))
        })?;
        // Two sweeps may have one baseline.
        let networks: BTreeSet<usize> = winners.iter().flat_map(Winner::networks).collect();
        let fresh = |network| fresh_seeds(self.study).map(move |seed| (network, seed));
        Ok(networks.into_iter().flat_map(fresh).collect())
    }

    fn facts(&self, network: usize, seed: u64) -> RunFacts {
        RunFacts::new(self.study, &self.study.networks[network], seed, &self.dataset.fingerprint)
    }

    fn train(&self, job: &Job, threads: &AtomicUsize) -> Result<Ended, RunFailure> {
        let Crew { dataset, stop, observer, .. } = self;
        let architecture = job.plan.architecture(image_shape(dataset), dataset.classes.len())?;
        let (directory, label) = (self.directory.run(&job.facts), &self.labels[job.runs[0]]);
        let control = Control { stop, threads, checkpoint_every: self.options.checkpoint_every };
        let trainer =
            Trainer::begin(dataset, &job.facts, &job.plan.name, &architecture, directory, control)?;
        observer(&Event::RunStarted {
            run: label.clone(),
            epochs: label.epochs,
            done_epochs: trainer.done_epochs(),
            images_per_epoch: trainer.images_per_epoch(),
        });
        let run = label.index;
        let ended = trainer.run(&mut |progress| {
            observer(&match progress {
                Progress::Step { epoch, images_done, loss } => {
                    Event::Step { run, epoch, images_done, loss }
                }
                Progress::Epoch(record) => Event::EpochDone { run, record },
            });
        });
        Ok(ended?)
    }

    fn completion(self) -> Result<Completion, RunError> {
        if !self.failures.is_empty() {
            return Err(RunError::Runs { failures: self.failures });
        }
        let count = |wanted| self.statuses.iter().filter(|&&status| status == wanted).count();
        Ok(Completion {
            finished: count(RunStatus::Finished),
            diverged: count(RunStatus::Diverged),
            pending: count(RunStatus::Pending),
        })
    }
}

/// What is told when a run has ended; nothing where it was only interrupted.
fn end(run: usize, result: &Result<Ended, RunFailure>) -> Option<Event> {
    match result {
        Ok(Ended::Finished(outcome)) => {
            Some(Event::RunDone { run, status: RunStatus::Finished, outcome: Some(*outcome) })
        }
        Ok(Ended::Diverged) => {
            Some(Event::RunDone { run, status: RunStatus::Diverged, outcome: None })
        }
        Ok(Ended::Stopped) => None,
        Err(error) => Some(Event::RunFailed { run, error: error.to_string() }),
    }
}

fn list(failures: &[(RunLabel, RunFailure)]) -> String {
    failures
        .iter()
        .map(|(run, error)| format!("\n`{}`, seed {}: {error}", run.network, run.seed))
        .collect()
}
