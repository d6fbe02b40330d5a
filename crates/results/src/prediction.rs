//! A run's predictions and weights, which are read on demand.

/// A network's prediction for one test image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prediction {
    /// The image's class.
    pub label: u8,
    /// The class that the network predicts: that of the largest logit; of equals, the first.
    pub predicted: u8,
    /// Softmax probability of the predicted class, 0 to 1. NaN if the logits overflowed.
    pub confidence: f32,
    /// Softmax probability of the image's own class, 0 to 1. NaN if the logits overflowed.
    pub label_probability: f32,
}

impl Prediction {
    /// Whether the predicted class is the image's class.
    pub fn is_right(&self) -> bool {
        self.predicted == self.label
    }
}

/// A named tensor in PyTorch's layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The name in PyTorch's state dict: `0.weight`, `1.running_mean`.
    pub name: String,
    /// Sizes of the tensor's dimensions, outermost first.
    pub shape: Vec<usize>,
    /// The tensor's values, row-major.
    pub values: Vec<f32>,
}
