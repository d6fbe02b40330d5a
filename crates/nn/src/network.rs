//! A network that trains on a batch and scores a batch.

use thiserror::Error;

use crate::{Architecture, Loss, Optimizer, Penalty};

/// What a training step minimises, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Recipe {
    /// What training makes smaller.
    pub loss: Loss,
    /// What is added to it.
    pub penalty: Penalty,
    /// How gradients change parameters.
    pub optimizer: Optimizer,
}

/// Sums over the images that were scored, so that batches of different size add up rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// Sum of the images' losses; in training with the batch's penalty for each of its images.
    pub loss_sum: f64,
    /// Images whose largest logit is their label's.
    pub correct: u64,
    /// Images.
    pub images: u64,
}

impl Score {
    /// Mean loss of an image; NaN of none.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.images as f64
    }

    /// Share of images that were classified rightly, 0 to 1; NaN of none.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.images as f64
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
        self.images += other.images;
    }
}

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

/// What can go wrong with a network that is well described.
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

/// An [`Architecture`] with its parameters, their gradients, the optimizer's moments and all memory that a step needs,
/// planned when it is made: a training step allocates nothing.
pub struct Network {}

impl Network {
    /// A network with initial weights drawn for `seed` (uniform in ±1/√fan_in for weights and biases, batch
    /// normalisation at γ = 1 and β = 0: PyTorch's defaults), able to train on up to `batch_size` images at once.
    pub fn new(_architecture: &Architecture, _recipe: &Recipe, _batch_size: usize, _seed: u64) -> Self {
        todo!()
    }

    /// One training step on the images at `indices`: forward, backward, penalty, optimizer.
    ///
    /// `images` are all images, one byte a pixel, `Architecture::input().len()` bytes each (channels-last), and are
    /// divided by 255; `labels` are all their classes. Returns the loss as trained (penalty included) and the correct
    /// answers, both before the step's update and as training sees them (dropout on, batch statistics).
    ///
    /// # Panics
    /// If there are more indices than `batch_size` or none, or one is out of bounds.
    pub fn train_batch(&mut self, _images: &[u8], _labels: &[u8], _indices: &[u32], _learning_rate: f32) -> Score {
        todo!()
    }

    /// Loss (without penalty) and correct answers on the images at `indices`, any number of them, in inference mode:
    /// no dropout, running statistics.
    pub fn score(&mut self, _images: &[u8], _labels: &[u8], _indices: &[u32]) -> Score {
        todo!()
    }

    /// Logits of the images at `indices`, `[indices.len(), classes]` row-major, in inference mode.
    pub fn logits(&mut self, _images: &[u8], _indices: &[u32]) -> Vec<f32> {
        todo!()
    }

    /// Parameters and batch-norm statistics (`running_mean`, `running_var`) under PyTorch's names and in its layouts.
    pub fn tensors(&self) -> Vec<Tensor> {
        todo!()
    }

    /// Replaces what [`tensors`](Self::tensors) gives.
    ///
    /// # Errors
    /// A tensor that is missing, unknown or of another shape; the network is then unchanged.
    pub fn load_tensors(&mut self, _tensors: &[Tensor]) -> Result<(), NetworkError> {
        todo!()
    }

    /// Gradients of the last training step's loss, penalty included, named and laid out as the parameters in
    /// [`tensors`](Self::tensors): PyTorch's `.grad`.
    pub fn gradients(&self) -> Vec<Tensor> {
        todo!()
    }

    /// The optimizer's moments, named after the parameter: `0.weight.exp_avg`. With [`tensors`](Self::tensors) and
    /// [`steps`](Self::steps) this is all that training to come depends on.
    pub fn optimizer_tensors(&self) -> Vec<Tensor> {
        todo!()
    }

    /// Replaces the optimizer's moments and the number of steps done.
    ///
    /// # Errors
    /// As [`load_tensors`](Self::load_tensors).
    pub fn load_optimizer(&mut self, _moments: &[Tensor], _steps: u64) -> Result<(), NetworkError> {
        todo!()
    }

    /// Training steps done so far: what Adam's bias correction and the dropout of the next step depend on.
    pub fn steps(&self) -> u64 {
        todo!()
    }
}
