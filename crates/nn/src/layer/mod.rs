//! Layers: each kind in a file of its own, with its words in a study file, its output shape, its
//! parameters, its cost, and its forward and backward pass.
//!
//! A kind of layer is a struct of its settings, such as [`Dense`]. It says how it is written
//! (`LayerSyntax`) and what it is in a network (`LayerDescription`), and makes the layer that is
//! executed (`Layer`). [`LayerSpec`] is the closed list of all kinds: to add one, write its file
//! and add it to that list below.

mod activation;
mod avg_pool;
mod batch_norm;
mod bias;
mod block;
mod conv;
mod dense;
mod depthwise;
pub(crate) mod description;
mod dropout;
mod elu;
pub(crate) mod execution;
pub(crate) mod extent;
mod flatten;
mod gelu;
mod global_avg_pool;
mod global_max_pool;
mod group_norm;
mod hard_swish;
mod layer_norm;
mod leaky_relu;
mod list;
mod max_pool;
mod names_elsewhere;
mod norm;
mod per_axis;
mod relu;
mod selu;
mod sigmoid;
mod silu;
mod spatial_dropout;
mod tanh;
mod window;
mod words;

use std::fmt;
use std::str::FromStr;

pub use avg_pool::AvgPool;
pub use batch_norm::BatchNorm;
pub(crate) use block::expanded;
pub use block::{Block, BlockKind, Layers, Part, Shortcut};
pub use conv::Conv;
pub use dense::Dense;
pub use depthwise::Depthwise;
use description::LayerDescription;
pub use description::{ConvMethod, LayerFamily, ShapeError};
pub use dropout::Dropout;
pub use elu::Elu;
pub use flatten::Flatten;
pub use gelu::Gelu;
pub use global_avg_pool::GlobalAvgPool;
pub use global_max_pool::GlobalMaxPool;
pub use group_norm::GroupNorm;
pub use hard_swish::HardSwish;
pub use layer_norm::LayerNorm;
pub use leaky_relu::LeakyRelu;
pub use list::parse_layers;
pub use max_pool::MaxPool;
pub use per_axis::PerAxis;
pub use relu::Relu;
pub use selu::Selu;
pub use sigmoid::Sigmoid;
pub use silu::Silu;
pub use spatial_dropout::SpatialDropout;
pub use tanh::Tanh;
pub use window::{Padding, Window};
pub use words::LayerSpecError;
use words::{LayerSyntax, Words};

use crate::Shape;

/// Makes [`LayerSpec`] of the list of all kinds, with everything that has an arm for each kind. So
/// a kind in the list can't be forgotten by the parser, and the compiler asks for what its file
/// lacks.
macro_rules! layer_kinds {
    ($($Kind:ident,)*) => {
        /// One layer of a network, with all its settings.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub enum LayerSpec {
            $(#[doc = concat!("A [`", stringify!($Kind), "`] layer.")] $Kind($Kind),)*
        }

        $(impl From<$Kind> for LayerSpec {
            fn from(layer: $Kind) -> Self {
                LayerSpec::$Kind(layer)
            }
        })*

        impl LayerSpec {
            /// The names of all kinds of layers, as study files write them.
            pub const NAMES: &[&str] = &[$($Kind::NAME,)*];

            /// An example of each kind, in the order of [`NAMES`](Self::NAMES).
            pub const EXAMPLES: &[&str] = &[$($Kind::EXAMPLE,)*];

            /// The layer's name, as study files write it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(LayerSpec::$Kind(_) => $Kind::NAME,)*
                }
            }

            /// Reads a layer from its words; `None` if no kind has this name.
            fn parse_kind(name: &str, layer: &str) -> Option<Result<Self, LayerSpecError>> {
                match name {
                    $($Kind::NAME => Some(read::<$Kind>(layer).map(LayerSpec::$Kind)),)*
                    _ => None,
                }
            }

            fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(LayerSpec::$Kind(layer) => layer.write_settings(f),)*
                }
            }

            pub(crate) fn description(&self) -> &dyn LayerDescription {
                match self {
                    $(LayerSpec::$Kind(layer) => layer,)*
                }
            }
        }
    };
}

layer_kinds! {
    Dense,
    Conv,
    Depthwise,
    MaxPool,
    AvgPool,
    GlobalMaxPool,
    GlobalAvgPool,
    BatchNorm,
    LayerNorm,
    GroupNorm,
    Dropout,
    SpatialDropout,
    Relu,
    LeakyRelu,
    Elu,
    Selu,
    Gelu,
    Silu,
    HardSwish,
    Tanh,
    Sigmoid,
    Flatten,
}

/// Reads the settings of a layer, all of them.
fn read<L: LayerSyntax>(layer: &str) -> Result<L, LayerSpecError> {
    let mut words = Words::after_name(layer, L::EXAMPLE);
    let spec = L::parse(&mut words)?;
    words.finish()?;
    Ok(spec)
}

impl LayerSpec {
    /// What a report calls layers of this kind.
    pub fn family(&self) -> LayerFamily {
        self.description().family()
    }

    /// Whether each value of the output still belongs to one pixel of the input: the layer neither
    /// moves, mixes nor rescales pixels.
    pub fn keeps_pixels(&self) -> bool {
        self.description().keeps_pixels()
    }

    /// Whether layers of this kind have parameters.
    pub fn has_parameters(&self) -> bool {
        match self.family() {
            LayerFamily::Dense
            | LayerFamily::Convolution
            | LayerFamily::BatchNormalisation
            | LayerFamily::Normalisation => true,
            LayerFamily::Pooling
            | LayerFamily::Dropout
            | LayerFamily::Activation
            | LayerFamily::Reshape => false,
        }
    }

    /// The fewest images that a training batch may have, with inputs of this shape.
    pub fn least_batch(&self, input: Shape) -> usize {
        self.description().least_batch(input)
    }
}

/// Reads one layer, such as `conv 32 3x3 pad 1`, in upper or lower case.
impl FromStr for LayerSpec {
    type Err = LayerSpecError;

    fn from_str(layer: &str) -> Result<Self, LayerSpecError> {
        let lower = layer.to_lowercase();
        let layer = lower.trim();
        let name = layer.split_whitespace().next().unwrap_or_default();
        LayerSpec::parse_kind(name, layer).unwrap_or_else(|| {
            let nearest = names_elsewhere::meant(name);
            Err(LayerSpecError::UnknownLayer { name: name.to_owned(), nearest })
        })
    }
}

/// Writes the layer as a study file does. Settings that are PyTorch's defaults are left out.
impl fmt::Display for LayerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.write_settings(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_reads_back_what_it_prints() {
        let text = "dense 128, conv 32 3x3 pad 1, conv 8 5x3 stride 2, conv 8 3x3 pad 1 groups 4, \
                    depthwise 5x3 stride 2, maxpool 2x2, avgpool 3x3 stride 2 pad 1, \
                    globalmaxpool, globalavgpool, layernorm, layernorm epsilon 0.001, groupnorm 4, groupnorm 2 epsilon 0.1, \
                    spatialdropout 0.25, batchnorm, batchnorm momentum 0.2 epsilon 0.001, dropout 0.25, relu, leakyrelu, leakyrelu 0.2, \
                    elu, elu 0.5, selu, gelu, gelu tanh, silu, hardswish, tanh, sigmoid, flatten";
        let layers = parse_layers(text).unwrap();
        assert_eq!(layers.to_string(), text);
        assert_eq!(parse_layers(&text.replace(", ", ",")).unwrap(), layers);
    }

    #[test]
    fn every_example_is_of_its_kind_and_reads_back() {
        for example in LayerSpec::EXAMPLES {
            let layer: LayerSpec = example.parse().unwrap();
            assert_eq!(example.split(' ').next(), Some(layer.name()));
            assert_eq!(layer.to_string().parse::<LayerSpec>(), Ok(layer));
        }
    }

    #[test]
    fn mistakes_say_what_was_wrong_and_what_would_be_right() {
        for (layer, message) in [
            ("dens 3", "unknown layer `dens`\nhint: did you mean `dense`?"),
            ("qqq", "unknown layer `qqq`"),
            ("Linear 128", "unknown layer `linear`\nhint: did you mean `dense`?"),
            ("conv1d 8 3", "unknown layer `conv1d`"),
            (
                "conv 8 3x3 groups 0",
                "`conv 8 3x3 groups 0`: the number of groups must be a whole number from 1 to 65536, got `0`",
            ),
            ("SeparableConv2D", "unknown layer `separableconv2d`\nhint: did you mean `depthwise`?"),
            ("dense", "`dense`: the number of units is missing\nhint: write it like `dense 128`"),
            (
                "dense 0",
                "`dense 0`: the number of units must be a whole number from 1 to 65536, got `0`",
            ),
            ("dense 3 4", "`dense 3 4`: unexpected `4`\nhint: write it like `dense 128`"),
            ("conv 8 3", "`conv 8 3`: the window must be rows x columns such as 3x3, got `3`"),
            (
                "conv 8 0x3",
                "`conv 8 0x3`: the window must be rows x columns such as 3x3, got `0x3`",
            ),
            (
                "conv 8 3x3 stride 0",
                "`conv 8 3x3 stride 0`: the stride must be a whole number from 1 to 65536, or rows x columns such as 2x1, got `0`",
            ),
            ("gelu fast", "`gelu fast`: unexpected `fast`\nhint: write it like `gelu tanh`"),
            ("swish", "unknown layer `swish`\nhint: did you mean `silu`?"),
            (
                "dropout 1",
                "`dropout 1`: the probability must be a probability from 0 to below 1, got `1`",
            ),
            (
                "dropout nan",
                "`dropout nan`: the probability must be a probability from 0 to below 1, got `nan`",
            ),
            (
                "maxpool 2x2 pad 2",
                "`maxpool 2x2 pad 2`: the padding must be at most half the window, got `2`",
            ),
            (
                "batchnorm momentum",
                "`batchnorm momentum`: the value at the end is missing\nhint: write it like `batchnorm momentum 0.1 epsilon 0.00001 scale 1`",
            ),
        ] {
            assert_eq!(layer.parse::<LayerSpec>().unwrap_err().to_string(), message);
        }
        let many = parse_layers(&"relu,".repeat(10_000)).unwrap_err().to_string();
        assert_eq!(many, "10001 layers and blocks, and a network may have 10000");
        assert_eq!(parse_layers(&["relu"; 10_000].join(", ")).unwrap().len(), 10_000);
        let empty = parse_layers("relu,,relu").unwrap_err().to_string();
        assert_eq!(empty, "an empty layer in `relu,,relu`\nhint: separate layers by one comma");
    }
}
