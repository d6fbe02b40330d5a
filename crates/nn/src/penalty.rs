//! What is added to the training loss to keep parameters small.

use serde::{Deserialize, Serialize};

/// l1·Σ|p| + l2·Σp², added to the training loss only.
///
/// Not halved: the gradient of the second term is 2·l2·p. (PyTorch's `weight_decay` adds weight_decay·p to the
/// gradient; l2 = weight_decay / 2 is the same for plain SGD.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Penalty {
    /// Strength of Σ|p|.
    #[serde(default)]
    pub l1: f32,
    /// Strength of Σp².
    #[serde(default)]
    pub l2: f32,
    /// Which parameters are counted.
    #[serde(default)]
    pub on: PenaltyScope,
}

/// Which parameters a [`Penalty`] counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltyScope {
    /// All parameters: biases and batch normalisation's γ and β too.
    #[default]
    All,
    /// The weights of dense and convolution layers alone.
    Weights,
}
