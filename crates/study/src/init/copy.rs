//! Initial weights as the file that is kept with a study's results.

use std::borrow::Cow;

use safetensors::{Dtype, SafeTensorError, View, serialize};

use super::InitialWeights;
use super::init_file::{InitialTensor, little_endian};

impl InitialWeights {
    /// The tensors as a safetensors file. Equal tensors make equal files.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, SafeTensorError> {
        let tensors = self.tensors.iter().map(|tensor| (tensor.tensor.name.as_str(), &**tensor));
        serialize(tensors, None)
    }
}

impl View for &InitialTensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.tensor.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        little_endian(&self.tensor.values).into()
    }

    fn data_len(&self) -> usize {
        size_of::<f32>() * self.tensor.values.len()
    }
}
