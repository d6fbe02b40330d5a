//! The tensors of any safetensors file, such as PyTorch's own.

use fitroom_nn::Tensor;
use half::{bf16, f16};
use safetensors::SafeTensors;

use super::{SafetensorsError, opened};
use crate::bytes::from_little_endian;

/// The tensors of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnyTensors {
    /// Those of real numbers, as f32, under the file's names, sorted by them.
    pub tensors: Vec<Tensor>,
    /// Those that hold something else, such as a batch norm's `num_batches_tracked`, sorted by name.
    pub others: Vec<OtherTensor>,
}

/// A tensor that does not hold F64, F32, F16 or BF16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherTensor {
    /// The tensor's name.
    pub name: String,
    /// What it holds, as the format writes it: `I64`.
    pub dtype: String,
    /// Outermost dimension first.
    pub shape: Vec<usize>,
}

/// Reads the tensors of any safetensors file, with its names as they stand. F16 and BF16 become the same
/// numbers in f32, F64 the nearest. Values may be infinite or not a number.
///
/// # Errors
/// The file is damaged or no such file, its header is too large, or a finite F64 is beyond f32.
pub fn read_tensors(file: &[u8]) -> Result<AnyTensors, SafetensorsError> {
    let (_, tensors) = opened(file)?;
    let mut names = tensors.names();
    names.sort_unstable();
    let mut read = AnyTensors::default();
    for name in names {
        add(&mut read, &tensors, name)?;
    }
    Ok(read)
}

fn add(read: &mut AnyTensors, tensors: &SafeTensors, name: &str) -> Result<(), SafetensorsError> {
    let view = tensors.tensor(name).map_err(|error| SafetensorsError::of(error, 0))?;
    let (shape, bytes) = (view.shape().to_vec(), view.data());
    // By its name in the format: the library's own list is `non_exhaustive`, and no match of it is closed.
    let dtype = view.dtype().to_string();
    let values = match dtype.as_str() {
        "F32" => from_little_endian(bytes),
        "F16" => each(bytes, |value| f16::from_le_bytes(value).to_f32()),
        "BF16" => each(bytes, |value| bf16::from_le_bytes(value).to_f32()),
        "F64" => {
            let wide: Vec<f64> = each(bytes, f64::from_le_bytes);
            let is_beyond = |value: &&f64| value.is_finite() && (**value as f32).is_infinite();
            if let Some(&value) = wide.iter().find(is_beyond) {
                return Err(SafetensorsError::TooLarge { name: name.to_owned(), value });
            }
            wide.into_iter().map(|value| value as f32).collect()
        }
        _ => {
            read.others.push(OtherTensor { name: name.to_owned(), dtype, shape });
            return Ok(());
        }
    };
    read.tensors.push(Tensor { name: name.to_owned(), shape, values });
    Ok(())
}

/// Each value of a tensor; the library has checked that its bytes are whole values.
fn each<T, const BYTES: usize>(bytes: &[u8], value: impl Fn([u8; BYTES]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|&bytes| value(bytes)).collect()
}
