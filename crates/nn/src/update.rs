//! How parameters change once their gradients are known: the penalty's gradient is added, then the
//! optimizer steps.
//!
//! Layers call it themselves, for what they have just computed the gradient of: a dense layer's
//! weights change block by block while the block's gradient is still in the cache. Every value
//! changes by itself, so blocks change no bit.

use crate::buffer::LINE;
use crate::kernel::PenaltyGradient;
use crate::optimizer::OptimizerStep;
use crate::thread_team::{ThreadTeam, VALUE_COST};
use crate::trained::{Trained, TrainedRows};

/// What one training step does to parameters.
#[derive(Clone, Copy)]
pub(crate) struct Update {
    pub(crate) step: OptimizerStep,
    /// Of the weights of dense and convolution layers, where they are penalised.
    pub(crate) on_weights: Option<PenaltyGradient>,
    /// Of all other parameters.
    pub(crate) on_others: Option<PenaltyGradient>,
    /// Whether somebody wants to see the gradients: those of a dense layer's weights are written
    /// nowhere else.
    pub(crate) keeps_gradients: bool,
}

impl Update {
    /// Leaves all as it is, for tests of gradients.
    #[cfg(test)]
    pub(crate) const NONE: Self = Update {
        step: OptimizerStep::NONE,
        on_weights: None,
        on_others: None,
        keeps_gradients: true,
    };

    /// Changes weights of a dense or convolution layer, on this thread.
    pub(crate) fn weights(&self, weights: Trained) {
        self.step.apply(self.on_weights, weights);
    }

    /// Changes the parameters of a layer whose first `weights` are weights, divided over the team.
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
