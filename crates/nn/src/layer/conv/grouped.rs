//! A convolution of groups: the channels and the filters are divided into groups of neighbours, and
//! each group of filters sees its group of channels alone.
//!
//! Each group is a [`Convolution`] of its own. Its channels are copied from the images, and its
//! outputs to them, so that it finds images of its channels alone. W is kept group by group, and the
//! biases of all groups after it.

use super::convolution::Convolution;
use super::geometry::Geometry;
use crate::layer::execution::{Backward, Forward, Layer};
use crate::layer::extent::Extent;
use crate::thread_team::{ThreadTeam, VALUE_COST};

/// A convolution of groups as it is executed.
pub(super) struct Grouped {
    groups: usize,
    /// Of one group.
    geometry: Geometry,
    convolution: Convolution,
    /// Images of one group, as many as a training batch has: x, y or dy, and dx.
    x: Vec<f32>,
    y: Vec<f32>,
    dx: Vec<f32>,
    /// Of one group.
    parameters: Vec<f32>,
    gradients: Vec<f32>,
}

impl Grouped {
    /// `geometry` is that of one group.
    pub(super) fn new(geometry: Geometry, groups: usize, batch: usize) -> Self {
        let Geometry { input, output, .. } = geometry;
        let parameters = vec![0.0; geometry.weights() + output.channels];
        Grouped {
            groups,
            geometry,
            convolution: Convolution::new(geometry),
            x: vec![0.0; batch * input.len()],
            y: vec![0.0; batch * output.len()],
            dx: vec![0.0; batch * input.len()],
            gradients: parameters.clone(),
            parameters,
        }
    }

    /// Values of the memory with room for `threads` threads.
    pub(super) fn values(geometry: Geometry, batch: usize, threads: usize) -> usize {
        let Geometry { input, output, .. } = geometry;
        batch * (2 * input.len() + output.len())
            + 2 * (geometry.weights() + output.channels)
            + Convolution::values(geometry, threads)
    }
}

/// Some of the channels of images of `all` channels.
#[derive(Clone, Copy)]
struct Part {
    all: usize,
    first: usize,
    count: usize,
}

impl Part {
    /// The channels of a group.
    fn of(group: usize, groups: usize, extent: Extent) -> Self {
        let count = extent.channels;
        Part { all: groups * count, first: group * count, count }
    }

    /// Copies the channels of `images`.
    fn gather(self, team: &ThreadTeam, images: &[f32], to: &mut [f32]) {
        let Part { all, first, count } = self;
        team.rows(to, count, 1, count * VALUE_COST, |pixel, to| {
            let pixels = images[pixel * all..].chunks_exact(all);
            for (to, pixel) in to.chunks_exact_mut(count).zip(pixels) {
                to.copy_from_slice(&pixel[first..][..count]);
            }
        });
    }

    /// Writes the channels of `images`.
    fn scatter(self, team: &ThreadTeam, from: &[f32], images: &mut [f32]) {
        let Part { all, first, count } = self;
        team.rows(images, all, 1, count * VALUE_COST, |pixel, images| {
            let pixels = from[pixel * count..].chunks_exact(count);
            for (image, from) in images.chunks_exact_mut(all).zip(pixels) {
                image[first..][..count].copy_from_slice(from);
            }
        });
    }
}

/// Copies the weights and biases of a group out of those of all groups.
fn gather_parameters(group: usize, weights: usize, all: &[f32], groups: usize, to: &mut [f32]) {
    let (to_weights, to_bias) = to.split_at_mut(weights);
    to_weights.copy_from_slice(&all[group * weights..][..weights]);
    let filters = to_bias.len();
    to_bias.copy_from_slice(&all[groups * weights + group * filters..][..filters]);
}

impl Layer for Grouped {
    fn set_threads(&mut self, threads: usize) {
        self.convolution.set_threads(threads);
    }

    fn fuse_next_relu(&mut self) -> bool {
        self.convolution.fuse_next_relu()
    }

    fn fuse_previous_relu(&mut self) -> bool {
        self.convolution.fuse_previous_relu()
    }

    fn forward(&mut self, pass: Forward) {
        let Forward { team, parameters, x: all_x, y: all_y, mode } = pass;
        let Grouped { groups, geometry, convolution, x, y, parameters: of_group, .. } = self;
        let Geometry { input, output, .. } = *geometry;
        let (groups, weights) = (*groups, geometry.weights());
        // A scored batch may be larger than a training batch, for which x and y have room.
        let batch = x.len() / input.len();
        for group in 0..groups {
            gather_parameters(group, weights, parameters, groups, of_group);
            let parameters = &*of_group;
            let all_x = all_x.chunks(batch * groups * input.len());
            for (all_x, all_y) in all_x.zip(all_y.chunks_mut(batch * groups * output.len())) {
                let x = &mut x[..all_x.len() / groups];
                let y = &mut y[..all_y.len() / groups];
                Part::of(group, groups, input).gather(team, all_x, x);
                convolution.forward(Forward { team, parameters, x, y: &mut *y, mode });
                Part::of(group, groups, output).scatter(team, y, all_y);
            }
        }
    }

    fn backward(&mut self, pass: Backward) {
        let Backward { team, trained, update, x: all_x, dy: all_dy, dx: mut all_dx, .. } = pass;
        let Grouped { groups, geometry, convolution, x, y: dy, dx, .. } = self;
        let (of_group, gradients) = (&mut self.parameters, &mut self.gradients);
        let Geometry { input, output, .. } = *geometry;
        let (groups, weights) = (*groups, geometry.weights());
        let x = &mut x[..all_x.len() / groups];
        let dy = &mut dy[..all_dy.len() / groups];
        let dx = &mut dx[..x.len()];
        for group in 0..groups {
            gather_parameters(group, weights, trained.parameters, groups, of_group);
            Part::of(group, groups, input).gather(team, all_x, x);
            Part::of(group, groups, output).gather(team, all_dy, dy);
            let wanted = all_dx.is_some().then_some(&mut *dx);
            convolution.gradients(team, of_group, gradients, [x, dy], wanted);
            if let Some(all_dx) = &mut all_dx {
                Part::of(group, groups, input).scatter(team, dx, all_dx);
            }
            let (d_weights, d_bias) = gradients.split_at(weights);
            let filters = d_bias.len();
            trained.gradients[group * weights..][..weights].copy_from_slice(d_weights);
            let at = groups * weights + group * filters;
            trained.gradients[at..][..filters].copy_from_slice(d_bias);
        }
        update.layer(team, trained, groups * weights);
    }
}
