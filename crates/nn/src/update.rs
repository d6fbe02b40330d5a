//! Updates parameters once their gradients are known: adds the penalty's gradient, then does the
//! optimizer's step.
//!
//! Layers call this themselves, right after they have computed gradients. A dense layer updates its
//! weights block by block, while the gradient of a block is still in the cache. Every value is
//! updated by itself, so blocks change no bit.

use crate::buffer::LINE;
use crate::kernel::PenaltyGradient;
use crate::optimizer::OptimizerStep;
use crate::thread_team::{ThreadTeam, VALUE_COST};
use crate::trained::{Trained, TrainedRows};

/// What one training step does to parameters.
#[derive(Clone, Copy)]
pub(crate) struct Update {
    pub(crate) step: OptimizerStep,
    /// The penalty on the weights of dense and convolution layers.
    pub(crate) on_weights: Option<PenaltyGradient>,
    /// The penalty on all other parameters.
    pub(crate) on_others: Option<PenaltyGradient>,
    /// Whether the gradients of a dense layer's weights are written to memory too.
    pub(crate) keeps_gradients: bool,
}

impl Update {
    /// Leaves all parameters as they are, for tests of gradients.
    #[cfg(test)]
    pub(crate) const NONE: Self = Update {
        step: OptimizerStep::NONE,
        on_weights: None,
        on_others: None,
        keeps_gradients: true,
    };

    /// Updates weights of a dense or convolution layer, on this thread.
    pub(crate) fn weights(&self, weights: Trained) {
        self.step.apply(self.on_weights, weights);
    }

    /// Updates the parameters of a layer, divided over the team. The first `weights` of them are
    /// weights.
    pub(crate) fn layer(&self, team: &ThreadTeam, trained: Trained, weights: usize) {
        let (weights, others) = trained.split_at(weights);
        for (trained, penalty) in [(weights, self.on_weights), (others, self.on_others)] {
            let (count, rows) = (trained.parameters.len(), TrainedRows { trained, row_len: 1 });
            team.divide(count, LINE, 2 * VALUE_COST, rows, |_, part| {
                self.step.apply(penalty, part.trained)
            });
        }
    }
}
