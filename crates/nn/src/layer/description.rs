//! Describes a kind of layer before any memory is planned: its output shape, its parameters and its
//! cost.

use std::fmt;

use thiserror::Error;

use super::execution::{Layer, OutputPlace};
use crate::Shape;
use crate::layout::Layout;

/// The description of a kind of layer. A new layer must write the methods without a body. The
/// bodies of the others suit a layer that works value by value and has no parameters.
pub(crate) trait LayerDescription {
    /// What a report calls layers of this kind.
    fn family(&self) -> LayerFamily;

    /// The shape of the output for one image.
    ///
    /// # Errors
    /// The layer can't take an input of this shape.
    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        Ok(input)
    }

    /// The trained tensors, in PyTorch's order. Names, shapes, memory layout, initial values and
    /// counts all follow from this list.
    fn parameters(&self, _place: &LayerPlace) -> Vec<Parameter> {
        Vec::new()
    }

    /// The tensors that are stored with the parameters but not trained by gradients, in the order of
    /// [`Layer::statistics`].
    fn statistics(&self, _place: &LayerPlace) -> Vec<(&'static str, Layout)> {
        Vec::new()
    }

    /// Multiplications followed by an addition in one image's forward pass. The padding's zeros are
    /// counted, as is usual.
    fn multiply_adds(&self, _input: Shape, _output: Shape) -> u64 {
        0
    }

    /// Where the output lies.
    fn output_place(&self) -> OutputPlace {
        OutputPlace::Apart
    }

    /// Bytes of the memory that [`build`](Self::build) takes for this batch, when the layer has
    /// room for `threads` threads.
    fn own_bytes(&self, _place: &LayerPlace, _training_batch: usize, _threads: usize) -> usize {
        0
    }

    /// The layer as it is executed, with all the memory that it needs. A training batch has at most
    /// `training_batch` images; scoring may take larger batches.
    fn build(&self, place: &LayerPlace, training_batch: usize) -> Box<dyn Layer>;

    /// How the layer is computed, where there are several methods.
    fn method(&self, _input: Shape, _output: Shape) -> Option<ConvMethod> {
        None
    }

    /// Whether each value of the output still belongs to one pixel of the input: the layer neither
    /// moves nor mixes pixels, and does not scale them unequally.
    fn keeps_pixels(&self) -> bool {
        false
    }

    /// Whether each output is made of many inputs, so that a vector that goes out is no longer a
    /// flattened image.
    fn mixes_all_inputs(&self) -> bool {
        false
    }

    /// The fewest images that a training batch may have.
    fn least_batch(&self, _input: Shape) -> usize {
        1
    }

    /// Values whose gradient is used as soon as it is computed and is not stored.
    fn unstored_gradients(&self, _input: Shape) -> u64 {
        0
    }
}

/// A family of layers, as reports name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerFamily {
    /// Fully connected layers.
    Dense,
    /// Convolutions.
    Convolution,
    /// Pooling of any kind.
    Pooling,
    /// Batch normalisation.
    BatchNormalisation,
    /// Normalisation of each image by itself.
    Normalisation,
    /// Dropout.
    Dropout,
    /// Functions of single values.
    Activation,
    /// Changes of shape that leave the values alone.
    Reshape,
}

/// As in "these networks differ in their dense layers".
impl fmt::Display for LayerFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LayerFamily::Dense => "dense layers",
            LayerFamily::Convolution => "convolutions",
            LayerFamily::Pooling => "pooling",
            LayerFamily::BatchNormalisation => "batch normalisation",
            LayerFamily::Normalisation => "normalisation",
            LayerFamily::Dropout => "dropout",
            LayerFamily::Activation => "activation",
            LayerFamily::Reshape => "reshaping",
        })
    }
}

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvMethod {
    /// By the formula, term by term.
    Direct,
    /// Winograd's F(4×4, 3×3) or F(2×2, 5×5): a quarter of the multiplications, or 0.36; rounding
    /// errors some ten times larger.
    Winograd,
}

/// Why a layer can't take its input.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ShapeError {
    /// A layer for vectors got an image.
    #[error("takes a vector, but {got} comes in\nhint: put `flatten` or `globalavgpool` before it")]
    NeedsFlat {
        /// Channels × height × width of the input.
        got: Shape,
    },
    /// A layer for images got a vector.
    #[error(
        "takes an image (channels × height × width), but a vector of {got} comes in\n\
         hint: put it before `flatten` and the dense layers"
    )]
    NeedsImage {
        /// Features of the input.
        got: Shape,
    },
    /// Groups that do not divide the channels that come in, or the filters.
    #[error(
        "has {groups} groups, but {got} {what}\n\
         hint: the number must be a multiple of the number of groups"
    )]
    Groups {
        /// Groups of the layer.
        groups: usize,
        /// What they do not divide.
        what: &'static str,
        /// How many there are.
        got: usize,
    },
    /// The window is larger than the padded image.
    #[error(
        "does not fit on {got}: its window is larger than the padded image\n\
         hint: make the window smaller, or pad the image"
    )]
    WindowTooLarge {
        /// Channels × height × width of the input.
        got: Shape,
    },
}

/// A layer's place in a network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LayerPlace {
    /// Layers before this one, in the order in which they run. Every dropout layer has random numbers of its
    /// own by this index.
    pub(crate) index: usize,
    pub(crate) input: Shape,
    pub(crate) output: Shape,
    /// The image that a vector `input` was flattened from; `input` itself if it was not.
    pub(crate) flattened_from: Shape,
}

/// A trained tensor of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// PyTorch's name within the layer, such as `weight`.
    pub(crate) name: &'static str,
    /// PyTorch's shape, such as `[out, in]`.
    pub(crate) shape: Vec<usize>,
    /// The order of the values in memory.
    pub(crate) layout: Layout,
    pub(crate) initial: Initial,
    /// Whether a penalty on weights counts the tensor: it is neither a bias nor belongs to a
    /// norm.
    pub(crate) is_weight: bool,
}

/// Initial values of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Initial {
    /// Uniform in ±1/√fan_in, PyTorch's default for `nn.Linear` and `nn.Conv2d`.
    Uniform {
        fan_in: usize,
    },
    Constant(f32),
}
