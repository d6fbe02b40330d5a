//! A study's directory: its study file, the facts about its data, and where each run is.

use std::path::Path;

use crate::arithmetic::Arithmetic;
use crate::budget_steps::first_unknown;
use crate::file_names::{DATASET_FILE, INIT, REFERENCE, RUN, RUNS, STUDY_FILE};
use crate::limits::MOST_STORED_BYTES;
use crate::reference_files::CurvePlace;
use crate::run::{ENGINE_VERSION, RunFacts};
use crate::run_directory::RunDirectory;
use crate::run_files::RunFile;
use crate::seal::Seal;
use crate::sealed_json::{self, Sealed};
use crate::tune_subject::first_untuned;
use crate::{DatasetFacts, StoreError, Study, files};

/// The study file of a directory in which a study begins. Whoever finds it knows that the directory
/// is ours, and that nothing is stored yet.
const BEGUN: &str = "# fitroom: a study begins here, and nothing is stored yet\n";

/// What stands before the seal in the first line of a study file.
const SEAL_LINE: &str = "# fitroom wrote this file. seal = ";

/// The directory of a run.
pub(crate) fn run_directory(dir: &Path, facts: &RunFacts) -> RunDirectory {
    RunDirectory::new(dir, facts.id(), facts.training)
}

/// The study in `dir`, with everything written out that follows from its data, and the facts about
/// these; `None` if there is no study, or one that was
/// killed before anything was stored.
pub(crate) fn read_study(dir: &Path) -> Result<Option<(Study, DatasetFacts)>, StoreError> {
    let path = dir.join(STUDY_FILE);
    let Some(text) = files::read_at_most(&path, MOST_STORED_BYTES as u64)? else {
        return Ok(None);
    };
    [RUNS, REFERENCE, INIT]
        .iter()
        .try_for_each(|name| files::require_directory(&dir.join(name)))?;
    let text = String::from_utf8(text).map_err(|error| StoreError::damaged(&path, error))?;
    if text == BEGUN {
        return Ok(None);
    }
    let curves = CurvePlace::Stored(dir);
    let study = Study::parse_with(&text, &path.display().to_string(), curves)?;
    if let Some((seal, rest)) = text.strip_prefix(SEAL_LINE).and_then(|text| text.split_once('\n'))
        && seal != seal_of(&study, rest)
    {
        let problem = "its seal does not match it and the files that it names (if you changed it \
                       yourself, remove its first line)";
        return Err(StoreError::damaged(&path, problem));
    }
    let path = dir.join(DATASET_FILE);
    let sealed = Sealed::<DatasetFacts>::read(&path)?
        .ok_or_else(|| StoreError::damaged(&path, "it is missing"))?;
    let dataset = sealed.checked(&path, &[])?.checked(&path)?;
    let study = study.resolved((&dataset).into())?;
    match (first_unknown(&study), first_untuned(&study)) {
        (Some(network), _) => Err(StoreError::NotMeasured { network: network.name.clone() }),
        (None, Some(network)) => Err(StoreError::NotTuned { network: network.name.clone() }),
        (None, None) => Ok(Some((study, dataset))),
    }
}

/// Whether `dir` holds a study file, so that it is a directory of ours.
pub(crate) fn is_ours(dir: &Path) -> Result<bool, StoreError> {
    Ok(files::read_at_most(&dir.join(STUDY_FILE), MOST_STORED_BYTES as u64)?.is_some())
}

/// Makes `dir`, which holds nothing of a study, a directory of ours.
pub(crate) fn claim(dir: &Path) -> Result<(), StoreError> {
    files::write_whole(&dir.join(STUDY_FILE), BEGUN.as_bytes())
}

/// Stores the facts about the data.
pub(crate) fn write_dataset(dir: &Path, dataset: &DatasetFacts) -> Result<(), StoreError> {
    sealed_json::write(&dir.join(DATASET_FILE), dataset, &[])
}

/// Stores the study file. The reference curves and initial weights that it names must be stored.
pub(crate) fn write_study(dir: &Path, study: &Study) -> Result<(), StoreError> {
    let text = study.to_toml();
    let sealed = format!("{SEAL_LINE}{}\n{text}", seal_of(study, &text));
    files::write_whole(&dir.join(STUDY_FILE), sealed.as_bytes())
}

/// The seal of a study file's text, and of the curves and the initial weights that it names.
fn seal_of(study: &Study, text: &str) -> String {
    let mut seal = Seal::of(STUDY_FILE);
    seal.add(text);
    study.curves().for_each(|curve| seal.add(&*curve.text));
    let inits = study.networks.iter().filter_map(|network| network.training.init);
    inits.for_each(|init| seal.add(init.tensors.to_string()));
    seal.finish()
}

/// The arithmetic of the runs in `dir`, which is that of the first run that is found; `None` if no
/// run of this engine has begun.
pub(crate) fn stored_arithmetic(dir: &Path) -> Result<Option<Arithmetic>, StoreError> {
    let runs = dir.join(RUNS);
    let read = |id: String| RunFile::read(&runs.join(&id).join(RUN), &id).ok().flatten();
    let mut stored = files::directories_in(&runs)?.filter_map(read);
    let of_this_engine = stored.find(|run| run.decided_by.engine == ENGINE_VERSION);
    Ok(of_this_engine.map(|run| match run.decided_by.arithmetic {
        // An earlier version did not name it.
        Arithmetic::Avx if run.host.system.ends_with("aarch64") => Arithmetic::Neon,
        arithmetic @ (Arithmetic::Avx | Arithmetic::Neon | Arithmetic::Portable) => arithmetic,
    }))
}
