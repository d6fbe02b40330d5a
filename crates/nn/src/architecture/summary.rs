//! What `fitroom networks` says of each layer.

use crate::Shape;
use crate::layer::ConvMethod;

/// A line of `fitroom networks`: one layer or block and its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSummary {
    /// The layer as written. Of a block, what stands before its parentheses: its layers follow.
    pub layer: String,
    /// How many blocks the layer is in.
    pub depth: usize,
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
