//! ONNX files: a network for ONNX Runtime and for whatever else reads the format.
//!
//! Inputs and outputs, with a free batch size:
//!
//! ```text
//! images          [batch, height, width, channels] bytes, or [batch, channels, height, width] f32 from 0 to 1
//! logits          [batch, classes]
//! probabilities   [batch, classes]      softmax of the logits
//! ```
//!
//! Tensors have PyTorch's names. Operators are of opset 17, of 2022:
//! <https://github.com/onnx/onnx/blob/main/docs/Operators.md>.

mod fold;
mod graph;
mod input;
mod layers;
mod message;
mod properties;
#[cfg(test)]
mod tests;

use std::mem;

use fitroom_nn::Operation;
use prost::Message;
use thiserror::Error;

use self::fold::Folding;
use self::graph::{Graph, batch_of};
use self::layers::Place;
use self::message::{Attribute, FLOAT, OperatorSet};
use crate::checked::CheckedModel;
use crate::note::views_note;
use crate::{Exported, InvalidModel, Model};

/// The version of the file format: that of ONNX 1.12, of 2022.
const IR_VERSION: i64 = 8;
/// The version of the operators: that of ONNX 1.12.
const OPSET: i64 = 17;
/// A protobuf message has no more bytes.
const MOST_BYTES: usize = i32::MAX as usize;

/// How a network is written as ONNX.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnnxOptions {
    /// What the graph takes.
    pub input: OnnxInput,
    /// Whether each batch norm is folded into the dense layer or the convolution directly before it.
    pub fold: bool,
}

/// What a graph takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnnxInput {
    /// Bytes, `[batch, height, width, channels]`, as image files and data sets have them.
    #[default]
    Bytes,
    /// f32 from 0 to 1, `[batch, channels, height, width]`, as torchvision's `ToTensor` gives them.
    Floats,
}

/// Why a model makes no ONNX file.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// The model can't be used.
    #[error(transparent)]
    Model(#[from] InvalidModel),
    /// The file would be larger than the format allows.
    #[error(
        "as ONNX the network would have {bytes} bytes, and such a file has at most {MOST_BYTES}\n\
         hint: export it as safetensors"
    )]
    TooLarge {
        /// Bytes of the file.
        bytes: usize,
    },
}

/// The model as an ONNX file. Equal models and options make equal files.
///
/// # Errors
/// The model's parts do not fit each other, or the file would have 2 GiB.
pub fn to_onnx(model: &Model, options: &OnnxOptions) -> Result<Exported<Vec<u8>>, OnnxError> {
    let (message, notes) = message(model, options)?;
    Ok(Exported { content: encoded(&message, MOST_BYTES)?, notes })
}

fn encoded(message: &message::Model, most: usize) -> Result<Vec<u8>, OnnxError> {
    let bytes = message.encoded_len();
    match bytes > most {
        true => Err(OnnxError::TooLarge { bytes }),
        false => Ok(message.encode_to_vec()),
    }
}

/// The file's message, and what it leaves out.
fn message(
    model: &Model,
    options: &OnnxOptions,
) -> Result<(message::Model, Vec<crate::ExportNote>), InvalidModel> {
    let checked = CheckedModel::new(model)?;
    let folding = if options.fold { Folding::of(&checked) } else { Folding::none() };
    let mut graph = Graph::default();
    let logits = add_layers(&mut graph, &checked, &folding, options.input);
    let axis = Attribute::int("axis", 1);
    let probabilities = graph.node("Softmax", "probabilities", &[&logits], vec![axis]);
    let classes = model.classes.len();
    let output = |name: &str, doc| batch_of(name, FLOAT, &[classes], doc);
    let graph = message::Graph {
        // The format wants a name.
        name: if model.network.is_empty() { "network" } else { &model.network }.to_owned(),
        doc_string: doc(&checked),
        input: vec![options.input.value_info(model.images)],
        output: vec![
            output(&logits, "a number for each class; the largest is the answer"),
            output(&probabilities, "softmax of the logits"),
        ],
        node: graph.nodes,
        initializer: graph.tensors,
    };
    let message = message::Model {
        ir_version: IR_VERSION,
        producer_name: "fitroom".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: Some(String::new()), version: OPSET }],
        metadata_props: properties::properties(&checked, options),
    };
    let notes = views_note(&model.views).into_iter().chain(folding.notes).collect();
    Ok((message, notes))
}

/// Adds all nodes up to the logits. Returns their name.
fn add_layers(
    graph: &mut Graph,
    model: &CheckedModel,
    folding: &Folding,
    input: OnnxInput,
) -> String {
    let mut x = input::add(graph, model, input);
    let (layers, blocks) = (model.architecture.layers(), model.architecture.blocks());
    // The blocks that have begun and not ended: each one's input, and its body's output once it is known.
    let mut open: Vec<(String, Option<String>)> = Vec::new();
    for operation in model.architecture.operations() {
        match *operation {
            Operation::Layer(index) if folding.has_folded(index) => {}
            Operation::Layer(index) => {
                let layer = &layers[index];
                let name = match index + 1 == layers.len() {
                    true => "logits".to_owned(),
                    false => format!("{}.{}", layer.path(), layer.spec.name()),
                };
                let tensor = |name: &str| folding.tensor(model, layer, name);
                x = layers::add(graph, &Place { layer, name, input: x, tensor: &tensor });
            }
            Operation::Fork(_) => open.push((x.clone(), None)),
            Operation::Shortcut(_) => {
                let (input, body) = open.last_mut().expect("the block has begun");
                *body = Some(mem::replace(&mut x, input.clone()));
            }
            Operation::Join(index) => {
                let (shortcut, body) = match open.pop().expect("the block has begun") {
                    (_, Some(body)) => (x, body),
                    (input, None) => (input, x),
                };
                x = layers::join(graph, &blocks[index], &shortcut, &body);
            }
        }
    }
    x
}

/// One sentence about the network.
fn doc(model: &CheckedModel) -> String {
    let classes = model.model.classes.len();
    let layers = properties::layers(model);
    format!(
        "Network {:?} gives logits and probabilities of {classes} classes by these layers: {layers}.",
        model.model.network
    )
}
