//! The description of a network: its layers in order, with the shapes between them checked.

mod error;
mod placed_layer;

pub use error::ArchitectureError;
pub use placed_layer::{ParameterSpec, PlacedLayer};

use crate::Shape;
use crate::layer::{ConvMethod, Dense, LayerSpec, parse_layers};

/// The layers from the image to the logits, with the shape before and after each. The last dense
/// layer, with one output for each class, is implied in a study file and explicit here.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    input: Shape,
    layers: Vec<PlacedLayer>,
    classes: usize,
}

/// A line of `fitroom networks`: one layer and its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSummary {
    /// The layer as written.
    pub layer: String,
    /// The shape of the output for one image.
    pub output: Shape,
    /// Trained numbers.
    pub parameters: usize,
    /// Multiplications followed by an addition in one image's forward pass (dense layers and
    /// convolutions; the padding's zeros are counted, as is usual).
    pub multiply_adds: u64,
    /// How a convolution is computed.
    pub method: Option<ConvMethod>,
}

impl Architecture {
    /// Checks `layers`, as written in a study file, on images of shape `input`, and adds the dense
    /// layer that gives one logit for each of `classes`.
    ///
    /// The first layer may take a vector: it gets the image row by row, without `flatten`.
    ///
    /// # Errors
    /// A layer that can't be read, or that can't follow the layer before it.
    pub fn parse(input: Shape, layers: &str, classes: usize) -> Result<Self, ArchitectureError> {
        Self::new(input, &parse_layers(layers)?, classes)
    }

    /// As [`parse`](Self::parse), of layers that are already parsed.
    ///
    /// # Errors
    /// A layer that can't follow the layer before it.
    pub fn new(
        input: Shape,
        layers: &[LayerSpec],
        classes: usize,
    ) -> Result<Self, ArchitectureError> {
        let last = LayerSpec::Dense(Dense { units: classes });
        let mut checked = Vec::with_capacity(layers.len() + 1);
        let (mut shape, mut flattened_from) = (input, input);
        for (index, &spec) in layers.iter().chain([&last]).enumerate() {
            let layer = PlacedLayer::new(spec, index, shape, flattened_from)?;
            let output = layer.output();
            flattened_from = match output {
                Shape::Flat { .. } if !spec.description().mixes_all_inputs() => flattened_from,
                Shape::Flat { .. } | Shape::Image { .. } => output,
            };
            shape = output;
            checked.push(layer);
        }
        Ok(Architecture { input, layers: checked, classes })
    }

    /// The shape of one image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The number of logits.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// All layers at their places, the last dense layer included.
    pub fn layers(&self) -> &[PlacedLayer] {
        &self.layers
    }

    /// How many layers there are up to the last of the first `with_parameters` layers that have
    /// parameters, that one included. Layers behind it that have no parameters, such as its activation or
    /// a dropout, are not counted.
    pub fn leading(&self, with_parameters: usize) -> usize {
        let with = self.layers.iter().enumerate().filter(|(_, layer)| layer.spec.has_parameters());
        with.take(with_parameters).last().map_or(0, |(index, _)| index + 1)
    }

    /// All trained tensors, in order, under PyTorch's names.
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        let specs = |layer: &PlacedLayer| {
            let layer = *layer;
            layer.parameters().into_iter().map(move |parameter| layer.parameter_spec(parameter))
        };
        self.layers.iter().flat_map(specs).collect()
    }

    /// Names and shapes of all tensors of a network: the parameters, then the statistics of batch
    /// normalisation. [`Network::state`](crate::Network::state) has the same order.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let parameters = self.parameters().into_iter().map(|spec| (spec.name, spec.shape));
        parameters.chain(self.layers.iter().flat_map(PlacedLayer::statistics)).collect()
    }

    /// The layers with their costs, for `fitroom networks`.
    pub fn summary(&self) -> Vec<LayerSummary> {
        let summary = |layer: &PlacedLayer| LayerSummary {
            layer: layer.spec.to_string(),
            output: layer.output(),
            parameters: layer.parameter_count(),
            multiply_adds: layer.multiply_adds(),
            method: layer.spec.description().method(layer.input(), layer.output()),
        };
        self.layers.iter().map(summary).collect()
    }

    /// How many numbers are trained.
    pub fn parameter_count(&self) -> usize {
        self.cost_from(0).0
    }

    /// Multiply-adds of one image's forward pass.
    pub fn multiply_adds(&self) -> u64 {
        self.cost_from(0).1
    }

    /// The parameters of all layers from the one at `first` on, and the multiply-adds of their forward
    /// pass on one image.
    pub fn cost_from(&self, first: usize) -> (usize, u64) {
        let layers = &self.layers[first.min(self.layers.len())..];
        let parameters = layers.iter().map(PlacedLayer::parameter_count);
        let multiply_adds = layers.iter().map(PlacedLayer::multiply_adds);
        (parameters.fold(0, usize::saturating_add), multiply_adds.fold(0, u64::saturating_add))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Shape = Shape::Image { channels: 1, height: 28, width: 28 };

    #[test]
    fn a_convolutional_network_has_its_known_size() {
        let text = "conv 32 3x3 pad 1, relu, conv 32 3x3 pad 1, relu, flatten, dense 128, relu, dense 64, relu";
        let network = Architecture::parse(IMAGE, text, 10).unwrap();
        let shapes: Vec<String> = network.summary().iter().map(|l| l.output.to_string()).collect();
        assert_eq!(
            shapes,
            [
                "32×28×28",
                "32×28×28",
                "32×28×28",
                "32×28×28",
                "25088",
                "128",
                "128",
                "64",
                "64",
                "10"
            ]
        );
        let parameters: Vec<usize> =
            network.summary().iter().map(|l| l.parameters).filter(|&n| n > 0).collect();
        assert_eq!(parameters, [320, 9248, 3_211_392, 8256, 650]);
        assert_eq!(network.multiply_adds(), 225_792 + 7_225_344 + 3_211_264 + 8192 + 640);
        let names: Vec<String> = network.parameters().into_iter().map(|p| p.name).collect();
        assert_eq!(
            names,
            [
                "0.weight", "0.bias", "2.weight", "2.bias", "5.weight", "5.bias", "7.weight",
                "7.bias", "9.weight", "9.bias"
            ]
        );
    }

    #[test]
    fn strides_and_pools_round_down() {
        let network =
            Architecture::parse(IMAGE, "conv 8 5x5 stride 2, maxpool 2x2, batchnorm, flatten", 10)
                .unwrap();
        let shapes: Vec<String> = network.summary().iter().map(|l| l.output.to_string()).collect();
        assert_eq!(shapes, ["8×12×12", "8×6×6", "8×6×6", "288", "10"]);
    }

    #[test]
    fn layers_that_cannot_follow_are_named_with_what_came_in() {
        for (layers, message) in [
            (
                "conv 8 3x3, dense 10",
                "layer 2 `dense 10` takes a vector, but 8×26×26 comes in\nhint: put `flatten` or `globalavgpool` before it",
            ),
            (
                "conv 8 3x3",
                "layer 2 `dense 10` takes a vector, but 8×26×26 comes in\nhint: put `flatten` or `globalavgpool` before it",
            ),
            (
                "dense 128, conv 8 3x3",
                "layer 2 `conv 8 3x3` takes an image (channels × height × width), but a vector of 128 comes in\n\
                 hint: put it before `flatten` and the dense layers",
            ),
            (
                "maxpool 30x30",
                "layer 1 `maxpool 30x30` does not fit on 1×28×28: its window is larger than the padded image\n\
                 hint: make the window smaller, or pad the image",
            ),
            // 2^64 parameters, which wrap around to none.
            (
                "conv 65536 1x1, conv 65536 65536x65536 pad 65535",
                "layer 2 `conv 65536 65536x65536 pad 65535` has 18446744073709551615 parameters, more than this program plans \
                 for (268435456)",
            ),
            (
                "dense 65536, dense 65536",
                "layer 2 `dense 65536` has 4295032832 parameters, more than this program plans for (268435456)",
            ),
        ] {
            assert_eq!(Architecture::parse(IMAGE, layers, 10).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_count_of_multiplications_that_overflows_is_the_largest_number() {
        // Each of these layers takes 6.6 × 10¹⁶.
        let (first, next) = ("conv 1 16000x16000 pad 16000", ", conv 1 15999x15999 pad 7999");
        let network = |count: usize| {
            format!("{first}{}, maxpool 10000x10000, flatten", next.repeat(count - 1))
        };
        let operations =
            |count| Architecture::parse(IMAGE, &network(count), 10).unwrap().multiply_adds();
        assert!(operations(200) < u64::MAX);
        assert_eq!(operations(300), u64::MAX);
    }
}
