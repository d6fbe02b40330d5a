//! Decides where the activations of each layer and their gradients lie, before any memory is taken.

use std::ops::Range;

use crate::layer::execution::OutputPlace;
use crate::{Architecture, PlacedLayer};

/// As many images are scored at once as have this many activations: 2 MiB, about an L2 cache.
const SCORED_VALUES: usize = 1 << 19;

/// Where the activations of a layer lie, for all images of a batch.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Region {
    pub(super) start: usize,
    /// Values of one image.
    pub(super) len: usize,
}

impl Region {
    pub(super) fn of(self, batch: usize) -> Range<usize> {
        self.start..self.start + batch * self.len
    }
}

/// Where the activations of all layers and their gradients lie.
pub(super) struct ActivationPlan {
    /// Each layer's input and output.
    pub(super) regions: Vec<(Region, Region)>,
    /// Values of all activations.
    pub(super) values: usize,
    /// Images that the activations have room for. If activations are small, these are more than a
    /// training batch.
    pub(super) capacity: usize,
    /// Values of the two buffers of gradients, for one image.
    pub(super) gradients: [usize; 2],
}

impl ActivationPlan {
    /// The first `frozen` layers have no backward pass.
    pub(super) fn new(architecture: &Architecture, frozen: usize, batch_size: usize) -> Self {
        let input = architecture.input().len();
        let all = architecture.layers().iter().map(|layer| layer.output().len()).sum::<usize>();
        let capacity = (SCORED_VALUES / (input + all)).clamp(1, 512).max(batch_size);
        let mut region = Region { start: 0, len: input };
        let mut values = aligned(region.len * capacity);
        let mut regions = Vec::new();
        // Whether a backward pass reads the activations in `region`, so that no layer may overwrite
        // them.
        let mut is_read = false;
        for placed in architecture.layers() {
            let (from, output_place) = (region, placed.output_place());
            if output_place != OutputPlace::SameValues {
                if is_read || !output_place.overwrites_input() {
                    region = Region { start: values, len: placed.output().len() };
                    values += aligned(region.len * capacity);
                }
                is_read = output_place.keeps_output();
            }
            regions.push((from, region));
        }
        ActivationPlan { regions, values, capacity, gradients: gradients(architecture, frozen) }
    }
}

/// Values that the backward pass writes to each of the two buffers of gradients, for one image. It
/// begins with the gradient of the logits in the first, and swaps the two at each layer that does
/// not work in place.
fn gradients(architecture: &Architecture, frozen: usize) -> [usize; 2] {
    let [mut current, mut next] = [architecture.classes(), 0];
    let after_first_trained = first_trained(architecture, frozen) + 1;
    let mut swapped = false;
    for layer in architecture.layers().iter().skip(after_first_trained).rev() {
        if !layer.output_place().is_elementwise() {
            next = next.max(layer.input().len());
            std::mem::swap(&mut current, &mut next);
            swapped = !swapped;
        }
    }
    if swapped { [next, current] } else { [current, next] }
}

/// The first layer with parameters that is not frozen. Nobody needs the gradient of its input.
fn first_trained(architecture: &Architecture, frozen: usize) -> usize {
    let layers = architecture.layers();
    let is_trained = |layer: &PlacedLayer| !layer.parameters().is_empty();
    layers[frozen..].iter().position(is_trained).map_or(layers.len(), |place| frozen + place)
}

/// Rounds up to whole cache lines, of 16 values.
pub(super) fn aligned(values: usize) -> usize {
    values.next_multiple_of(16)
}
