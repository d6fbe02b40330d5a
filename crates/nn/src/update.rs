//! How parameters change once their gradients are known: the penalty's gradient is added, then the
//! optimizer steps.
//!
//! Layers call it themselves, for what they have just computed the gradient of: a dense layer's
//! weights change block by block while the block's gradient is still in the cache. Every value
//! changes by itself, so blocks change no bit.

use crate::kernel::PenaltyGradient;
use crate::optimizer::Step;
use crate::team::{LINE, Parts, Team, VALUE_COST};

/// What one training step does to parameters.
#[derive(Clone, Copy)]
pub(crate) struct Update {
    pub(crate) step: Step,
    /// Of the weights of dense and convolution layers, where they are penalised.
    pub(crate) on_weights: Option<PenaltyGradient>,
    /// Of all other parameters.
    pub(crate) on_others: Option<PenaltyGradient>,
    /// Whether somebody wants to see the gradients: those of a dense layer's weights are written
    /// nowhere else.
    pub(crate) keeps_gradients: bool,
}

/// Parameters, and all that changes with them.
pub(crate) struct Trained<'a> {
    pub(crate) parameters: &'a mut [f32],
    pub(crate) gradients: &'a mut [f32],
    /// A moment that the optimizer doesn't keep is empty.
    pub(crate) moments: [&'a mut [f32]; 2],
}

impl Update {
    /// Leaves all as it is, for tests of gradients.
    #[cfg(test)]
    pub(crate) const NONE: Self =
        Update { step: Step::NONE, on_weights: None, on_others: None, keeps_gradients: true };

    /// Changes weights of a dense or convolution layer, on this thread.
    pub(crate) fn weights(&self, weights: Trained) {
        self.step.apply(self.on_weights, weights);
    }

    /// Changes the parameters of a layer whose first `weights` are weights, divided over the team.
    pub(crate) fn layer(&self, team: &Team, trained: Trained, weights: usize) {
        let (weights, others) = trained.split_at(weights);
        for (trained, penalty) in [(weights, self.on_weights), (others, self.on_others)] {
            let (count, rows) = (trained.parameters.len(), TrainedRows { trained, row_len: 1 });
            team.divide(count, LINE, 2 * VALUE_COST, rows, |_, part| {
                self.step.apply(penalty, part.trained)
            });
        }
    }
}

impl<'a> Trained<'a> {
    /// Of an optimizer that keeps no moments.
    #[cfg(test)]
    pub(crate) fn without_moments(parameters: &'a mut [f32], gradients: &'a mut [f32]) -> Self {
        Trained { parameters, gradients, moments: [&mut [], &mut []] }
    }

    pub(crate) fn split_at(self, at: usize) -> (Trained<'a>, Trained<'a>) {
        let (parameters, gradients) =
            (self.parameters.split_at_mut(at), self.gradients.split_at_mut(at));
        let [first, second] = self.moments.map(|moment| moment.split_at_mut(at.min(moment.len())));
        (
            Trained {
                parameters: parameters.0,
                gradients: gradients.0,
                moments: [first.0, second.0],
            },
            Trained {
                parameters: parameters.1,
                gradients: gradients.1,
                moments: [first.1, second.1],
            },
        )
    }
}

/// Rows of `row_len` parameters.
pub(crate) struct TrainedRows<'a> {
    pub(crate) trained: Trained<'a>,
    pub(crate) row_len: usize,
}

impl Parts for TrainedRows<'_> {
    fn split(self, rows: usize, _: usize) -> (Self, Self) {
        let row_len = self.row_len;
        let (before, after) = self.trained.split_at(rows * row_len);
        (TrainedRows { trained: before, row_len }, TrainedRows { trained: after, row_len })
    }

    fn check(&self, rows: usize, _: usize) {
        let (len, row_len) = (self.trained.parameters.len(), self.row_len);
        assert!(len == rows * row_len, "{len} parameters in {rows} rows of {row_len}");
    }
}
