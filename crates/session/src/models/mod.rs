//! Trained networks of stored runs, and of files that `fitroom export` wrote.
//!
//! A path names them ([`find_models`]): a study's directory, a run's directory in it, a run's
//! `best.safetensors` or `last.safetensors`, or an exported safetensors file.

mod error;
mod left_out;
mod of_run;
#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fitroom_data::{Dataset, Places};
use fitroom_export::Model;
use fitroom_files::regular_file;
use fitroom_study::{Normalise, RunStatus, StoredRun, StoredStudy, Weights};

pub use error::ModelsError;
pub use left_out::{LeftOut, LeftOutBecause};
pub(crate) use of_run::runs_of;
pub use of_run::{model_of_run, models_of_network};

use crate::dataset::load_stored;

/// Which seeds' networks are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeedChoice {
    /// The seed with the highest validation accuracy, or fit accuracy if nothing is held out; of
    /// equals the lowest seed.
    #[default]
    Best,
    /// This seed.
    Seed(u64),
    /// All seeds: an ensemble.
    All,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    /// A study's directory, a run's directory, or a safetensors file.
    pub path: PathBuf,
    /// A network of the study, by name or by number from 1. Needed if the path leaves it open.
    pub network: Option<String>,
    /// Which seeds.
    pub seeds: SeedChoice,
    /// Where the study's data set is looked for, if a network normalises by it. Nothing is downloaded.
    pub places: Places,
}

/// The trained networks that were found.
#[derive(Debug)]
pub struct FoundModels {
    /// One model for each seed, seeds ascending. At least one.
    pub models: Vec<Model>,
    /// Runs of the network that were asked for and can't be used, and why.
    pub left_out: Vec<LeftOut>,
    /// The study that they are of; `None` of an exported file.
    pub study: Option<PathBuf>,
}

/// What a path names.
enum Named {
    Study(PathBuf),
    Run { dir: PathBuf, id: String, weights: Weights },
    File,
}

/// Finds the trained networks that a path names.
///
/// # Errors
/// There is nothing of the kind, the request does not fit it, or a file is damaged.
pub fn find_models(request: &ModelRequest) -> Result<FoundModels, ModelsError> {
    match named(&request.path)? {
        Named::Study(dir) => of_study(&StoredStudy::open(&dir)?, request),
        Named::Run { dir, id, weights } => {
            of_named_run(&StoredStudy::open(&dir)?, &id, weights, request)
        }
        Named::File => of_file(request),
    }
}

/// Finds out what a path names by what lies there.
fn named(path: &Path) -> Result<Named, ModelsError> {
    let missing = || ModelsError::NotFound { path: path.to_owned() };
    let run_of = |run: &Path, weights| {
        // A relative path such as `.` has a parent only when it is resolved.
        let run = run.canonicalize().ok()?;
        let id = run.file_name()?.to_str()?.to_owned();
        let dir = run.parent()?.parent()?.to_owned();
        run.join("run.json").is_file().then_some(Named::Run { dir, id, weights })
    };
    if path.is_dir() {
        if path.join("study.toml").is_file() {
            return Ok(Named::Study(path.to_owned()));
        }
        return run_of(path, Weights::Best).ok_or_else(missing);
    }
    if !path.is_file() {
        return Err(missing());
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let of_run = match path.file_name().and_then(|name| name.to_str()) {
        Some("best.safetensors") => run_of(directory, Weights::Best),
        Some("last.safetensors") => run_of(directory, Weights::Last),
        _ => None,
    };
    Ok(of_run.unwrap_or(Named::File))
}

fn of_study(stored: &StoredStudy, request: &ModelRequest) -> Result<FoundModels, ModelsError> {
    let network = network_of(stored, request)?;
    let dataset = needed_dataset(stored, network, request);
    models_of_network(stored, network, request.seeds, dataset.as_ref())
}

/// The position of the network that is asked for. A study of one network leaves nothing open.
pub(crate) fn network_of(
    stored: &StoredStudy,
    request: &ModelRequest,
) -> Result<usize, ModelsError> {
    match (&request.network, &stored.study.networks[..]) {
        (Some(name), _) => Ok(stored.study.network(name)?),
        (None, [_]) => Ok(0),
        (None, networks) => Err(ModelsError::NetworkNeeded {
            path: request.path.clone(),
            networks: networks.iter().map(|plan| plan.name.clone()).collect(),
        }),
    }
}

fn of_named_run(
    stored: &StoredStudy,
    id: &str,
    weights: Weights,
    request: &ModelRequest,
) -> Result<FoundModels, ModelsError> {
    let confirmations = &stored.confirmations;
    let fresh =
        confirmations.iter().flat_map(|fresh| fresh.runs.iter().chain(&fresh.baseline_runs));
    let run = stored
        .runs
        .iter()
        .chain(fresh)
        .find(|run| run.id == id)
        .ok_or_else(|| ModelsError::NoSuchRun { id: id.to_owned(), dir: stored.dir.clone() })?;
    let network = &stored.study.networks[run.network].name;
    if let Some(name) = &request.network
        && stored.study.network(name)? != run.network
    {
        return Err(ModelsError::OtherNetwork { asked: name.clone(), found: network.clone() });
    }
    check_seed(request.seeds, run.seed)?;
    let dataset = needed_dataset(stored, run.network, request);
    match model_of_run(stored, run, weights, dataset.as_ref())? {
        Ok(model) => {
            let study = Some(stored.dir.clone());
            Ok(FoundModels { models: vec![model], left_out: Vec::new(), study })
        }
        Err(left_out) => {
            Err(ModelsError::NoRuns { network: network.clone(), left_out: vec![left_out] })
        }
    }
}

/// A run and a file hold one seed's network.
fn check_seed(asked: SeedChoice, found: u64) -> Result<(), ModelsError> {
    match asked {
        SeedChoice::Seed(asked) if asked != found => Err(ModelsError::OtherSeed { asked, found }),
        SeedChoice::Best | SeedChoice::Seed(_) | SeedChoice::All => Ok(()),
    }
}

fn of_file(request: &ModelRequest) -> Result<FoundModels, ModelsError> {
    let path = || request.path.clone();
    let bytes =
        bytes_of(&request.path).map_err(|source| ModelsError::Io { path: path(), source })?;
    let model = Model::from_safetensors(&bytes)
        .map_err(|error| ModelsError::File { path: path(), error: Box::new(error) })?;
    if let Some(asked) = request.network.as_ref().filter(|asked| **asked != model.network) {
        return Err(ModelsError::OtherNetwork { asked: asked.clone(), found: model.network });
    }
    check_seed(request.seeds, model.seed)?;
    Ok(FoundModels { models: vec![model], left_out: Vec::new(), study: None })
}

/// Most bytes of an exported file: weights of 1 GiB, and what is said of them.
const MOST_FILE_BYTES: u64 = (1 << 30) + (1 << 24);

fn bytes_of(path: &Path) -> io::Result<Vec<u8>> {
    let file = regular_file::open_followed(path)?;
    let mut bytes = Vec::new();
    file.take(MOST_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST_FILE_BYTES {
        true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 1 GiB")),
        false => Ok(bytes),
    }
}

/// The study's images, if this network can't be used without them.
fn needed_dataset(stored: &StoredStudy, network: usize, request: &ModelRequest) -> Option<Dataset> {
    let needs_images = stored.dataset.surroundings.is_none();
    match stored.study.networks[network].training.normalise {
        Normalise::Unit if !needs_images => None,
        Normalise::Unit | Normalise::MeanStd => load_stored(stored, &request.places),
    }
}

/// Why a run can't be used, if it has not ended well.
fn left_out_by_status(run: &StoredRun) -> Option<LeftOut> {
    let because = match run.status {
        RunStatus::Pending => LeftOutBecause::NotFinished,
        RunStatus::Diverged => LeftOutBecause::Diverged,
        RunStatus::Finished => return None,
    };
    Some(LeftOut::of(run, because))
}
