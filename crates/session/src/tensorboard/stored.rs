//! Event files of stored runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fitroom_results::{Results, Run, RunStatus};
use fitroom_study::StoredStudy;

use super::TensorBoardError;
use super::place::{EventDirectories, directory_in};
use super::run_events::RunEvents;
use crate::SessionError;

/// The event files that were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorBoardExport {
    /// The directory for `tensorboard --logdir`.
    pub dir: PathBuf,
    /// How many runs were written.
    pub runs: usize,
    /// Runs that a process trains and writes itself, so that they were left alone.
    pub in_use: Vec<RunInUse>,
}

/// A run whose event file another process writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInUse {
    /// The network's name.
    pub network: String,
    /// The seed.
    pub seed: u64,
    /// The other process, as `process 12 on node3`.
    pub by: String,
}

/// Writes an event file for each run that has begun of the study that is stored in `dir`: of all networks,
/// or of one, by its name or number. They go to `out`, or to `DIR/tensorboard`. Event files that are there
/// of the same runs are replaced.
///
/// # Errors
/// There is no study in `dir` or no such network, one of the study's files is damaged, or a file can't be
/// written.
pub fn export_tensorboard(
    dir: &Path,
    network: Option<&str>,
    out: Option<&Path>,
) -> Result<TensorBoardExport, SessionError> {
    let stored = StoredStudy::open(dir)?;
    let network = network.map(|name| stored.study.network(name)).transpose()?;
    let results = Results::try_from(&stored)?;
    // The results hold all runs once more.
    drop(stored);
    let out = out.map_or_else(|| directory_in(dir), |out| Ok(out.to_owned()))?;
    let networks = results.networks.iter().map(|network| network.name.as_str());
    let places = EventDirectories::new(&out, networks);
    let events = RunEvents::of(&results);
    let mut export = TensorBoardExport { dir: out, runs: 0, in_use: Vec::new() };
    for run in begun_runs(&results).filter(|run| network.is_none_or(|of| of == run.network)) {
        let place = match places.take(run.network, run.seed) {
            Ok(place) => place,
            Err(TensorBoardError::InUse { owner: by, .. }) => {
                let network = results.networks[run.network].name.clone();
                export.in_use.push(RunInUse { network, seed: run.seed, by });
                continue;
            }
            Err(error @ TensorBoardError::Io { .. }) => return Err(error.into()),
        };
        place.replace(&run.id, &events.file(run)?)?;
        export.runs += 1;
    }
    Ok(export)
}

/// The runs that have an epoch or have ended, those on fresh seeds too. Each is there once.
fn begun_runs(results: &Results) -> impl Iterator<Item = &Run> {
    let fresh = results.confirmations.iter();
    let fresh = fresh.flat_map(|one| one.runs.iter().chain(&one.baseline_runs));
    let has_begun = |run: &&Run| run.status != RunStatus::Pending || !run.epochs.is_empty();
    let runs = results.runs.iter().chain(fresh).filter(has_begun);
    // Two sweeps may have the same baseline.
    let runs: BTreeMap<(usize, u64), &Run> =
        runs.map(|run| ((run.network, run.seed), run)).collect();
    runs.into_values()
}
