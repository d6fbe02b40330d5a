//! How much memory a network needs, before it is made.

use super::activations::{ActivationPlan, aligned};
use super::plan::{padded_bytes, unmixed_values};
use crate::augmentation::Change;
use crate::layer::description::Parameter;
use crate::penalty::BLOCK;
use crate::{Architecture, InitialValues, PlacedLayer, Recipe};

/// How much memory a network takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NetworkMemory {
    /// Bytes that are written when the network is trained and scored.
    pub used: u64,
    /// Bytes of addresses that the network reserves, which `ulimit -v` limits. The gradients of
    /// dense layers' weights are reserved, but used at once and never written. So are the gradients and
    /// moments of frozen layers.
    pub reserved: u64,
    /// Bytes of the copies that are made of the largest tensor when it is drawn, saved or loaded.
    pub largest_tensor: u64,
}

/// Networks that need this much or more are not counted exactly: no machine has so much.
const COUNTED: u64 = 1 << 48;

impl NetworkMemory {
    /// The memory of a network that trains on batches of `batch_size` images on `threads` threads:
    /// parameters, moments, gradients, activations and what each layer needs for itself.
    ///
    /// Some of it depends on the values: a dense layer writes fewer bytes if none of its outputs is
    /// zero for all images of a batch. It is counted as if it were written.
    pub fn of(
        architecture: &Architecture,
        recipe: &Recipe,
        batch_size: usize,
        threads: usize,
    ) -> Self {
        let layers = || architecture.layers().iter();
        let count = architecture.parameter_count() as u64;
        let moments = recipe.optimizer.moments().iter().flatten().count() as u64;
        let outputs =
            layers().map(|layer| layer.output().len() as u64).fold(0, u64::saturating_add);
        let roughly = (2 + moments)
            .saturating_mul(count)
            .saturating_add(outputs.saturating_mul(batch_size as u64))
            .saturating_mul(size_of::<f32>() as u64);
        if roughly >= COUNTED {
            return NetworkMemory { used: roughly, reserved: roughly, largest_tensor: 0 };
        }
        let value = size_of::<f32>() as u64;
        let bytes = |values: usize| value * values as u64;
        let frozen = architecture.leading(recipe.frozen);
        let plan = ActivationPlan::new(architecture, frozen, batch_size);
        let parameters = layers()
            .fold(0, |end, layer| aligned(end + layer.parameters().iter().map(len).sum::<usize>()));
        // Gradients and moments of frozen layers are reserved, and never written.
        let of_frozen = |layer: &PlacedLayer| (1 + moments) * layer.parameter_count() as u64;
        let unstored: u64 = layers().take(frozen).map(of_frozen).sum::<u64>()
            + layers().skip(frozen).map(PlacedLayer::unstored_gradients).sum::<u64>();
        let views = recipe.augmentation.views().len();
        let view_logits = if views > 1 { plan.capacity * architecture.classes() } else { 0 };
        let own: u64 = layers().map(|layer| layer.own_bytes(batch_size, threads) as u64).sum();
        let reserved = bytes(parameters) * (2 + moments)
            + bytes(plan.values + view_logits)
            + bytes(unmixed_values(architecture, recipe, batch_size))
            + padded_bytes(architecture, recipe, batch_size) as u64
            + bytes(plan.gradients.iter().sum::<usize>() * batch_size)
            + own
            + (plan.capacity + size_of::<Change>() * batch_size) as u64
            + (size_of::<f64>() * parameters.div_ceil(BLOCK)) as u64;
        let largest = layers().flat_map(PlacedLayer::parameters).map(|p| len(&p)).max();
        // Orthogonal weights are computed in f64, from which the copy is made.
        let copies = match recipe.initial_values {
            InitialValues::Orthogonal => 3,
            InitialValues::Pytorch
            | InitialValues::KaimingNormal
            | InitialValues::KaimingUniform
            | InitialValues::XavierNormal
            | InitialValues::XavierUniform => 1,
        };
        NetworkMemory {
            used: reserved - value * unstored,
            reserved,
            largest_tensor: copies * bytes(largest.unwrap_or(0)),
        }
    }
}

fn len(parameter: &Parameter) -> usize {
    parameter.layout.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optimizer::Sgd;
    use crate::{Optimizer, Shape};

    #[test]
    fn parameters_and_moments_are_counted_by_hand() {
        let input = Shape::Flat { features: 10 };
        let architecture = Architecture::parse(input, "dense 32, relu, dropout 0.5", 16).unwrap();
        let bytes = |optimizer| {
            let recipe = Recipe { optimizer, ..Recipe::default() };
            NetworkMemory::of(&architecture, &recipe, 8, 1)
        };
        let (weights, biases) = (10 * 32 + 32 * 16, 32 + 16);
        let adam = bytes(Optimizer::default());
        let sgd = bytes(Optimizer::Sgd(Sgd::default()));
        assert_eq!(adam.used - sgd.used, 4 * 2 * (weights + biases));
        assert_eq!(adam.reserved - adam.used, 4 * weights);
        assert_eq!(adam.largest_tensor, 4 * 32 * 16);
    }

    #[test]
    fn no_size_overflows() {
        let input = Shape::Image { channels: 1, height: 28, width: 28 };
        let bytes = |layers: &str, batch_size| {
            let architecture = Architecture::parse(input, layers, 10).unwrap();
            NetworkMemory::of(&architecture, &Recipe::default(), batch_size, 64).used
        };
        let dense = ["dense 16000"; 1000].join(", ");
        let weights = 4 * 16_000 * 16_000 * 999;
        assert!((3 * weights..4 * weights).contains(&bytes(&dense, 64)));
        assert!(bytes(&dense, 1 << 60) >= COUNTED);
        assert!(bytes("conv 1 16000x16000 pad 8000, flatten", 1 << 20) > 4 << 30);
    }
}
