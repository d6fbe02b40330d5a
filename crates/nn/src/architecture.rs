//! The description of a network: its layers in order, with the shapes between them checked.

use thiserror::Error;

use crate::layer::ConvMethod;
use crate::spec::LayerSpec;
use crate::{LayerSpecError, Shape, parse_layers};

/// Layers from the image to the logits, with a shape behind each. The last dense layer, one output
/// for each class, is implied in the text and explicit here.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    input: Shape,
    layers: Vec<(LayerSpec, Shape)>,
    classes: usize,
}

/// A layer that can't stand where it stands, or is none at all.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ArchitectureError {
    /// Words that make no layer.
    #[error(transparent)]
    Layer(#[from] LayerSpecError),
    /// A layer for flat features got an image.
    #[error(
        "layer {position} `{layer}` takes a vector, but {got} comes in\nhint: put `flatten` before it"
    )]
    NeedsFlat {
        /// Counted from 1.
        position: usize,
        /// The layer as written.
        layer: String,
        /// Channels × height × width that come in.
        got: Shape,
    },
    /// A layer for images got flat features.
    #[error(
        "layer {position} `{layer}` takes an image (channels × height × width), but a vector of {got} comes in\n\
         hint: put it before `flatten` and the dense layers"
    )]
    NeedsImage {
        /// Counted from 1.
        position: usize,
        /// The layer as written.
        layer: String,
        /// Features that come in.
        got: Shape,
    },
    /// A window that is larger than the image under it.
    #[error(
        "layer {position} `{layer}` does not fit on {got}: its window is larger than the padded image"
    )]
    WindowTooLarge {
        /// Counted from 1.
        position: usize,
        /// The layer as written.
        layer: String,
        /// Channels × height × width that come in.
        got: Shape,
    },
    /// More numbers than this program will ask memory for.
    #[error(
        "layer {position} `{layer}` has {count} {what}, more than this program plans for ({limit})"
    )]
    TooLarge {
        /// Counted from 1.
        position: usize,
        /// The layer as written.
        layer: String,
        /// Parameters or outputs.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
}

/// One tensor of parameters, with PyTorch's name and shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    /// As in the state dict of an `nn.Sequential` of the same layers: `0.weight`, `2.bias`.
    pub name: String,
    /// PyTorch's shape: `[out, in]`, `[filters, channels, height, width]`, `[features]`.
    pub shape: Vec<usize>,
    /// Whether it is the weight of a dense or convolution layer (neither a bias nor batch
    /// normalisation's).
    pub is_weight: bool,
}

/// What `fitroom networks` prints of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSummary {
    /// The layer as written.
    pub layer: String,
    /// What comes out, for one image.
    pub output: Shape,
    /// Trained numbers.
    pub parameters: usize,
    /// Multiplications followed by an addition that one image's forward pass takes (dense and
    /// convolution layers; the padding's zeros are counted, as everybody does).
    pub multiply_adds: u64,
    /// How a convolution is computed.
    pub method: Option<ConvMethod>,
}

/// Parameters of one layer, or outputs of one image, that are refused: 1 GiB of f32.
const LARGEST: usize = 1 << 28;

impl Architecture {
    /// Checks `layers`, as written in a study file, on images of shape `input`, and adds the dense
    /// layer that gives one logit for each of `classes`.
    ///
    /// An image meets a leading layer that takes a vector as it is: row by row, no `flatten`
    /// needed.
    ///
    /// # Errors
    /// A layer that is none or cannot follow the one before it.
    pub fn parse(input: Shape, layers: &str, classes: usize) -> Result<Self, ArchitectureError> {
        Self::new(input, &parse_layers(layers)?, classes)
    }

    /// [`parse`](Self::parse) of layers that are parsed already.
    ///
    /// # Errors
    /// A layer that cannot follow the one before it.
    pub fn new(
        input: Shape,
        layers: &[LayerSpec],
        classes: usize,
    ) -> Result<Self, ArchitectureError> {
        let mut checked = Vec::with_capacity(layers.len() + 1);
        let mut shape = input;
        let mut fresh = true;
        for (index, &layer) in
            layers.iter().chain([&LayerSpec::Dense { units: classes }]).enumerate()
        {
            // The image itself may enter a dense layer: everybody writes it so.
            if fresh && matches!(layer, LayerSpec::Dense { .. }) {
                shape = Shape::Flat { features: shape.len() };
            }
            fresh = false;
            let output = output_shape(layer, shape, index + 1)?;
            check_size(layer, shape, output, index + 1)?;
            checked.push((layer, output));
            shape = output;
        }
        Ok(Architecture { input, layers: checked, classes })
    }

    /// What one image is.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// How many logits come out.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Every layer, the last dense one included, with the shape that comes in and the shape that
    /// goes out.
    pub fn layers(&self) -> impl Iterator<Item = (LayerSpec, Shape, Shape)> + '_ {
        let mut input = self.input;
        self.layers.iter().map(move |&(layer, output)| {
            let before = match layer {
                LayerSpec::Dense { .. } => Shape::Flat { features: input.len() },
                _ => input,
            };
            input = output;
            (layer, before, output)
        })
    }

    /// All trained tensors, in order, under PyTorch's names.
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        self.layers()
            .enumerate()
            .flat_map(|(index, (layer, input, _))| layer_parameters(index, layer, input))
            .collect()
    }

    /// Layer by layer: what `fitroom networks` prints.
    pub fn summary(&self) -> Vec<LayerSummary> {
        self.layers()
            .enumerate()
            .map(|(index, (layer, input, output))| LayerSummary {
                layer: layer.to_string(),
                output,
                parameters: count(&layer_parameters(index, layer, input)),
                multiply_adds: multiply_adds(layer, input, output),
                method: method(layer, input, output),
            })
            .collect()
    }

    /// How many numbers are trained.
    pub fn parameter_count(&self) -> usize {
        count(&self.parameters())
    }

    /// Multiply-adds of one image's forward pass.
    pub fn multiply_adds(&self) -> u64 {
        let layers =
            self.layers().map(|(layer, input, output)| multiply_adds(layer, input, output));
        layers.fold(0, u64::saturating_add)
    }
}

/// How many numbers these are, or `usize::MAX` where they are more than can be counted: filters may
/// be 65536 rows high and as many columns wide, on as many channels.
fn count(parameters: &[ParameterSpec]) -> usize {
    let tensors = parameters
        .iter()
        .map(|p| p.shape.iter().fold(1, |product: usize, &size| product.saturating_mul(size)));
    tensors.fold(0, usize::saturating_add)
}

fn output_shape(
    layer: LayerSpec,
    input: Shape,
    position: usize,
) -> Result<Shape, ArchitectureError> {
    let needs_image =
        || ArchitectureError::NeedsImage { position, layer: layer.to_string(), got: input };
    match layer {
        LayerSpec::Dense { units } => match input {
            Shape::Flat { .. } => Ok(Shape::Flat { features: units }),
            Shape::Image { .. } => {
                Err(ArchitectureError::NeedsFlat { position, layer: layer.to_string(), got: input })
            }
        },
        LayerSpec::Conv { window, .. }
        | LayerSpec::MaxPool { window }
        | LayerSpec::AvgPool { window } => {
            let Shape::Image { channels, height, width } = input else { return Err(needs_image()) };
            let (height, width) = window.slide(height, width).ok_or_else(|| {
                ArchitectureError::WindowTooLarge { position, layer: layer.to_string(), got: input }
            })?;
            let channels =
                if let LayerSpec::Conv { filters, .. } = layer { filters } else { channels };
            Ok(Shape::Image { channels, height, width })
        }
        LayerSpec::Flatten => Ok(Shape::Flat { features: input.len() }),
        LayerSpec::BatchNorm { .. }
        | LayerSpec::Dropout { .. }
        | LayerSpec::Relu
        | LayerSpec::LeakyRelu { .. }
        | LayerSpec::Gelu
        | LayerSpec::Tanh
        | LayerSpec::Sigmoid => Ok(input),
    }
}

fn check_size(
    layer: LayerSpec,
    input: Shape,
    output: Shape,
    position: usize,
) -> Result<(), ArchitectureError> {
    let parameters = count(&layer_parameters(0, layer, input));
    for (what, count) in [("parameters", parameters), ("outputs", output.len())] {
        if count > LARGEST {
            return Err(ArchitectureError::TooLarge {
                position,
                layer: layer.to_string(),
                what,
                count,
                limit: LARGEST,
            });
        }
    }
    Ok(())
}

fn layer_parameters(index: usize, layer: LayerSpec, input: Shape) -> Vec<ParameterSpec> {
    let tensor = |kind: &str, shape: Vec<usize>, is_weight| ParameterSpec {
        name: format!("{index}.{kind}"),
        shape,
        is_weight,
    };
    match (layer, input) {
        (LayerSpec::Dense { units }, _) => {
            vec![
                tensor("weight", vec![units, input.len()], true),
                tensor("bias", vec![units], false),
            ]
        }
        (LayerSpec::Conv { filters, window }, Shape::Image { channels, .. }) => vec![
            tensor("weight", vec![filters, channels, window.height, window.width], true),
            tensor("bias", vec![filters], false),
        ],
        (
            LayerSpec::BatchNorm { .. },
            Shape::Image { channels: features, .. } | Shape::Flat { features },
        ) => {
            vec![tensor("weight", vec![features], false), tensor("bias", vec![features], false)]
        }
        _ => Vec::new(),
    }
}

fn method(layer: LayerSpec, input: Shape, output: Shape) -> Option<ConvMethod> {
    match (layer, input, output) {
        (
            LayerSpec::Conv { window, .. },
            Shape::Image { channels, .. },
            Shape::Image { channels: filters, .. },
        ) => Some(ConvMethod::of(window, channels, filters)),
        _ => None,
    }
}

fn multiply_adds(layer: LayerSpec, input: Shape, output: Shape) -> u64 {
    match (layer, input) {
        (LayerSpec::Dense { units }, _) => (units * input.len()) as u64,
        (LayerSpec::Conv { window, .. }, Shape::Image { channels, .. }) => {
            (output.len() * channels * window.height * window.width) as u64
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Shape = Shape::Image { channels: 1, height: 28, width: 28 };

    #[test]
    fn the_published_convolution_has_its_published_size() {
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
                "layer 2 `dense 10` takes a vector, but 8×26×26 comes in\nhint: put `flatten` before it",
            ),
            (
                "conv 8 3x3",
                "layer 2 `dense 10` takes a vector, but 8×26×26 comes in\nhint: put `flatten` before it",
            ),
            (
                "dense 128, conv 8 3x3",
                "layer 2 `conv 8 3x3` takes an image (channels × height × width), but a vector of 128 comes in\n\
                 hint: put it before `flatten` and the dense layers",
            ),
            (
                "maxpool 30x30",
                "layer 1 `maxpool 30x30` does not fit on 1×28×28: its window is larger than the padded image",
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
    fn more_multiplications_than_can_be_counted_are_as_many_as_can_be() {
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
