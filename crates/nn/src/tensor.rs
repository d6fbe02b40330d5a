//! Tensors by name, as they leave and enter a network.

use thiserror::Error;

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

/// Why named tensors are not a network's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NetworkError {
    /// A tensor that this network doesn't have.
    #[error("this network has no tensor `{name}`")]
    UnknownTensor {
        /// Its name.
        name: String,
    },
    /// A tensor that should be there is not.
    #[error("tensor `{name}` is missing")]
    MissingTensor {
        /// Its name.
        name: String,
    },
    /// A tensor of another shape.
    #[error("tensor `{name}` has shape {got:?}, this network needs {expected:?}")]
    TensorShape {
        /// Its name.
        name: String,
        /// The shape it has.
        got: Vec<usize>,
        /// The shape it must have.
        expected: Vec<usize>,
    },
}

/// The tensors of `given` in the order of `expected`, if they are the same but for their values.
pub(crate) fn matched<'a>(expected: &[Tensor], given: &'a [Tensor]) -> Result<Vec<&'a Tensor>, NetworkError> {
    if let Some(unknown) = given.iter().find(|tensor| expected.iter().all(|known| known.name != tensor.name)) {
        return Err(NetworkError::UnknownTensor { name: unknown.name.clone() });
    }
    let find = |known: &Tensor| {
        let name = || known.name.clone();
        let tensor = given.iter().find(|tensor| tensor.name == known.name);
        let tensor = tensor.ok_or_else(|| NetworkError::MissingTensor { name: name() })?;
        if tensor.shape != known.shape || tensor.values.len() != known.values.len() {
            let (got, expected) = (tensor.shape.clone(), known.shape.clone());
            return Err(NetworkError::TensorShape { name: name(), got, expected });
        }
        Ok(tensor)
    };
    expected.iter().map(find).collect()
}
