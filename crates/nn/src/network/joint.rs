//! The two ends of a block: where its input becomes the input of two branches, and where these are joined.
//!
//! ```text
//! residual      y = a + b             da = dy    db = dy
//! concat        y = a, b channel after channel    da, db: their channels of dy
//! the input x of both branches        dx = the sum of their gradients
//! ```
//!
//! b is the body's output, and a the block's input or its projection.

use super::region::Region;
use crate::kernel::vectorized;
use crate::layer::BlockKind;
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// Where a block's branches lie, and how they are joined.
#[derive(Clone, Copy)]
pub(super) struct Joint {
    pub(super) kind: BlockKind,
    /// How many blocks the block is in.
    pub(super) depth: usize,
    /// Channels of the block's input, and of its body's output.
    pub(super) channels: [usize; 2],
    /// Values of the block's input, for one image.
    pub(super) input: usize,
    /// The block's input or its projection.
    pub(super) shortcut: Region,
    /// The body's output.
    pub(super) body: Region,
    /// The block's output, which lies after all others.
    pub(super) output: Region,
}

impl Joint {
    /// Joins the branches of the first `batch` images.
    pub(super) fn forward(&self, team: &ThreadTeam, activations: &mut [f32], batch: usize) {
        let (before, after) = activations.split_at_mut(self.output.start);
        let y = &mut after[..batch * self.output.len];
        let (a, b) = (&before[self.shortcut.of(batch)], &before[self.body.of(batch)]);
        match self.kind {
            BlockKind::Residual(_) => team.values(y, 2 * VALUE_COST, |first, y| {
                let (a, b) = (&a[first..][..y.len()], &b[first..][..y.len()]);
                vectorized(|| {
                    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                        *y = a + b;
                    }
                });
            }),
            BlockKind::Concat => {
                let [of_a, of_b] = self.channels;
                let pixel = of_a + of_b;
                team.rows(y, pixel, 1, pixel * VALUE_COST, |first, y| {
                    let (a, b) = (&a[first * of_a..], &b[first * of_b..]);
                    let branches = a.chunks_exact(of_a).zip(b.chunks_exact(of_b));
                    for (y, (a, b)) in y.chunks_exact_mut(pixel).zip(branches) {
                        y[..of_a].copy_from_slice(a);
                        y[of_a..].copy_from_slice(b);
                    }
                });
            }
            BlockKind::Repeat(_) => unreachable!("repetitions are written out"),
        }
    }

    /// Makes the gradients of both branches of `dy`, the gradient of the output. The shortcut's is written to
    /// `shortcut`. The body's is `dy` itself, or is written to `body`: returns whether it is.
    pub(super) fn backward(
        &self,
        team: &ThreadTeam,
        dy: &[f32],
        shortcut: &mut [f32],
        body: &mut [f32],
        batch: usize,
    ) -> bool {
        let dy = &dy[..batch * self.output.len];
        match self.kind {
            BlockKind::Residual(_) => {
                let to = &mut shortcut[..dy.len()];
                team.values(to, VALUE_COST, |first, to| {
                    to.copy_from_slice(&dy[first..][..to.len()]);
                });
                false
            }
            BlockKind::Concat => {
                let [of_a, of_b] = self.channels;
                let pixel = of_a + of_b;
                let branches = [(shortcut, 0, of_a), (body, of_a, of_b)];
                let pixels = dy.len() / pixel;
                for (to, offset, channels) in branches {
                    let to = &mut to[..pixels * channels];
                    team.rows(to, channels, 1, channels * VALUE_COST, |first, to| {
                        let dy = dy[first * pixel..].chunks_exact(pixel);
                        for (to, dy) in to.chunks_exact_mut(channels).zip(dy) {
                            to.copy_from_slice(&dy[offset..][..channels]);
                        }
                    });
                }
                true
            }
            BlockKind::Repeat(_) => unreachable!("repetitions are written out"),
        }
    }
}

/// Adds the gradient that came through the shortcut to the one that came through the body.
pub(super) fn add(team: &ThreadTeam, to: &mut [f32], gradient: &[f32]) {
    team.values(to, VALUE_COST, |first, to| {
        let gradient = &gradient[first..][..to.len()];
        vectorized(|| to.iter_mut().zip(gradient).for_each(|(to, gradient)| *to += gradient));
    });
}
