//! Where a layer stands in a tree of layers.

use std::fmt;

/// Where a layer or block stands: its place in the list of parts, in each block that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// The blocks that it is in, outermost first: the place of each in its list.
    blocks: Vec<usize>,
    place: Place,
}

/// The place in the innermost block, or in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Body(usize),
    Shortcut,
}

impl Path {
    /// The part at this index in the network's own list.
    pub(super) fn top(index: usize) -> Self {
        Path { blocks: Vec::new(), place: Place::Body(index) }
    }

    /// The part at this index in the body of the block at this path.
    pub(super) fn in_body(&self, index: usize) -> Self {
        Path { blocks: self.as_block(), place: Place::Body(index) }
    }

    /// The projection of the block at this path.
    pub(super) fn shortcut(&self) -> Self {
        Path { blocks: self.as_block(), place: Place::Shortcut }
    }

    fn as_block(&self) -> Vec<usize> {
        let Place::Body(index) = self.place else { unreachable!("a projection is no block") };
        self.blocks.iter().copied().chain([index]).collect()
    }

    /// Whether it is the first of the network's own list.
    pub(super) fn is_first(&self) -> bool {
        self.blocks.is_empty() && self.place == Place::Body(0)
    }

    /// How many blocks it is in.
    pub(super) fn depth(&self) -> usize {
        self.blocks.len()
    }

    /// The place in the network's own list.
    pub(super) fn outermost(&self) -> usize {
        match (self.blocks.first(), self.place) {
            (Some(&index), _) | (None, Place::Body(index)) => index,
            (None, Place::Shortcut) => unreachable!("a projection is in a block"),
        }
    }

    /// For people: places counted from 1, such as `3.2`.
    pub(super) fn position(&self) -> String {
        let blocks: String = self.blocks.iter().map(|index| format!("{}.", index + 1)).collect();
        match self.place {
            Place::Body(index) => format!("{blocks}{}", index + 1),
            Place::Shortcut => format!("{blocks}shortcut"),
        }
    }
}

/// What PyTorch's names begin with: `3.body.0`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, index) in self.blocks.iter().enumerate() {
            write!(f, "{index}.")?;
            if (depth, self.place) != (self.blocks.len() - 1, Place::Shortcut) {
                f.write_str("body.")?;
            }
        }
        match self.place {
            Place::Body(index) => write!(f, "{index}"),
            Place::Shortcut => f.write_str("shortcut"),
        }
    }
}
