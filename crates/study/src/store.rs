//! The run store as it is read: a directory for each run, readable at every moment.
//!
//! ```text
//! DIR/study.toml              the study as run, every default written out
//! DIR/dataset.json            what it runs on
//! DIR/reference/NAME.csv      copies of the reference curves that the study names
//! DIR/lock                    held by the process that is at work on DIR; names it
//! DIR/runs/ID/run.json        what decides the run's outcome, and where it ran
//! DIR/runs/ID/epochs.jsonl    an epoch a line
//! DIR/runs/ID/checkpoint.safetensors    parameters, statistics and optimizer after the last whole epoch, or within the next
//! DIR/runs/ID/checkpoint-before.safetensors    the checkpoint before it, until the run is finished
//! DIR/runs/ID/best.safetensors, last.safetensors
//! DIR/runs/ID/predictions.csv           what the best weights make of each test image
//! DIR/runs/ID/outcome.json    at the end
//! ```

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use fitroom_nn::{Shape, Tensor};

use crate::confirmation::{Winner, fresh_seeds, winners};
use crate::file_names::{BEST, LAST, PREDICTIONS, RUNS};
use crate::run::RunFacts;
use crate::stored_files::{read_study, run_directory};
use crate::weights::{self, Weights};
use crate::{
    Confirmation, DatasetFacts, Host, Prediction, ReferenceCurve, RunStatus, StoreError, StoredRun,
    Study, files, predictions,
};

/// A study's directory, read.
#[derive(Clone, Debug)]
pub struct StoredStudy {
    /// Where it is kept.
    pub dir: PathBuf,
    /// As run.
    pub study: Study,
    /// What it ran on.
    pub dataset: DatasetFacts,
    /// What its first run ran with; this machine where none has begun.
    pub host: Host,
    /// One for each network and seed, network by network in the study's order, seeds ascending.
    pub runs: Vec<StoredRun>,
    /// The winners of sweeps on fresh seeds, for each sweep that has ended.
    pub confirmations: Vec<Confirmation>,
    /// Runs that are kept there and are none of these: of networks that had other settings once.
    pub set_aside: usize,
}

impl StoredStudy {
    /// Reads the study in `dir`, finished or not.
    ///
    /// # Errors
    /// No study is there, or what is there is damaged.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let Some((study, dataset)) = read_study(dir)? else {
            return Err(StoreError::Missing { dir: dir.to_owned() });
        };
        let mut host = None;
        let mut read = |network: usize, seed: u64| {
            let facts = RunFacts::new(&study, &study.networks[network], seed, &dataset.fingerprint);
            let directory = run_directory(dir, &facts);
            let (status, epochs, outcome) = directory.progress()?;
            if host.is_none() {
                host = directory.host()?;
            }
            Ok::<_, StoreError>(StoredRun {
                id: facts.id(),
                network,
                seed,
                status,
                epochs,
                outcome,
            })
        };
        let seeds = u64::from(study.seeds);
        let all = (0..study.networks.len())
            .flat_map(|network| (1..=seeds).map(move |seed| (network, seed)));
        let runs = all.map(|(network, seed)| read(network, seed)).collect::<Result<Vec<_>, _>>()?;
        let known = |network: usize, seed: u64| {
            let run = &runs[network * seeds as usize + seed as usize - 1];
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

    /// The reference curve of the network at this position in the study; `None` where it has none,
    /// and where the study ran on another data set than the curve: drawn garments that stood in,
    /// or what `--dataset` named.
    pub fn reference(&self, network: usize) -> Option<&ReferenceCurve> {
        let curve = self.study.networks[network].reference.as_ref()?;
        (curve.dataset.to_string() == self.dataset.name).then_some(curve)
    }

    /// What a run's network makes of each test image with the weights of its best epoch. `None` of
    /// a run that is not finished, and of one that was finished by a version that did not store it:
    /// running the study again makes it.
    ///
    /// # Errors
    /// The file can't be read, or is damaged.
    pub fn predictions(&self, run: &StoredRun) -> Result<Option<Vec<Prediction>>, StoreError> {
        if run.status != RunStatus::Finished {
            return Ok(None);
        }
        predictions::load(&self.predictions_path(run), &self.dataset)
    }

    /// Where [`predictions`](Self::predictions) are kept.
    pub fn predictions_path(&self, run: &StoredRun) -> PathBuf {
        self.file(run, PREDICTIONS)
    }

    fn file(&self, run: &StoredRun, name: &str) -> PathBuf {
        self.dir.join(RUNS).join(&run.id).join(name)
    }

    /// A run's parameters and batch-norm statistics under PyTorch's names and in its layouts;
    /// `None` where they are not stored (the last weights come at a run's end).
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
        let name = match which {
            Weights::Best => BEST,
            Weights::Last => LAST,
        };
        weights::load_of(&self.file(run, name), &architecture)
    }
}

/// How many runs in `dir` are none of `known`.
fn count_others<'a>(
    dir: &Path,
    known: impl Iterator<Item = &'a StoredRun>,
) -> Result<usize, StoreError> {
    let known: HashSet<&str> = known.map(|run| run.id.as_str()).collect();
    let names = files::names_in(&dir.join(RUNS))?;
    Ok(names.iter().filter(|name| !known.contains(name.as_str())).count())
}
