//! Reads the setting `init` of a study file.

use std::ops::RangeInclusive;
use std::sync::Arc;

use fitroom_nn::Layers;

use crate::init::InitFile;
use crate::init_files::InitReader;
use crate::keys::Keys;
use crate::plain_text::is_plain;
use crate::{InitProblem, InitialWeights, StudyError, StudyProblem};

const KEY: &str = "init";
/// The value with which a network overrides the `init` of `[training]`.
pub(crate) const NO_INIT: &str = "none";
/// Most characters of a path.
const LONGEST_PATH: usize = 1000;
/// How many layers may start from a file: no network has more.
const LAYERS: RangeInclusive<u32> = 1..=100_000;

/// The setting `init`, for a network whose layers are not known yet.
#[derive(Clone)]
pub(crate) struct InitSetting {
    file: String,
    /// The file's path, for messages.
    path: String,
    layers: Option<u32>,
    frozen: bool,
    contents: Arc<InitFile>,
}

/// Reads `init = "FILE"`, `init = { file = "FILE", layers = 2, frozen = true }` or `init = "none"`,
/// which is `Some(None)`. The file is read too.
pub(crate) fn read_init(
    keys: &mut Keys,
    files: &mut InitReader,
) -> Result<Option<Option<InitSetting>>, StudyError> {
    const MUST: &str = "the path of a safetensors file, on one line";
    let is_path =
        |file: &str| !file.is_empty() && file.chars().count() <= LONGEST_PATH && is_plain(file);
    let Some(value) = keys.value(KEY) else { return Ok(None) };
    let must_be = || {
        let must = format!("{MUST}, a table {{ file = \"...\", ... }}, or \"{NO_INIT}\"");
        keys.wrong(KEY, value, must)
    };
    let (file, layers, frozen, at) = match value.get_ref().as_str() {
        Some(NO_INIT) => return Ok(Some(None)),
        Some(file) if is_path(file) => (file, None, false, None),
        Some(_) => return Err(must_be()),
        None if !value.get_ref().is_table() => return Err(must_be()),
        None => {
            let Some(mut table) = keys.table(KEY)? else { return Ok(None) };
            let file = table.string("file")?;
            let file = table.required("file", file)?;
            if !is_path(file) {
                return Err(table.wrong_value("file", MUST));
            }
            let layers = table.whole("layers", LAYERS)?;
            let frozen = table.flag("frozen")?.unwrap_or(false);
            if frozen && layers.is_none() {
                let must = "left out where there is no `layers`: with all layers frozen, nothing would be trained";
                return Err(table.wrong_value("frozen", must));
            }
            (file, layers, frozen, Some(table))
        }
    };
    let path = files.path(file);
    let contents = files.file(file).map_err(|problem| {
        let problem = StudyProblem::Init { path: path.clone(), problem: Box::new(problem) };
        match &at {
            Some(table) => table.at("file", problem),
            None => keys.at(KEY, problem),
        }
    })?;
    if let Some(table) = at {
        table.finish()?;
    }
    Ok(Some(Some(InitSetting { file: file.to_owned(), path, layers, frozen, contents })))
}

impl InitSetting {
    /// The initial weights of a network with these `layers`. `keys` are the network's, for messages.
    pub fn weights(&self, keys: &Keys, layers: &Layers) -> Result<InitialWeights, StudyError> {
        let wrong = |problem: InitProblem| {
            let (path, problem) = (self.path.clone(), Box::new(problem));
            keys.at(KEY, StudyProblem::Init { path, problem })
        };
        self.contents.weights(&self.file, layers, self.layers, self.frozen).map_err(wrong)
    }
}
