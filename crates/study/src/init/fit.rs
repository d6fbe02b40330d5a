//! Whether initial weights fit a network: every tensor that does not is listed.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;

use fitroom_nn::Architecture;

use super::InitialWeights;
use crate::plain_text::harmless;

/// A tensor that a network and its file of initial weights do not both have, in the same shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TensorMismatch {
    /// The file has no such tensor.
    Missing {
        /// The tensor's name.
        name: String,
        /// The shape that the network needs.
        needed: Vec<usize>,
    },
    /// The network has no such tensor.
    Unknown {
        /// The tensor's name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// The shapes differ.
    Shape {
        /// The tensor's name.
        name: String,
        /// The shape in the file.
        found: Vec<usize>,
        /// The shape that the network needs.
        needed: Vec<usize>,
    },
}

/// Every tensor that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorMismatches {
    /// The tensors: those of the network, layer by layer, then those of the file alone.
    pub tensors: Vec<TensorMismatch>,
    /// How many of the network's first layers with parameters do fit.
    pub fitting_layers: usize,
}

/// Most tensors that a message lists.
const MOST_LISTED: usize = 100;

impl InitialWeights {
    /// Everything that does not fit the network; `None` if all tensors do.
    pub(crate) fn mismatches(&self, architecture: &Architecture) -> Option<TensorMismatches> {
        let first = self.layers.map_or(usize::MAX, |layers| layers as usize);
        let leading = architecture.leading_parts(first);
        let mut found: HashMap<&str, &[usize]> =
            self.tensors().map(|tensor| (tensor.name.as_str(), &tensor.shape[..])).collect();
        let mut tensors = Vec::new();
        for (name, needed) in architecture.tensors() {
            if layer_of(&name).is_none_or(|layer| layer >= leading) {
                continue;
            }
            match found.remove(name.as_str()) {
                Some(shape) if shape == needed => {}
                Some(shape) => {
                    tensors.push(TensorMismatch::Shape { name, found: shape.to_vec(), needed });
                }
                None => tensors.push(TensorMismatch::Missing { name, needed }),
            }
        }
        let in_order = |a: &str, b: &str| -> Ordering {
            (layer_of(a).unwrap_or(usize::MAX), a).cmp(&(layer_of(b).unwrap_or(usize::MAX), b))
        };
        tensors.sort_by(|a, b| in_order(a.name(), b.name()));
        let mut unknown: Vec<_> = found.into_iter().collect();
        unknown.sort_by(|a, b| in_order(a.0, b.0));
        tensors.extend(unknown.into_iter().map(|(name, found)| TensorMismatch::Unknown {
            name: name.to_owned(),
            found: found.to_vec(),
        }));
        if tensors.is_empty() {
            return None;
        }
        let wrong = tensors.iter().filter_map(|tensor| layer_of(tensor.name())).min();
        let with = architecture.parts_with_parameters();
        let fits =
            |count: &usize| wrong.is_none_or(|wrong| architecture.leading_parts(*count) <= wrong);
        // Tensors under other names say nothing of the layers: the network's own are then missing, or
        // all there.
        let fitting_layers = (1..=with.min(first)).take_while(fits).last().unwrap_or(0);
        Some(TensorMismatches { tensors, fitting_layers })
    }
}

/// The index of the layer or outermost block to which a tensor of this name belongs.
fn layer_of(name: &str) -> Option<usize> {
    let index = name.split('.').next()?;
    index.parse().ok().filter(|number: &usize| number.to_string() == index)
}

impl TensorMismatch {
    fn name(&self) -> &str {
        match self {
            TensorMismatch::Missing { name, .. }
            | TensorMismatch::Unknown { name, .. }
            | TensorMismatch::Shape { name, .. } => name,
        }
    }
}

impl fmt::Display for TensorMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = harmless(&self.name().replace('\n', " "));
        match self {
            TensorMismatch::Missing { needed, .. } => {
                write!(f, "`{name}` is missing in the file, and the network needs it as {needed:?}")
            }
            TensorMismatch::Unknown { found, .. } => {
                write!(f, "`{name}` is {found:?} in the file, and the network has none")
            }
            TensorMismatch::Shape { found, needed, .. } => {
                write!(f, "`{name}` is {found:?} in the file, and the network needs {needed:?}")
            }
        }
    }
}

/// A line for each tensor, and what to do.
impl fmt::Display for TensorMismatches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for tensor in self.tensors.iter().take(MOST_LISTED) {
            writeln!(f, "  {tensor}")?;
        }
        if let Some(more) = self.tensors.len().checked_sub(MOST_LISTED).filter(|&more| more > 0) {
            writeln!(f, "  and {more} more")?;
        }
        match self.fitting_layers {
            0 => f.write_str(
                "hint: names are those of the state dict of an `nn.Sequential` of the network's layers, such as `0.weight`; `fitroom \
                 networks` shows the layers",
            ),
            layers => write!(
                f,
                "hint: write layers = {layers} beside `file`: the first {layers} of the layers with parameters fit"
            ),
        }
    }
}
