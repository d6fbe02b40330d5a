//! What can be wrong with a safetensors file.

use safetensors::SafeTensorError;
use thiserror::Error;

use super::MOST_HEADER_BYTES;
use crate::InvalidModel;
use crate::shown::{shown, shown_message};

/// The version of a file's description. A later one may have other fields.
pub(super) const VERSION: u64 = 1;

/// What can be wrong with a safetensors file.
#[derive(Debug, Error)]
pub enum SafetensorsError {
    /// The bytes are no safetensors file, or a damaged one.
    #[error("this is no safetensors file, or a damaged one: {}", shown_message(&.0.to_string()))]
    Format(SafeTensorError),
    /// The file ends before its tensors do, or goes on after them.
    #[error(
        "the file is cut off or damaged: it has {bytes} bytes, and its header says another number\n\
         hint: copy the file again"
    )]
    Length {
        /// Bytes of the file.
        bytes: usize,
    },
    /// The header is larger than this program reads.
    #[error(
        "its header has {bytes} bytes, more than this program reads ({MOST_HEADER_BYTES})\n\
         hint: is it a safetensors file? The first eight bytes of one are the header's length"
    )]
    HeaderTooLarge {
        /// Bytes of the header.
        bytes: u64,
    },
    /// The file has tensors and does not say of which layers.
    #[error(
        "the file does not say its layers: `fitroom export` did not write it\n\
         hint: as the initial values of a network whose layers you know, name it as `init` in a study"
    )]
    NoLayers,
    /// The file is a checkpoint of a run.
    #[error(
        "the file is a checkpoint of a run, which does not say its layers\n\
         hint: name the directory of results and the network, or export the network first"
    )]
    Checkpoint,
    /// A later version of this program wrote the file.
    #[error(
        "the file is of version {found}, and this program reads version {}\nhint: use a newer fitroom",
        VERSION
    )]
    Version {
        /// The file's version.
        found: u64,
    },
    /// What the file says of its network can't be read.
    #[error("what the file says of its network can't be read: {}", shown_message(&.0.to_string()))]
    About(serde_json::Error),
    /// A name or a fact would break the line that shows it.
    #[error(
        "{what} `{}` has control characters\nhint: names are one line of plain text",
        shown(text)
    )]
    NotPlain {
        /// What the text is.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// The file's list of its tensors differs from the tensors that it has.
    #[error("the file names tensor `{}` in one place, and not in the other", shown(name))]
    Listed {
        /// The tensor's name.
        name: String,
    },
    /// A tensor of a model has another type.
    #[error(
        "tensor `{}` holds {dtype} and not F32\nhint: export the network again, and leave its types as they are",
        shown(name)
    )]
    Type {
        /// The tensor's name.
        name: String,
        /// The type of its values.
        dtype: String,
    },
    /// A value fits into no f32.
    #[error("tensor `{}` holds {value}, which is too large for f32", shown(name))]
    TooLarge {
        /// The tensor's name.
        name: String,
        /// The value.
        value: f64,
    },
    /// The model can't be used.
    #[error(transparent)]
    Model(#[from] InvalidModel),
}

impl SafetensorsError {
    /// The library's error about a file of this many bytes.
    pub(super) fn of(error: SafeTensorError, bytes: usize) -> Self {
        match error {
            SafeTensorError::HeaderTooSmall
            | SafeTensorError::InvalidHeaderLength
            | SafeTensorError::MetadataIncompleteBuffer => SafetensorsError::Length { bytes },
            SafeTensorError::InvalidHeader(_)
            | SafeTensorError::InvalidHeaderDeserialization(_)
            | SafeTensorError::HeaderTooLarge
            | SafeTensorError::TensorNotFound(_)
            | SafeTensorError::TensorInvalidInfo
            | SafeTensorError::InvalidOffset(_)
            | SafeTensorError::IoError(_)
            | SafeTensorError::JsonError(_)
            | SafeTensorError::InvalidTensorView(..)
            | SafeTensorError::ValidationOverflow
            | SafeTensorError::MisalignedSlice => SafetensorsError::Format(error),
        }
    }
}
