//! How parameters change once their gradients are known: the penalty's gradient is added, then the optimizer steps.
//!
//! Layers call it themselves, for what they have just computed the gradient of: a dense layer's weights change block by
//! block while the block's gradient is still in the cache. Every value changes by itself, so blocks change no bit.

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
    /// Whether somebody wants to see the gradients: those of a dense layer's weights are written nowhere else.
    pub(crate) keeps_gradients: bool,
}

/// Parameters, and all that changes with them.
pub(crate) struct Learnt<'a> {
    pub(crate) parameters: &'a mut [f32],
    pub(crate) gradients: &'a mut [f32],
    /// A moment that the optimizer doesn't keep is empty.
    pub(crate) moments: [&'a mut [f32]; 2],
}

impl Update {
    /// Leaves all as it is, for tests of gradients.
    #[cfg(test)]
    pub(crate) const NONE: Self = Update { step: Step::NONE, on_weights: None, on_others: None, keeps_gradients: true };

    /// Changes weights of a dense or convolution layer, on this thread.
    pub(crate) fn weights(&self, weights: Learnt) {
        let Learnt { parameters, gradients, moments } = weights;
        self.step.apply(self.on_weights, parameters, gradients, moments);
    }

    /// Changes the parameters of a layer whose first `weights` are weights, divided over the team.
    pub(crate) fn layer(&self, team: &Team, learnt: Learnt, weights: usize) {
        let (weights, others) = learnt.split_at(weights);
        for (learnt, penalty) in [(weights, self.on_weights), (others, self.on_others)] {
            let (count, rows) = (learnt.parameters.len(), LearntRows { learnt, row_len: 1 });
            team.divide(count, LINE, 2 * VALUE_COST, rows, |_, part| {
                let Learnt { parameters, gradients, moments } = part.learnt;
                self.step.apply(penalty, parameters, gradients, moments);
            });
        }
    }
}

impl<'a> Learnt<'a> {
    /// Of an optimizer that keeps no moments.
    #[cfg(test)]
    pub(crate) fn without_moments(parameters: &'a mut [f32], gradients: &'a mut [f32]) -> Self {
        Learnt { parameters, gradients, moments: [&mut [], &mut []] }
    }

    pub(crate) fn split_at(self, at: usize) -> (Learnt<'a>, Learnt<'a>) {
        let (parameters, gradients) = (self.parameters.split_at_mut(at), self.gradients.split_at_mut(at));
        let [first, second] = self.moments.map(|moment| moment.split_at_mut(at.min(moment.len())));
        (
            Learnt { parameters: parameters.0, gradients: gradients.0, moments: [first.0, second.0] },
            Learnt { parameters: parameters.1, gradients: gradients.1, moments: [first.1, second.1] },
        )
    }
}

/// Rows of `row_len` parameters.
pub(crate) struct LearntRows<'a> {
    pub(crate) learnt: Learnt<'a>,
    pub(crate) row_len: usize,
}

impl Parts for LearntRows<'_> {
    fn split(self, rows: usize, _: usize) -> (Self, Self) {
        let row_len = self.row_len;
        let (before, after) = self.learnt.split_at(rows * row_len);
        (LearntRows { learnt: before, row_len }, LearntRows { learnt: after, row_len })
    }

    fn check(&self, rows: usize, _: usize) {
        let (len, row_len) = (self.learnt.parameters.len(), self.row_len);
        assert!(len == rows * row_len, "{len} parameters in {rows} rows of {row_len}");
    }
}
