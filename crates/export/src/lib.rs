//! Takes trained networks, and the numbers of their training, to other programs.
//!
//! A [`Model`] is a trained network on its own: it needs no study, no run store and no training images.

#![deny(clippy::wildcard_enum_match_arm)]

// Test models are shared with ./examples, which know this crate by its name.
#[cfg(test)]
extern crate self as fitroom_export;

mod bytes;
mod checked;
mod model;
#[cfg(test)]
#[path = "../tests/models/mod.rs"]
mod models;
mod note;
mod onnx;
mod shown;
mod torch;
mod weights_file;

pub use checked::InvalidModel;
pub use model::{Model, ModelError};
pub use note::{ExportNote, Exported, KeptBecause};
pub use onnx::{OnnxError, OnnxInput, OnnxOptions, to_onnx};
pub use torch::to_model_py;
pub use weights_file::{AnyTensors, OtherTensor, SafetensorsError, read_tensors};
