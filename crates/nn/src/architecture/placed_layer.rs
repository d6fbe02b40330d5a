//! A layer at its place in an architecture: its shapes are known, and so are its parameters and its
//! cost.

use super::error::ArchitectureError;
use super::path::Path;
use super::summary::LayerSummary;
use crate::Shape;
use crate::layer::description::{LayerPlace, Parameter};
use crate::layer::execution::{Layer, OutputPlace};
use crate::layer::{LayerSpec, ShapeError};
use crate::layout::Layout;

/// A layer at its place in an architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedLayer {
    /// The layer and its settings.
    pub spec: LayerSpec,
    pub(crate) place: LayerPlace,
    path: Path,
}

/// A trained tensor, with PyTorch's name and shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    /// As in the state dict of an `nn.Sequential` of the same layers: `0.weight`, `2.bias`. Of layers in a block,
    /// `3.body.0.weight` and `3.shortcut.weight`.
    pub name: String,
    /// PyTorch's shape: `[out, in]`, `[filters, channels, height, width]`, `[features]`.
    pub shape: Vec<usize>,
    /// Whether the tensor is the weight of a dense layer or a convolution, and so neither a bias
    /// nor a part of a norm.
    pub is_weight: bool,
}

/// The most parameters of one layer, and the most outputs of one image: 1 GiB of f32.
const LARGEST: usize = 1 << 28;

impl PlacedLayer {
    /// `flattened_from` is the image that a vector `input` was flattened from.
    pub(super) fn new(
        spec: LayerSpec,
        path: Path,
        index: usize,
        mut input: Shape,
        flattened_from: Shape,
    ) -> Result<Self, ArchitectureError> {
        let (position, layer) = (|| Box::from(path.position()), || spec.to_string());
        let mut output = spec.description().output_shape(input);
        if path.is_first() && matches!(output, Err(ShapeError::NeedsFlat { .. })) {
            input = Shape::Flat { features: input.len() };
            output = spec.description().output_shape(input);
        }
        let output = output.map_err(|error| ArchitectureError::Shape {
            position: position(),
            layer: layer().into(),
            error,
        })?;
        let position = position();
        let placed =
            PlacedLayer { spec, place: LayerPlace { index, input, output, flattened_from }, path };
        for (what, count) in [("parameters", placed.parameter_count()), ("outputs", output.len())] {
            if count > LARGEST {
                let layer = layer();
                let limit = LARGEST;
                return Err(ArchitectureError::TooLarge { position, layer, what, count, limit });
            }
        }
        Ok(placed)
    }

    /// What the names of its tensors begin with, and a dot: `3` or `3.body.0`, as in PyTorch's state dict.
    pub fn path(&self) -> String {
        self.path.to_string()
    }

    /// Its place in the list of layers, counted from 1; `3.2` is the second layer in the block at 3.
    pub fn position(&self) -> String {
        self.path.position()
    }

    /// The shape that comes in, for one image.
    pub fn input(&self) -> Shape {
        self.place.input
    }

    /// The shape that goes out, for one image.
    pub fn output(&self) -> Shape {
        self.place.output
    }

    /// The trained tensors, in PyTorch's order.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        self.spec.description().parameters(&self.place)
    }

    /// PyTorch's name and shape of one of [`parameters`](Self::parameters).
    pub(crate) fn parameter_spec(&self, parameter: Parameter) -> ParameterSpec {
        ParameterSpec {
            name: format!("{}.{}", self.path, parameter.name),
            shape: parameter.shape,
            is_weight: parameter.is_weight,
        }
    }

    /// Names and shapes of the tensors that are stored with the parameters but not trained by gradients.
    pub(crate) fn statistics(&self) -> Vec<(String, Vec<usize>)> {
        let statistics = self.spec.description().statistics(&self.place).into_iter();
        let named =
            |(name, layout): (_, Layout)| (format!("{}.{name}", self.path), vec![layout.len()]);
        statistics.map(named).collect()
    }

    /// Where the layer's output lies.
    pub(crate) fn output_place(&self) -> OutputPlace {
        self.spec.description().output_place()
    }

    /// Bytes of the layer's own memory, with room for `threads` threads.
    pub(crate) fn own_bytes(&self, training_batch: usize, threads: usize) -> usize {
        self.spec.description().own_bytes(&self.place, training_batch, threads)
    }

    /// The layer as it is executed, for training batches of up to `training_batch` images.
    pub(crate) fn build(&self, training_batch: usize) -> Box<dyn Layer> {
        self.spec.description().build(&self.place, training_batch)
    }

    /// How many numbers the layer trains, or `usize::MAX` if that can't be counted: a filter may
    /// have 65536 rows and columns, on as many channels.
    pub(crate) fn parameter_count(&self) -> usize {
        let values = |parameter: Parameter| {
            parameter.shape.iter().fold(1, |product: usize, &size| product.saturating_mul(size))
        };
        self.parameters().into_iter().map(values).fold(0, usize::saturating_add)
    }

    /// Values whose gradient is used as soon as it is computed and is not stored.
    pub(crate) fn unstored_gradients(&self) -> u64 {
        self.spec.description().unstored_gradients(self.input())
    }

    /// The place of the outermost part that the layer is in.
    pub(super) fn outermost(&self) -> usize {
        self.path.outermost()
    }

    pub(super) fn summary(&self) -> LayerSummary {
        LayerSummary {
            layer: self.spec.to_string(),
            depth: self.path.depth(),
            output: self.output(),
            parameters: self.parameter_count(),
            multiply_adds: self.multiply_adds(),
            method: self.spec.description().method(self.input(), self.output()),
        }
    }

    pub(super) fn multiply_adds(&self) -> u64 {
        self.spec.description().multiply_adds(self.input(), self.output())
    }
}
