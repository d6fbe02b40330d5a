//! Places the layers of a tree one after another, in the order in which they run.

use super::error::ArchitectureError;
use super::path::Path;
use super::placed_layer::PlacedLayer;
use super::summary::LayerSummary;
use crate::Shape;
use crate::layer::{
    Block, BlockKind, Conv, LayerSpec, Padding, Part, PerAxis, Shortcut, Window, expanded,
};

/// What a network does in its forward pass. The backward pass undoes the operations in reverse order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The layer at this index of [`Architecture::layers`](super::Architecture::layers) takes what came before.
    Layer(usize),
    /// The block at this index of [`Architecture::blocks`](super::Architecture::blocks) begins. What came before is
    /// the input of its body, and is kept.
    Fork(usize),
    /// The block's body has ended. Its projection takes the block's input.
    Shortcut(usize),
    /// The block ends: the body's output is joined with the projection's, or with the block's input.
    Join(usize),
}

/// A block at its place in an architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedBlock {
    /// What it does with its body. Never a repetition, which is written out.
    pub kind: BlockKind,
    /// The shape that comes in, for one image.
    pub input: Shape,
    /// The shape of the body's output.
    pub body: Shape,
    /// The shape that goes out.
    pub output: Shape,
    path: Path,
}

impl PlacedBlock {
    /// How many blocks it is in.
    pub(crate) fn depth(&self) -> usize {
        self.path.depth()
    }

    /// As [`PlacedLayer::path`].
    pub fn path(&self) -> String {
        self.path.to_string()
    }

    /// A block costs nothing beside its layers: additions are not counted, as is usual.
    pub(super) fn summary(&self) -> LayerSummary {
        LayerSummary {
            layer: self.kind.to_string(),
            depth: self.path.depth(),
            output: self.output,
            parameters: 0,
            multiply_adds: 0,
            method: None,
        }
    }
}

/// Layers, blocks and operations, as far as they are placed.
pub(super) struct Placement {
    pub(super) layers: Vec<PlacedLayer>,
    pub(super) blocks: Vec<PlacedBlock>,
    pub(super) operations: Vec<Operation>,
    /// The shape that the next layer gets, for one image.
    shape: Shape,
    /// The image that it was flattened from.
    flattened_from: Shape,
}

impl Placement {
    pub(super) fn new(input: Shape) -> Self {
        let (layers, blocks, operations) = (Vec::new(), Vec::new(), Vec::new());
        Placement { layers, blocks, operations, shape: input, flattened_from: input }
    }

    pub(super) fn add(&mut self, part: &Part, path: Path) -> Result<(), ArchitectureError> {
        match part {
            Part::Layer(layer) => self.add_layer(*layer, path),
            Part::Block(block) => self.add_block(block, path),
        }
    }

    fn add_layer(&mut self, spec: LayerSpec, path: Path) -> Result<(), ArchitectureError> {
        let index = self.layers.len();
        let layer = PlacedLayer::new(spec, path, index, self.shape, self.flattened_from)?;
        self.shape = layer.output();
        self.flattened_from = match self.shape {
            Shape::Flat { .. } if !spec.description().mixes_all_inputs() => self.flattened_from,
            Shape::Flat { .. } | Shape::Image { .. } => self.shape,
        };
        self.operations.push(Operation::Layer(index));
        self.layers.push(layer);
        Ok(())
    }

    fn add_block(&mut self, block: &Block, path: Path) -> Result<(), ArchitectureError> {
        let (input, flattened_from, index) = (self.shape, self.flattened_from, self.blocks.len());
        let kind = block.kind;
        let mut placed = PlacedBlock { kind, input, body: input, output: input, path };
        self.blocks.push(placed.clone());
        self.operations.push(Operation::Fork(index));
        for (place, part) in expanded(&block.body).enumerate() {
            self.add(part, placed.path.in_body(place))?;
        }
        placed.body = self.shape;
        let (position, block) = (placed.path.position().into(), kind.to_string());
        // The engine keeps the channels of a pixel together, and PyTorch does not. So the features of a flattened
        // image may be added to each other, and not to others.
        let body_from = self.flattened_from;
        let is_same_order = kind != BlockKind::Concat && flattened_from == body_from;
        let is_flat = matches!(input, Shape::Flat { .. });
        if is_flat && !is_same_order && (is_reordered(flattened_from) || is_reordered(body_from)) {
            return Err(ArchitectureError::Flattened { position, block });
        }
        placed.output = match kind {
            BlockKind::Residual(shortcut) => {
                if input != placed.body {
                    let output = placed.body;
                    let projection = match shortcut {
                        Shortcut::Conv => projection(input, output),
                        Shortcut::Identity => None,
                    };
                    let Some(projection) = projection else {
                        let shapes = Box::new([input, output]);
                        return Err(ArchitectureError::Residual { position, block, shapes });
                    };
                    self.operations.push(Operation::Shortcut(index));
                    (self.shape, self.flattened_from) = (input, flattened_from);
                    self.add_layer(projection.into(), placed.path.shortcut())?;
                }
                placed.body
            }
            BlockKind::Concat => match joined(input, placed.body) {
                Some(output) => output,
                None => {
                    let shapes = Box::new([input, placed.body]);
                    return Err(ArchitectureError::Concat { position, block, shapes });
                }
            },
            BlockKind::Repeat(_) => unreachable!("repetitions are written out"),
        };
        self.shape = placed.output;
        self.flattened_from = if is_flat && is_same_order { flattened_from } else { placed.output };
        self.blocks[index] = placed;
        self.operations.push(Operation::Join(index));
        Ok(())
    }
}

/// Whether the engine keeps the features of an image of this shape in another order than PyTorch.
fn is_reordered(image: Shape) -> bool {
    matches!(image, Shape::Image { channels, height, width } if channels > 1 && height * width > 1)
}

/// The 1×1 convolution that makes an image of one shape from one of another, if there is one.
fn projection(from: Shape, to: Shape) -> Option<Conv> {
    let (
        Shape::Image { height, width, .. },
        Shape::Image { channels, height: rows, width: columns },
    ) = (from, to)
    else {
        return None;
    };
    let stride = PerAxis { rows: height.div_ceil(rows), columns: width.div_ceil(columns) };
    let window = Window { height: 1, width: 1, stride, pad: Padding::both(PerAxis::both(0)) };
    (window.slide(height, width) == Some((rows, columns))).then_some(Conv {
        filters: channels,
        window,
        groups: 1,
    })
}

/// The shape of two images or vectors beside each other.
fn joined(first: Shape, second: Shape) -> Option<Shape> {
    match (first, second) {
        (
            Shape::Image { channels, height, width },
            Shape::Image { channels: more, height: rows, width: columns },
        ) if (height, width) == (rows, columns) => {
            Some(Shape::Image { channels: channels + more, height, width })
        }
        (Shape::Flat { features }, Shape::Flat { features: more }) => {
            Some(Shape::Flat { features: features + more })
        }
        _ => None,
    }
}
