//! What training makes smaller.

use serde::{Deserialize, Serialize};

/// A loss for classification. Both take the last dense layer's outputs and the true class of each image, and are
/// averaged over the batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// −log softmax(z)\[label\], with z the network's outputs (logits). PyTorch's `nn.CrossEntropyLoss`.
    #[default]
    CrossEntropy,
    /// Cross-entropy of softmax *outputs* taken for logits: −log softmax(softmax(z))\[label\]. What the published
    /// report trained networks 1 to 5 with; between 1.4612 and 2.4612 for ten classes, and its gradients vanish where
    /// the network is confidently wrong.
    CrossEntropyOfSoftmax,
}
