//! Reads and writes tensors in safetensors files, under PyTorch's names and in its layouts.

mod tensor_file;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use fitroom_nn::{Architecture, Network, NetworkTensor, Score, Tensor};
use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::{Deserialize, Serialize};

use self::tensor_file::TensorFile;
use crate::seal::Seal;
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

impl EpochPart {
    /// Adds a training step.
    pub fn add(&mut self, step: Score, learning_rate: f32) {
        let mut sum = self.score();
        sum += step;
        let Score { loss_sum, correct, images } = sum;
        *self = EpochPart { images, loss_sum, correct, learning_rate, ..*self };
    }

    /// The scores of all its steps, as trained.
    pub fn score(&self) -> Score {
        Score { loss_sum: self.loss_sum, correct: self.correct, images: self.images }
    }
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
    /// SHA-256 of the tensors alone: the seal of an earlier version.
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
        let added = with_bytes(tensor, |bytes| {
            begin_tensor(&mut seal, tensor.name(), tensor.shape(), bytes.len() as u64);
            seal.add_bytes(bytes);
            Ok(())
        });
        added.map_err(|source| StoreError::Write { path: path.to_owned(), source })?;
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
fn with_bytes(
    tensor: &NetworkTensor,
    work: impl FnOnce(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut values = tensor.try_to_values()?;
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

/// Begins a tensor, whose `len` bytes are to follow.
fn begin_tensor(seal: &mut Seal, name: &str, shape: &[usize], len: u64) {
    seal.add(name);
    seal.add(format!("{shape:?}"));
    seal.begin(len);
}

/// Reads a file that [`save`] wrote, of any size. `None` if there is no such file.
#[cfg(test)]
pub(crate) fn load(path: &Path, id: &str) -> Result<Option<(Vec<Tensor>, SavedAt)>, StoreError> {
    let Some(mut file) = TensorFile::open(path, id, u64::MAX)? else { return Ok(None) };
    Ok(Some((tensors_of(&mut file)?, file.saved_at)))
}

/// All tensors of a file.
fn tensors_of(file: &mut TensorFile) -> Result<Vec<Tensor>, StoreError> {
    let names = file.names().into_iter();
    let tensor = |name: String| {
        let (shape, values) = (file.shape(&name).to_vec(), file.read(&name)?);
        Ok(Tensor { name, shape, values })
    };
    names.map(tensor).collect()
}

/// Opens a file that [`save`] wrote, with exactly the tensors `expected`. `None` if there is no such
/// file.
fn open_like(
    path: &Path,
    id: &str,
    expected: &[NetworkTensor],
) -> Result<Option<TensorFile>, StoreError> {
    let values = expected.iter().map(NetworkTensor::value_count).sum();
    let Some(file) = TensorFile::open(path, id, most_bytes(values, expected.len()))? else {
        return Ok(None);
    };
    file.check(expected.iter().map(|tensor| (tensor.name(), tensor.shape())))?;
    let is_known = |name: &String| expected.iter().any(|tensor| tensor.name() == name);
    match file.names().iter().find(|name| !is_known(name)) {
        Some(name) => Err(StoreError::damaged(path, format!("its network has no tensor `{name}`"))),
        None => Ok(Some(file)),
    }
}

/// The point of training at which a file of the run `id` was saved, after the file's check. It may
/// have `most` bytes. `None` if there is no such file.
pub(crate) fn saved_at(path: &Path, id: &str, most: u64) -> Result<Option<SavedAt>, StoreError> {
    Ok(TensorFile::open(path, id, most)?.map(|file| file.saved_at))
}

/// An upper limit for the bytes of a checkpoint of `network`.
pub(crate) fn most_bytes_of(network: &Network) -> u64 {
    let tensors = all_of(network);
    most_bytes(tensors.iter().map(NetworkTensor::value_count).sum(), tensors.len())
}

/// An upper limit for the bytes of a checkpoint of a network of this architecture, whatever its
/// optimizer.
pub(crate) fn most_checkpoint_bytes(architecture: &Architecture) -> u64 {
    // Parameters, at most two moments of each, at most as many statistics as parameters, and the
    // averages of parameters and statistics.
    let copies = 6;
    most_bytes(copies * architecture.parameter_count(), copies * architecture.parameters().len())
}

/// All tensors of a checkpoint: parameters, statistics, the optimizer's moments and averages.
pub(crate) fn all_of(network: &Network) -> Vec<NetworkTensor<'_>> {
    [network.state(), network.optimizer_state(), network.average_state()].concat()
}

/// An upper limit for the bytes of a file with this many values in total and this many tensors. A
/// file also holds the tensors' names, shapes and places.
fn most_bytes(values: usize, tensors: usize) -> u64 {
    const LONGEST_ENTRY: u64 = 4096;
    size_of::<f32>() as u64 * values as u64 + LONGEST_ENTRY * (1 + tensors as u64)
}

/// Gives `network` the weights of the run `id` that were saved at `path`, to be scored by them. `None`
/// if there is no such file.
pub(crate) fn load_into(
    path: &Path,
    id: &str,
    network: &mut Network,
) -> Result<Option<SavedAt>, StoreError> {
    let Some(mut file) = open_like(path, id, &network.scored_state())? else { return Ok(None) };
    network.read_scored_state(|name| file.read(name))?;
    Ok(Some(file.saved_at))
}

/// Restores `network` and its optimizer from the checkpoint of the run `id` at `path`. `None` if
/// there is no such file.
pub(crate) fn restore(
    path: &Path,
    id: &str,
    network: &mut Network,
) -> Result<Option<SavedAt>, StoreError> {
    let Some(mut file) = open_like(path, id, &all_of(network))? else { return Ok(None) };
    network.read_state(|name| file.read(name))?;
    network.read_optimizer(file.saved_at.steps, |name| file.read(name))?;
    network.read_averages(|name| file.read(name))?;
    Ok(Some(file.saved_at))
}

/// Reads the parameters and batch-norm statistics of the run `id`, whose network has this
/// `architecture`. `None` if there is no such file.
pub(crate) fn load_of(
    path: &Path,
    id: &str,
    architecture: &Architecture,
) -> Result<Option<(Vec<Tensor>, SavedAt)>, StoreError> {
    // A batch-norm layer has as many statistics as parameters: two tensors of each, of one size.
    let most = most_bytes(2 * architecture.parameter_count(), 2 * architecture.parameters().len());
    let Some(mut file) = TensorFile::open(path, id, most)? else { return Ok(None) };
    let expected = architecture.parameters();
    file.check(expected.iter().map(|tensor| (tensor.name.as_str(), &tensor.shape[..])))?;
    Ok(Some((tensors_of(&mut file)?, file.saved_at)))
}

#[cfg(test)]
mod tests;
