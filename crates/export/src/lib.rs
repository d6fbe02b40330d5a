//! Takes trained networks, and the numbers of their training, to other programs.
//!
//! A [`Model`] is a trained network on its own: it needs no study, no run store and no training images.
//! [`Model::to_safetensors`] keeps all of it, and [`Model::from_safetensors`] gives it back. [`to_onnx`] and
//! [`to_model_py`] are for ONNX Runtime and PyTorch. Nothing here touches files: bytes and text come in and
//! go out.

#![deny(clippy::wildcard_enum_match_arm)]

// Test models are shared with ./examples, which know this crate by its name.
#[cfg(test)]
extern crate self as fitroom_export;

mod bytes;
mod checked;
#[doc(hidden)]
pub mod hostile;
mod model;
#[cfg(test)]
#[path = "../tests/models/mod.rs"]
mod models;
mod note;
mod onnx;
mod shown;
pub mod tensorboard;
mod torch;
mod weights_file;

pub use checked::InvalidModel;
pub use model::{Model, ModelError};
pub use note::{ExportNote, Exported, KeptBecause};
pub use onnx::{OnnxError, OnnxInput, OnnxOptions, to_onnx};
pub use torch::to_model_py;
pub use weights_file::{AnyTensors, OtherTensor, SafetensorsError, read_tensors};
