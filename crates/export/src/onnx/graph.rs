//! A graph that grows node by node. Each node has one output, which has the node's name.

use super::message::{
    self, Attribute, Dimension, FLOAT, INT64, Node, Size, TensorShape, TensorType, Type, ValueInfo,
};
use crate::bytes::to_little_endian;

/// The nodes and constants so far.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) tensors: Vec<message::Tensor>,
}

impl Graph {
    /// Adds a node, and returns its output: `name`.
    pub(super) fn node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<Attribute>,
    ) -> String {
        self.nodes.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.to_owned()],
            name: name.to_owned(),
            op_type: operator.to_owned(),
            attribute: attributes,
        });
        name.to_owned()
    }

    /// Adds a constant, and returns its name.
    pub(super) fn tensor(&mut self, name: &str, shape: &[usize], values: &[f32]) -> String {
        self.tensors.push(message::Tensor {
            dims: message::to_int64(shape),
            data_type: FLOAT,
            name: name.to_owned(),
            raw_data: Some(to_little_endian(values)),
        });
        name.to_owned()
    }

    /// Adds a constant of whole numbers, such as a shape, and returns its name.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> String {
        self.tensors.push(message::Tensor {
            dims: message::to_int64(&[values.len()]),
            data_type: INT64,
            name: name.to_owned(),
            raw_data: Some(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        });
        name.to_owned()
    }

    /// A constant number of this name, which is added once.
    pub(super) fn number(&mut self, name: &str, value: f32) -> String {
        match self.tensors.iter().any(|tensor| tensor.name == name) {
            true => name.to_owned(),
            false => self.tensor(name, &[], &[value]),
        }
    }
}

/// An input or output of this type, whose first size is that of the batch.
pub(super) fn batch_of(name: &str, elem_type: i32, sizes: &[usize], doc: &str) -> ValueInfo {
    let sizes = message::to_int64(sizes).into_iter().map(Size::Value);
    let dim = [Size::Name("batch".to_owned())].into_iter().chain(sizes);
    let dim = dim.map(|size| Dimension { value: Some(size) }).collect();
    let tensor_type = TensorType { elem_type, shape: Some(TensorShape { dim }) };
    let r#type = Some(Type { tensor_type: Some(tensor_type) });
    ValueInfo { name: name.to_owned(), r#type, doc_string: doc.to_owned() }
}
