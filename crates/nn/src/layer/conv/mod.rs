//! Two-dimensional convolution (cross-correlation, as everybody means it):
//!
//! y\[i, j, f\] = b\[f\] + Σ over the window's rows u, columns v and channels c of
//! x\[i·stride + u − pad, j·stride + v − pad, c\] · W\[u, v, c, f\]
//!
//! Shapes: x `[batch, height, width, channels]`, y `[batch, out height, out width, filters]`, zeros
//! outside of x. W is kept `[window height, window width, channels, filters]` (PyTorch's
//! `nn.Conv2d` has `[filters, channels, height, width]`).
//!
//! Two methods compute it, chosen by shape alone ([`ConvMethod`]): [`direct`] for every window,
//! stride and padding, [`winograd`] for windows of 3×3 and 5×5 with stride 1 and enough channels.

mod direct;
mod input_gradient;
mod winograd;

use super::extent::Extent;
use super::{Backward, Initial, Parameter};
use crate::Shape;
use crate::kernel::transpose;
use crate::kernel::winograd::Form;
use crate::layout::Layout;
use crate::spec::Window;
use crate::thread_team::ThreadTeam;
use direct::Direct;
use winograd::Winograd;

pub(crate) struct Conv {
    geometry: Geometry,
    method: Method,
    /// Whether its output is put through a ReLU.
    pub(super) rectifies: bool,
    /// Whether its input comes out of a ReLU, and its input's gradient goes through that too.
    pub(super) input_is_rectified: bool,
}

/// A window that slides over an image.
#[derive(Clone, Copy)]
pub(crate) struct Geometry {
    window: Window,
    input: Extent,
    output: Extent,
}

enum Method {
    Direct(Direct),
    Winograd(Winograd),
}

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvMethod {
    /// As the formula says.
    Direct,
    /// Winograd's F(4×4, 3×3) or F(2×2, 5×5): a quarter of the multiplications, or 0.36; rounding
    /// errors some ten times larger.
    Winograd,
}

/// Channels and filters from which on Winograd's transforms cost less than they save.
const LEAST_CHANNELS: usize = 8;

impl ConvMethod {
    /// Decided by shape alone, so that a run's numbers depend on no machine.
    pub(crate) fn of(window: Window, channels: usize, filters: usize) -> Self {
        match form(window) {
            Some(_) if channels.min(filters) >= LEAST_CHANNELS => ConvMethod::Winograd,
            _ => ConvMethod::Direct,
        }
    }
}

/// The form of Winograd's convolution with this window, if there is one.
fn form(window: Window) -> Option<Form> {
    let form = match (window.height, window.width, window.stride) {
        (3, 3, 1) => Form::Of3x3,
        (5, 5, 1) => Form::Of5x5,
        _ => return None,
    };
    (window.pad < form.taps()).then_some(form)
}

impl Conv {
    pub(crate) fn new(window: Window, input: Shape, output: Shape) -> Self {
        let (input, output) = (Extent::of(input), Extent::of(output));
        let geometry = Geometry { window, input, output };
        let method = match (ConvMethod::of(window, input.channels, output.channels), form(window)) {
            (ConvMethod::Winograd, Some(form)) => Method::Winograd(Winograd::new(form, geometry)),
            _ => Method::Direct(Direct::new(geometry, 1)),
        };
        Conv { geometry, method, rectifies: false, input_is_rectified: false }
    }

    /// Plans memory for so many threads.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        match &mut self.method {
            Method::Direct(direct) => direct.set_threads(threads),
            Method::Winograd(winograd) => winograd.set_threads(threads),
        }
    }

    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        let Window { height, width, .. } = self.geometry.window;
        let (channels, filters) = (self.geometry.input.channels, self.geometry.output.channels);
        let initial = Initial::Uniform { fan_in: channels * height * width };
        let layout = Layout::conv(height * width, channels, filters);
        vec![Parameter { layout, initial }, Parameter { layout: Layout::same(filters), initial }]
    }

    pub(crate) fn forward(
        &mut self,
        team: &ThreadTeam,
        parameters: &[f32],
        x: &[f32],
        y: &mut [f32],
    ) {
        let (weights, bias) = parameters.split_at(self.geometry.weights());
        match &mut self.method {
            Method::Direct(direct) => direct.forward(team, weights, bias, x, y, self.rectifies),
            Method::Winograd(winograd) => {
                winograd.forward(team, weights, bias, x, y, self.rectifies);
            }
        }
    }

    pub(crate) fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        match &mut self.method {
            Method::Direct(direct) => direct.weight_gradient(team, x, dy, trained.gradients),
            Method::Winograd(winograd) => {
                let (d_weights, d_bias) = trained.gradients.split_at_mut(self.geometry.weights());
                winograd.weight_gradient(team, x, dy, d_weights, d_bias);
            }
        }
        if let Some(dx) = dx {
            let weights = &trained.parameters[..self.geometry.weights()];
            let rectified = self.input_is_rectified.then_some(x);
            match &mut self.method {
                Method::Direct(direct) => {
                    direct.input_gradient.compute(team, weights, dy, dx, rectified)
                }
                Method::Winograd(winograd) => {
                    winograd.input_gradient(team, weights, dy, dx, rectified)
                }
            }
        }
        update.layer(team, trained, self.geometry.weights());
    }
}

impl Geometry {
    /// Values of W.
    fn weights(&self) -> usize {
        self.window.height * self.window.width * self.input.channels * self.output.channels
    }

    /// Multiply-adds of one image.
    fn cost(&self) -> usize {
        self.weights() * self.output.height * self.output.width
    }

    /// W turned by 180°: `[window height, window width, filters, channels]`.
    fn turn(&self, weights: &[f32], turned: &mut [f32]) {
        let (channels, filters) = (self.input.channels, self.output.channels);
        let places = weights.chunks_exact(channels * filters);
        for (from, to) in places.zip(turned.chunks_exact_mut(channels * filters).rev()) {
            transpose(from, filters, (channels, filters), to, channels);
        }
    }

    /// Wᵀ: `[filters, window height, row]`, the first of a row being those of the window's; others
    /// stay.
    fn transpose(&self, weights: &[f32], transposed: &mut [f32], row: usize) {
        let (values, filters) = (self.window.width * self.input.channels, self.output.channels);
        for (u, from) in weights.chunks_exact(values * filters).enumerate() {
            let to = &mut transposed[u * row..];
            transpose(from, filters, (values, filters), to, self.window.height * row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trained::Trained;
    use crate::update::Update;

    /// Small whole numbers, so that sums are exact in any order.
    fn numbers(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7919 + seed * 31) % 11) as f32 - 5.0).collect()
    }

    /// The formula of the module, and its derivatives, term by term.
    fn naive(
        conv: &Conv,
        parameters: &[f32],
        x: &[f32],
        dy: &[f32],
        batch: usize,
    ) -> [Vec<f32>; 3] {
        let Geometry { input, output, window } = conv.geometry;
        let bias = &parameters[conv.geometry.weights()..];
        let mut y = vec![0.0; batch * output.len()];
        let mut gradients = vec![0.0; parameters.len()];
        let mut dx = vec![0.0; x.len()];
        for (at, y) in y.iter_mut().enumerate() {
            let (f, rest) = (at % output.channels, at / output.channels);
            let (j, rest) = (rest % output.width, rest / output.width);
            let (i, image) = (rest % output.height, rest / output.height);
            *y = bias[f];
            gradients[conv.geometry.weights() + f] += dy[at];
            for u in 0..window.height {
                for v in 0..window.width {
                    let row = (i * window.stride + u).wrapping_sub(window.pad);
                    let column = (j * window.stride + v).wrapping_sub(window.pad);
                    if row >= input.height || column >= input.width {
                        continue;
                    }
                    for c in 0..input.channels {
                        let from = ((image * input.height + row) * input.width + column)
                            * input.channels
                            + c;
                        let w = ((u * window.width + v) * input.channels + c) * output.channels + f;
                        *y += x[from] * parameters[w];
                        gradients[w] += x[from] * dy[at];
                        dx[from] += dy[at] * parameters[w];
                    }
                }
            }
        }
        [y, gradients, dx]
    }

    /// Forward and backward of some images, on `threads` threads.
    fn passes(
        conv: &mut Conv,
        parameters: &[f32],
        x: &[f32],
        dy: &[f32],
        threads: usize,
    ) -> [Vec<f32>; 3] {
        let team = ThreadTeam::new(threads);
        conv.set_threads(threads);
        let (mut gradients, mut dx) = (vec![f32::NAN; parameters.len()], vec![f32::NAN; x.len()]);
        let mut y = vec![f32::NAN; dy.len()];
        conv.forward(&team, parameters, x, &mut y);
        let mut dy = dy.to_vec();
        let mut parameters = parameters.to_vec();
        let backward = Backward {
            team: &team,
            trained: Trained::without_moments(&mut parameters, &mut gradients),
            update: Update::NONE,
            x,
            y: &y,
            dy: &mut dy,
            dx: Some(&mut dx),
        };
        conv.backward(backward);
        [y, gradients, dx]
    }

    fn conv(window: Window, channels: usize, filters: usize, size: (usize, usize)) -> Conv {
        let (height, width) = window.slide(size.0, size.1).unwrap();
        let input = Shape::Image { channels, height: size.0, width: size.1 };
        Conv::new(window, input, Shape::Image { channels: filters, height, width })
    }

    fn arguments(conv: &Conv) -> [Vec<f32>; 3] {
        let Geometry { input, output, .. } = conv.geometry;
        [
            numbers(conv.geometry.weights() + output.channels, 1),
            numbers(2 * input.len(), 2),
            numbers(2 * output.len(), 3),
        ]
    }

    #[test]
    fn direct_agrees_with_the_formula_for_many_windows() {
        for (height, width, stride, pad) in [
            (3, 3, 1, 1),
            (1, 1, 1, 0),
            (5, 5, 2, 2),
            (3, 2, 1, 0),
            (2, 3, 3, 1),
            (7, 7, 3, 3),
            (1, 1, 1, 2),
            (2, 2, 2, 3),
        ] {
            for (channels, filters) in [(1, 5), (3, 33), (4, 1)] {
                let window = Window { height, width, stride, pad };
                let mut conv = conv(window, channels, filters, (9, 8));
                assert!(matches!(conv.method, Method::Direct(_)));
                let [parameters, x, dy] = arguments(&conv);
                let found = passes(&mut conv, &parameters, &x, &dy, 1);
                assert_eq!(
                    found,
                    naive(&conv, &parameters, &x, &dy, 2),
                    "{window:?}, {channels} to {filters}"
                );
            }
        }
    }

    #[test]
    fn direct_agrees_with_the_formula_where_rows_of_outputs_are_done_in_blocks() {
        for (window, channels) in [
            (Window { height: 3, width: 3, stride: 2, pad: 1 }, 32),
            (Window { height: 5, width: 5, stride: 1, pad: 0 }, 6),
        ] {
            let mut conv = conv(window, channels, 16, (28, 28));
            assert!(matches!(conv.method, Method::Direct(_)));
            let [parameters, x, dy] = arguments(&conv);
            let found = passes(&mut conv, &parameters, &x, &dy, 2);
            assert!(found == naive(&conv, &parameters, &x, &dy, 2), "{window:?}");
        }
    }

    /// Largest error relative to the largest value.
    const WINOGRAD_ERROR: f32 = 2e-5;

    #[test]
    fn winograd_agrees_with_the_formula_within_its_errors() {
        let sizes = [(28, 28), (9, 8), (3, 5), (13, 30)];
        let windows = [(3, 0), (3, 1), (3, 2), (5, 0), (5, 2), (5, 4)].map(|(taps, pad)| Window {
            height: taps,
            width: taps,
            stride: 1,
            pad,
        });
        let fits = |&(window, (height, width)): &(Window, (usize, usize))| {
            window.slide(height, width).is_some()
        };
        let cases =
            windows.iter().flat_map(|&window| sizes.map(|size| (window, size))).filter(fits);
        for (window, size) in cases {
            for (channels, filters) in [(8, 8), (9, 33), (32, 16), (17, 40)] {
                let mut conv = conv(window, channels, filters, size);
                assert!(matches!(conv.method, Method::Winograd(_)));
                let [parameters, x, dy] = arguments(&conv);
                let found = passes(&mut conv, &parameters, &x, &dy, 1);
                let expected = naive(&conv, &parameters, &x, &dy, 2);
                for (found, expected) in found.iter().zip(&expected) {
                    let largest = expected.iter().fold(0f32, |most, x| most.max(x.abs()));
                    for (found, expected) in found.iter().zip(expected) {
                        let error = (found - expected).abs() / largest;
                        assert!(
                            error <= WINOGRAD_ERROR,
                            "{error:e}: {window:?}, {channels} to {filters}, {size:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_do_not_depend_on_threads() {
        let bits = |values: [Vec<f32>; 3]| {
            values.map(|values| values.into_iter().map(f32::to_bits).collect::<Vec<_>>())
        };
        for (taps, stride, channels) in [(3, 1, 32), (5, 1, 32), (3, 2, 32), (3, 1, 3)] {
            let mut conv =
                conv(Window { height: taps, width: taps, stride, pad: 1 }, channels, 32, (28, 28));
            let [parameters, x, dy] = arguments(&conv);
            let expected = bits(passes(&mut conv, &parameters, &x, &dy, 1));
            for threads in [2, 3] {
                assert!(
                    bits(passes(&mut conv, &parameters, &x, &dy, threads)) == expected,
                    "{threads} threads"
                );
            }
        }
    }
}
