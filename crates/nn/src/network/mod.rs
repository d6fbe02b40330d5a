//! A network that trains on a batch and scores a batch.

mod images;
mod memory;
mod plan;
mod scoring;
mod state;
mod training;

use std::ops::Range;
use std::sync::Arc;

use crate::augmentation::Change;
use crate::buffer::Buffer;
use crate::layer::execution::{Forward, Layer, Mode};
use crate::layer::extent::Extent;
use crate::layout::Layout;
use crate::thread_team::{ThreadTeam, VALUE_COST};
use crate::trained::MOST_MOMENTS;
use crate::{Augmentation, Loss, Optimizer, ParameterSpec, Penalty};

/// What a training step minimises, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recipe {
    /// What training makes smaller.
    pub loss: Loss,
    /// What is added to it.
    pub penalty: Penalty,
    /// How gradients change parameters.
    pub optimizer: Optimizer,
    /// What is done to images before they are trained on.
    pub augmentation: Augmentation,
}

/// An [`Architecture`](crate::Architecture) with its parameters, their gradients, the optimizer's
/// moments and all memory that a step needs. The memory is planned when the network is made, so a
/// training step allocates nothing.
pub struct Network {
    recipe: Recipe,
    seed: u64,
    steps: u64,
    batch_size: usize,
    classes: usize,
    stages: Vec<Stage>,
    places: Vec<Place>,
    parameters: Buffer,
    /// Those of dense layers' weights are written if `keeps_gradients` says so, and until then take
    /// no memory.
    gradients: Buffer,
    keeps_gradients: bool,
    /// In the order of [`Optimizer::moments`]; one that the optimizer does not keep is empty.
    moments: [Buffer; MOST_MOMENTS],
    activations: Buffer,
    /// Images that the activations have room for: more than a training batch where they are small.
    capacity: usize,
    /// Gradients of activations: one layer's output's and its input's, in turn.
    activation_gradients: [Buffer; 2],
    labels: Vec<u8>,
    /// What is done to each image of a training batch.
    changes: Vec<Change>,
    /// How each image that is scored is seen.
    views: Vec<Change>,
    /// The sums of logits over views, where there are several.
    view_logits: Vec<f32>,
    /// Of an image that comes in.
    extent: Extent,
    /// For the loss: two values a class.
    scratch: Vec<f32>,
    /// For the penalty: a value for each block of a tensor.
    penalty_blocks: Vec<f64>,
    team: Arc<ThreadTeam>,
}

/// A layer in its place: which parameters are its own, what it reads and what it writes.
struct Stage {
    layer: Box<dyn Layer>,
    parameters: Range<usize>,
    input: Region,
    output: Region,
    /// A ReLU's passes that its neighbours do.
    done: Done,
}

/// Whether the layer before does a ReLU's forward pass, and the layer behind it its backward pass.
#[derive(Clone, Copy, Default)]
struct Done {
    forward: bool,
    backward: bool,
}

/// One activation, for all images of a batch.
#[derive(Clone, Copy, PartialEq)]
struct Region {
    start: usize,
    /// Values of one image.
    len: usize,
}

impl Region {
    fn of(self, batch: usize) -> Range<usize> {
        self.start..self.start + batch * self.len
    }
}

/// Where a named tensor of parameters is kept.
struct Place {
    spec: ParameterSpec,
    layout: Layout,
    range: Range<usize>,
}

impl Network {
    /// Has `threads` threads work on each step and each batch that is scored from now on; it is one
    /// at first. Nothing that comes out depends on it.
    ///
    /// # Panics
    /// If `threads` is 0, or the system refuses more threads.
    pub fn set_threads(&mut self, threads: usize) {
        if threads != self.team.threads() {
            self.team = Arc::new(ThreadTeam::new(threads));
            self.stages.iter_mut().for_each(|stage| stage.layer.set_threads(threads));
        }
    }

    /// Does `work` on one of the network's threads. Steps and scores outside do so one by one, and
    /// to wake threads for a step takes about as long as the step.
    pub fn together<R: Send>(&mut self, work: impl FnOnce(&mut Network) -> R + Send) -> R {
        let team = Arc::clone(&self.team);
        team.enter(|| work(self))
    }

    /// Runs all layers on the first `batch` gathered images and returns where the logits are.
    fn forward(&mut self, batch: usize, mode: Mode) -> Range<usize> {
        for stage in self.stages.iter_mut().filter(|stage| !stage.done.forward) {
            let parameters = &self.parameters[stage.parameters.clone()];
            let (before, after) = self.activations.split_at_mut(stage.output.start);
            let y = &mut after[..batch * stage.output.len];
            // Equal regions are elementwise layers in place; every other output lies behind its
            // input.
            let x = if stage.input == stage.output { &[] } else { &before[stage.input.of(batch)] };
            if stage.layer.output_place().is_elementwise() && !x.is_empty() {
                self.team
                    .values(y, VALUE_COST, |first, y| y.copy_from_slice(&x[first..][..y.len()]));
            }
            stage.layer.forward(Forward { team: &self.team, parameters, x, y, mode });
        }
        self.stages.last().expect("the last dense layer is implied").output.of(batch)
    }

    /// Classes that it tells apart.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Training steps done so far: what Adam's bias correction and the dropout of the next step
    /// depend on.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}
