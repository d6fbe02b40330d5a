//! Parameters with their gradients and with the moments that the optimizer keeps for them: all that
//! a training step changes.

use std::ops::Range;

use crate::buffer::Buffer;
use crate::thread_team::Divisible;

/// The most moments that an optimizer keeps for a parameter. An optimizer that needs another raises
/// this number, and the compiler then names every place that handles moments.
pub(crate) const MOST_MOMENTS: usize = 2;

/// Some of a network's parameters, with their gradients and moments.
pub(crate) struct Trained<'a> {
    pub(crate) parameters: &'a mut [f32],
    pub(crate) gradients: &'a mut [f32],
    /// The moments in the order of [`Optimizer::moments`](crate::Optimizer::moments). A moment that
    /// the optimizer does not keep is empty.
    pub(crate) moments: [&'a mut [f32]; MOST_MOMENTS],
}

impl<'a> Trained<'a> {
    /// The parameters in `range` of a network's buffers.
    pub(crate) fn at(
        range: Range<usize>,
        parameters: &'a mut Buffer,
        gradients: &'a mut Buffer,
        moments: &'a mut [Buffer; MOST_MOMENTS],
    ) -> Self {
        Trained {
            parameters: &mut parameters[range.clone()],
            gradients: &mut gradients[range.clone()],
            moments: moments.each_mut().map(|moment| match moment.is_empty() {
                true => Default::default(),
                false => &mut moment[range.clone()],
            }),
        }
    }

    /// For an optimizer that keeps no moments.
    #[cfg(test)]
    pub(crate) fn without_moments(parameters: &'a mut [f32], gradients: &'a mut [f32]) -> Self {
        Trained { parameters, gradients, moments: [(); MOST_MOMENTS].map(|()| Default::default()) }
    }

    /// The first `at` parameters, and the others.
    pub(crate) fn split_at(self, at: usize) -> (Trained<'a>, Trained<'a>) {
        let (parameters, other_parameters) = self.parameters.split_at_mut(at);
        let (gradients, other_gradients) = self.gradients.split_at_mut(at);
        let mut other_moments = [(); MOST_MOMENTS].map(|()| Default::default());
        let mut others = other_moments.iter_mut();
        let moments = self.moments.map(|moment| {
            let (first, rest) = moment.split_at_mut(at.min(moment.len()));
            if let Some(other) = others.next() {
                *other = rest
            }
            first
        });
        (
            Trained { parameters, gradients, moments },
            Trained {
                parameters: other_parameters,
                gradients: other_gradients,
                moments: other_moments,
            },
        )
    }
}

/// Rows of `row_len` parameters.
pub(crate) struct TrainedRows<'a> {
    pub(crate) trained: Trained<'a>,
    pub(crate) row_len: usize,
}

impl Divisible for TrainedRows<'_> {
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
