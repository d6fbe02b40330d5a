//! A network that trains on a batch and scores a batch.

mod activations;
mod images;
mod joint;
mod memory;
mod normalisation;
mod plan;
mod region;
mod scoring;
mod state;
mod training;

use std::io;
use std::ops::Range;
use std::sync::Arc;

use self::joint::Joint;
pub use self::memory::NetworkMemory;
pub use self::normalisation::ChannelNorm;
use self::normalisation::Normalisation;
use self::region::Region;
use crate::augmentation::Change;
use crate::buffer::Buffer;
use crate::layer::execution::{Forward, Layer, Mode, OutputPlace};
use crate::layer::extent::Extent;
use crate::layout::Layout;
use crate::thread_team::{ThreadTeam, VALUE_COST};
use crate::trained::MOST_MOMENTS;
use crate::{Augmentation, InitialValues, Loss, Operation, Optimizer, ParameterSpec, Penalty};

/// How a network is trained: its loss, penalty, optimizer and augmentation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recipe {
    /// The loss that training minimises.
    pub loss: Loss,
    /// How much of each label is spread evenly over all classes in training, from 0 to below 1.
    /// Scores count the labels as they are.
    pub label_smoothing: f32,
    /// The penalty that is added to the training loss.
    pub penalty: Penalty,
    /// The optimizer, with its settings.
    pub optimizer: Optimizer,
    /// How training images are changed, and whether scoring sees changed images too.
    pub augmentation: Augmentation,
    /// How many of the first layers with parameters are frozen, as are all layers before the last of
    /// them ([`Architecture::leading`](crate::Architecture::leading)). A frozen layer works as in
    /// inference mode while the others are trained: its parameters and running statistics stay as they
    /// are, its dropout is off, no penalty counts it, and no backward pass goes through it.
    pub frozen: usize,
    /// How the parameters are drawn before the first step.
    pub initial_values: InitialValues,
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
    /// The end of each block.
    joints: Vec<Joint>,
    /// What is done with stages and blocks, in order.
    operations: Vec<Operation>,
    /// How many of the first stages are frozen.
    frozen: usize,
    places: Vec<Place>,
    /// How many of the first places belong to frozen stages.
    frozen_places: usize,
    parameters: Buffer,
    /// The gradients of dense layers' weights are written only if `keeps_gradients`. Until then
    /// they take no memory.
    gradients: Buffer,
    keeps_gradients: bool,
    /// In the order of [`Optimizer::moments`]. A moment that the optimizer does not keep is empty.
    moments: [Buffer; MOST_MOMENTS],
    activations: Buffer,
    /// Images that the activations have room for. If activations are small, these are more than a
    /// training batch.
    capacity: usize,
    /// Two buffers that take turns: the gradient of a layer's output, and of its input. Then one for each depth of
    /// blocks: it holds the other branch's gradient until the block's [`Operation::Fork`].
    activation_gradients: Vec<Buffer>,
    labels: Vec<u8>,
    /// The change of each image of a training batch.
    changes: Vec<Change>,
    /// The images of a training batch before they are turned, with zeros around them. Empty if they are
    /// not.
    padded: Vec<u8>,
    /// The images of a training batch before they are mixed. Empty if they are not.
    unmixed: Buffer,
    /// The views of a scored image.
    views: Vec<Change>,
    /// The sums of logits over views, if there are several views.
    view_logits: Vec<f32>,
    /// Extent of an input image.
    extent: Extent,
    normalisation: Option<Normalisation>,
    /// Scratch memory of the loss: two values per class.
    scratch: Vec<f32>,
    /// Scratch memory of the penalty: a value for each block of a tensor.
    penalty_blocks: Vec<f64>,
    team: Arc<ThreadTeam>,
}

/// A layer with its parameters, and with the activations that it reads and writes.
struct Stage {
    /// What the names of its tensors begin with.
    path: String,
    layer: Box<dyn Layer>,
    output_place: OutputPlace,
    parameters: Range<usize>,
    input: Region,
    output: Region,
    /// Passes of a ReLU that other layers do for it. The network skips them.
    fused: FusedPasses,
}

/// Which passes of a ReLU are fused into other layers.
#[derive(Clone, Copy, Default)]
struct FusedPasses {
    /// The layer before the ReLU does its forward pass.
    forward: bool,
    /// The next layer after the ReLU that is not a flatten does its backward pass.
    backward: bool,
}

/// A named tensor of parameters, and where it is kept.
struct Place {
    spec: ParameterSpec,
    layout: Layout,
    range: Range<usize>,
}

impl Network {
    /// From now on, uses `threads` threads for each training step and each scored batch. A new
    /// network uses one. Results do not depend on the number of threads.
    ///
    /// # Panics
    /// If `threads` is 0, or the system refuses more threads.
    pub fn set_threads(&mut self, threads: usize) {
        self.try_set_threads(threads).expect("the system has threads left");
    }

    /// Like [`set_threads`](Self::set_threads), for a number that a user chose.
    ///
    /// # Errors
    /// The system refuses more threads. The network then keeps those that it has.
    pub fn try_set_threads(&mut self, threads: usize) -> io::Result<()> {
        if threads != self.team.threads() {
            self.team = Arc::new(ThreadTeam::try_new(threads)?);
            self.stages.iter_mut().for_each(|stage| stage.layer.set_threads(threads));
        }
        Ok(())
    }

    /// Does `work` on one of the network's threads, and keeps the others awake meanwhile. A step or
    /// score outside of `together` wakes them each time, which takes about as long as a step.
    pub fn together<R: Send>(&mut self, work: impl FnOnce(&mut Network) -> R + Send) -> R {
        let team = Arc::clone(&self.team);
        team.enter(|| work(self))
    }

    /// Runs all layers on the first `batch` gathered images and returns where the logits are.
    fn forward(&mut self, batch: usize, mode: Mode) -> Range<usize> {
        for &operation in &self.operations {
            match operation {
                Operation::Layer(index) => {
                    let stage = &mut self.stages[index];
                    if stage.fused.forward {
                        continue;
                    }
                    let mode = if index < self.frozen { Mode::Inference } else { mode };
                    let parameters = &self.parameters[stage.parameters.clone()];
                    stage.forward(&self.team, parameters, &mut self.activations, batch, mode);
                }
                Operation::Join(index) => {
                    self.joints[index].forward(&self.team, &mut self.activations, batch);
                }
                // Where each layer finds its input was planned.
                Operation::Fork(_) | Operation::Shortcut(_) => {}
            }
        }
        self.stages.last().expect("the last dense layer is implied").output.of(batch)
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Training steps done so far. Adam's bias correction and the dropout and augmentation of the
    /// next step depend on them.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

impl Stage {
    /// Runs the layer on the first `batch` images.
    fn forward(
        &mut self,
        team: &ThreadTeam,
        parameters: &[f32],
        activations: &mut [f32],
        batch: usize,
        mode: Mode,
    ) {
        let (before, after) = activations.split_at_mut(self.output.start);
        let y = &mut after[..batch * self.output.len];
        // Equal regions mean that an elementwise layer works in place. Every other output lies
        // after its input.
        let x = if self.input == self.output { &[] } else { &before[self.input.of(batch)] };
        if self.output_place.is_elementwise() && !x.is_empty() {
            team.values(y, VALUE_COST, |first, y| y.copy_from_slice(&x[first..][..y.len()]));
        }
        self.layer.forward(Forward { team, parameters, x, y, mode });
    }
}
