//! Tensors in safetensors files, under PyTorch's names and in its layouts.

use std::collections::HashMap;
use std::path::Path;

use fitroom_nn::{Architecture, Network, NetworkTensor, Tensor};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::StoreError;
use crate::files;

/// Which of a run's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// After the best epoch.
    Best,
    /// After the last epoch.
    Last,
}

/// When the tensors of a file were what they are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment {
    /// Epochs done.
    pub epoch: u32,
    /// Training steps done.
    pub steps: u64,
    /// What is done of the epoch after these; `None` at an epoch's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
}

/// What is done of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Images that were trained on: the first of the epoch's order.
    pub images: u64,
    /// Sum of their losses, as trained.
    pub loss_sum: f64,
    /// How many of them were right.
    pub correct: u64,
    /// That of the last step.
    pub learning_rate: f32,
    /// What it took.
    pub seconds: f64,
}

/// What the file says of its tensors.
#[derive(Serialize, Deserialize)]
struct Seal {
    #[serde(flatten)]
    moment: Moment,
    /// [`digest`] of the tensors; files of earlier versions have none.
    #[serde(default)]
    sha256: Option<String>,
}

/// Steps of any training: a million epochs of four billion images have fewer.
const MOST_STEPS: u64 = 1 << 52;

/// The one entry of the file's metadata. One only: the format keeps several in no fixed order, and
/// equal tensors should make equal files.
const METADATA_KEY: &str = "fitroom";

/// Writes tensors so that the file is there whole or not at all.
///
/// Not by `safetensors::serialize`, which needs all of them at once, in PyTorch's order and once
/// more as a file: with the optimizer's moments that is six times the weights. Here one tensor at a
/// time is put into order, for its digest, which is in the file's header, and again to be written.
pub(crate) fn save(
    path: &Path,
    mut tensors: Vec<NetworkTensor>,
    moment: Moment,
) -> Result<(), StoreError> {
    tensors.sort_unstable_by(|a, b| a.name().cmp(b.name()));
    let mut digest = TensorDigest::default();
    for tensor in &tensors {
        with_bytes(tensor, |bytes| digest.add(tensor.name(), bytes));
    }
    let header = header(&tensors, Seal { moment, sha256: Some(digest.finish()) });
    files::write_whole_by(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        tensors.iter().try_for_each(|tensor| with_bytes(tensor, |bytes| file.write_all(bytes)))
    })
}

/// The file's header, padded to whole eights of bytes, as the format wants it: where each of
/// `tensors` lies, and the seal.
fn header(tensors: &[NetworkTensor], seal: Seal) -> Vec<u8> {
    let seal = serde_json::to_string(&seal).expect("numbers and a string");
    let mut end = 0;
    let place = |tensor: &NetworkTensor| {
        let start = end;
        end += size_of::<f32>() * tensor.value_count();
        let info = TensorInfo {
            dtype: Dtype::F32,
            shape: tensor.shape().to_vec(),
            data_offsets: (start, end),
        };
        (tensor.name().to_owned(), info)
    };
    let places = tensors.iter().map(place).collect();
    let metadata = Metadata::new(Some(HashMap::from([(METADATA_KEY.to_owned(), seal)])), places);
    let mut header = serde_json::to_vec(&metadata.expect("places follow each other"))
        .expect("names and numbers");
    header.resize(header.len().next_multiple_of(8), b' ');
    header
}

/// Does `work` with a tensor's values as a file has them: in PyTorch's order, little-endian.
fn with_bytes<R>(tensor: &NetworkTensor, work: impl FnOnce(&[u8]) -> R) -> R {
    let mut values = tensor.to_values();
    if cfg!(target_endian = "big") {
        values.iter_mut().for_each(|value| *value = f32::from_bits(value.to_bits().to_le()));
    }
    work(bytemuck::cast_slice(&values))
}

/// SHA-256 of tensors' names and bytes, in the order of names.
#[derive(Default)]
struct TensorDigest(Sha256);

impl TensorDigest {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        self.0.update((name.len() as u64).to_le_bytes());
        self.0.update(name);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn finish(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Reads what [`save`] wrote, whatever it is; `None` where there is no such file.
#[cfg(test)]
pub(crate) fn load(path: &Path) -> Result<Option<(Vec<Tensor>, Moment)>, StoreError> {
    load_at_most(path, u64::MAX)
}

/// Reads what [`save`] wrote of tensors like `expected`; `None` where there is no such file.
fn load_like(
    path: &Path,
    expected: &[NetworkTensor],
) -> Result<Option<(Vec<Tensor>, Moment)>, StoreError> {
    load_at_most(
        path,
        most_bytes(expected.iter().map(NetworkTensor::value_count).sum(), expected.len()),
    )
}

/// Reads what [`save`] wrote, of no more than `most` bytes; `None` where there is no such file.
pub(crate) fn load_at_most(
    path: &Path,
    most: u64,
) -> Result<Option<(Vec<Tensor>, Moment)>, StoreError> {
    files::read_at_most(path, most)?.map(|file| parse(path, &file)).transpose()
}

/// Of a checkpoint of `network`.
pub(crate) fn most_bytes_of(network: &Network) -> u64 {
    let tensors = all_of(network);
    most_bytes(tensors.iter().map(NetworkTensor::value_count).sum(), tensors.len())
}

/// What a checkpoint holds.
pub(crate) fn all_of(network: &Network) -> Vec<NetworkTensor<'_>> {
    [network.state(), network.optimizer_state()].concat()
}

/// Of a file with this many tensors and values in all: beside the values, it has names, shapes and
/// places.
fn most_bytes(values: usize, tensors: usize) -> u64 {
    const LONGEST_ENTRY: u64 = 4096;
    size_of::<f32>() as u64 * values as u64 + LONGEST_ENTRY * (1 + tensors as u64)
}

/// Gives `network` the weights that were saved at `path`; `None` where there is no such file.
pub(crate) fn load_into(path: &Path, network: &mut Network) -> Result<Option<Moment>, StoreError> {
    let Some((tensors, moment)) = load_like(path, &network.state())? else { return Ok(None) };
    network.load_tensors(&tensors).map_err(|error| StoreError::damaged(path, error))?;
    Ok(Some(moment))
}

/// Brings `network` and its optimizer to where they were saved at `path`; `None` where there is no
/// such file.
pub(crate) fn restore(path: &Path, network: &mut Network) -> Result<Option<Moment>, StoreError> {
    let Some((tensors, moment)) = load_like(path, &all_of(network))? else { return Ok(None) };
    let own = network.state();
    let is_state = |tensor: &Tensor| own.iter().any(|own| own.name() == tensor.name);
    let (state, moments): (Vec<Tensor>, Vec<Tensor>) = tensors.into_iter().partition(is_state);
    network
        .load_tensors(&state)
        .and_then(|()| network.load_optimizer(&moments, moment.steps))
        .map_err(|error| StoreError::damaged(path, error))?;
    Ok(Some(moment))
}

fn parse(path: &Path, file: &[u8]) -> Result<(Vec<Tensor>, Moment), StoreError> {
    let damaged = |problem: &dyn std::fmt::Display| StoreError::damaged(path, problem);
    let (_, header) = SafeTensors::read_metadata(file).map_err(|error| damaged(&error))?;
    let seal = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
    let seal = seal.ok_or_else(|| damaged(&"it does not say from which epoch it is"))?;
    let Seal { moment, sha256 } = serde_json::from_str(seal).map_err(|error| damaged(&error))?;
    if moment.steps > MOST_STEPS {
        return Err(damaged(&format!("it is from after {} steps", moment.steps)));
    }
    let stored = SafeTensors::deserialize(file).map_err(|error| damaged(&error))?;
    let mut by_name: Vec<_> = stored.iter().collect();
    by_name.sort_unstable_by_key(|&(name, _)| name);
    let mut digest = TensorDigest::default();
    by_name.iter().for_each(|(name, view)| digest.add(name, view.data()));
    if sha256.is_some_and(|sha256| sha256 != digest.finish()) {
        return Err(damaged(&"its tensors are not those that were written"));
    }
    let mut tensors = Vec::new();
    for (name, view) in by_name {
        if view.dtype() != Dtype::F32 {
            return Err(damaged(&format!("tensor `{name}` holds {:?} and not F32", view.dtype())));
        }
        let values =
            view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect();
        tensors.push(Tensor { name: name.to_owned(), shape: view.shape().to_vec(), values });
    }
    Ok((tensors, moment))
}

/// Reads the tensors of a network of this `architecture`: its parameters, with batch-norm
/// statistics beside them.
pub(crate) fn load_of(
    path: &Path,
    architecture: &Architecture,
) -> Result<Option<Vec<Tensor>>, StoreError> {
    // Statistics are two tensors for each two of batch normalisation's parameters, and as large.
    let most = most_bytes(2 * architecture.parameter_count(), 2 * architecture.parameters().len());
    let Some((tensors, _)) = load_at_most(path, most)? else { return Ok(None) };
    for expected in architecture.parameters() {
        let problem = match tensors.iter().find(|tensor| tensor.name == expected.name) {
            Some(tensor) if tensor.shape == expected.shape => continue,
            Some(tensor) => {
                format!(
                    "tensor `{}` has shape {:?}, its network needs {:?}",
                    tensor.name, tensor.shape, expected.shape
                )
            }
            None => format!("tensor `{}` is missing", expected.name),
        };
        return Err(StoreError::damaged(path, problem));
    }
    Ok(Some(tensors))
}

#[cfg(test)]
mod tests;
