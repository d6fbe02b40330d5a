//! Makes a network: decides where each layer's parameters and activations lie, and draws the
//! initial parameters.

use std::ops::Range;
use std::sync::Arc;

use fitroom_memory::{Bytes, OutOfMemory};

use super::activations::{ActivationPlan, aligned};
use super::{FusedPasses, Network, Place, Recipe, Stage};
use crate::augmentation::{Change, padded_len};
use crate::buffer::Buffer;
use crate::layer::description::Initial;
use crate::layer::execution::OutputPlace;
use crate::layer::extent::Extent;
use crate::penalty;
use crate::random::{Purpose, generator};
use crate::thread_team::ThreadTeam;
use crate::trained::MOST_MOMENTS;
use crate::{Architecture, Operation, Optimizer, ParameterSpec, PlacedLayer};

impl Network {
    /// As [`try_new`](Self::try_new).
    ///
    /// # Panics
    /// If the system refuses to give the memory.
    pub fn new(architecture: &Architecture, recipe: &Recipe, batch_size: usize, seed: u64) -> Self {
        Self::try_new(architecture, recipe, batch_size, seed)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// A network that trains on up to `batch_size` images at once. `seed` decides its initial
    /// parameters, which are drawn as [`Recipe::initial_values`] says.
    ///
    /// # Errors
    /// The system refuses to give the memory. Most systems promise more than they have, so check
    /// [`NetworkMemory`](super::NetworkMemory) first.
    pub fn try_new(
        architecture: &Architecture,
        recipe: &Recipe,
        batch_size: usize,
        seed: u64,
    ) -> Result<Self, OutOfMemory> {
        let mut network = Self::try_zeroed(architecture, recipe, batch_size)?;
        network.seed = seed;
        let of_layers = architecture.layers().iter().map(PlacedLayer::parameters);
        let initial = of_layers.flatten().map(|parameter| parameter.initial);
        network.initialise(initial);
        Ok(network)
    }

    /// As [`try_new`](Self::try_new), but all parameters are 0: for a caller that loads them all, and
    /// should not wait until others are drawn.
    ///
    /// # Errors
    /// As [`try_new`](Self::try_new).
    pub fn try_zeroed(
        architecture: &Architecture,
        recipe: &Recipe,
        batch_size: usize,
    ) -> Result<Self, OutOfMemory> {
        let frozen = architecture.leading(recipe.frozen);
        let plan = ActivationPlan::new(architecture, frozen, batch_size);
        let of_layers: usize =
            architecture.layers().iter().map(|layer| layer.own_bytes(batch_size, 1)).sum();
        // The layers' own memory is many vectors, which abort the process if they are refused.
        let padded = padded_bytes(architecture, recipe, batch_size);
        drop(Bytes::try_zeros(of_layers + padded)?);
        let mut stages: Vec<Stage> = Vec::new();
        let (mut places, mut frozen_places) = (Vec::new(), 0);
        let mut parameters = 0;
        for (placed, (input, output)) in architecture.layers().iter().zip(plan.regions) {
            let first = parameters;
            for parameter in placed.parameters() {
                let (layout, range) =
                    (parameter.layout, parameters..parameters + parameter.layout.len());
                parameters = range.end;
                places.push(Place { spec: placed.parameter_spec(parameter), layout, range });
            }
            stages.push(Stage {
                path: placed.path(),
                layer: placed.build(batch_size),
                output_place: placed.output_place(),
                parameters: first..parameters,
                input,
                output,
                fused: FusedPasses::default(),
            });
            parameters = aligned(parameters);
            if stages.len() == frozen {
                frozen_places = places.len();
            }
        }
        for run in uninterrupted(architecture.operations()) {
            fuse_relus(&mut stages[run]);
        }
        let views = recipe.augmentation.views();
        let view_logits =
            vec![0.0; if views.len() > 1 { plan.capacity * architecture.classes() } else { 0 }];
        let gradients = plan.gradients.iter().map(|values| Buffer::try_zeros(values * batch_size));
        let activation_gradients = gradients.collect::<Result<Vec<_>, _>>()?;
        Ok(Network {
            recipe: *recipe,
            seed: 0,
            steps: 0,
            batch_size,
            classes: architecture.classes(),
            stages,
            joints: plan.joints,
            operations: architecture.operations().to_vec(),
            frozen,
            places,
            frozen_places,
            parameters: Buffer::try_in_phase(parameters, 0)?,
            gradients: Buffer::try_in_phase(parameters, 1)?,
            keeps_gradients: false,
            moments: moment_buffers(&recipe.optimizer, parameters)?,
            activations: Buffer::try_zeros(plan.values)?,
            capacity: plan.capacity,
            activation_gradients,
            labels: Vec::with_capacity(plan.capacity),
            changes: vec![Change::default(); batch_size],
            padded: vec![0; padded],
            unmixed: Buffer::try_zeros(unmixed_values(architecture, recipe, batch_size))?,
            views,
            view_logits,
            extent: Extent::of(architecture.input()),
            normalisation: None,
            scratch: vec![0.0; 2 * architecture.classes()],
            penalty_blocks: vec![0.0; parameters.div_ceil(penalty::BLOCK)],
            team: Arc::new(ThreadTeam::new(1)),
        })
    }

    /// Draws the initial parameters in PyTorch's order, so that they don't depend on the engine's
    /// layouts.
    fn initialise(&mut self, initial: impl Iterator<Item = Initial>) {
        for (index, (place, initial)) in self.places.iter().zip(initial).enumerate() {
            let values = &mut self.parameters[place.range.clone()];
            let mut drawn = vec![0.0; values.len()];
            let mut generator = generator(self.seed, Purpose::InitialWeights, index as u32, 0);
            let ParameterSpec { shape, is_weight, .. } = &place.spec;
            self.recipe.initial_values.draw(initial, shape, *is_weight, &mut drawn, &mut generator);
            place.layout.import(&drawn, values);
        }
    }
}

/// How many bytes [`Network::padded`] has.
pub(super) fn padded_bytes(
    architecture: &Architecture,
    recipe: &Recipe,
    batch_size: usize,
) -> usize {
    let of_image = padded_len(Extent::of(architecture.input()));
    if recipe.augmentation.rotate > 0.0 { batch_size * of_image } else { 0 }
}

/// How many values [`Network::unmixed`] has.
pub(super) fn unmixed_values(
    architecture: &Architecture,
    recipe: &Recipe,
    batch_size: usize,
) -> usize {
    if recipe.augmentation.mixes() { batch_size * architecture.input().len() } else { 0 }
}

/// A buffer of `parameters` values for each moment that the optimizer keeps.
fn moment_buffers(
    optimizer: &Optimizer,
    parameters: usize,
) -> Result<[Buffer; MOST_MOMENTS], OutOfMemory> {
    let mut buffers = [(); MOST_MOMENTS].map(|()| Buffer::zeros(0));
    for (index, (buffer, name)) in buffers.iter_mut().zip(optimizer.moments()).enumerate() {
        if name.is_some() {
            // The parameters and their gradients have phases 0 and 1.
            *buffer = Buffer::try_in_phase(parameters, 2 + index)?;
        }
    }
    Ok(buffers)
}

/// The layers between which no block begins or ends, as ranges of their indices.
fn uninterrupted(operations: &[Operation]) -> Vec<Range<usize>> {
    let runs = operations.split(|operation| !matches!(operation, Operation::Layer(_)));
    let mut begin = 0;
    let range = |run: &[Operation]| {
        begin += run.len();
        begin - run.len()..begin
    };
    runs.map(range).collect()
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
            after.iter_mut().find(|stage| stage.output_place != OutputPlace::SameValues)
        {
            relu.fused.backward = next.layer.fuse_previous_relu();
        }
    }
}
