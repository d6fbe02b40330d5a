//! A depthwise convolution: as many groups as channels, each with one filter, so that each channel is
//! convolved by itself.
//!
//! W is kept `[window height, window width, channels]`, and all passes go over neighbouring channels.
//! Backward: dx is the correlation of dy with W turned by 180°, where dy is spread by the stride
//! over an image of zeros. dW is summed over the images of a section, and then over the sections, in
//! order; one thread sums a section, and the number of images alone decides how many there are.

mod kernel;
#[cfg(test)]
mod tests;

use self::kernel::{AddWeightGradient, Slide, Taps};
use super::geometry::Geometry;
use super::padding::pad;
use crate::kernel::ARCH;
use crate::layer::bias::add_rows;
use crate::layer::execution::{Backward, Forward, Layer};
use crate::layer::extent::Extent;
use crate::layer::per_axis::PerAxis;
use crate::layer::relu::{mask, rectify};
use crate::layer::window::{Padding, Window};
use crate::thread_team::{OutputRows, Scratches, ThreadTeam};

/// A depthwise convolution as it is executed.
pub(super) struct DepthwiseConvolution {
    geometry: Geometry,
    /// The input with its padding.
    padded: Extent,
    /// dy spread over an image from which a window of stride 1 gives an image of the input's size.
    spread: Extent,
    /// W turned by 180°.
    turned: Vec<f32>,
    /// dW and db of each section.
    sections: Vec<f32>,
    /// One for each thread.
    scratches: Vec<Scratch>,
    /// Whether the output is put through a ReLU.
    rectifies: bool,
    /// Whether the input is the output of a ReLU, through which its gradient goes too.
    input_is_rectified: bool,
}

/// Images of a thread whose zeros stay: x with its padding, and dy spread out.
#[derive(Clone)]
struct Scratch {
    padded: Vec<f32>,
    spread: Vec<f32>,
}

/// The most sections of a batch.
const SECTIONS: usize = 16;

impl DepthwiseConvolution {
    pub(super) fn new(geometry: Geometry) -> Self {
        let Geometry { window, input, .. } = geometry;
        let mut convolution = DepthwiseConvolution {
            geometry,
            padded: input.padded(window.pad),
            spread: spread(geometry),
            turned: vec![0.0; weights(geometry)],
            sections: vec![0.0; SECTIONS * (weights(geometry) + input.channels)],
            scratches: Vec::new(),
            rectifies: false,
            input_is_rectified: false,
        };
        convolution.set_threads(1);
        convolution
    }

    /// Values of the memory with room for `threads` threads.
    pub(super) fn values(geometry: Geometry, threads: usize) -> usize {
        let parameters = weights(geometry) + geometry.input.channels;
        let scratch = padding_values(geometry) + spread(geometry).len();
        weights(geometry) + SECTIONS * parameters + threads * scratch
    }

    fn taps(&self) -> Taps {
        let Window { height, width, stride, .. } = self.geometry.window;
        Taps { height, width, stride }
    }

    /// Multiply-adds of one image.
    fn cost(&self) -> usize {
        weights(self.geometry) * self.geometry.output.height * self.geometry.output.width
    }

    /// dW and db of all images.
    fn weight_gradient(&mut self, team: &ThreadTeam, x: &[f32], dy: &[f32], gradients: &mut [f32]) {
        let Geometry { input, output, window } = self.geometry;
        let (taps, padded, weights, len) =
            (self.taps(), self.padded, weights(self.geometry), gradients.len());
        let images = x.len() / input.len();
        let of_section = images.div_ceil(SECTIONS);
        let count = images.div_ceil(of_section);
        let cost = of_section * self.cost();
        let sections = OutputRows { values: &mut self.sections[..count * len], row_len: len };
        let out = (sections, Scratches(&mut self.scratches));
        team.divide(count, 1, cost, out, |range, (sections, scratches)| {
            let scratch = &mut scratches.0[0].padded;
            for (section, sums) in range.zip(sections.values.chunks_exact_mut(len)) {
                sums.fill(0.0);
                let (d_weights, d_bias) = sums.split_at_mut(weights);
                let images = x.chunks_exact(input.len()).zip(dy.chunks_exact(output.len()));
                for (x, dy) in images.skip(section * of_section).take(of_section) {
                    let x = pad(x, input, padded, window.pad.before, scratch);
                    let sums = &mut *d_weights;
                    ARCH.dispatch(AddWeightGradient { taps, x, input: padded, dy, output, sums });
                    add_rows(dy, d_bias);
                }
            }
        });
        gradients.fill(0.0);
        add_rows(&self.sections[..count * len], gradients);
    }

    fn input_gradient(
        &mut self,
        team: &ThreadTeam,
        w: &[f32],
        x: &[f32],
        dy: &[f32],
        dx: &mut [f32],
    ) {
        let (geometry, spread) = (self.geometry, self.spread);
        let Geometry { input, output, .. } = geometry;
        let taps = Taps { stride: PerAxis::ONE, ..self.taps() };
        let places = w.chunks_exact(input.channels);
        for (turned, place) in self.turned.chunks_exact_mut(input.channels).rev().zip(places) {
            turned.copy_from_slice(place);
        }
        let (weights, masks) = (&*self.turned, self.input_is_rectified);
        let cost = weights.len() * input.height * input.width;
        team.rows_with(dx, input.len(), 1, cost, &mut self.scratches, |first, dx, scratch| {
            let images = dy[first * output.len()..].chunks_exact(output.len());
            let images = images.zip(x[first * input.len()..].chunks_exact(input.len()));
            for (dx, (dy, x)) in dx.chunks_exact_mut(input.len()).zip(images) {
                spread_out(geometry, dy, spread, &mut scratch.spread);
                ARCH.dispatch(Slide {
                    taps,
                    x: &scratch.spread,
                    input: spread,
                    weights,
                    bias: None,
                    y: &mut *dx,
                    output: input,
                });
                if masks {
                    mask(dx, x);
                }
            }
        });
    }
}

/// How many values W has.
fn weights(Geometry { window, input, .. }: Geometry) -> usize {
    window.height * window.width * input.channels
}

/// Values of an image with its padding, if it has any.
fn padding_values(Geometry { input, window, .. }: Geometry) -> usize {
    if window.pad == Padding::NONE { 0 } else { input.padded(window.pad).len() }
}

/// The image that dy is spread over.
fn spread(Geometry { input, window, .. }: Geometry) -> Extent {
    Extent {
        height: input.height + window.height - 1,
        width: input.width + window.width - 1,
        channels: input.channels,
    }
}

/// Copies each pixel of dy to its place in an image of zeros. A pixel whose window holds padding
/// alone has no place.
fn spread_out(geometry: Geometry, dy: &[f32], spread: Extent, to: &mut [f32]) {
    let Geometry { output, window, .. } = geometry;
    let Padding { before, .. } = window.pad;
    // A place before the image wraps around to a huge number.
    let place = |at: usize, stride: usize, window: usize, pad: usize| {
        (at * stride + window - 1).wrapping_sub(pad)
    };
    for (i, from) in dy.chunks_exact(output.row()).enumerate() {
        let row = place(i, window.stride.rows, window.height, before.rows);
        if row >= spread.height {
            continue;
        }
        let to = &mut to[row * spread.row()..][..spread.row()];
        for (j, from) in from.chunks_exact(output.channels).enumerate() {
            let column = place(j, window.stride.columns, window.width, before.columns);
            if column < spread.width {
                to[column * spread.channels..][..spread.channels].copy_from_slice(from);
            }
        }
    }
}

impl Layer for DepthwiseConvolution {
    fn set_threads(&mut self, threads: usize) {
        let padded = vec![0.0; padding_values(self.geometry)];
        let scratch = Scratch { padded, spread: vec![0.0; self.spread.len()] };
        self.scratches = vec![scratch; threads];
    }

    fn fuse_next_relu(&mut self) -> bool {
        self.rectifies = true;
        true
    }

    fn fuse_previous_relu(&mut self) -> bool {
        self.input_is_rectified = true;
        true
    }

    fn forward(&mut self, pass: Forward) {
        let Forward { team, parameters, x, y, .. } = pass;
        let Geometry { input, output, window } = self.geometry;
        let (taps, padded, rectifies, cost) =
            (self.taps(), self.padded, self.rectifies, self.cost());
        let (weights, bias) = parameters.split_at(weights(self.geometry));
        team.rows_with(y, output.len(), 1, cost, &mut self.scratches, |first, y, scratch| {
            let images = x[first * input.len()..].chunks_exact(input.len());
            for (x, y) in images.zip(y.chunks_exact_mut(output.len())) {
                let x = pad(x, input, padded, window.pad.before, &mut scratch.padded);
                let bias = Some(bias);
                ARCH.dispatch(Slide { taps, x, input: padded, weights, bias, y: &mut *y, output });
                if rectifies {
                    rectify(y);
                }
            }
        });
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        self.weight_gradient(team, x, dy, trained.gradients);
        let weights = weights(self.geometry);
        if let Some(dx) = dx {
            self.input_gradient(team, &trained.parameters[..weights], x, dy, dx);
        }
        update.layer(team, trained, weights);
    }
}
