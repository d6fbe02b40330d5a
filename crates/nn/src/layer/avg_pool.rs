//! Average pooling: each output is the sum of its window divided by the window's size, with the
//! padding's zeros counted in. PyTorch's `nn.AvgPool2d`.
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, channels]`.
//! Backward: dy is shared equally by all places of the window.

use std::fmt;

use pulp::{Simd, WithSimd};

use super::description::{LayerDescription, LayerFamily, LayerPlace, ShapeError};
use super::execution::{Backward, Forward, Layer};
use super::extent::{Extent, windows};
use super::window::Window;
use super::words::{LayerSpecError, LayerSyntax, Words};
use crate::Shape;
use crate::kernel::ARCH;
use crate::thread_team::VALUE_COST;

/// `avgpool 2x2 stride 2`: the mean of each window, padding counted in. PyTorch's `nn.AvgPool2d`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AvgPool {
    /// The window that is pooled.
    pub window: Window,
}

impl LayerSyntax for AvgPool {
    const NAME: &'static str = "avgpool";
    const EXAMPLE: &'static str = "avgpool 2x2 stride 2";

    fn parse(words: &mut Words) -> Result<Self, LayerSpecError> {
        Ok(AvgPool { window: Window::parse_pool(words)? })
    }

    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.window.write(f, None)
    }
}

impl LayerDescription for AvgPool {
    fn family(&self) -> LayerFamily {
        LayerFamily::Pooling
    }

    fn output_shape(&self, input: Shape) -> Result<Shape, ShapeError> {
        self.window.output_shape(input, None)
    }

    fn build(&self, place: &LayerPlace, _training_batch: usize) -> Box<dyn Layer> {
        Box::new(AvgPoolLayer::new(self.window, place.input, place.output))
    }
}

/// [`AvgPool`] as it is executed.
struct AvgPoolLayer {
    window: Window,
    input: Extent,
    output: Extent,
}

impl AvgPoolLayer {
    fn new(window: Window, input: Shape, output: Shape) -> Self {
        AvgPoolLayer { window, input: Extent::of(input), output: Extent::of(output) }
    }

    /// 1 / the window's size.
    fn share(&self) -> f32 {
        1.0 / (self.window.height * self.window.width) as f32
    }

    /// What one image costs, for [`ThreadTeam::divide`](crate::thread_team::ThreadTeam::divide).
    fn image_cost(&self) -> usize {
        self.output.len() * self.window.height * self.window.width * VALUE_COST
    }
}

impl Layer for AvgPoolLayer {
    fn forward(&mut self, pass: Forward) {
        let Forward { team, x, y, .. } = pass;
        let AvgPoolLayer { window, input, output } = *self;
        let share = self.share();
        team.rows(y, output.len(), 1, self.image_cost(), |first, y| {
            let x = &x[first * input.len()..];
            for (x, y) in x.chunks_exact(input.len()).zip(y.chunks_exact_mut(output.len())) {
                y.fill(0.0);
                ARCH.dispatch(Shares { window, input, output, share, back: false, from: x, to: y });
            }
        });
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, dy, dx: Some(dx), .. } = pass else { return };
        let AvgPoolLayer { window, input, output } = *self;
        let share = self.share();
        let dy = &*dy;
        team.rows(dx, input.len(), 1, self.image_cost(), |first, dx| {
            let dy = &dy[first * output.len()..];
            for (dx, dy) in dx.chunks_exact_mut(input.len()).zip(dy.chunks_exact(output.len())) {
                dx.fill(0.0);
                ARCH.dispatch(Shares {
                    window,
                    input,
                    output,
                    share,
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
    use crate::layer::execution::Mode;
    use crate::thread_team::ThreadTeam;
    use crate::trained::Trained;
    use crate::update::Update;

    #[test]
    fn padding_counts_and_the_gradient_is_shared_alike() {
        let window = Window::square(2, 2, 1);
        let shape = |height, width| Shape::Image { channels: 1, height, width };
        let mut pool = AvgPoolLayer::new(window, shape(2, 3), shape(2, 2));
        let x = [4.0, 8.0, 12.0, 16.0, 20.0, 24.0];
        let mut y = [9.0; 4];
        let team = &ThreadTeam::new(1);
        let mode = Mode::Inference;
        pool.forward(Forward { team, parameters: &[], x: &x, y: &mut y, mode });
        assert_eq!(y, [1.0, 5.0, 4.0, 11.0]);
        let (mut dy, mut dx) = ([4.0, 8.0, 12.0, 16.0], [9.0; 6]);
        pool.backward(Backward {
            team,
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
