//! Initial weights: the tensors of a file from which a network starts, in the place of random ones.

mod copy;
mod digest;
mod fit;
mod init_file;
mod problem;
#[cfg(test)]
pub(crate) mod tests;

use std::fmt;
use std::sync::Arc;

use fitroom_nn::Tensor;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

pub use self::digest::TensorsDigest;
pub use self::fit::{TensorMismatch, TensorMismatches};
pub(crate) use self::init_file::InitFile;
use self::init_file::InitialTensor;
pub use self::problem::InitProblem;

/// The weights that a network starts from: the setting
/// `init = { file = "FILE.safetensors", layers = 2, frozen = true }`, with the tensors of the file.
#[derive(Clone)]
pub struct InitialWeights {
    /// The safetensors file, relative to the study file. In a study's directory of results this is
    /// `init/NAME.safetensors`, which holds the tensors that are used, and no others.
    pub file: String,
    /// Only the first so many layers that have parameters start from the file; `None`: all do.
    pub layers: Option<u32>,
    /// Whether these layers stay as they are.
    pub frozen: bool,
    /// The tensors that are used, sorted by name. Networks that start from the same file share them.
    tensors: Vec<Arc<InitialTensor>>,
    digest: TensorsDigest,
}

/// What decides a run about its [`InitialWeights`]: the values, and not the path of their file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InitFacts {
    /// Of the tensors that are used.
    pub tensors: TensorsDigest,
    /// As [`InitialWeights::layers`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<u32>,
    /// As [`InitialWeights::frozen`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frozen: bool,
}

impl InitialWeights {
    /// The tensors that are used, sorted by name.
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.tensors.iter().map(|tensor| &tensor.tensor)
    }

    /// What decides a run.
    pub fn facts(&self) -> InitFacts {
        InitFacts { tensors: self.digest, layers: self.layers, frozen: self.frozen }
    }
}

impl InitFacts {
    /// How many of the first layers with parameters are frozen.
    pub(crate) fn frozen_layers(&self) -> usize {
        if self.frozen { self.layers.unwrap_or(u32::MAX) as usize } else { 0 }
    }
}

/// By the setting and the digest: the tensors may be many.
impl PartialEq for InitialWeights {
    fn eq(&self, other: &Self) -> bool {
        (&self.file, self.facts()) == (&other.file, other.facts())
    }
}

impl fmt::Debug for InitialWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitialWeights")
            .field("file", &self.file)
            .field("facts", &self.facts())
            .finish_non_exhaustive()
    }
}

/// As a study file has it. What is not set is left out.
impl Serialize for InitialWeights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("file", &self.file)?;
        if let Some(layers) = self.layers {
            map.serialize_entry("layers", &layers)?;
        }
        if self.frozen {
            map.serialize_entry("frozen", &self.frozen)?;
        }
        map.end()
    }
}
