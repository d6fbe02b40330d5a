//! A study's runs, spread over the cores: a run a thread as long as there are enough, then several threads a run.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use fitroom_data::Dataset;
use thiserror::Error;

use crate::directory::Directory;
use crate::run::{RunFacts, epoch_cost, order};
use crate::trainer::{Ended, Progress, Trainer};
use crate::{DatasetFacts, Event, NetworkPlan, RunLabel, RunStatus, StoreError, Study, StudyError, image_shape};

/// How a study is run; none of it changes what comes out.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Threads in all, one at least: for runs at once and, where fewer runs are left than that, for the steps of each.
    pub threads: usize,
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
        failures: Vec<(RunLabel, StoreError)>,
    },
}

/// One piece of work: all runs that are described alike. Networks that differ in name alone are trained once.
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
/// What comes out does not depend on the number of threads, nor on how often `stop` was set and the study gone on with.
/// `observer` is called from all threads.
///
/// # Errors
/// The study can't be run on this data or not in this directory: then nothing was written. Or some of its runs could not
/// be stored.
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
    let (labels, jobs) = plan(study, dataset, &directory)?;
    observer(&Event::StudyStarted { runs: labels.clone() });

    let at_once = options.threads.clamp(1, jobs.len().max(1));
    let queue = order(jobs.iter().map(|job| (job.facts.seed, job.cost)), at_once);
    let next = AtomicUsize::new(0);
    let shares = Shares::new(options.threads.max(1), queue.len());
    let results = Mutex::new(Vec::new());
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(&index) = queue.get(place) else { break };
            let job = &jobs[index];
            let label = &labels[job.runs[0]];
            let result = train(job, dataset, &directory, label, stop, shares.of(place), observer);
            shares.end(place);
            job.runs.iter().filter_map(|&run| end(run, &result)).for_each(|event| observer(&event));
            results.lock().expect("pushing does not panic").push((job, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(work);
        }
    });

    let mut statuses: Vec<RunStatus> = labels.iter().map(|label| label.status).collect();
    let mut failures = Vec::new();
    for (job, result) in results.into_inner().expect("pushing does not panic") {
        match result {
            Ok(ended) => job.runs.iter().for_each(|&run| statuses[run] = ended.status()),
            Err(error) => failures.push((labels[job.runs[0]].clone(), error)),
        }
    }
    if !failures.is_empty() {
        return Err(RunError::Runs { failures });
    }
    let count = |wanted| statuses.iter().filter(|&&status| status == wanted).count();
    Ok(Completion {
        finished: count(RunStatus::Finished),
        diverged: count(RunStatus::Diverged),
        pending: count(RunStatus::Pending),
    })
}

/// Threads of each job in the queue: one while there are enough jobs, then an equal share for those that are left.
struct Shares {
    threads: usize,
    /// By place in the queue; 0 of a job that has ended.
    of: Vec<AtomicUsize>,
    /// Two jobs may end at once.
    ending: Mutex<()>,
}

impl Shares {
    fn new(threads: usize, jobs: usize) -> Self {
        let of = (0..jobs).map(|_| AtomicUsize::new(1)).collect();
        let shares = Shares { threads, of, ending: Mutex::new(()) };
        shares.divide();
        shares
    }

    /// The job's share, which grows when others end.
    fn of(&self, place: usize) -> &AtomicUsize {
        &self.of[place]
    }

    /// Gives the job's share to those that are left.
    fn end(&self, place: usize) {
        let _ending = self.ending.lock().expect("storing numbers does not panic");
        self.of[place].store(0, Ordering::Relaxed);
        self.divide();
    }

    fn divide(&self) {
        let left = || self.of.iter().filter(|share| share.load(Ordering::Relaxed) > 0);
        let jobs = left().count();
        // What can't be divided evenly goes to those that were begun last: they have most before them.
        for (rank, share) in left().rev().enumerate() {
            let more = usize::from(rank < self.threads % jobs);
            share.store((self.threads / jobs + more).max(1), Ordering::Relaxed);
        }
    }
}

/// All runs of the study, and the jobs that are left to do.
fn plan<'a>(
    study: &'a Study,
    dataset: &Dataset,
    directory: &Directory,
) -> Result<(Vec<RunLabel>, Vec<Job<'a>>), RunError> {
    let mut labels = Vec::new();
    let mut jobs: Vec<Job> = Vec::new();
    for (network_index, plan) in study.networks.iter().enumerate() {
        let epoch_cost = epoch_cost(study, plan, dataset)?;
        let epochs = plan.training.epochs;
        for seed in 1..=u64::from(study.seeds) {
            let index = labels.len();
            let facts = RunFacts::new(study, plan, seed, &dataset.fingerprint);
            let (status, done, _) = directory.run(&facts).progress()?;
            if status == RunStatus::Pending {
                match jobs.iter_mut().find(|job| job.facts == facts) {
                    Some(job) => job.runs.push(index),
                    None => jobs.push(Job { plan, facts, runs: vec![index], cost: epoch_cost * u64::from(epochs) }),
                }
            }
            labels.push(RunLabel {
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
    }
    Ok((labels, jobs))
}

fn train(
    job: &Job,
    dataset: &Dataset,
    directory: &Directory,
    label: &RunLabel,
    stop: &AtomicBool,
    threads: &AtomicUsize,
    observer: &(dyn Fn(&Event) + Sync),
) -> Result<Ended, StoreError> {
    let architecture = job.plan.architecture(image_shape(dataset), dataset.classes.len())?;
    let directory = directory.run(&job.facts);
    let trainer = Trainer::begin(dataset, &job.facts, &job.plan.name, &architecture, directory, stop, threads)?;
    observer(&Event::RunStarted {
        run: label.clone(),
        epochs: label.epochs,
        done_epochs: trainer.done_epochs(),
        images_per_epoch: trainer.images_per_epoch(),
    });
    let run = label.index;
    trainer.run(&mut |progress| {
        observer(&match progress {
            Progress::Step { epoch, images_done, loss } => Event::Step { run, epoch, images_done, loss },
            Progress::Epoch(record) => Event::EpochDone { run, record },
        });
    })
}

/// What is told when a run has ended; nothing where it was only interrupted.
fn end(run: usize, result: &Result<Ended, StoreError>) -> Option<Event> {
    match result {
        Ok(Ended::Finished(outcome)) => {
            Some(Event::RunDone { run, status: RunStatus::Finished, outcome: Some(*outcome) })
        }
        Ok(Ended::Diverged) => Some(Event::RunDone { run, status: RunStatus::Diverged, outcome: None }),
        Ok(Ended::Stopped) => None,
        Err(error) => Some(Event::RunFailed { run, error: error.to_string() }),
    }
}

fn list(failures: &[(RunLabel, StoreError)]) -> String {
    failures.iter().map(|(run, error)| format!("\n`{}`, seed {}: {error}", run.network, run.seed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_jobs_than_threads_share_all_of_them() {
        let shares = Shares::new(5, 7);
        let all = || (0..7).map(|place| shares.of(place).load(Ordering::Relaxed)).collect::<Vec<_>>();
        assert_eq!(all(), [1; 7]);
        let after = |place| {
            shares.end(place);
            all()
        };
        assert_eq!(after(1), [1, 0, 1, 1, 1, 1, 1]);
        assert_eq!(after(0), [0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(after(3), [0, 0, 1, 0, 1, 1, 2]);
        assert_eq!(after(6), [0, 0, 1, 0, 2, 2, 0]);
        assert_eq!(after(2), [0, 0, 0, 0, 2, 3, 0]);
        assert_eq!(after(5), [0, 0, 0, 0, 5, 0, 0]);
        assert_eq!(after(4), [0; 7]);
    }

    #[test]
    fn a_study_of_one_job_has_all_threads_from_the_start() {
        assert_eq!(Shares::new(4, 1).of(0).load(Ordering::Relaxed), 4);
        Shares::new(4, 0);
    }
}
