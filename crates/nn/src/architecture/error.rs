//! Why a list of layers makes no network.

use thiserror::Error;

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
        /// Counted from 1.
        position: usize,
        /// The layer as written.
        layer: String,
        /// What the layer can't take.
        error: ShapeError,
    },
    /// A layer has more parameters or outputs than this program allows.
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
        /// How many the layer has.
        count: usize,
        /// How many it may have.
        limit: usize,
    },
}
