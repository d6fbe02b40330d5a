//! A network that trains on a batch and scores a batch.

mod images;
mod memory;
mod scoring;
mod state;

use std::ops::Range;
use std::sync::Arc;

use crate::augmentation::Change;
use crate::buffer::Buffer;
use crate::layer::description::Initial;
use crate::layer::execution::{Backward, Forward, Layer, Mode, OutputPlace};
use crate::layer::extent::Extent;
use crate::layout::Layout;
use crate::penalty;
use crate::random::{Purpose, fill_uniform, generator};
use crate::thread_team::{ThreadTeam, VALUE_COST};
use crate::trained::{MOST_MOMENTS, Trained};
use crate::update::Update;
use crate::{
    Architecture, Augmentation, Loss, Optimizer, ParameterSpec, Penalty, PenaltyScope, Score,
};

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

/// An [`Architecture`] with its parameters, their gradients, the optimizer's moments and all memory
/// that a step needs, planned when it is made: a training step allocates nothing.
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

/// Activations of this many values are scored at once: 2 MiB, about an L2 cache.
const SCORED_VALUES: usize = 1 << 19;

impl Network {
    /// A network with initial weights drawn for `seed` (uniform in ±1/√fan_in for weights and
    /// biases, batch normalisation at γ = 1 and β = 0: PyTorch's defaults), able to train on up to
    /// `batch_size` images at once.
    pub fn new(architecture: &Architecture, recipe: &Recipe, batch_size: usize, seed: u64) -> Self {
        let mut stages: Vec<Stage> = Vec::new();
        let (mut places, mut initial) = (Vec::new(), Vec::new());
        let values: usize = architecture.input().len()
            + architecture.layers().iter().map(|layer| layer.output().len()).sum::<usize>();
        let capacity = (SCORED_VALUES / values).clamp(1, 512).max(batch_size);
        let mut region = Region { start: 0, len: architecture.input().len() };
        let mut end = aligned(region.len * capacity);
        // Whether a backward pass still reads what lies in `region`.
        let mut is_read = false;
        let (mut parameters, mut widest) = (0, 0);
        for placed in architecture.layers() {
            let layer = placed.build(batch_size);
            let first = parameters;
            for parameter in placed.parameters() {
                let (layout, range) =
                    (parameter.layout, parameters..parameters + parameter.layout.len());
                parameters = range.end;
                initial.push(parameter.initial);
                places.push(Place { spec: placed.parameter_spec(parameter), layout, range });
            }
            let from = region;
            let output_place = layer.output_place();
            if output_place != OutputPlace::SameValues {
                if is_read || !output_place.overwrites_input() {
                    region = Region { start: end, len: placed.output().len() };
                    end += aligned(region.len * capacity);
                }
                is_read = output_place.keeps_output();
            }
            widest = widest.max(from.len).max(region.len);
            let (parameters_of, done) = (first..parameters, Done::default());
            stages.push(Stage {
                layer,
                parameters: parameters_of,
                input: from,
                output: region,
                done,
            });
            parameters = aligned(parameters);
        }
        share_relus(&mut stages);
        let views = recipe.augmentation.views();
        let view_logits =
            vec![0.0; if views.len() > 1 { capacity * architecture.classes() } else { 0 }];
        let mut network = Network {
            recipe: *recipe,
            seed,
            steps: 0,
            batch_size,
            classes: architecture.classes(),
            stages,
            places,
            parameters: Buffer::in_phase(parameters, 0),
            gradients: Buffer::in_phase(parameters, 1),
            keeps_gradients: false,
            moments: moment_buffers(&recipe.optimizer, parameters),
            activations: Buffer::zeros(end),
            capacity,
            activation_gradients: [
                Buffer::zeros(widest * batch_size),
                Buffer::zeros(widest * batch_size),
            ],
            labels: Vec::with_capacity(capacity),
            changes: vec![Change::default(); batch_size],
            views,
            view_logits,
            extent: Extent::of(architecture.input()),
            scratch: vec![0.0; 2 * architecture.classes()],
            penalty_blocks: vec![0.0; parameters.div_ceil(penalty::BLOCK)],
            team: Arc::new(ThreadTeam::new(1)),
        };
        network.initialise(&initial);
        network
    }

    /// Draws the initial parameters in PyTorch's order, so that they don't depend on how the engine
    /// keeps them.
    fn initialise(&mut self, initial: &[Initial]) {
        for (index, (place, initial)) in self.places.iter().zip(initial).enumerate() {
            let values = &mut self.parameters[place.range.clone()];
            match *initial {
                Initial::Constant(constant) => values.fill(constant),
                Initial::Uniform { fan_in } => {
                    let mut drawn = vec![0.0; values.len()];
                    let mut generator =
                        generator(self.seed, Purpose::InitialWeights, index as u32, 0);
                    fill_uniform(&mut drawn, 1.0 / (fan_in as f32).sqrt(), &mut generator);
                    place.layout.import(&drawn, values);
                }
            }
        }
    }

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

    /// One training step on the images at `indices`: forward, backward, penalty, optimizer.
    ///
    /// `images` are all images, one byte a value, `Architecture::input().len()` bytes each
    /// (channels-last), and are divided by 255; `labels` are all their classes. Returns the loss as
    /// trained (penalty included) and the correct answers, both before the step's update and as
    /// training sees them (dropout on, batch statistics).
    ///
    /// # Panics
    /// If there are more indices than `batch_size` or none, one is out of bounds, or batch
    /// normalisation gets a single value per channel.
    pub fn train_batch(
        &mut self,
        images: &[u8],
        labels: &[u8],
        indices: &[u32],
        learning_rate: f32,
    ) -> Score {
        self.together(|network| network.step(images, labels, indices, learning_rate))
    }

    /// [`train_batch`](Self::train_batch) on one of the team's threads.
    fn step(&mut self, images: &[u8], labels: &[u8], indices: &[u32], learning_rate: f32) -> Score {
        let batch = indices.len();
        assert!(
            (1..=self.batch_size).contains(&batch),
            "a batch of {batch} images, planned for {}",
            self.batch_size
        );
        match self.recipe.augmentation.is_none() {
            true => self.gather(images, indices),
            false => self.gather_changed(images, indices),
        }
        self.labels.clear();
        self.labels.extend(indices.iter().map(|&index| labels[index as usize]));
        let logits = self.forward(batch, Mode::Training { seed: self.seed, step: self.steps });
        let gradient = &mut self.activation_gradients[0][..batch * self.classes];
        let mut score = self.recipe.loss.evaluate(
            &self.activations[logits],
            &self.labels,
            &mut self.scratch,
            Some(gradient),
        );
        score.loss_sum += self.penalty() * batch as f64;
        self.steps += 1;
        self.backward(batch, learning_rate);
        score
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

    /// Gradients of all parameters from the logits' in the first buffer of `activation_gradients`,
    /// and the update of each layer's once they are known.
    fn backward(&mut self, batch: usize, learning_rate: f32) {
        let penalty = self.recipe.penalty;
        let on_weights = (!penalty.is_none()).then(|| penalty.gradient());
        let on_others = on_weights.filter(|_| penalty.on == PenaltyScope::All);
        let step = self.recipe.optimizer.at(learning_rate, self.steps);
        let update = Update { step, on_weights, on_others, keeps_gradients: self.keeps_gradients };
        let first_trained =
            self.stages.iter().position(|stage| !stage.parameters.is_empty()).unwrap_or(0);
        let [current, next] = &mut self.activation_gradients;
        let (mut current, mut next) = (current, next);
        for (index, stage) in self.stages.iter_mut().enumerate().skip(first_trained).rev() {
            if stage.done.backward {
                continue;
            }
            stage.layer.backward(Backward {
                team: &self.team,
                trained: Trained {
                    parameters: &mut self.parameters[stage.parameters.clone()],
                    gradients: &mut self.gradients[stage.parameters.clone()],
                    moments: self.moments.each_mut().map(|moment| match moment.is_empty() {
                        true => Default::default(),
                        false => &mut moment[stage.parameters.clone()],
                    }),
                },
                update,
                x: &self.activations[stage.input.of(batch)],
                y: &self.activations[stage.output.of(batch)],
                dy: &mut current[..batch * stage.output.len],
                dx: (index > first_trained).then_some(&mut next[..batch * stage.input.len]),
            });
            if !stage.layer.output_place().is_elementwise() {
                std::mem::swap(&mut current, &mut next);
            }
        }
    }

    /// The penalty of all parameters that it counts.
    fn penalty(&mut self) -> f64 {
        let penalty = self.recipe.penalty;
        if penalty.is_none() {
            return 0.0;
        }
        let Network { team, parameters, penalty_blocks, .. } = self;
        self.places
            .iter()
            .filter(|place| penalty.on == PenaltyScope::All || place.spec.is_weight)
            .map(|place| penalty.value(team, &parameters[place.range.clone()], penalty_blocks))
            .sum()
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

/// A buffer of `parameters` values for each moment that the optimizer keeps.
fn moment_buffers(optimizer: &Optimizer, parameters: usize) -> [Buffer; MOST_MOMENTS] {
    // The parameters and their gradients lie in phases 0 and 1.
    let mut phase = 1;
    optimizer.moments().map(|name| {
        phase += 1;
        name.map_or_else(|| Buffer::zeros(0), |_| Buffer::in_phase(parameters, phase))
    })
}

/// Has the neighbours of ReLUs do their passes, so that nothing is read and written once more for
/// them alone.
fn share_relus(stages: &mut [Stage]) {
    for index in 0..stages.len() {
        let (before, rest) = stages.split_at_mut(index);
        let Some((relu, behind)) = rest.split_first_mut() else { continue };
        if !relu.layer.is_relu() {
            continue;
        }
        if let Some(before) = before.last_mut().filter(|_| relu.input == relu.output) {
            relu.done.forward = before.layer.fuse_next_relu();
        }
        if let Some(next) =
            behind.iter_mut().find(|stage| stage.layer.output_place() != OutputPlace::SameValues)
        {
            relu.done.backward = next.layer.fuse_previous_relu();
        }
    }
}

/// The next multiple of 16 values: a cache line.
fn aligned(values: usize) -> usize {
    values.next_multiple_of(16)
}
