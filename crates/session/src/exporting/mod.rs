//! Takes trained networks to other programs: files of a format, one network a file.

mod tables;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use fitroom_export::{ExportNote, Model, OnnxOptions, to_model_py, to_onnx};

pub use crate::exporting_error::ExportError;

use crate::models::{ModelRequest, find_models};
use crate::{SessionError, file_name};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// `NAME.onnx`.
    Onnx(OnnxOptions),
    /// `NAME.safetensors`: tensors with PyTorch's names and layouts, and all that
    /// [`find_models`] needs to use the network again.
    Safetensors,
    /// `NAME.safetensors`, and `NAME.py`, which builds the network in PyTorch and loads it.
    Torch,
    /// `NAME_epochs.csv` and `NAME_predictions.csv`.
    Csv,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// The network and its seeds. Each seed is exported by itself.
    pub model: ModelRequest,
    /// The format.
    pub format: ExportFormat,
    /// The directory of the files. It is made if it does not exist.
    pub out: PathBuf,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFiles {
    /// The files.
    pub files: Vec<PathBuf>,
    /// What they leave out, as sentences without a full stop.
    pub notes: Vec<String>,
}

/// Writes the files, and replaces files of the same names.
///
/// # Errors
/// There is no such network, it does not suit the format, or a file can't be written.
pub fn export(request: &ExportRequest) -> Result<ExportedFiles, SessionError> {
    let out = &request.out;
    let contents = match request.format {
        ExportFormat::Csv => tables::contents(&request.model)?,
        format @ (ExportFormat::Onnx(_) | ExportFormat::Safetensors | ExportFormat::Torch) => {
            let found = find_models(&request.model)?;
            let notes = found.left_out.iter().map(|it| format!("left out: {it}")).collect();
            let mut contents = Contents { files: Vec::new(), notes };
            for model in &found.models {
                contents.add(model, format)?;
            }
            contents
        }
    };
    std::fs::create_dir_all(out)
        .map_err(|source| ExportError::Write { path: out.clone(), source })?;
    let Contents { files, notes } = contents;
    let write = |(name, bytes): (String, Vec<u8>)| {
        let path = out.join(name);
        match fitroom_files::replace(&path, &bytes) {
            Ok(()) => Ok(path),
            Err(source) => Err(ExportError::Write { path, source }),
        }
    };
    let files = files.into_iter().map(write).collect::<Result<_, _>>()?;
    Ok(ExportedFiles { files, notes })
}

/// Files that are to be written, and notes about them.
#[derive(Default)]
struct Contents {
    /// Names and bytes.
    files: Vec<(String, Vec<u8>)>,
    notes: Vec<String>,
}

impl Contents {
    fn add(&mut self, model: &Model, format: ExportFormat) -> Result<(), ExportError> {
        let name = base_name(&model.network, model.seed);
        match format {
            ExportFormat::Onnx(options) => {
                let onnx = to_onnx(model, &options)?;
                self.files.push((format!("{name}.onnx"), onnx.content));
                self.note(onnx.notes);
            }
            ExportFormat::Safetensors => {
                self.files.push((format!("{name}.safetensors"), model.to_safetensors()?));
            }
            ExportFormat::Torch => {
                let module = to_model_py(model)?;
                self.files.push((format!("{name}.py"), module.content.into_bytes()));
                self.files.push((format!("{name}.safetensors"), model.to_safetensors()?));
                self.note(module.notes);
            }
            ExportFormat::Csv => unreachable!("tables are made without models"),
        }
        Ok(())
    }

    /// Adds notes that were not made for another seed.
    fn note(&mut self, notes: Vec<ExportNote>) {
        for note in notes.iter().map(ToString::to_string) {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }
}

/// The file's name without its ending.
fn base_name(network: &str, seed: u64) -> String {
    format!("{}_seed_{seed}", stem(network))
}

/// A network's name as a Python module's: words joined by `_`, and no digit first.
fn stem(network: &str) -> String {
    let name = file_name(network).replace('-', "_");
    let name = if name.is_empty() { "network".to_owned() } else { name };
    let begins_with_digit = name.starts_with(|first: char| first.is_ascii_digit());
    if begins_with_digit { format!("network_{name}") } else { name }
}

/// The default directory of exported files: `exported` in the output directory.
pub fn default_export_directory() -> PathBuf {
    Path::new(crate::OUTPUT_DIRECTORY).join("exported")
}
