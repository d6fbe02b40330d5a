//! Trains a study's runs: first those that it asks for, then those that are added while it runs.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use fitroom_data::Dataset;
use fitroom_files::Sharing;

use crate::benchmark::step_seconds;
use crate::budget_steps::{adopt_steps, measure_steps};
use crate::control_group::ControlGroup;
use crate::crew::Crew;
use crate::directory::Directory;
use crate::file_names::TUNING;
use crate::run_options::{Completion, RunError, RunOptions};
use crate::stored_files::read_study;
use crate::training_mark::TrainingMarks;
use crate::tune_subject::first_untuned;
use crate::tuning::tune;
use crate::{AddedBecause, DatasetFacts, Event, NetworkPlan, SeedPlan, Study};

/// Trains all runs of `study` on `dataset` that `dir` does not hold yet, and stores them in `dir`.
///
/// It then trains the winner of each sweep, and its baseline, on fresh seeds:
/// [`StoredStudy::confirmations`](crate::StoredStudy::confirmations).
///
/// A study with [`SeedPlan::UntilClear`](crate::SeedPlan::UntilClear) gets its first five seeds.
/// [`run_study_until_clear`] adds the others. Runs of [`RunOptions::left_out`] are not trained, and with
/// [`RunOptions::share`] only the runs of that share, and no fresh seeds.
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
    let group = ControlGroup::own();
    run_study_in(group, study, dataset, dir, options, stop, observer, more)
}

/// How many runs the shares of `study` have together: all but the fresh seeds of winners.
///
/// # Errors
/// The study can't be run on this data, or runs until clear and so has no shares.
pub fn runs_of_shares(study: &Study, dataset: &Dataset) -> Result<usize, RunError> {
    study.check(dataset)?;
    check_seed_plan(study)?;
    Ok(study.networks.len() * study.seeds as usize)
}

/// Fails if the study can have no shares.
fn check_seed_plan(study: &Study) -> Result<(), RunError> {
    match study.seed_plan {
        SeedPlan::UntilClear => Err(RunError::ShareUntilClear),
        SeedPlan::Declared | SeedPlan::Extended { .. } => Ok(()),
    }
}

/// Makes `dir` the directory of `study`, in which processes will train its shares. `observer` is told
/// which budgets are measured for that.
///
/// # Errors
/// Like [`run_study`] for a share.
pub fn prepare_shares(
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    observer: &(dyn Fn(&Event) + Sync),
) -> Result<(), RunError> {
    let stop = AtomicBool::new(false);
    open_for_shares(study, dataset, dir, &RunOptions::new(1), &stop, observer).map(drop)
}

/// Opens `dir` for a share of `study`.
fn open_for_shares(
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    options: &RunOptions,
    stop: &AtomicBool,
    observer: &(dyn Fn(&Event) + Sync),
) -> Result<Directory, RunError> {
    runs_of_shares(study, dataset)?;
    let facts = DatasetFacts::of(study, dataset);
    // The study in `dir` may run until clear. That is looked at before anything is written, and again
    // in case that another process made it so meanwhile.
    check_seed_plan(&Directory::planned(dir, study, &facts, Sharing::Together)?)?;
    let directory =
        open_directory(study, dataset, dir, Sharing::Together, options, stop, observer)?;
    check_seed_plan(directory.study())?;
    Ok(directory)
}

/// Opens `dir` for `study`. Before that is stored, measures the budgets whose steps are not known and
/// tunes the learning rates that are not known.
fn open_directory(
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    sharing: Sharing,
    options: &RunOptions,
    stop: &AtomicBool,
    observer: &(dyn Fn(&Event) + Sync),
) -> Result<Directory, RunError> {
    let facts = DatasetFacts::of(study, dataset);
    let train = |tuning: &Study, dir: &Path| {
        let options = RunOptions { left_out: BTreeSet::new(), ..options.clone() };
        let tell = |event: &Event| observer(&Event::Tuning { of: Box::new(event.clone()) });
        match run_study(tuning, dataset, dir, &options, stop, &tell)? {
            Completion { pending: 0, elsewhere: 0, .. } => Ok(()),
            Completion { .. } => Err(RunError::StoppedPreparing),
        }
    };
    Directory::open_prepared(dir, study, &facts, sharing, &mut |study| {
        let whole = study.clone();
        let mut measure = |plan: &NetworkPlan| match step_seconds(&whole, plan, dataset, stop)? {
            Some(seconds) => Ok(seconds),
            None => Err(RunError::StoppedPreparing),
        };
        if sharing == Sharing::Together && first_untuned(study).is_some() {
            return Err(RunError::ShareBeforeTuning);
        }
        // A tuning that was interrupted has the steps that were measured for it.
        if let Some((tuning, _)) = read_study(&dir.join(TUNING))? {
            adopt_steps(study, &tuning.networks);
        }
        measure_steps(study, &mut measure, observer)?;
        *study = study.clone().resolved(dataset.into())?;
        tune(study, dir, &train, observer)
    })
}

/// [`run_study_until_clear`] in this control group.
#[expect(clippy::too_many_arguments, reason = "they are those of a public function, and the group")]
pub(crate) fn run_study_in<E: From<RunError>>(
    group: Option<ControlGroup>,
    study: &Study,
    dataset: &Dataset,
    dir: &Path,
    options: &RunOptions,
    stop: &AtomicBool,
    observer: &(dyn Fn(&Event) + Sync),
    more: &mut dyn FnMut() -> Result<Vec<(usize, u64)>, E>,
) -> Result<Completion, E> {
    let directory = match options.share {
        Some(_) => open_for_shares(study, dataset, dir, options, stop, observer)?,
        None => {
            study.check(dataset).map_err(RunError::from)?;
            open_directory(study, dataset, dir, Sharing::Alone, options, stop, observer)?
        }
    };
    // `study` may be a part of the study in the directory. Winners are chosen among all of that
    // study's networks, as the report does.
    let whole = directory.study();
    let marks = TrainingMarks::read(&directory.runs(), group).map_err(RunError::from)?;
    let mut crew = Crew::new(dataset, &directory, marks, options, stop, observer);
    // A map, since a study may have thousands of networks.
    let names = whole.networks.iter().map(|network| network.name.as_str());
    let positions: HashMap<&str, usize> = names.enumerate().map(|(at, name)| (name, at)).collect();
    let position = |network: &NetworkPlan| positions.get(network.name.as_str()).copied();
    let asked: Vec<usize> = study.networks.iter().filter_map(position).collect();
    let mut runs = crew.first_runs(study, &asked)?;
    if let Some(share) = options.share {
        runs = crew.of_share(share, runs)?;
    }
    let jobs = crew.plan(runs)?;
    observer(&Event::StudyStarted { runs: crew.labels().to_vec() });
    if let Some(from) = directory.seeds_before() {
        observer(&Event::SeedsLowered { from, to: whole.seeds });
    }
    crew.tell_what_is_set_aside()?;
    crew.predict_missing(0)?;
    crew.work(&jobs)?;
    if options.share.is_some() {
        return Ok(crew.completion()?);
    }
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
