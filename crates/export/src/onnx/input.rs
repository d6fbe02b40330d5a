//! From images, as the caller has them, to what the first layer takes.

use fitroom_data::ModelImages;
use fitroom_nn::Shape;

use super::OnnxInput;
use super::graph::{Graph, batch_of};
use super::message::{Attribute, FLOAT, UINT8, ValueInfo};
use crate::checked::CheckedModel;

/// The name of the graph's input.
const IMAGES: &str = "images";

impl OnnxInput {
    /// The input of the graph.
    pub(super) fn value_info(self, images: ModelImages) -> ValueInfo {
        let ModelImages { height, width, channels, .. } = images;
        match self {
            OnnxInput::Bytes => {
                let doc = "height x width x channels, 0 to 255; scaling and normalisation are in the graph";
                batch_of(IMAGES, UINT8, &[height, width, channels], doc)
            }
            OnnxInput::Floats => {
                let doc = "channels x height x width, 0 to 1 as torchvision's ToTensor gives; \
                           normalisation is in the graph";
                batch_of(IMAGES, FLOAT, &[channels, height, width], doc)
            }
        }
    }
}

/// Adds the nodes between the graph's input and the first layer. Returns the name of what the layer takes.
pub(super) fn add(graph: &mut Graph, model: &CheckedModel, input: OnnxInput) -> String {
    let mut x = IMAGES.to_owned();
    if input == OnnxInput::Bytes {
        // A quarter of the bytes is moved if the layout changes first.
        let order = Attribute::ints("perm", &[0, 3, 1, 2]);
        x = graph.node("Transpose", "images.channels_first", &[&x], vec![order]);
        let to = Attribute::int("to", i64::from(FLOAT));
        x = graph.node("Cast", "images.float", &[&x], vec![to]);
        let scale = graph.number("images.scale", 1.0 / 255.0);
        x = graph.node("Mul", "images.scaled", &[&x, &scale], Vec::new());
    }
    if let Some((factors, summands)) = model.normalisation() {
        let shape = [factors.len(), 1, 1];
        let factors = graph.tensor("normalisation.factor", &shape, &factors);
        let summands = graph.tensor("normalisation.summand", &shape, &summands);
        x = graph.node("Mul", "normalisation.product", &[&x, &factors], Vec::new());
        x = graph.node("Add", "normalisation", &[&x, &summands], Vec::new());
    }
    match model.architecture.layers().first().map(|layer| layer.input()) {
        // A first layer that takes a vector gets the image, as its `flatten` would give it.
        Some(Shape::Flat { .. }) => {
            graph.node("Flatten", "images.flat", &[&x], vec![Attribute::int("axis", 1)])
        }
        Some(Shape::Image { .. }) | None => x,
    }
}
