//! Average pooling: each output is the sum of its window divided by the window's size, zeros of the
//! padding counted in, as in PyTorch's `nn.AvgPool2d`. The gradient goes to all places of the
//! window alike.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, channels]`.

use pulp::{Simd, WithSimd};

use super::Backward;
use super::extent::{Extent, windows};
use crate::Shape;
use crate::kernel::ARCH;
use crate::spec::Window;
use crate::thread_team::{ThreadTeam, VALUE_COST};

pub(crate) struct AvgPool {
    window: Window,
    input: Extent,
    output: Extent,
}

impl AvgPool {
    pub(crate) fn new(window: Window, input: Shape, output: Shape) -> Self {
        AvgPool { window, input: Extent::of(input), output: Extent::of(output) }
    }

    /// 1 / the window's size.
    fn share(&self) -> f32 {
        1.0 / (self.window.height * self.window.width) as f32
    }

    /// What one image costs, for [`ThreadTeam::divide`].
    fn image_cost(&self) -> usize {
        self.output.len() * self.window.height * self.window.width * VALUE_COST
    }

    pub(crate) fn forward(&self, team: &ThreadTeam, x: &[f32], y: &mut [f32]) {
        let AvgPool { window, input, output } = *self;
        team.rows(y, output.len(), 1, self.image_cost(), |first, y| {
            let x = &x[first * input.len()..];
            for (x, y) in x.chunks_exact(input.len()).zip(y.chunks_exact_mut(output.len())) {
                y.fill(0.0);
                ARCH.dispatch(Shares {
                    window,
                    input,
                    output,
                    share: self.share(),
                    back: false,
                    from: x,
                    to: y,
                });
            }
        });
    }

    pub(crate) fn backward(&self, pass: Backward) {
        let Backward { team, dy, dx: Some(dx), .. } = pass else { return };
        let AvgPool { window, input, output } = *self;
        let dy = &*dy;
        team.rows(dx, input.len(), 1, self.image_cost(), |first, dx| {
            let dy = &dy[first * output.len()..];
            for (dx, dy) in dx.chunks_exact_mut(input.len()).zip(dy.chunks_exact(output.len())) {
                dx.fill(0.0);
                ARCH.dispatch(Shares {
                    window,
                    input,
                    output,
                    share: self.share(),
                    back: true,
                    from: dy,
                    to: dx,
                });
            }
        });
    }
}

/// Adds shares of one image, from the places of each window to its output or back.
struct Shares<'a> {
    window: Window,
    input: Extent,
    output: Extent,
    share: f32,
    back: bool,
    from: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Shares<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Shares { window, input, output, share, back, from, to } = self;
        let channels = input.channels;
        windows(window, input, output, |output, input| {
            let (target, source) = if back { (input, output) } else { (output, input) };
            let from = &from[source * channels..][..channels];
            for (to, &from) in to[target * channels..][..channels].iter_mut().zip(from) {
                *to += from * share;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trained::Trained;
    use crate::update::Update;

    #[test]
    fn padding_counts_and_the_gradient_is_shared_alike() {
        let window = Window { height: 2, width: 2, stride: 2, pad: 1 };
        let shape = |height, width| Shape::Image { channels: 1, height, width };
        let pool = AvgPool::new(window, shape(2, 3), shape(2, 2));
        let x = [4.0, 8.0, 12.0, 16.0, 20.0, 24.0];
        let mut y = [9.0; 4];
        let team = ThreadTeam::new(1);
        pool.forward(&team, &x, &mut y);
        assert_eq!(y, [1.0, 5.0, 4.0, 11.0]);
        let (mut dy, mut dx) = ([4.0, 8.0, 12.0, 16.0], [9.0; 6]);
        pool.backward(Backward {
            team: &team,
            trained: Trained::without_moments(&mut [], &mut []),
            update: Update::NONE,
            x: &x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
        });
        assert_eq!(dx, [1.0, 2.0, 2.0, 3.0, 4.0, 4.0]);
    }
}
