//! What can be wrong with a file of initial weights.

use thiserror::Error;

use crate::plain_text::quoted;

/// Why a network can't start from a file.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum InitProblem {
    /// The file does not exist, or can't be read.
    #[error(
        "it can't be read: {message}\n\
         hint: `init` names a safetensors file, relative to the study file"
    )]
    Unreadable {
        /// What the system says.
        message: String,
    },
    /// A directory, a pipe or a device.
    #[error(
        "it is no ordinary file\n\
         hint: `init` names a safetensors file, relative to the study file"
    )]
    NotAFile,
    /// A study file in a directory of results names a file outside of that directory.
    #[error("a stored study may name only files in `init/`")]
    NotKept,
    /// A kept file whose tensors are not those that were kept.
    #[error(
        "its tensors have the digest {found}, and its name has another: the file is damaged\n\
         hint: copy it from another share of the study, or run the study anew in another directory"
    )]
    Damaged {
        /// The first digits of the SHA-256 of its tensors.
        found: String,
    },
    /// The files of a study's initial weights are too large together.
    #[error(
        "the files of initial weights of one study may have {limit} bytes together, and with this one they have more\n\
         hint: divide the study"
    )]
    TooLarge {
        /// Most bytes of all files of a study together.
        limit: u64,
    },
    /// A file that `torch.save` wrote.
    #[error(
        "it is no safetensors file, but one of `torch.save` or another archive\n\
         hint: in Python, write safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")"
    )]
    Torch,
    /// No safetensors file, or a damaged one.
    #[error("{message}")]
    Format {
        /// What is wrong with it.
        message: String,
    },
    /// Tensors that hold no real numbers.
    #[error("a network's tensors hold real numbers, and these do not: {}", quoted(tensors.iter().map(String::as_str)))]
    Types {
        /// The tensors, each with its type.
        tensors: Vec<String>,
    },
    /// A value that no network can start from.
    #[error(
        "tensor `{name}` holds {value}, and no network can start from that\n\
         hint: take weights from before the training diverged"
    )]
    Value {
        /// The tensor's name.
        name: String,
        /// The value: infinite, not a number, or a running variance below zero.
        value: f32,
    },
    /// More layers than the network has.
    #[error(
        "layers = {asked}, and the network has {layers} with parameters\n\
         hint: layers with weights count (dense layers, convolutions, norms), a block counts as one, and so does the dense layer that is added at the end"
    )]
    TooManyLayers {
        /// The layers that are to start from the file.
        asked: u32,
        /// Layers of the network that have parameters.
        layers: u32,
    },
    /// Nothing would be trained.
    #[error(
        "layers = {layers} are all layers with parameters that the network has: with all of them frozen, nothing is trained\n\
         hint: freeze fewer, or leave `frozen` out"
    )]
    NothingToTrain {
        /// Layers of the network that have parameters.
        layers: u32,
    },
}
