//! The shape of the values between two layers, for one image.

use std::fmt;

/// The shape of one image's activations.
///
/// Images are laid out channels-last in memory (`height × width × channels`, NHWC with the batch);
/// names, printed shapes and exported tensors follow PyTorch's channels-first order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A vector of features, which dense layers take and give.
    Flat {
        /// How many numbers.
        features: usize,
    },
    /// Channels of two-dimensional maps, which convolution and pooling take and give.
    Image {
        /// Number of maps: 1 for grey images, the number of filters after a convolution.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
}

impl Shape {
    /// How many numbers one image has in this shape.
    pub fn len(&self) -> usize {
        match *self {
            Shape::Flat { features } => features,
            Shape::Image { channels, height, width } => channels * height * width,
        }
    }

    /// Whether the shape has no numbers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// `128`, or `32×28×28` for channels × height × width.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Flat { features } => write!(f, "{features}"),
            Shape::Image { channels, height, width } => write!(f, "{channels}×{height}×{width}"),
        }
    }
}
