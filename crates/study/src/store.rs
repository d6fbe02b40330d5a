//! Reads a study's directory. It can be read at any time, also while the study runs.
//!
//! ```text
//! DIR/study.toml            the study as run, every default written out
//! DIR/dataset.json          the facts about its data set
//! DIR/reference/NAME.csv    copies of the reference curves that the study names
//! DIR/init/NAME.safetensors copies of the initial weights that the study names
//! DIR/ensembles.json        the scores of the seeds of each network together
//! DIR/lock                  locked by the process that trains in DIR, as DIR itself is, or by several
//!                           that train shares; holds a process's id and host
//! DIR/study-lock            locked by the process of a share that writes the study's own files
//! DIR/report-lock           locked by the process that writes the report
//! DIR/runs/ID/              one directory per run:
//!   lock                    locked by the process that trains the run, and there only meanwhile
//!   failure.json            why the run failed the last time, until it is trained again
//!   run.json                what decides the run's outcome, and the machine it ran on
//!   epochs.jsonl            one line per epoch
//!   checkpoint.safetensors  parameters, statistics and optimizer; made after each epoch, and
//!                           within long ones
//!   checkpoint-before.safetensors    the checkpoint before that, until the run is finished
//!   best.safetensors        the weights after the best epoch
//!   last.safetensors        the weights after the last epoch, written at the end
//!   predictions.csv         the best weights' prediction for each test image
//!   outcome.json            the scores, written last
//! ```
//!
//! Each file has a seal, so that damage is recognised, except for those of earlier versions.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use fitroom_nn::{Shape, Tensor};

use crate::arithmetic::Arithmetic;
use crate::confirmation::{Winner, fresh_seeds, winners};
use crate::file_names::{EPOCHS, PREDICTIONS, RUNS};
use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::stored_files::{read_study, run_directory, stored_arithmetic};
use crate::weights::Weights;
use crate::{
    Confirmation, DatasetFacts, Host, Prediction, RunStatus, StoreError, StoredRun, Study, files,
};

/// What a study's directory holds.
#[derive(Clone, Debug)]
pub struct StoredStudy {
    /// The directory.
    pub dir: PathBuf,
    /// The study as it was run.
    pub study: Study,
    /// The data set that it ran on.
    pub dataset: DatasetFacts,
    /// The machine of the first run that has begun. If none has, this machine.
    pub host: Host,
    /// One run per network and seed: network by network in the study's order, seeds ascending.
    pub runs: Vec<StoredRun>,
    /// One confirmation per finished sweep: its winner's runs on fresh seeds.
    pub confirmations: Vec<Confirmation>,
    /// How many other runs the directory holds: those of networks whose settings have changed
    /// since.
    pub set_aside: usize,
}

impl StoredStudy {
    /// Reads the study in `dir`, finished or not.
    ///
    /// # Errors
    /// If `dir` holds no study, or a damaged one.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let Some((study, dataset)) = read_study(dir)? else {
            return Err(StoreError::Missing { dir: dir.to_owned() });
        };
        let arithmetic = stored_arithmetic(dir)?.unwrap_or_else(Arithmetic::of_this_process);
        let mut host = None;
        let mut read = |network: usize, seed: u64| {
            let plan = &study.networks[network];
            let facts = RunFacts::new(&study, plan, seed, &dataset, arithmetic);
            let (run, directory) = read_run(dir, &facts, network)?;
            if host.is_none() {
                host = directory.host()?;
            }
            Ok::<_, StoreError>(run)
        };
        let seeds = u64::from(study.seeds);
        let all = (0..study.networks.len())
            .flat_map(|network| study.all_seeds().map(move |seed| (network, seed)));
        let runs = all.map(|(network, seed)| read(network, seed)).collect::<Result<Vec<_>, _>>()?;
        let known = |network: usize, seed: u64| {
            let of_network = seed - u64::from(study.first_seed);
            let run = &runs[network * seeds as usize + of_network as usize];
            Ok::<_, StoreError>((run.status, run.epochs.clone()))
        };
        let mut confirmations = Vec::new();
        for Winner { sweep, network, baseline } in winners(&study, known)? {
            let mut fresh = |network| {
                fresh_seeds(&study).map(|seed| read(network, seed)).collect::<Result<Vec<_>, _>>()
            };
            let runs = fresh(network)?;
            let baseline_runs = baseline.map(&mut fresh).transpose()?.unwrap_or_default();
            confirmations.push(Confirmation { sweep, network, runs, baseline, baseline_runs });
        }
        let fresh =
            confirmations.iter().flat_map(|fresh| fresh.runs.iter().chain(&fresh.baseline_runs));
        let set_aside = count_others(dir, runs.iter().chain(fresh))?;
        let host = host.unwrap_or_else(Host::here);
        Ok(StoredStudy {
            dir: dir.to_owned(),
            study,
            dataset,
            host,
            runs,
            confirmations,
            set_aside,
        })
    }

    /// Reads the study in `dir` without its runs, which [`read_run`](Self::read_run) reads one by one.
    /// Its host is this machine.
    ///
    /// # Errors
    /// If `dir` holds no study, or a damaged one.
    pub fn open_without_runs(dir: &Path) -> Result<Self, StoreError> {
        let Some((study, dataset)) = read_study(dir)? else {
            return Err(StoreError::Missing { dir: dir.to_owned() });
        };
        Ok(StoredStudy {
            dir: dir.to_owned(),
            study,
            dataset,
            host: Host::here(),
            runs: Vec::new(),
            confirmations: Vec::new(),
            set_aside: 0,
        })
    }

    /// Reads the run of a network with a seed, as it is now. The seed may be a fresh one.
    ///
    /// # Errors
    /// If one of the run's files is damaged or can't be read.
    ///
    /// # Panics
    /// If there is no network of this index.
    pub fn read_run(&self, network: usize, seed: u64) -> Result<StoredRun, StoreError> {
        let arithmetic = stored_arithmetic(&self.dir)?.unwrap_or_else(Arithmetic::of_this_process);
        let plan = &self.study.networks[network];
        let facts = RunFacts::new(&self.study, plan, seed, &self.dataset, arithmetic);
        Ok(read_run(&self.dir, &facts, network)?.0)
    }

    /// A run's predictions: how its network classifies each test image, with the weights of its
    /// best epoch. `None` if the run is not finished. Also `None` if an earlier version finished
    /// it, which stored no predictions; running the study again makes them.
    ///
    /// # Errors
    /// The file can't be read, or is damaged.
    pub fn predictions(&self, run: &StoredRun) -> Result<Option<Vec<Prediction>>, StoreError> {
        if run.status != RunStatus::Finished {
            return Ok(None);
        }
        self.directory(run).predictions(&self.dataset)
    }

    /// The file that holds a run's [`predictions`](Self::predictions).
    pub fn predictions_path(&self, run: &StoredRun) -> PathBuf {
        self.directory(run).file(PREDICTIONS)
    }

    /// The file that holds a run's epochs, which was last changed by the last of them.
    pub fn epochs_path(&self, run: &StoredRun) -> PathBuf {
        self.directory(run).file(EPOCHS)
    }

    pub(crate) fn directory(&self, run: &StoredRun) -> RunDirectory {
        RunDirectory::new(&self.dir, run.id.clone(), self.study.networks[run.network].training)
    }

    /// A run's parameters and batch-norm statistics under PyTorch's names and in its layouts.
    /// `None` if they are not stored: a run stores its last weights only at its end.
    ///
    /// # Errors
    /// The file can't be read, is damaged, or holds another network's weights.
    pub fn weights(
        &self,
        run: &StoredRun,
        which: Weights,
    ) -> Result<Option<Vec<Tensor>>, StoreError> {
        let DatasetFacts { channels, height, width, .. } = self.dataset;
        let image = Shape::Image { channels, height, width };
        let architecture =
            self.study.networks[run.network].architecture(image, self.dataset.classes.len())?;
        self.directory(run).weights(which, &architecture)
    }
}

/// Reads a run of the study in `dir`, and returns its directory too.
fn read_run(
    dir: &Path,
    facts: &RunFacts,
    network: usize,
) -> Result<(StoredRun, RunDirectory), StoreError> {
    let directory = run_directory(dir, facts);
    let (status, epochs, outcome) = directory.progress()?;
    let run = StoredRun { id: facts.id(), network, seed: facts.seed, status, epochs, outcome };
    Ok((run, directory))
}

/// How many runs in `dir` are not among `known`.
fn count_others<'a>(
    dir: &Path,
    known: impl Iterator<Item = &'a StoredRun>,
) -> Result<usize, StoreError> {
    let known: HashSet<&str> = known.map(|run| run.id.as_str()).collect();
    let names = files::names_in(&dir.join(RUNS))?;
    Ok(names.iter().filter(|name| !known.contains(name.as_str())).count())
}
