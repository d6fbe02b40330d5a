//! The tensors of a file of initial weights: one of our own, or any other safetensors file.

use std::collections::HashSet;
use std::fmt::Display;
use std::sync::Arc;

use fitroom_export::{AnyTensors, OtherTensor, read_tensors};
use fitroom_nn::{Layers, Tensor};
use sha2::{Digest, Sha256};

use super::{InitProblem, InitialWeights, TensorsDigest};
use crate::plain_text::harmless;

/// The name of what PyTorch counts beside the running statistics. Nothing depends on it, unless
/// `momentum=None`, which no layer here has.
const COUNTER: &str = "num_batches_tracked";

/// A tensor of a file.
pub(super) struct InitialTensor {
    pub(super) tensor: Tensor,
    /// Of its values, as f32, little-endian.
    pub(super) sha256: [u8; 32],
    /// The first value that no network can start from.
    bad: Option<f32>,
}

/// The tensors of a file.
pub(crate) struct InitFile {
    tensors: Vec<Arc<InitialTensor>>,
    /// Tensors of other types.
    others: Vec<OtherTensor>,
}

impl InitFile {
    /// Reads a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, InitProblem> {
        // A zip archive, or a pickle of an earlier PyTorch. As the length of a header, both are too large.
        if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80\x02\x8a\x0a") {
            return Err(InitProblem::Torch);
        }
        let format =
            |error: &dyn Display| InitProblem::Format { message: harmless(&error.to_string()) };
        let AnyTensors { tensors, others } = read_tensors(bytes).map_err(|error| format(&error))?;
        let is_used = |name: &str| name.rsplit('.').next() != Some(COUNTER);
        let tensors = tensors.into_iter().filter(|tensor| is_used(&tensor.name));
        Ok(InitFile {
            tensors: tensors.map(|tensor| Arc::new(InitialTensor::new(tensor))).collect(),
            others: others.into_iter().filter(|other| is_used(&other.name)).collect(),
        })
    }

    /// Fails unless the file's name ends with the digest of its tensors.
    pub fn check_name(&self, name: &str) -> Result<(), InitProblem> {
        let found = digest(&self.tensors).short();
        match name.strip_suffix(".safetensors").is_some_and(|stem| stem.ends_with(&found)) {
            true => Ok(()),
            false => Err(InitProblem::Damaged { found }),
        }
    }

    /// The initial weights of a network with these `layers`, the implied one not among them: all
    /// tensors, or those of the first `first` layers with parameters.
    pub fn weights(
        &self,
        file: &str,
        layers: &Layers,
        first: Option<u32>,
        frozen: bool,
    ) -> Result<InitialWeights, InitProblem> {
        let used = first.map(|first| indices(layers, first, frozen)).transpose()?;
        let is_used = |name: &str| {
            let index = name.split('.').next().unwrap_or_default();
            used.as_ref().is_none_or(|used| used.contains(index))
        };
        let others: Vec<String> = self
            .others
            .iter()
            .filter(|other| is_used(&other.name))
            .map(|other| format!("{} ({})", other.name, other.dtype))
            .collect();
        if !others.is_empty() {
            return Err(InitProblem::Types { tensors: others });
        }
        let tensors = self.tensors.iter().filter(|tensor| is_used(&tensor.tensor.name));
        let tensors: Vec<_> = tensors.cloned().collect();
        if let Some((name, value)) =
            tensors.iter().find_map(|tensor| Some((&tensor.tensor.name, tensor.bad?)))
        {
            return Err(InitProblem::Value { name: name.clone(), value });
        }
        let digest = digest(&tensors);
        Ok(InitialWeights { file: file.to_owned(), layers: first, frozen, tensors, digest })
    }
}

/// The indices of the first `first` layers with parameters, as the names of tensors begin with them. A block
/// counts as one layer.
fn indices(layers: &Layers, first: u32, frozen: bool) -> Result<HashSet<String>, InitProblem> {
    let parts = layers.expanded();
    let with = parts.iter().enumerate().filter(|(_, part)| part.has_parameters());
    // The last layer is implied.
    let with: Vec<usize> = with.map(|(index, _)| index).chain([parts.len()]).collect();
    let count = with.len() as u32;
    if first > count {
        return Err(InitProblem::TooManyLayers { asked: first, layers: count });
    }
    if frozen && first == count {
        return Err(InitProblem::NothingToTrain { layers: count });
    }
    Ok(with[..first as usize].iter().map(usize::to_string).collect())
}

fn digest(tensors: &[Arc<InitialTensor>]) -> TensorsDigest {
    TensorsDigest::of(
        tensors
            .iter()
            .map(|used| (used.tensor.name.as_str(), used.tensor.shape.as_slice(), &used.sha256)),
    )
}

impl InitialTensor {
    fn new(tensor: Tensor) -> Self {
        let mut sha256 = Sha256::new();
        for values in tensor.values.chunks(1 << 14) {
            sha256.update(little_endian(values));
        }
        let is_variance = tensor.name.ends_with(".running_var");
        let is_bad = |value: &f32| !value.is_finite() || (is_variance && *value < 0.0);
        let bad = tensor.values.iter().copied().find(is_bad);
        InitialTensor { sha256: sha256.finalize().into(), bad, tensor }
    }
}

/// Values as bytes of a file.
pub(super) fn little_endian(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}
