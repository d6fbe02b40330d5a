//! Reads a study's directory: its study file, the facts about its data, and where each run is.

use std::path::Path;

use crate::file_names::{DATASET_FILE, RUNS, STUDY_FILE};
use crate::limits::MOST_STUDY_BYTES;
use crate::reference_files::CurvePlace;
use crate::run::RunFacts;
use crate::run_directory::RunDirectory;
use crate::{DatasetFacts, StoreError, Study, files};

/// The directory of a run.
pub(crate) fn run_directory(dir: &Path, facts: &RunFacts) -> RunDirectory {
    RunDirectory::new(dir.join(RUNS).join(facts.id()), facts.training)
}

/// The study in `dir` and the facts about its data; `None` if there is no study.
pub(crate) fn read_study(dir: &Path) -> Result<Option<(Study, DatasetFacts)>, StoreError> {
    let path = dir.join(STUDY_FILE);
    let Some(text) = files::read_at_most(&path, MOST_STUDY_BYTES as u64)? else { return Ok(None) };
    let text = String::from_utf8(text).map_err(|error| StoreError::damaged(&path, error))?;
    let curves = CurvePlace::Stored(dir);
    let study = Study::parse_with(&text, &path.display().to_string(), curves)?;
    let path = dir.join(DATASET_FILE);
    let dataset: DatasetFacts =
        files::read_json(&path)?.ok_or_else(|| StoreError::damaged(&path, "it is missing"))?;
    Ok(Some((study, dataset.checked(&path)?)))
}
