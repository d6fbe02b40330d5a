//! Trains a study's runs: first those that it asks for, then those that are added while it runs.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use fitroom_data::Dataset;
use thiserror::Error;

use crate::crew::Crew;
use crate::directory::Directory;
use crate::{
    AddedBecause, DatasetFacts, Event, NetworkPlan, RunFailure, RunLabel, StoreError, Study,
    StudyError,
};

/// How a study is run. None of these options changes its results.
#[derive(Clone, Copy, Debug)]
pub struct RunOptions {
    /// Threads in total; 0 counts as 1. Each trains a run of its own. When fewer runs than threads
    /// are left, several threads share the steps of one run.
    pub threads: usize,
    /// Longest time between two checkpoints of a run. A run stores one after each epoch, and also
    /// within an epoch that takes longer than this.
    pub checkpoint_every: Duration,
}

impl RunOptions {
    /// This many threads, and a checkpoint every minute within long epochs.
    pub fn new(threads: usize) -> Self {
        RunOptions { threads, checkpoint_every: Duration::from_secs(60) }
    }
}

/// How far a study has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Finished runs, including those that were finished before.
    pub finished: usize,
    /// Runs whose loss became NaN or infinite, including those of earlier calls.
    pub diverged: usize,
    /// Runs that were interrupted or have not begun.
    pub pending: usize,
}

/// Why a study was not run, or only a part of it.
#[derive(Debug, Error)]
pub enum RunError {
    /// The study can't be run on this data.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The study's directory can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Some runs failed. The other runs were trained.
    #[error("{} of the study's runs could not go on:{}", failures.len(), list(failures))]
    Runs {
        /// Each run with its error.
        failures: Vec<(RunLabel, RunFailure)>,
    },
}

/// Trains all runs of `study` on `dataset` that `dir` does not hold yet, and stores them in `dir`.
///
/// It then trains the winner of each sweep, and its baseline, on fresh seeds:
/// [`StoredStudy::confirmations`](crate::StoredStudy::confirmations).
///
/// A study with [`SeedPlan::UntilClear`](crate::SeedPlan::UntilClear) gets its first five seeds.
/// [`run_study_until_clear`] adds the others.
///
/// When `stop` is set, each run stores a checkpoint and the call returns; the next call continues
/// from there. Results depend neither on the number of threads nor on such stops. `observer` is
/// called from all threads.
///
/// # Errors
/// The study can't be run on this data; then nothing is written. The directory can't be used: it
/// is in use, damaged, can't be written, or holds something else. Or some of the runs failed.
pub fn run_study(
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    options: &RunOptions,
    stop: &AtomicBool,
    observer: &(dyn Fn(&Event) + Sync),
) -> Result<Completion, RunError> {
    run_study_until_clear(study, dataset, dir, options, stop, observer, &mut || Ok(Vec::new()))
}

/// Like [`run_study`], but asks `more` for further runs whenever all runs so far have ended. `more`
/// returns networks, as positions in the stored study, with a seed each, and nothing once enough is
/// clear. Runs that were planned before are not trained again.
///
/// # Errors
/// Like [`run_study`], and the errors of `more`.
pub fn run_study_until_clear<E: From<RunError>>(
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    options: &RunOptions,
    stop: &AtomicBool,
    observer: &(dyn Fn(&Event) + Sync),
    more: &mut dyn FnMut() -> Result<Vec<(usize, u64)>, E>,
) -> Result<Completion, E> {
    study.check(dataset).map_err(RunError::from)?;
    let directory =
        Directory::open(dir, study, &DatasetFacts::from(dataset)).map_err(RunError::from)?;
    // `study` may be a part of the study in the directory. Winners are chosen among all of that
    // study's networks, as the report does.
    let whole = directory.study();
    let mut crew = Crew::new(dataset, &directory, options, stop, observer);
    let position =
        |network: &NetworkPlan| whole.networks.iter().position(|other| other.name == network.name);
    let asked: Vec<usize> = study.networks.iter().filter_map(position).collect();
    let jobs = crew.plan(crew.first_runs(study, &asked)?)?;
    observer(&Event::StudyStarted { runs: crew.labels().to_vec() });
    crew.tell_what_is_set_aside()?;
    crew.predict_missing(0);
    crew.work(&jobs);
    while !crew.is_interrupted() {
        let added = crew.without_planned(more()?);
        if added.is_empty() {
            break;
        }
        crew.add(added, AddedBecause::Undecided)?;
    }
    if !crew.is_interrupted() {
        crew.add(crew.confirmations()?, AddedBecause::Confirmation)?;
    }
    Ok(crew.completion()?)
}

fn list(failures: &[(RunLabel, RunFailure)]) -> String {
    failures
        .iter()
        .map(|(run, error)| format!("\n`{}`, seed {}: {error}", run.network, run.seed))
        .collect()
}
