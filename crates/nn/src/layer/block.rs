//! Blocks: layers that belong together, in a list of layers.
//!
//! ```text
//! residual (conv 16 3x3 pad same, batchnorm, relu, conv 16 3x3 pad same, batchnorm)     y = body(x) + x
//! residual shortcut conv (…)                                        y = body(x) + projection(x)
//! concat (batchnorm, relu, conv 12 3x3 pad same)                    y = x and body(x), channel after channel
//! repeat 3 (…)                                                      the same as if it were written three times
//! ```
//!
//! Residual blocks and their projections are those of He et al. 2015, concatenations those of DenseNet (Huang
//! et al. 2016).

use std::fmt;
use std::iter;

use super::LayerSpec;

/// A part of a network: a layer, or a block of parts.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A single layer.
    Layer(LayerSpec),
    /// A block.
    Block(Block),
}

/// Parts that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// What the block does with its body.
    pub kind: BlockKind,
    /// The parts of the body, in order. At least one.
    pub body: Vec<Part>,
}

/// What a block does with its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    /// y = body(x) + shortcut(x).
    Residual(Shortcut),
    /// y = x and body(x), channel after channel, or feature after feature of a vector.
    Concat,
    /// The body so many times, each with parameters of its own.
    Repeat(usize),
}

/// What a residual block adds to its body's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcut {
    /// The block's input.
    Identity,
    /// The block's input where it has the shape of the body's output. Elsewhere a 1×1 convolution of it that
    /// gives this shape (option B of He et al. 2015).
    Conv,
}

/// The layers of a network, as a study file writes them: a list of parts, separated by commas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layers(pub(super) Vec<Part>);

impl Layers {
    /// The parts, as they are written.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The parts with each `repeat` that is not within another block written out. Their places in this list
    /// begin the names of tensors.
    pub fn expanded(&self) -> Vec<&Part> {
        expanded(&self.0).collect()
    }

    /// How many parts [`expanded`](Self::expanded) gives.
    pub fn len(&self) -> usize {
        expanded(&self.0).count()
    }

    /// Whether there are no layers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The parts with each `repeat` written out. Other blocks stay.
pub(crate) fn expanded(parts: &[Part]) -> Box<dyn Iterator<Item = &Part> + '_> {
    Box::new(parts.iter().flat_map(|part| match part {
        Part::Block(Block { kind: BlockKind::Repeat(times), body }) => {
            Box::new((0..*times).flat_map(|_| expanded(body))) as Box<dyn Iterator<Item = &Part>>
        }
        Part::Block(_) | Part::Layer(_) => Box::new(iter::once(part)),
    }))
}

impl Part {
    /// Whether a layer in it has parameters. A block that may have a projection counts as one that has.
    pub fn has_parameters(&self) -> bool {
        match self {
            Part::Layer(layer) => layer.has_parameters(),
            Part::Block(Block { kind: BlockKind::Residual(Shortcut::Conv), .. }) => true,
            Part::Block(block) => block.body.iter().any(Part::has_parameters),
        }
    }

    /// How many layers and blocks it has with each `repeat` written out.
    pub(super) fn count(&self) -> usize {
        match self {
            Part::Layer(_) => 1,
            Part::Block(Block { kind, body }) => {
                let body = body.iter().map(Part::count).fold(0, usize::saturating_add);
                match kind {
                    BlockKind::Residual(_) | BlockKind::Concat => body.saturating_add(1),
                    BlockKind::Repeat(times) => body.saturating_mul(*times),
                }
            }
        }
    }
}

impl BlockKind {
    /// The first words of all blocks, as study files write them.
    pub const NAMES: &[&str] = &["residual", "concat", "repeat"];
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(&self.0, f)
    }
}

fn write_parts(parts: &[Part], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Layer(layer) => write!(f, "{layer}"),
            Part::Block(Block { kind, body }) => {
                write!(f, "{kind} (")?;
                write_parts(body, f)?;
                f.write_str(")")
            }
        }
    }
}

/// Writes what stands before the parentheses.
impl fmt::Display for BlockKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockKind::Residual(Shortcut::Identity) => f.write_str("residual"),
            BlockKind::Residual(Shortcut::Conv) => f.write_str("residual shortcut conv"),
            BlockKind::Concat => f.write_str("concat"),
            BlockKind::Repeat(times) => write!(f, "repeat {times}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::parse_layers;

    #[test]
    fn blocks_read_back_what_they_print() {
        let text = "conv 8 3x3, repeat 2 (residual (conv 8 3x3 pad 1, concat (relu)), maxpool 2x2), \
                    residual shortcut conv (conv 16 3x3 stride 2 pad 1), flatten";
        let layers = parse_layers(text).unwrap();
        assert_eq!(layers.to_string(), text);
        assert_eq!(parse_layers(&layers.to_string()), Ok(layers.clone()));
        assert_eq!(layers.len(), 1 + 2 * 2 + 2);
        assert_eq!(layers.expanded()[3], &parse_layers(text).unwrap().expanded()[1].clone());
        let crowded = "RESIDUAL(Conv 8 3x3,relu) ,flatten";
        assert_eq!(
            parse_layers(crowded).unwrap().to_string(),
            "residual (conv 8 3x3, relu), flatten"
        );
    }
}
