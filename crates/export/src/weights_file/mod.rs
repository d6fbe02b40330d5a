//! Safetensors files: a whole [`Model`], and the tensors of any file.
//!
//! Tensors have PyTorch's names and layouts, and are F32. `safetensors.torch.load_file` gives the state
//! dict of the `nn.Sequential` of the same layers. All else stands in the header, as JSON under one key of
//! the metadata. (The library keeps several keys in no fixed order, and equal models make equal files.)

mod about;
mod any;
mod error;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use fitroom_nn::Tensor;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, View, serialize};

pub use self::any::{AnyTensors, OtherTensor, read_tensors};
pub use self::error::SafetensorsError;
use crate::Model;
use crate::bytes::{from_little_endian, to_little_endian};
use crate::checked::CheckedModel;

/// The key of a model's only entry in the metadata.
const METADATA_KEY: &str = "fitroom_model";
/// The key that a run's checkpoint has instead.
const CHECKPOINT_KEY: &str = "fitroom";
/// The longest header that is read or written. The deepest network, of ten thousand batch norms, has a quarter of that.
const MOST_HEADER_BYTES: u64 = 1 << 24;

impl Model {
    /// The model as a safetensors file. Equal models make equal files.
    ///
    /// # Errors
    /// The model's parts do not fit each other, or a name has control characters.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, SafetensorsError> {
        CheckedModel::new(self)?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), about::write(self)?)]);
        let tensors = self.tensors.iter().map(|tensor| (tensor.name.as_str(), Values(tensor)));
        let file =
            serialize(tensors, Some(metadata)).map_err(|error| SafetensorsError::of(error, 0))?;
        check_header(&file)?;
        Ok(file)
    }

    /// The model in a file that [`to_safetensors`](Self::to_safetensors) wrote: an equal one. Values may be
    /// infinite or not a number, as a run that diverged has them.
    ///
    /// # Errors
    /// The file is damaged or no such file, or its parts do not fit each other. Nothing is believed before
    /// it is checked, and no more memory is taken than a few times the file's size.
    pub fn from_safetensors(file: &[u8]) -> Result<Model, SafetensorsError> {
        let (metadata, tensors) = opened(file)?;
        let about = metadata.get(METADATA_KEY).ok_or_else(|| {
            match metadata.contains_key(CHECKPOINT_KEY) {
                true => SafetensorsError::Checkpoint,
                false => SafetensorsError::NoLayers,
            }
        })?;
        let (mut model, names) = about::read(about)?;
        check_names(&names, &tensors)?;
        model.tensors =
            names.into_iter().map(|name| read(&tensors, name)).collect::<Result<_, _>>()?;
        CheckedModel::new(&model)?;
        Ok(model)
    }
}

/// A tensor as the format's library writes it.
struct Values<'a>(&'a Tensor);

impl View for Values<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.0.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        to_little_endian(&self.0.values).into()
    }

    fn data_len(&self) -> usize {
        size_of::<f32>() * self.0.values.len()
    }
}

/// Fails if the header is longer than this program reads. The first eight bytes are its length.
fn check_header(file: &[u8]) -> Result<(), SafetensorsError> {
    let length = file.first_chunk().ok_or(SafetensorsError::Length { bytes: file.len() })?;
    let bytes = u64::from_le_bytes(*length);
    match bytes > MOST_HEADER_BYTES {
        true => Err(SafetensorsError::HeaderTooLarge { bytes }),
        false => Ok(()),
    }
}

/// The metadata and the tensors of a file, whose shapes and places are checked.
fn opened(file: &[u8]) -> Result<(HashMap<String, String>, SafeTensors<'_>), SafetensorsError> {
    check_header(file)?;
    let wrong = |error| SafetensorsError::of(error, file.len());
    let (_, header) = SafeTensors::read_metadata(file).map_err(wrong)?;
    let tensors = SafeTensors::deserialize(file).map_err(wrong)?;
    Ok((header.metadata().clone().unwrap_or_default(), tensors))
}

/// Whether `names` are those of all tensors, each once.
fn check_names(names: &[String], tensors: &SafeTensors) -> Result<(), SafetensorsError> {
    let mut left: HashSet<&str> = tensors.names().into_iter().collect();
    // A name that is listed twice was taken by the first.
    let unknown = names.iter().map(String::as_str).find(|&name| !left.remove(name));
    match unknown.or(left.into_iter().min()) {
        Some(name) => Err(SafetensorsError::Listed { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// A tensor of a model's file, which has one of this name.
fn read(tensors: &SafeTensors, name: String) -> Result<Tensor, SafetensorsError> {
    let view: TensorView = tensors.tensor(&name).map_err(|error| SafetensorsError::of(error, 0))?;
    if view.dtype() != Dtype::F32 {
        return Err(SafetensorsError::Type { name, dtype: view.dtype().to_string() });
    }
    Ok(Tensor { name, shape: view.shape().to_vec(), values: from_little_endian(view.data()) })
}
