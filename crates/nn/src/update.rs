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
    /// `None`: all parameters stay as they are, and layers write nothing but gradients. They do so
    /// where gradients are clipped, and in tests of gradients.
    pub(crate) steps: Option<Steps>,
    /// Whether the gradients of a dense layer's weights are written to memory too.
    pub(crate) keeps_gradients: bool,
}

/// What is done to the two groups of parameters.
#[derive(Clone, Copy)]
pub(crate) struct Steps {
    /// The weights of dense and convolution layers.
    pub(crate) weights: GroupStep,
    /// All other parameters.
    pub(crate) others: GroupStep,
}

/// What is done to a group of parameters.
#[derive(Clone, Copy)]
pub(crate) struct GroupStep {
    pub(crate) optimizer: OptimizerStep,
    pub(crate) penalty: Option<PenaltyGradient>,
}

impl GroupStep {
    /// Adds the penalty's gradient to the gradients, and moves the parameters along them.
    fn apply(&self, trained: Trained) {
        self.optimizer.apply(self.penalty, trained);
    }
}

impl Steps {
    /// What is done to a tensor of parameters.
    pub(crate) fn of(&self, is_weight: bool) -> GroupStep {
        if is_weight { self.weights } else { self.others }
    }
}

impl Update {
    /// Gradients are written to memory, and all parameters stay as they are.
    pub(crate) const NONE: Self = Update { steps: None, keeps_gradients: true };

    /// Updates weights of a dense or convolution layer, on this thread.
    pub(crate) fn weights(&self, weights: Trained) {
        if let Some(steps) = &self.steps {
            steps.weights.apply(weights);
        }
    }

    /// Updates the parameters of a layer, divided over the team. The first `weights` of them are
    /// weights.
    pub(crate) fn layer(&self, team: &ThreadTeam, trained: Trained, weights: usize) {
        let Some(steps) = &self.steps else { return };
        let (weights, others) = trained.split_at(weights);
        for (trained, step) in [(weights, steps.weights), (others, steps.others)] {
            let (count, rows) = (trained.parameters.len(), TrainedRows { trained, row_len: 1 });
            team.divide(count, LINE, 2 * VALUE_COST, rows, |_, part| step.apply(part.trained));
        }
    }
}
