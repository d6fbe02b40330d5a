//! Named tensors, as they are stored and loaded.

use std::collections::{HashMap, HashSet, TryReserveError};

use thiserror::Error;

use crate::layout::Layout;

/// A named tensor in PyTorch's layout.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// As in PyTorch's state dict: `0.weight`, `1.running_mean`.
    pub name: String,
    /// Outermost dimension first.
    pub shape: Vec<usize>,
    /// Row-major.
    pub values: Vec<f32>,
}

/// A [`Tensor`] where a network keeps it.
#[derive(Clone, Debug)]
pub struct NetworkTensor<'a> {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) layout: Layout,
    /// In the order of the engine's memory.
    pub(crate) values: &'a [f32],
}

impl NetworkTensor<'_> {
    /// As [`Tensor::name`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// As [`Tensor::shape`].
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many values the tensor has.
    pub fn value_count(&self) -> usize {
        self.layout.len()
    }

    /// As [`Tensor::values`].
    pub fn to_values(&self) -> Vec<f32> {
        self.layout.export(self.values)
    }

    /// As [`to_values`](Self::to_values).
    ///
    /// # Errors
    /// The system refuses to give the memory.
    pub fn try_to_values(&self) -> Result<Vec<f32>, TryReserveError> {
        self.layout.try_export(self.values)
    }

    /// Fails unless `other` has this tensor's shape.
    pub(crate) fn check(&self, other: &Tensor) -> Result<(), NetworkError> {
        if other.shape == self.shape && other.values.len() == self.value_count() {
            return Ok(());
        }
        let (got, expected) = (other.shape.clone(), self.shape.clone());
        Err(NetworkError::TensorShape { name: self.name.clone(), got, expected })
    }

    /// A copy in PyTorch's layout.
    pub fn to_tensor(&self) -> Tensor {
        Tensor { name: self.name.clone(), shape: self.shape.clone(), values: self.to_values() }
    }
}

/// Why tensors can't be loaded into a network.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NetworkError {
    /// The network has no tensor of this name.
    #[error("this network has no tensor `{name}`")]
    UnknownTensor {
        /// The name of the tensor.
        name: String,
    },
    /// A tensor of the network is missing.
    #[error("tensor `{name}` is missing")]
    MissingTensor {
        /// The name of the tensor.
        name: String,
    },
    /// A tensor has the wrong shape.
    #[error("tensor `{name}` has shape {got:?}, this network needs {expected:?}")]
    TensorShape {
        /// The name of the tensor.
        name: String,
        /// The shape it has.
        got: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
}

/// The tensors of `given` in the order of `expected`, if both have the same names and shapes.
pub(crate) fn matched<'a>(
    expected: &[NetworkTensor],
    given: &'a [Tensor],
) -> Result<Vec<&'a Tensor>, NetworkError> {
    let known: HashSet<&str> = expected.iter().map(NetworkTensor::name).collect();
    if let Some(unknown) = given.iter().find(|tensor| !known.contains(tensor.name.as_str())) {
        return Err(NetworkError::UnknownTensor { name: unknown.name.clone() });
    }
    let by_name: HashMap<&str, &Tensor> =
        given.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let find = |known: &NetworkTensor| {
        let &tensor = by_name
            .get(known.name())
            .ok_or_else(|| NetworkError::MissingTensor { name: known.name.clone() })?;
        known.check(tensor)?;
        Ok(tensor)
    };
    expected.iter().map(find).collect()
}
