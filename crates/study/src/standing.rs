//! Where each run of a study stands: done, trained now, waiting or failed. Read without any lock, while
//! any number of processes train.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;
use std::mem::take;
use std::path::Path;
use std::thread;

use fitroom_files::{LockFile, Sharing};
use serde::Serialize;

use crate::arithmetic::Arithmetic;
use crate::confirmation::{Winner, fresh_seeds, winners};
use crate::file_names::{LOCK_FILE, RUN};
use crate::plain_text::make_plain;
use crate::run::{RunFacts, epoch_cost};
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::run_problem::RunProblem;
use crate::stored_files::{read_study, run_directory, stored_arithmetic};
use crate::{DatasetFacts, EpochRecord, RunStatus, StoreError, Study};

/// Where all runs of a study stand.
#[derive(Clone, Debug)]
pub struct StudyStanding {
    /// The study's name.
    pub study: String,
    /// The name of the data set that it is trained on.
    pub dataset: String,
    /// Network by network, seeds ascending. Then the fresh seeds of the winners of sweeps, as soon as
    /// the winners are known. Of a study that runs until clear, the seeds that each network gets at first,
    /// and those that have begun: which others are needed, nobody knows yet.
    pub runs: Vec<RunStanding>,
}

/// Where one run stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunStanding {
    /// The network's name.
    pub network: String,
    /// The seed, from 1.
    pub seed: u64,
    /// What the run does.
    #[serde(flatten)]
    pub state: RunState,
    /// The machine on which it is trained now, or failed. Of other runs, the machine on which the run
    /// began, which need not be the one on which it ended. `None` if it has not begun, or if an earlier
    /// version trained it.
    pub host: Option<String>,
    /// Epochs that are done; those of a run that has ended are not counted.
    pub done_epochs: u32,
    /// Epochs of the whole run.
    pub epochs: u32,
    /// Passes over the training images in the whole run: its epochs, the last one perhaps in part.
    #[serde(skip)]
    pub passes: f64,
    /// Estimated multiply-adds of one epoch, training and scoring.
    #[serde(skip)]
    pub epoch_cost: u64,
}

/// What a run does.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum RunState {
    /// It is trained and scored.
    Finished {
        /// Wall-clock seconds of the whole run.
        seconds: f64,
    },
    /// Its loss became NaN or infinite.
    Diverged,
    /// A process trains it now.
    Running {
        /// The process, as `process 12 on node3`.
        by: String,
    },
    /// It has not begun, or was stopped.
    Waiting,
    /// It failed the last time that it was tried.
    Failed {
        /// Why.
        error: String,
    },
}

impl StudyStanding {
    /// Reads where the runs of the study in `dir` stand. The files of runs that have ended are not checked
    /// against each other, as [`StoredStudy::open`](crate::StoredStudy::open) does.
    ///
    /// # Errors
    /// If `dir` holds no study, or a damaged one.
    pub fn read(dir: &Path) -> Result<Self, StoreError> {
        let Some((study, dataset)) = read_study(dir)? else {
            return Err(StoreError::Missing { dir: dir.to_owned() });
        };
        let arithmetic = stored_arithmetic(dir)?.unwrap_or_else(Arithmetic::of_this_process);
        let costs = study.networks.iter().map(|plan| epoch_cost(&study, plan, (&dataset).into()));
        let costs = costs.collect::<Result<Vec<u64>, _>>()?;
        let has_sweeps = !study.sweeps().is_empty();
        let reader =
            Reader { dir, study: &study, dataset: &dataset, arithmetic, costs, has_sweeps };
        let seeds = u64::from(study.seeds);
        let all: Vec<(usize, u64)> = (0..study.networks.len())
            .flat_map(|network| study.all_seeds().map(move |seed| (network, seed)))
            .collect();
        let (mut runs, mut epochs): (Vec<_>, Vec<_>) = reader.read_all(&all).into_iter().unzip();
        let first = study.first_seeds();
        let counts = |run: &RunStanding| first.contains(&run.seed) || run.has_begun();
        let mut fresh = Vec::new();
        if has_sweeps && runs.iter().filter(|run| counts(run)).all(RunStanding::has_ended) {
            let known = |network: usize, seed: u64| {
                let of_network = seed - u64::from(study.first_seed);
                let at = network * seeds as usize + of_network as usize;
                Ok::<_, Infallible>((runs[at].status(), take(&mut epochs[at])))
            };
            let Ok(winners) = winners(&study, known);
            // A set, because two sweeps may have the same baseline.
            let networks: BTreeSet<usize> = winners.iter().flat_map(Winner::networks).collect();
            let of_network = |network| fresh_seeds(&study).map(move |seed| (network, seed));
            fresh.extend(networks.into_iter().flat_map(of_network));
        }
        runs.retain(counts);
        runs.extend(reader.read_all(&fresh).into_iter().map(|(run, _)| run));
        Ok(StudyStanding { study: study.name, dataset: dataset.name, runs })
    }
}

/// How much is left to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WorkLeft {
    /// Seconds of training, if all runs were trained one after the other on one core; `None` while no run
    /// has finished.
    pub core_seconds: Option<f64>,
    /// Seconds until the last run ends, if as many are trained at a time as now; `None` if none is trained,
    /// or none has finished.
    pub seconds: Option<f64>,
}

impl StudyStanding {
    /// How much is left to do, by the mean time of the finished runs of each network. Networks of which
    /// none has finished are judged by their multiply-adds. Fresh seeds count as soon as they are known.
    pub fn work_left(&self) -> WorkLeft {
        let mut of_network: HashMap<&str, (f64, u32)> = HashMap::new();
        let (mut all_seconds, mut all_cost) = (0.0, 0.0);
        for run in &self.runs {
            if let RunState::Finished { seconds } = run.state {
                let sum = of_network.entry(&run.network).or_default();
                *sum = (sum.0 + seconds, sum.1 + 1);
                all_seconds += seconds;
                all_cost += run.cost();
            }
        }
        let left = |run: &RunStanding| {
            let whole = match of_network.get(run.network.as_str()) {
                Some((seconds, runs)) => seconds / f64::from(*runs),
                None => run.cost() * all_seconds / all_cost,
            };
            // A run without passes has no epochs either, and all of it is left.
            let done = f64::from(run.done_epochs) / run.passes.max(f64::MIN_POSITIVE);
            whole * (1.0 - done.min(1.0))
        };
        let lefts: Vec<f64> = self.runs.iter().filter(|run| !run.has_ended()).map(left).collect();
        let core_seconds = Some(lefts.iter().sum::<f64>()).filter(|sum| sum.is_finite());
        let is_running = |run: &&RunStanding| matches!(run.state, RunState::Running { .. });
        let at_once = self.runs.iter().filter(is_running).count();
        let longest = lefts.iter().copied().fold(0.0, f64::max);
        let seconds = core_seconds.filter(|_| at_once > 0 || lefts.is_empty());
        let seconds = seconds.map(|all| longest.max(all / at_once.max(1) as f64));
        WorkLeft { core_seconds, seconds }
    }
}

impl RunStanding {
    fn cost(&self) -> f64 {
        self.epoch_cost as f64 * self.passes
    }

    fn status(&self) -> RunStatus {
        match self.state {
            RunState::Finished { .. } => RunStatus::Finished,
            RunState::Diverged => RunStatus::Diverged,
            RunState::Running { .. } | RunState::Waiting | RunState::Failed { .. } => {
                RunStatus::Pending
            }
        }
    }

    fn has_begun(&self) -> bool {
        self.state != RunState::Waiting || self.done_epochs > 0 || self.host.is_some()
    }

    /// Whether the run is finished or diverged.
    pub fn has_ended(&self) -> bool {
        match self.state {
            RunState::Finished { .. } | RunState::Diverged => true,
            RunState::Running { .. } | RunState::Waiting | RunState::Failed { .. } => false,
        }
    }
}

/// Reads where runs stand.
struct Reader<'a> {
    dir: &'a Path,
    study: &'a Study,
    dataset: &'a DatasetFacts,
    arithmetic: Arithmetic,
    /// What an epoch of each network costs.
    costs: Vec<u64>,
    /// Whether the epochs of finished runs are read too, since winners are chosen by them.
    has_sweeps: bool,
}

impl Reader<'_> {
    /// Reads these runs on all cores: each waits for the disk a few times.
    fn read_all(&self, runs: &[(usize, u64)]) -> Vec<(RunStanding, Vec<EpochRecord>)> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let part = runs.len().div_ceil(cores).max(1);
        thread::scope(|scope| {
            let read = |part: &'_ [(usize, u64)]| -> Vec<_> {
                part.iter().map(|&(network, seed)| self.read(network, seed)).collect()
            };
            let threads: Vec<_> =
                runs.chunks(part).map(|part| scope.spawn(move || read(part))).collect();
            threads
                .into_iter()
                .flat_map(|part| part.join().expect("reading does not panic"))
                .collect()
        })
    }

    /// Reads a run, and its epochs if these are asked for.
    fn read(&self, network: usize, seed: u64) -> (RunStanding, Vec<EpochRecord>) {
        let plan = &self.study.networks[network];
        let facts = RunFacts::new(self.study, plan, seed, self.dataset, self.arithmetic);
        let run = run_directory(self.dir, &facts);
        // A damaged file hides no other run.
        let damaged = |error: StoreError| (RunState::Failed { error: error.to_string() }, 0);
        let (mut state, mut done_epochs) = state(&run).unwrap_or_else(damaged);
        let mut records = Vec::new();
        if self.has_sweeps && matches!(state, RunState::Finished { .. }) {
            match run.epochs() {
                Ok(epochs) => records = epochs.records,
                Err(error) => (state, done_epochs) = damaged(error),
            }
        }
        let host = match &state {
            RunState::Running { by } => by.split_once(" on ").map(|(_, host)| host.to_owned()),
            RunState::Failed { .. } => RunProblem::read(run.path()).map(|problem| problem.host),
            RunState::Finished { .. } | RunState::Diverged | RunState::Waiting => {
                let began = RunFile::read(&run.file(RUN), &facts.id());
                began.ok().flatten().map(|run| run.host.name)
            }
        };
        let standing = RunStanding {
            network: plan.name.clone(),
            seed,
            state,
            host: host.filter(|host| !host.is_empty()),
            done_epochs,
            epochs: plan.training.epochs,
            passes: plan.training.passes(self.study.trained_on(self.dataset.train_images)),
            epoch_cost: self.costs[network],
        };
        (standing, records)
    }
}

/// What a run does, and how many epochs of an unfinished one are done.
fn state(run: &RunDirectory) -> Result<(RunState, u32), StoreError> {
    if let Some(ended) = run.ended()? {
        return Ok((ended, 0));
    }
    let running = LockFile::owner(&run.file(LOCK_FILE), Sharing::Together).ok().flatten();
    // It may have ended between these two looks.
    if running.is_none()
        && let Some(ended) = run.ended()?
    {
        return Ok((ended, 0));
    }
    let done_epochs = run.epochs()?.records.len() as u32;
    let state = match (running, RunProblem::read(run.path())) {
        (Some(mut by), _) => {
            make_plain(&mut by);
            RunState::Running { by }
        }
        (None, Some(problem)) => RunState::Failed { error: problem.error },
        (None, None) => RunState::Waiting,
    };
    Ok((state, done_epochs))
}

impl RunDirectory {
    /// How the run ended; `None` if it has not.
    fn ended(&self) -> Result<Option<RunState>, StoreError> {
        Ok(self.outcome_unchecked()?.map(|end| match (end.status, end.outcome) {
            (RunStatus::Diverged, _) => RunState::Diverged,
            (RunStatus::Finished | RunStatus::Pending, outcome) => {
                RunState::Finished { seconds: outcome.map_or(0.0, |outcome| outcome.seconds) }
            }
        }))
    }
}

#[cfg(test)]
mod tests;
