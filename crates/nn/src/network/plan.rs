//! Makes a network: decides where each layer's parameters and activations lie, and draws the
//! initial parameters.

use std::sync::Arc;

use super::{FusedPasses, Network, Place, Recipe, Region, Stage};
use crate::augmentation::Change;
use crate::buffer::Buffer;
use crate::layer::description::Initial;
use crate::layer::execution::OutputPlace;
use crate::layer::extent::Extent;
use crate::penalty;
use crate::random::{Purpose, fill_uniform, generator};
use crate::thread_team::ThreadTeam;
use crate::trained::MOST_MOMENTS;
use crate::{Architecture, Optimizer};

/// As many images are scored at once as have this many activations: 2 MiB, about an L2 cache.
const SCORED_VALUES: usize = 1 << 19;

impl Network {
    /// A network that trains on up to `batch_size` images at once. `seed` decides its initial
    /// parameters, by PyTorch's defaults: weights and biases uniform in ±1/√fan_in, batch
    /// normalisation's γ = 1 and β = 0.
    pub fn new(architecture: &Architecture, recipe: &Recipe, batch_size: usize, seed: u64) -> Self {
        let mut stages: Vec<Stage> = Vec::new();
        let (mut places, mut initial) = (Vec::new(), Vec::new());
        let values: usize = architecture.input().len()
            + architecture.layers().iter().map(|layer| layer.output().len()).sum::<usize>();
        let capacity = (SCORED_VALUES / values).clamp(1, 512).max(batch_size);
        let mut region = Region { start: 0, len: architecture.input().len() };
        let mut end = aligned(region.len * capacity);
        // Whether a backward pass reads the activations in `region`, so that no layer may overwrite
        // them.
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
            let (parameters_of, fused) = (first..parameters, FusedPasses::default());
            stages.push(Stage {
                layer,
                parameters: parameters_of,
                input: from,
                output: region,
                fused,
            });
            parameters = aligned(parameters);
        }
        fuse_relus(&mut stages);
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

    /// Draws the initial parameters in PyTorch's order, so that they don't depend on the engine's
    /// layouts.
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
}

/// A buffer of `parameters` values for each moment that the optimizer keeps.
fn moment_buffers(optimizer: &Optimizer, parameters: usize) -> [Buffer; MOST_MOMENTS] {
    // The parameters and their gradients have phases 0 and 1.
    let mut phase = 1;
    optimizer.moments().map(|name| {
        phase += 1;
        name.map_or_else(|| Buffer::zeros(0), |_| Buffer::in_phase(parameters, phase))
    })
}

/// Fuses the passes of each ReLU into other layers, where these support it, so that activations and
/// their gradients are not read and written once more for the ReLU alone.
fn fuse_relus(stages: &mut [Stage]) {
    for index in 0..stages.len() {
        let (before, rest) = stages.split_at_mut(index);
        let Some((relu, after)) = rest.split_first_mut() else { continue };
        if !relu.layer.is_relu() {
            continue;
        }
        if let Some(before) = before.last_mut().filter(|_| relu.input == relu.output) {
            relu.fused.forward = before.layer.fuse_next_relu();
        }
        if let Some(next) =
            after.iter_mut().find(|stage| stage.layer.output_place() != OutputPlace::SameValues)
        {
            relu.fused.backward = next.layer.fuse_previous_relu();
        }
    }
}

/// Rounds up to whole cache lines, of 16 values.
fn aligned(values: usize) -> usize {
    values.next_multiple_of(16)
}
