//! The passes of a convolution: the choice of a method, and the method's passes. [`super`] has the
//! formulas.

use super::direct::Direct;
use super::geometry::Geometry;
use super::winograd::Winograd;
use crate::kernel::winograd::Form;
use crate::layer::description::ConvMethod;
use crate::layer::execution::{Backward, Forward, Layer};
use crate::layer::per_axis::PerAxis;
use crate::layer::window::Window;
use crate::thread_team::ThreadTeam;

/// A convolution as it is executed.
pub(super) struct Convolution {
    geometry: Geometry,
    method: Method,
    /// Whether the output is put through a ReLU.
    rectifies: bool,
    /// Whether the input is the output of a ReLU, through which its gradient goes too.
    input_is_rectified: bool,
}

enum Method {
    Direct(Direct),
    Winograd(Winograd),
}

/// Channels and filters from which on Winograd's transforms cost less than they save.
const LEAST_CHANNELS: usize = 8;

/// How a convolution is computed. Shape alone decides, so that a run's numbers depend on no
/// machine.
pub(super) fn method(window: Window, channels: usize, filters: usize) -> ConvMethod {
    match form(window) {
        Some(_) if channels.min(filters) >= LEAST_CHANNELS => ConvMethod::Winograd,
        Some(_) | None => ConvMethod::Direct,
    }
}

/// The form of Winograd's convolution with this window, if there is one.
fn form(window: Window) -> Option<Form> {
    let form = match (window.height, window.width) {
        (3, 3) => Form::Of3x3,
        (5, 5) => Form::Of5x5,
        _ => return None,
    };
    let pad = window.pad.uniform()?;
    (window.stride == PerAxis::ONE && pad < form.taps()).then_some(form)
}

impl Convolution {
    pub(super) fn new(geometry: Geometry) -> Self {
        let Geometry { window, input, output } = geometry;
        let method = match (method(window, input.channels, output.channels), form(window)) {
            (ConvMethod::Winograd, Some(form)) => Method::Winograd(Winograd::new(form, geometry)),
            (ConvMethod::Winograd, None) | (ConvMethod::Direct, _) => {
                Method::Direct(Direct::new(geometry, 1))
            }
        };
        Convolution { geometry, method, rectifies: false, input_is_rectified: false }
    }

    /// Values of a convolution's own memory with room for `threads` threads.
    pub(super) fn values(geometry: Geometry, threads: usize) -> usize {
        let Geometry { window, input, output } = geometry;
        match method(window, input.channels, output.channels) {
            ConvMethod::Winograd => Winograd::values(geometry, threads),
            ConvMethod::Direct => Direct::values(geometry, threads),
        }
    }

    /// Writes dW, and db after it, and dx.
    pub(super) fn gradients(
        &mut self,
        team: &ThreadTeam,
        parameters: &[f32],
        gradients: &mut [f32],
        [x, dy]: [&[f32]; 2],
        dx: Option<&mut [f32]>,
    ) {
        match &mut self.method {
            Method::Direct(direct) => direct.weight_gradient(team, x, dy, gradients),
            Method::Winograd(winograd) => {
                let (d_weights, d_bias) = gradients.split_at_mut(self.geometry.weights());
                winograd.weight_gradient(team, x, dy, d_weights, d_bias);
            }
        }
        if let Some(dx) = dx {
            let weights = &parameters[..self.geometry.weights()];
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
    }

    /// The window and the images on both sides of it.
    #[cfg(test)]
    pub(super) fn geometry(&self) -> Geometry {
        self.geometry
    }
}

impl Layer for Convolution {
    fn set_threads(&mut self, threads: usize) {
        match &mut self.method {
            Method::Direct(direct) => direct.set_threads(threads),
            Method::Winograd(winograd) => winograd.set_threads(threads),
        }
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
        let (weights, bias) = parameters.split_at(self.geometry.weights());
        match &mut self.method {
            Method::Direct(direct) => direct.forward(team, weights, bias, x, y, self.rectifies),
            Method::Winograd(winograd) => {
                winograd.forward(team, weights, bias, x, y, self.rectifies);
            }
        }
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x, dy, dx, .. } = pass;
        self.gradients(team, trained.parameters, trained.gradients, [x, dy], dx);
        update.layer(team, trained, self.geometry.weights());
    }
}
