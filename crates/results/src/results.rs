//! The results of a study, or of runs from elsewhere.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fitroom_study::StoredStudy;

use crate::{
    JudgedMeasure, NetworkFacts, Prediction, ResultsError, Run, RunStatus, SeedPlan, StoredFiles,
    Subset, Tensor,
};

/// Networks, their runs, and what they were trained on.
#[derive(Clone, Debug)]
pub struct Results {
    /// A short name.
    pub name: String,
    /// The title for people; by default, the name.
    pub title: String,
    /// Where the results were read from.
    pub origin: Origin,
    /// Facts about the data set.
    pub dataset: DatasetFacts,
    /// The machine that the runs were trained on.
    pub host: Option<Host>,
    /// Number of seeds of each network, finished or not. If seeds are added until clear, the most
    /// that a network has so far.
    pub seeds: u32,
    /// How the number of seeds was decided.
    pub seed_plan: SeedPlan,
    /// How many training images are held out for validation with each seed; `None` if that is not
    /// known.
    pub validation: Option<usize>,
    /// Whether each class has the same share of the images that are held out as of all training
    /// images.
    pub stratified: bool,
    /// At most this many of the other training images are trained on; `None`: all.
    pub train_images: Option<usize>,
    /// The networks.
    pub networks: Vec<NetworkFacts>,
    /// The runs, network by network, seeds ascending.
    pub runs: Vec<Run>,
    /// The winners of sweeps on fresh seeds.
    pub confirmations: Vec<Confirmation>,
    /// What networks are judged by, the most important first. Empty for a study, whose networks are
    /// judged by accuracy: see [`judged_by`](Self::judged_by).
    pub measures: Vec<JudgedMeasure>,
    /// Which runs belong together.
    pub pairing: Pairing,
    /// What a reader should know of how runs from elsewhere were read, as sentences without a full stop.
    pub notes: Vec<String>,
    /// Number of stored runs that belong to none of the networks, because networks have other
    /// settings now.
    pub set_aside: usize,
}

/// Where results were read from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// The results were made in memory. Their runs have neither predictions nor weights.
    Memory,
    /// The directory of a study that `fitroom run` trained.
    StoredStudy(StoredFiles),
    /// Runs that other tools logged. They have neither predictions nor weights.
    Imported,
}

/// Which runs of two networks belong together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// Runs of one seed share what the seed decides: they are compared seed by seed.
    #[default]
    BySeed,
    /// Seeds mean nothing to each other: all runs of one network are compared with all of the other.
    Unpaired,
}

/// Facts about a data set, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetFacts {
    /// The data set's name in a study file; empty if it is not known.
    pub name: String,
    /// The data set's name for people.
    pub title: String,
    /// Name of each class; empty if they are not known.
    pub classes: Vec<String>,
    /// Channels, rows and columns of an image.
    pub image: Option<[usize; 3]>,
    /// Number of training images, including those that are held out.
    pub train_images: Option<usize>,
    /// Number of test images.
    pub test_images: Option<usize>,
    /// SHA-256 of images and labels.
    pub fingerprint: Option<String>,
    /// Where the images were read from.
    pub origin: Option<String>,
    /// Why drawn garments were used in place of the data set; `None` if they were not.
    pub stands_in_because: Option<String>,
    /// What a reader should know of the data, as sentences without a full stop.
    pub warnings: Vec<String>,
}

/// The machine that runs were trained on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The program that trained, with its version: `fitroom 0.1.0`.
    pub program: String,
    /// Operating system and processor architecture.
    pub system: String,
    /// The processor's name; empty if it is not known.
    pub processor: String,
    /// Logical cores.
    pub cores: usize,
}

/// The networks of one sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep<'a> {
    /// The sweep's name: `dropout {p}`.
    pub name: &'a str,
    /// Indices of the sweep's networks, in the order of values.
    pub networks: Vec<usize>,
}

/// The winner of a sweep, trained again on seeds that had no part in choosing it.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmation {
    /// The sweep's name.
    pub sweep: String,
    /// Index of the winner.
    pub network: usize,
    /// The winner's runs on fresh seeds, seeds ascending.
    pub runs: Vec<Run>,
    /// Index of the winner's baseline, if it has one.
    pub baseline: Option<usize>,
    /// The baseline's runs on the same seeds.
    pub baseline_runs: Vec<Run>,
}

impl Results {
    /// Results of this name, without networks and runs yet.
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Results {
            title: name.clone(),
            name,
            origin: Origin::Memory,
            dataset: DatasetFacts::default(),
            host: None,
            seeds: 0,
            seed_plan: SeedPlan::Declared,
            validation: None,
            stratified: false,
            train_images: None,
            networks: Vec::new(),
            runs: Vec::new(),
            confirmations: Vec::new(),
            measures: Vec::new(),
            pairing: Pairing::BySeed,
            notes: Vec::new(),
            set_aside: 0,
        }
    }

    /// Reads the study in `dir`, finished or not.
    ///
    /// # Errors
    /// If there is no study, it is damaged, or a network does not fit its images.
    pub fn open(dir: &Path) -> Result<Self, ResultsError> {
        Results::try_from(&StoredStudy::open(dir)?)
    }

    /// Reads the study in `dir` without its runs: [`read_run`](Self::read_run) reads one.
    ///
    /// # Errors
    /// Like [`open`](Self::open).
    pub fn open_without_runs(dir: &Path) -> Result<Self, ResultsError> {
        Results::try_from(&StoredStudy::open_without_runs(dir)?)
    }

    /// The same results without any runs.
    pub fn without_runs(&self) -> Self {
        // Field by field: a clone of the whole would hold all epochs of all runs once more.
        Results {
            name: self.name.clone(),
            title: self.title.clone(),
            origin: self.origin.clone(),
            dataset: self.dataset.clone(),
            host: self.host.clone(),
            seeds: self.seeds,
            seed_plan: self.seed_plan,
            validation: self.validation,
            stratified: self.stratified,
            train_images: self.train_images,
            networks: self.networks.clone(),
            runs: Vec::new(),
            confirmations: Vec::new(),
            measures: self.measures.clone(),
            pairing: self.pairing,
            notes: self.notes.clone(),
            set_aside: self.set_aside,
        }
    }

    /// The run of a network with a seed.
    pub fn run(&self, network: usize, seed: u64) -> Option<&Run> {
        self.runs_of(network).iter().find(|run| run.seed == seed)
    }

    /// The runs of a network, seeds ascending.
    pub fn runs_of(&self, network: usize) -> &[Run] {
        // A search in halves, since reports ask for each of thousands of networks.
        let first = self.runs.partition_point(|run| run.network < network);
        let runs = &self.runs[first..];
        &runs[..runs.partition_point(|run| run.network == network)]
    }

    /// The sweeps, in the order of their first networks.
    pub fn sweeps(&self) -> Vec<Sweep<'_>> {
        let mut sweeps: Vec<Sweep> = Vec::new();
        for (index, network) in self.networks.iter().enumerate() {
            let Some(point) = &network.swept else { continue };
            match sweeps.iter_mut().find(|sweep| sweep.name == point.of) {
                Some(sweep) => sweep.networks.push(index),
                None => sweeps.push(Sweep { name: &point.of, networks: vec![index] }),
            }
        }
        sweeps
    }

    /// Whether images are held out, as far as it is known.
    pub fn has_validation(&self) -> bool {
        self.validation != Some(0)
    }

    /// The images that networks are judged by: held-out ones, or test images if none are held out.
    pub fn judged_by(&self) -> Subset {
        if self.has_validation() { Subset::Validation } else { Subset::Test }
    }

    /// The predictions of a run's network for all test images, with the weights of the best epoch.
    /// `None` if the run is not finished or its predictions are not stored.
    ///
    /// # Errors
    /// The stored file can't be read, or is damaged.
    pub fn predictions(&self, run: &Run) -> Result<Option<Vec<Prediction>>, ResultsError> {
        match &self.origin {
            Origin::StoredStudy(files) if run.status == RunStatus::Finished => {
                files.predictions(run)
            }
            Origin::Memory | Origin::StoredStudy(_) | Origin::Imported => Ok(None),
        }
    }

    /// The run of a stored study with this seed, as it is now. `None` if the results are no stored study's.
    ///
    /// # Errors
    /// If one of the run's files is damaged or can't be read.
    ///
    /// # Panics
    /// If there is no network of this index.
    pub fn read_run(&self, network: usize, seed: u64) -> Result<Option<Run>, ResultsError> {
        match &self.origin {
            Origin::Memory | Origin::Imported => Ok(None),
            Origin::StoredStudy(files) => files.read_run(network, seed).map(Some),
        }
    }

    /// When a run's last epoch was stored; `None` if that is not known.
    pub fn last_epoch_at(&self, run: &Run) -> Option<SystemTime> {
        match &self.origin {
            Origin::Memory | Origin::Imported => None,
            Origin::StoredStudy(files) => files.last_epoch_at(run),
        }
    }

    /// The file of a run's [`predictions`](Self::predictions); `None` for results in memory.
    pub fn predictions_path(&self, run: &Run) -> Option<PathBuf> {
        match &self.origin {
            Origin::Memory | Origin::Imported => None,
            Origin::StoredStudy(files) => Some(files.predictions_path(run)),
        }
    }

    /// The parameters and batch-norm statistics of a run's network after its last epoch, under
    /// PyTorch's names and in its layouts. `None` if they are not stored.
    ///
    /// # Errors
    /// The stored file can't be read, is damaged, or holds another network's weights.
    pub fn last_weights(&self, run: &Run) -> Result<Option<Vec<Tensor>>, ResultsError> {
        match &self.origin {
            Origin::Memory | Origin::Imported => Ok(None),
            Origin::StoredStudy(files) => files.last_weights(run),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SweepPoint;

    #[test]
    fn networks_of_one_sweep_belong_together() {
        let mut results = Results::new("sweeps");
        for (name, of) in [("a", None), ("b 1", Some("b")), ("c 1", Some("c")), ("b 2", Some("b"))]
        {
            let swept = of.map(|of| SweepPoint { of: of.into(), at: Vec::new() });
            results.networks.push(NetworkFacts { swept, ..NetworkFacts::new(name) });
        }
        let sweeps = results.sweeps();
        let found: Vec<_> = sweeps.iter().map(|sweep| (sweep.name, &sweep.networks[..])).collect();
        assert_eq!(found, [("b", &[1, 3][..]), ("c", &[2][..])]);
    }

    #[test]
    fn runs_are_found_by_network_and_seed() {
        let mut results = Results::new("runs");
        let runs = [(0, 1), (0, 2), (2, 1), (2, 3)];
        results.runs = runs.map(|(network, seed)| Run::tested(network, seed, 0.5)).to_vec();
        let seeds =
            |network| results.runs_of(network).iter().map(|run| run.seed).collect::<Vec<_>>();
        assert_eq!([0, 1, 2, 3].map(seeds), [vec![1, 2], vec![], vec![1, 3], vec![]]);
        assert_eq!(results.run(2, 3).map(|run| (run.network, run.seed)), Some((2, 3)));
        assert!(results.run(1, 1).is_none() && results.run(2, 2).is_none());
    }

    #[test]
    fn results_in_memory_have_no_files() {
        let results = Results::new("memory");
        let run = Run::tested(0, 1, 0.9);
        assert!(
            results.predictions(&run).unwrap().is_none()
                && results.predictions_path(&run).is_none()
        );
        assert!(results.last_weights(&run).unwrap().is_none());
        assert_eq!(results.judged_by(), Subset::Validation);
    }
}
