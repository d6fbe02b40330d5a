//! Decides where the activations of each layer and their gradients lie, before any memory is taken.

use super::joint::Joint;
use super::region::Region;
use crate::layer::execution::OutputPlace;
use crate::layer::extent::Extent;
use crate::{Architecture, Operation, PlacedBlock, PlacedLayer};

/// As many images are scored at once as have this many activations: 2 MiB, about an L2 cache.
const SCORED_VALUES: usize = 1 << 19;

/// Where the activations of all layers and their gradients lie.
pub(super) struct ActivationPlan {
    /// Each layer's input and output.
    pub(super) regions: Vec<(Region, Region)>,
    /// The end of each block.
    pub(super) joints: Vec<Joint>,
    /// Values of all activations.
    pub(super) values: usize,
    /// Images that the activations have room for. If activations are small, these are more than a
    /// training batch.
    pub(super) capacity: usize,
    /// Values of the buffers of gradients, for one image: two that the layers of the backward pass write in
    /// turn, and one for each depth of blocks.
    pub(super) gradients: Vec<usize>,
}

/// What a part of the network takes as its input.
#[derive(Clone, Copy)]
struct Incoming {
    region: Region,
    /// Whether something else reads it later, a backward pass or another branch, so that no layer may overwrite
    /// it.
    is_read: bool,
}

impl ActivationPlan {
    /// The first `frozen` layers have no backward pass.
    pub(super) fn new(architecture: &Architecture, frozen: usize, batch_size: usize) -> Self {
        let input = architecture.input().len();
        let of_layers = architecture.layers().iter().map(|layer| layer.output().len());
        let of_blocks = architecture.blocks().iter().map(|block| block.output.len());
        let all = of_layers.chain(of_blocks).sum::<usize>();
        let capacity = (SCORED_VALUES / (input + all)).clamp(1, 512).max(batch_size);
        let mut values = 0;
        let mut new_region = |len: usize| {
            let region = Region { start: values, len };
            values += aligned(len * capacity);
            region
        };
        let mut now = Incoming { region: new_region(input), is_read: false };
        let (mut regions, mut joints) = (Vec::new(), Vec::new());
        // The blocks that have begun and not ended: each one's input, and its body's output once it is known.
        let mut open: Vec<(Region, Option<Region>)> = Vec::new();
        for operation in architecture.operations() {
            match *operation {
                Operation::Layer(index) => {
                    let placed = &architecture.layers()[index];
                    let (from, output_place) = (now.region, placed.output_place());
                    if output_place != OutputPlace::SameValues {
                        if now.is_read || !output_place.overwrites_input() {
                            now.region = new_region(placed.output().len());
                        }
                        now.is_read = output_place.keeps_output();
                    }
                    regions.push((from, now.region));
                }
                Operation::Fork(_) => {
                    open.push((now.region, None));
                    now.is_read = true;
                }
                Operation::Shortcut(_) => {
                    let (input, body) = open.last_mut().expect("the block has begun");
                    *body = Some(now.region);
                    now = Incoming { region: *input, is_read: true };
                }
                Operation::Join(index) => {
                    let block = &architecture.blocks()[index];
                    let (shortcut, body) = match open.pop().expect("the block has begun") {
                        (_, Some(body)) => (now.region, body),
                        (input, None) => (input, now.region),
                    };
                    let channels =
                        [block.input, block.body].map(|shape| Extent::of(shape).channels);
                    let output = new_region(block.output.len());
                    let (kind, depth) = (block.kind, block.depth());
                    let input = block.input.len();
                    joints.push((
                        index,
                        Joint { kind, depth, channels, input, shortcut, body, output },
                    ));
                    now = Incoming { region: output, is_read: false };
                }
            }
        }
        joints.sort_by_key(|(index, _)| *index);
        let joints = joints.into_iter().map(|(_, joint)| joint).collect();
        ActivationPlan {
            regions,
            joints,
            values,
            capacity,
            gradients: gradients(architecture, frozen),
        }
    }
}

/// Values that the backward pass writes to each buffer of gradients, for one image. It begins with the
/// gradient of the logits in the first, and swaps the first two at each layer that does not work in place.
/// With blocks, any buffer may hold any gradient.
fn gradients(architecture: &Architecture, frozen: usize) -> Vec<usize> {
    if let Some(deepest) = architecture.blocks().iter().map(PlacedBlock::depth).max() {
        let of_layers =
            architecture.layers().iter().map(|layer| layer.input().len().max(layer.output().len()));
        let of_blocks = architecture.blocks().iter().map(|block| block.output.len());
        return vec![of_layers.chain(of_blocks).max().unwrap_or(0); 2 + deepest + 1];
    }
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
    if swapped { vec![next, current] } else { vec![current, next] }
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
