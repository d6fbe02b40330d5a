//! Why a list of layers makes no network.

use thiserror::Error;

use crate::Shape;
use crate::layer::{LayerSpecError, ShapeError};

/// Why a list of layers makes no network.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ArchitectureError {
    /// The words of a layer describe no layer.
    #[error(transparent)]
    Layer(#[from] LayerSpecError),
    /// A layer can't take what the layer before it gives.
    #[error("layer {position} `{layer}` {error}")]
    Shape {
        /// Its place in the list, counted from 1; `3.2` is the second layer in the block at 3.
        position: Box<str>,
        /// The layer as written.
        layer: Box<str>,
        /// What the layer can't take.
        error: ShapeError,
    },
    /// A layer has more parameters or outputs than this program allows.
    #[error(
        "layer {position} `{layer}` has {count} {what}, more than this program plans for ({limit})"
    )]
    TooLarge {
        /// Its place in the list, counted from 1; `3.2` is the second layer in the block at 3.
        position: Box<str>,
        /// The layer as written.
        layer: String,
        /// Parameters or outputs.
        what: &'static str,
        /// How many the layer has.
        count: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A residual block's input and its body's output have different shapes.
    #[error(
        "layer {position} `{block}` adds its input, {}, to what its layers give, {}\n\
         hint: {}",
        shapes[0],
        shapes[1],
        residual_hint(block, shapes)
    )]
    Residual {
        /// As above.
        position: Box<str>,
        /// The block as written, without its layers.
        block: String,
        /// What comes in, and what its body gives.
        shapes: Box<[Shape; 2]>,
    },
    /// A block's input and its body's output can't stand beside each other.
    #[error(
        "layer {position} `{block}` puts its input, {}, before what its layers give, {}\n\
         hint: both must have the same height and width: use `pad same` and no stride",
        shapes[0], shapes[1]
    )]
    Concat {
        /// As above.
        position: Box<str>,
        /// The block as written, without its layers.
        block: String,
        /// What comes in, and what its body gives.
        shapes: Box<[Shape; 2]>,
    },
    /// A block joins a flattened image with other values, and their orders differ: the engine keeps the
    /// channels of a pixel together.
    #[error(
        "layer {position} `{block}` joins a flattened image of several channels with other values\n\
         hint: put a dense layer before the block, or `flatten` behind it"
    )]
    Flattened {
        /// As above.
        position: Box<str>,
        /// The block as written, without its layers.
        block: String,
    },
}

fn residual_hint(block: &str, shapes: &[Shape; 2]) -> &'static str {
    match shapes {
        [Shape::Image { .. }, Shape::Image { .. }] if block.contains("shortcut") => {
            "no stride of a 1×1 convolution makes one size of the other: use `pad same`, or strides that divide the size"
        }
        [Shape::Image { .. }, Shape::Image { .. }] => {
            "write `residual shortcut conv (…)`, which projects the input by a 1×1 convolution, or give both the same shape"
        }
        [Shape::Flat { .. } | Shape::Image { .. }, _] => "give both the same shape",
    }
}
