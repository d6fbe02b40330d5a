//! Reads and writes tensors in safetensors files, under PyTorch's names and in its layouts.

use std::collections::HashMap;
use std::path::Path;

use fitroom_nn::{Architecture, Network, NetworkTensor, Tensor};
use safetensors::tensor::{Metadata, TensorInfo};
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::seal::{Seal, hex};
use crate::{StoreError, files};

/// Which of a run's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// After the best epoch.
    Best,
    /// After the last epoch.
    Last,
}

/// The point of a run's training at which a file's tensors were saved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedAt {
    /// Epochs done.
    pub epoch: u32,
    /// Training steps done.
    pub steps: u64,
    /// The done part of the next epoch; `None` at an epoch's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<EpochPart>,
}

/// The part of an epoch that is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpochPart {
    /// Images trained on: this many of the epoch's order, from its start.
    pub images: u64,
    /// Sum of their losses, as trained.
    pub loss_sum: f64,
    /// How many of them were classified correctly.
    pub correct: u64,
    /// The learning rate of the last step.
    pub learning_rate: f32,
    /// The time that this part took.
    pub seconds: f64,
}

/// What a file's metadata says about its tensors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    epoch: u32,
    steps: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    part: Option<EpochPart>,
    /// The seal of all of this, the run's id and the tensors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seal: Option<String>,
    /// The [`tensor_sha256`] of the tensors alone: the seal of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// More training steps than any run has: a million epochs of four billion images have fewer.
const MOST_STEPS: u64 = 1 << 52;

/// The key of the only entry in a file's metadata. The format keeps several entries in no fixed
/// order, and equal tensors should give equal files.
const METADATA_KEY: &str = "fitroom";

/// Writes tensors of the run `id`. After a kill at any time, `path` holds the old or the new file as a whole.
///
/// `safetensors::serialize` would need copies of all tensors in PyTorch's order and the whole file
/// in memory: with the optimizer's moments, six times the weights. This copies one tensor at a
/// time: once for the digest, which the header before the tensors holds, and once to write it.
pub(crate) fn save(
    path: &Path,
    id: &str,
    mut tensors: Vec<NetworkTensor>,
    saved_at: SavedAt,
) -> Result<(), StoreError> {
    tensors.sort_unstable_by(|a, b| a.name().cmp(b.name()));
    let mut seal = seal_of(id, &saved_at);
    for tensor in &tensors {
        with_bytes(tensor, |bytes| add(&mut seal, tensor.name(), tensor.shape(), bytes));
    }
    let SavedAt { epoch, steps, part } = saved_at;
    let seal = Some(seal.finish());
    let header = header(&tensors, &About { epoch, steps, part, seal, sha256: None });
    files::write_whole_by(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        tensors.iter().try_for_each(|tensor| with_bytes(tensor, |bytes| file.write_all(bytes)))
    })
}

/// The file's header, padded to a multiple of 8 bytes as the format demands: the place of each of
/// `tensors`, and what is said about them.
fn header(tensors: &[NetworkTensor], about: &About) -> Vec<u8> {
    let about = serde_json::to_string(about).expect("numbers and a string");
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
    let metadata = Metadata::new(Some(HashMap::from([(METADATA_KEY.to_owned(), about)])), places);
    let mut header = serde_json::to_vec(&metadata.expect("places follow each other"))
        .expect("names and numbers");
    header.resize(header.len().next_multiple_of(8), b' ');
    header
}

/// Calls `work` with a tensor's values as bytes of a file: in PyTorch's order, little-endian.
fn with_bytes<R>(tensor: &NetworkTensor, work: impl FnOnce(&[u8]) -> R) -> R {
    let mut values = tensor.to_values();
    if cfg!(target_endian = "big") {
        values.iter_mut().for_each(|value| *value = f32::from_bits(value.to_bits().to_le()));
    }
    work(bytemuck::cast_slice(&values))
}

/// The seal of a file, to which its tensors are to be added in the order of their names.
fn seal_of(id: &str, saved_at: &SavedAt) -> Seal {
    let mut seal = Seal::of("tensors");
    seal.add(id);
    seal.add(serde_json::to_vec(saved_at).expect("numbers"));
    seal
}

fn add(seal: &mut Seal, name: &str, shape: &[usize], bytes: &[u8]) {
    seal.add(name);
    seal.add(format!("{shape:?}"));
    seal.add(bytes);
}

/// SHA-256 of the names and bytes of tensors, which come in the order of their names.
fn tensor_sha256<'a>(tensors: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut all = Sha256::new();
    for (name, bytes) in tensors {
        for part in [name.as_bytes(), bytes] {
            all.update((part.len() as u64).to_le_bytes());
            all.update(part);
        }
    }
    hex(&all.finalize())
}

/// Reads a file that [`save`] wrote, of any size. `None` if there is no such file.
#[cfg(test)]
pub(crate) fn load(path: &Path, id: &str) -> Result<Option<(Vec<Tensor>, SavedAt)>, StoreError> {
    load_at_most(path, id, u64::MAX)
}

/// Reads a file that [`save`] wrote, of tensors as large as `expected`. `None` if there is no such
/// file.
fn load_like(
    path: &Path,
    id: &str,
    expected: &[NetworkTensor],
) -> Result<Option<(Vec<Tensor>, SavedAt)>, StoreError> {
    load_at_most(
        path,
        id,
        most_bytes(expected.iter().map(NetworkTensor::value_count).sum(), expected.len()),
    )
}

/// Reads a file of at most `most` bytes that [`save`] wrote for the run `id`. `None` if there is no
/// such file.
pub(crate) fn load_at_most(
    path: &Path,
    id: &str,
    most: u64,
) -> Result<Option<(Vec<Tensor>, SavedAt)>, StoreError> {
    files::read_at_most(path, most)?.map(|file| parse(path, id, &file)).transpose()
}

/// An upper limit for the bytes of a checkpoint of `network`.
pub(crate) fn most_bytes_of(network: &Network) -> u64 {
    let tensors = all_of(network);
    most_bytes(tensors.iter().map(NetworkTensor::value_count).sum(), tensors.len())
}

/// An upper limit for the bytes of a checkpoint of a network of this architecture, whatever its
/// optimizer.
pub(crate) fn most_checkpoint_bytes(architecture: &Architecture) -> u64 {
    // Parameters, at most two moments of each, and at most as many statistics as parameters.
    let copies = 4;
    most_bytes(copies * architecture.parameter_count(), copies * architecture.parameters().len())
}

/// All tensors of a checkpoint: parameters, statistics and the optimizer's moments.
pub(crate) fn all_of(network: &Network) -> Vec<NetworkTensor<'_>> {
    [network.state(), network.optimizer_state()].concat()
}

/// An upper limit for the bytes of a file with this many values in total and this many tensors. A
/// file also holds the tensors' names, shapes and places.
fn most_bytes(values: usize, tensors: usize) -> u64 {
    const LONGEST_ENTRY: u64 = 4096;
    size_of::<f32>() as u64 * values as u64 + LONGEST_ENTRY * (1 + tensors as u64)
}

/// Gives `network` the weights of the run `id` that were saved at `path`. `None` if there is no
/// such file.
pub(crate) fn load_into(
    path: &Path,
    id: &str,
    network: &mut Network,
) -> Result<Option<SavedAt>, StoreError> {
    let Some((tensors, saved_at)) = load_like(path, id, &network.state())? else { return Ok(None) };
    network.load_tensors(&tensors).map_err(|error| StoreError::damaged(path, error))?;
    Ok(Some(saved_at))
}

/// Restores `network` and its optimizer from the checkpoint of the run `id` at `path`. `None` if
/// there is no such file.
pub(crate) fn restore(
    path: &Path,
    id: &str,
    network: &mut Network,
) -> Result<Option<SavedAt>, StoreError> {
    let Some((tensors, saved_at)) = load_like(path, id, &all_of(network))? else { return Ok(None) };
    let own = network.state();
    let is_state = |tensor: &Tensor| own.iter().any(|own| own.name() == tensor.name);
    let (state, moments): (Vec<Tensor>, Vec<Tensor>) = tensors.into_iter().partition(is_state);
    network
        .load_tensors(&state)
        .and_then(|()| network.load_optimizer(&moments, saved_at.steps))
        .map_err(|error| StoreError::damaged(path, error))?;
    Ok(Some(saved_at))
}

fn parse(path: &Path, id: &str, file: &[u8]) -> Result<(Vec<Tensor>, SavedAt), StoreError> {
    let damaged = |problem: &dyn std::fmt::Display| StoreError::damaged(path, problem);
    let (_, header) = SafeTensors::read_metadata(file).map_err(|error| damaged(&error))?;
    let about = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
    let about = about.ok_or_else(|| damaged(&"it does not say which epoch it is from"))?;
    let about: About = serde_json::from_str(about).map_err(|error| damaged(&error))?;
    let About { epoch, steps, part, seal: expected, sha256 } = about;
    let saved_at = SavedAt { epoch, steps, part };
    if steps > MOST_STEPS {
        return Err(damaged(&format!("it says that it was saved after {steps} steps")));
    }
    let stored = SafeTensors::deserialize(file).map_err(|error| damaged(&error))?;
    let mut by_name: Vec<_> = stored.iter().collect();
    by_name.sort_unstable_by_key(|&(name, _)| name);
    let mut seal = seal_of(id, &saved_at);
    by_name.iter().for_each(|(name, view)| add(&mut seal, name, view.shape(), view.data()));
    match (expected, sha256) {
        (Some(expected), None) if expected == seal.finish() => {}
        (None, Some(sha256)) => {
            if sha256 != tensor_sha256(by_name.iter().map(|(name, view)| (*name, view.data()))) {
                return Err(damaged(&"its SHA-256 does not match its tensors"));
            }
        }
        _ => return Err(StoreError::broken_seal(path)),
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
    Ok((tensors, saved_at))
}

/// Reads the parameters and batch-norm statistics of the run `id`, whose network has this
/// `architecture`. `None` if there is no such file.
pub(crate) fn load_of(
    path: &Path,
    id: &str,
    architecture: &Architecture,
) -> Result<Option<Vec<Tensor>>, StoreError> {
    // A batch-norm layer has as many statistics as parameters: two tensors of each, of one size.
    let most = most_bytes(2 * architecture.parameter_count(), 2 * architecture.parameters().len());
    let Some((tensors, _)) = load_at_most(path, id, most)? else { return Ok(None) };
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
