//! The arguments of `fitroom export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::model_arguments::SeedArguments;
use crate::study_arguments::PlacesArguments;

pub const EXPORT_HELP: &str = "\
Examples:
  fitroom export fitroom-out/report-fashion-mnist 'batch norm' --to onnx
  fitroom export fitroom-out/report-fashion-mnist 8 --to torch --ensemble --out shirts
  fitroom export fitroom-out/report-fashion-mnist --to tensorboard
  fitroom export fitroom-out/report-fashion-mnist 8 --to csv --ensemble

docs/export.md says what each file holds.";

#[derive(Args, Debug)]
pub struct ExportArguments {
    /// The study's directory (the --out of `fitroom run`), a directory in its runs/, or a safetensors file
    pub model: PathBuf,
    /// The network, by name or number; needed if the study has several [tensorboard: all]
    pub network: Option<String>,
    /// The format
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub to: ToArgument,
    #[command(flatten)]
    pub seeds: SeedArguments,
    /// Directory of the files [default: fitroom-out/exported; tensorboard: DIR/tensorboard]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// onnx: fold each batch norm into the layer before it
    #[arg(long)]
    pub fold: bool,
    /// onnx: what the network takes [default: bytes]
    #[arg(long, value_name = "KIND", value_enum)]
    pub input: Option<InputArgument>,
    #[command(flatten)]
    pub places: PlacesArguments,
}

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ToArgument {
    /// ONNX, for ONNX Runtime and many others
    Onnx,
    /// Tensors with PyTorch's names; `fitroom predict` reads the file too
    Safetensors,
    /// safetensors, and a Python module that builds the network in PyTorch
    Torch,
    /// TensorBoard's event files of all runs
    Tensorboard,
    /// Tables of epochs and predictions
    Csv,
}

/// What an ONNX network takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputArgument {
    /// Bytes: [images, rows, columns, channels]
    Bytes,
    /// Numbers from 0 to 1: [images, channels, rows, columns]
    Floats,
}
