//! An ensemble: the seeds of a network together.

use fitroom_stats::Proportion;

/// The mean of the probabilities that all finished seeds of a network give to each test image.
#[derive(Clone, Debug, PartialEq)]
pub struct Ensemble {
    /// The network's position in the results.
    pub network: usize,
    /// How many seeds it has.
    pub seeds: usize,
    /// How many test images it classifies correctly.
    pub accuracy: Proportion,
    /// Its mean cross-entropy; `None` if logits overflow.
    pub loss: Option<f64>,
    /// The mean cross-entropy of its seeds by themselves; `None` if logits overflow.
    pub single_loss: Option<f64>,
}
