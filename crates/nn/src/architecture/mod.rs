//! The description of a network: its layers in order, with the shapes between them checked.

mod error;
mod path;
mod placed_layer;
mod placement;
mod summary;

pub use error::ArchitectureError;
use path::Path;
pub use placed_layer::{ParameterSpec, PlacedLayer};
use placement::Placement;
pub use placement::{Operation, PlacedBlock};
pub use summary::LayerSummary;

use crate::Shape;
use crate::layer::{Dense, LayerSpec, Layers, Part, parse_layers};

/// The layers from the image to the logits, with the shape before and after each. The last dense
/// layer, with one output for each class, is implied in a study file and explicit here.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    input: Shape,
    layers: Vec<PlacedLayer>,
    blocks: Vec<PlacedBlock>,
    operations: Vec<Operation>,
    /// Whether each part of the network's own list has parameters.
    has_parameters: Vec<bool>,
    classes: usize,
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
    pub fn new(input: Shape, layers: &Layers, classes: usize) -> Result<Self, ArchitectureError> {
        let last = Part::Layer(LayerSpec::Dense(Dense { units: classes }));
        let parts: Vec<&Part> = layers.expanded().into_iter().chain([&last]).collect();
        let mut placement = Placement::new(input);
        for (index, part) in parts.iter().enumerate() {
            placement.add(part, Path::top(index))?;
        }
        let Placement { layers, blocks, operations, .. } = placement;
        let has_parameters = parts.into_iter().map(Part::has_parameters).collect();
        Ok(Architecture { input, layers, blocks, operations, has_parameters, classes })
    }

    /// The shape of one image.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// The number of logits.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// All layers at their places, in the order in which they run: those of blocks, projections and the last
    /// dense layer included.
    pub fn layers(&self) -> &[PlacedLayer] {
        &self.layers
    }

    /// All blocks, in the order in which they begin.
    pub fn blocks(&self) -> &[PlacedBlock] {
        &self.blocks
    }

    /// What the network does, one operation after another.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// How many layers there are up to the last of the first `with_parameters` layers that have
    /// parameters, that one included. Layers behind it that have no parameters, such as its activation or
    /// a dropout, are not counted. A block counts as one layer with parameters, and all that is in it is counted.
    pub fn leading(&self, with_parameters: usize) -> usize {
        let parts = self.leading_parts(with_parameters);
        self.layers.iter().take_while(|layer| layer.outermost() < parts).count()
    }

    /// As [`leading`](Self::leading), counted as [`Layers::expanded`] has them: a block is one.
    pub fn leading_parts(&self, with_parameters: usize) -> usize {
        let with = self.has_parameters.iter().enumerate().filter(|&(_, &has)| has);
        with.take(with_parameters).last().map_or(0, |(index, _)| index + 1)
    }

    /// How many layers and outermost blocks have parameters.
    pub fn parts_with_parameters(&self) -> usize {
        self.has_parameters.iter().filter(|&&has| has).count()
    }

    /// All trained tensors, in order, under PyTorch's names.
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        let specs = |layer: &PlacedLayer| {
            let parameters = layer.parameters().into_iter();
            parameters.map(|parameter| layer.parameter_spec(parameter)).collect::<Vec<_>>()
        };
        self.layers.iter().flat_map(specs).collect()
    }

    /// Names and shapes of all tensors of a network: the parameters, then the statistics of batch
    /// normalisation. [`Network::state`](crate::Network::state) has the same order.
    pub fn tensors(&self) -> Vec<(String, Vec<usize>)> {
        let parameters = self.parameters().into_iter().map(|spec| (spec.name, spec.shape));
        parameters.chain(self.layers.iter().flat_map(PlacedLayer::statistics)).collect()
    }

    /// The layers and blocks with their costs, for `fitroom networks`.
    pub fn summary(&self) -> Vec<LayerSummary> {
        let line = |operation: &Operation| match *operation {
            Operation::Layer(index) => Some(self.layers[index].summary()),
            Operation::Fork(index) => Some(self.blocks[index].summary()),
            Operation::Shortcut(_) | Operation::Join(_) => None,
        };
        self.operations.iter().filter_map(line).collect()
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
