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
use std::fmt::Display;
use std::path::{Path, PathBuf};

use fitroom_data::Dataset;
use fitroom_nn::{Shape, Tensor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::bounds::MOST_STUDY_BYTES;
use crate::confirmation::{Winner, fresh_seeds, winners};
use crate::plain_text::harmless;
use crate::reference_files::CurvePlace;
use crate::run::RunFacts;
use crate::run_directory::{BEST, LAST, PREDICTIONS, RunDirectory};
use crate::weights::{self, Weights};
use crate::{
    Confirmation, EpochRecord, Host, Outcome, Prediction, ReferenceCurve, ReferenceProblem,
    RunStatus, Study, StudyError, files, predictions,
};

pub(crate) const STUDY_FILE: &str = "study.toml";
pub(crate) const DATASET_FILE: &str = "dataset.json";
pub(crate) const LOCK_FILE: &str = "lock";
pub(crate) const RUNS: &str = "runs";

/// What the store keeps of the data set that a study ran on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetFacts {
    /// As in a study file.
    pub name: String,
    /// For people.
    pub title: String,
    /// Name of each class.
    pub classes: Vec<String>,
    /// Values of a pixel.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Training images, held-out ones included.
    pub train_images: usize,
    /// Test images.
    pub test_images: usize,
    /// SHA-256 of the data.
    pub fingerprint: String,
    /// Where it was read.
    pub origin: String,
    /// Why it is `drawn` although Fashion-MNIST was looked for.
    pub stands_in_because: Option<String>,
}

impl From<&Dataset> for DatasetFacts {
    fn from(dataset: &Dataset) -> Self {
        DatasetFacts {
            name: dataset.name.clone(),
            title: dataset.title.clone(),
            classes: dataset.classes.clone(),
            channels: dataset.channels,
            height: dataset.height,
            width: dataset.width,
            train_images: dataset.train.len(),
            test_images: dataset.test.len(),
            fingerprint: dataset.fingerprint.clone(),
            origin: dataset.origin.clone(),
            stands_in_because: dataset.stands_in_because.clone(),
        }
    }
}

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

/// One run of a stored study.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Hash of all that decides its outcome.
    pub id: String,
    /// Index into the study's networks.
    pub network: usize,
    /// From 1.
    pub seed: u64,
    /// How far it has come.
    pub status: RunStatus,
    /// In order, as far as it has come.
    pub epochs: Vec<EpochRecord>,
    /// Of a finished run.
    pub outcome: Option<Outcome>,
}

/// Why a store can't be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Nothing to read.
    #[error("there is no study in {dir}\nhint: `fitroom run` leaves one where its --out says")]
    Missing {
        /// The directory.
        dir: PathBuf,
    },
    /// A directory in which other things are.
    #[error("{dir} is not empty and holds no study\nhint: give a new directory with --out")]
    NotAStudy {
        /// The directory.
        dir: PathBuf,
    },
    /// Results that can't be mixed with those asked for.
    #[error(
        "{dir} holds another study: {what} is {there} there and {here} now\nhint: give another directory with --out"
    )]
    AnotherStudy {
        /// The directory.
        dir: PathBuf,
        /// Where they differ.
        what: String,
        /// In the directory.
        there: String,
        /// As asked for.
        here: String,
    },
    /// Another process is at work there.
    #[error("{dir} is in use by {owner}\nhint: wait for it, or give another directory with --out")]
    InUse {
        /// The directory.
        dir: PathBuf,
        /// Process and host.
        owner: String,
    },
    /// The system refuses to write.
    #[error("can't write {path}: {source}")]
    Write {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system refuses to read.
    #[error("can't read {path}: {source}")]
    Read {
        /// File or directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that this program did not leave like this.
    #[error(
        "{path} is damaged: {problem}\nhint: move {} away; what it held is then done again",
        to_move(path).display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Reference curves that can't be kept there.
    #[error("can't keep the reference curves in {dir}: {problem}")]
    Curves {
        /// The directory.
        dir: PathBuf,
        /// What is wrong with them.
        problem: Box<ReferenceProblem>,
    },
    /// The stored study file is none.
    #[error(transparent)]
    Study(#[from] StudyError),
}

/// What is to be moved away for a damaged file to be made again: its run, as a rule. Predictions
/// are made without one.
fn to_move(path: &Path) -> &Path {
    let alone = path.file_name().is_some_and(|name| name == PREDICTIONS);
    if alone { path } else { path.parent().unwrap_or(path) }
}

impl StoreError {
    pub(crate) fn damaged(path: &Path, problem: impl Display) -> Self {
        StoreError::Damaged { path: path.to_owned(), problem: harmless(&problem.to_string()) }
    }
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

/// Where a run's files are.
pub(crate) fn run_directory(dir: &Path, facts: &RunFacts) -> RunDirectory {
    RunDirectory::new(dir.join(RUNS).join(facts.id()), facts.training)
}

/// The study in `dir` and what it runs on; `None` where none is.
pub(crate) fn read_study(dir: &Path) -> Result<Option<(Study, DatasetFacts)>, StoreError> {
    let path = dir.join(STUDY_FILE);
    let Some(text) = files::read_at_most(&path, MOST_STUDY_BYTES as u64)? else { return Ok(None) };
    let text = String::from_utf8(text).map_err(|error| StoreError::damaged(&path, error))?;
    let curves = CurvePlace::Stored(dir);
    let study = Study::parse_with(&text, &path.display().to_string(), curves)?;
    let path = dir.join(DATASET_FILE);
    let dataset: DatasetFacts =
        files::read_json(&path)?.ok_or_else(|| StoreError::damaged(&path, "it is gone"))?;
    Ok(Some((study, dataset.believed(&path)?)))
}
