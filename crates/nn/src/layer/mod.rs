//! Layers as they are executed: each a file with its formula, its shapes, its forward and its
//! backward pass.
//!
//! Activations are row-major `[batch, …]`, images channels-last. A layer keeps its settings and the
//! scratch that its backward pass needs; parameters, gradients and activations lie in the network's
//! buffers.

mod activation;
mod avg_pool;
mod batch_norm;
mod bias;
mod conv;
mod dense;
mod dropout;
mod extent;
mod max_pool;

pub(crate) use activation::{Activation, mask, rectify};
pub(crate) use avg_pool::AvgPool;
pub(crate) use batch_norm::BatchNorm;
pub(crate) use conv::Conv;
pub use conv::ConvMethod;
pub(crate) use dense::Dense;
pub(crate) use dropout::Dropout;
pub(crate) use extent::Extent;
pub(crate) use max_pool::MaxPool;

use crate::spec::LayerSpec;
use crate::thread_team::ThreadTeam;
use crate::trained::Trained;
use crate::update::Update;
use crate::{Shape, layout::Layout};

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Dropout on, batch statistics; what backward needs is kept. `step` counts training steps from
    /// 0.
    Training { seed: u64, step: u64 },
    /// Dropout off, running statistics.
    Inference,
}

/// A layer of the closed set that [`LayerSpec`] describes.
pub(crate) enum Layer {
    Dense(Dense),
    Conv(Box<Conv>),
    MaxPool(MaxPool),
    AvgPool(AvgPool),
    BatchNorm(BatchNorm),
    Dropout(Dropout),
    Activation(Activation),
    /// Changes the shape and nothing else: channels-last images are flattened as they lie, and the
    /// dense layer behind knows it ([`Layout`]).
    Flatten,
}

/// A parameter of a layer, for the network's one buffer.
pub(crate) struct Parameter {
    pub(crate) layout: Layout,
    pub(crate) initial: Initial,
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Initial {
    /// Uniform in ±1/√fan_in.
    Uniform {
        fan_in: usize,
    },
    Constant(f32),
}

impl Layer {
    /// The layer that `spec` describes, for batches of up to `batch` images in training. `index` is its place in the network: every dropout has random
    /// numbers of its own. `features` is the shape of the image that a flat input was flattened
    /// from.
    pub(crate) fn new(
        spec: LayerSpec,
        input: Shape,
        output: Shape,
        features: Shape,
        batch: usize,
        index: usize,
    ) -> Self {
        match spec {
            LayerSpec::Dense { units } => Layer::Dense(Dense::new(features, units, batch)),
            LayerSpec::Conv { window, .. } => {
                Layer::Conv(Box::new(Conv::new(window, input, output)))
            }
            LayerSpec::MaxPool { window } => {
                Layer::MaxPool(MaxPool::new(window, input, output, batch))
            }
            LayerSpec::AvgPool { window } => Layer::AvgPool(AvgPool::new(window, input, output)),
            LayerSpec::BatchNorm { momentum, epsilon } => {
                Layer::BatchNorm(BatchNorm::new(momentum, epsilon, input, features, batch))
            }
            LayerSpec::Dropout { probability } => {
                Layer::Dropout(Dropout::new(probability, batch * input.len(), index as u32))
            }
            LayerSpec::Relu => Layer::Activation(Activation::Relu),
            LayerSpec::LeakyRelu { slope } => Layer::Activation(Activation::LeakyRelu { slope }),
            LayerSpec::Gelu => Layer::Activation(Activation::Gelu),
            LayerSpec::Tanh => Layer::Activation(Activation::Tanh),
            LayerSpec::Sigmoid => Layer::Activation(Activation::Sigmoid),
            LayerSpec::Flatten => Layer::Flatten,
        }
    }

    /// Its parameters in PyTorch's order.
    pub(crate) fn parameters(&self) -> Vec<Parameter> {
        match self {
            Layer::Dense(dense) => dense.parameters(),
            Layer::Conv(conv) => conv.parameters(),
            Layer::BatchNorm(batch_norm) => batch_norm.parameters(),
            Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::Dropout(_)
            | Layer::Activation(_)
            | Layer::Flatten => Vec::new(),
        }
    }

    /// Whether it may write its output over its input: its backward pass does not read that input.
    pub(crate) fn overwrites_input(&self) -> bool {
        match self {
            Layer::Activation(activation) => activation.backward_reads_output(),
            Layer::Dropout(_) | Layer::Flatten => true,
            Layer::Dense(_)
            | Layer::Conv(_)
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::BatchNorm(_) => false,
        }
    }

    /// Whether its backward pass reads its own output, which the next layer must then leave alone.
    pub(crate) fn keeps_output(&self) -> bool {
        match self {
            Layer::Activation(activation) => activation.backward_reads_output(),
            _ => false,
        }
    }

    /// Whether it works value by value, in place; the network copies the input first where that is
    /// still needed.
    pub(crate) fn is_elementwise(&self) -> bool {
        matches!(self, Layer::Activation(_) | Layer::Dropout(_) | Layer::Flatten)
    }

    /// Has the layer put its output through the ReLU behind it, while that is in the cache; whether
    /// it can.
    pub(crate) fn rectify_output(&mut self) -> bool {
        match self {
            Layer::Dense(dense) => dense.rectifies = true,
            Layer::Conv(conv) => conv.rectifies = true,
            _ => return false,
        }
        true
    }

    /// Tells the layer that its input is the output of a ReLU, through which it then takes its
    /// input's gradient too; whether it can.
    pub(crate) fn rectified_input(&mut self) -> bool {
        match self {
            Layer::Dense(dense) => dense.input_is_rectified = true,
            Layer::Conv(conv) => conv.input_is_rectified = true,
            _ => return false,
        }
        true
    }

    /// Makes room for each of `threads` threads, the most that will work on it.
    pub(crate) fn set_threads(&mut self, threads: usize) {
        match self {
            Layer::Dense(dense) => dense.set_threads(threads),
            Layer::Conv(conv) => conv.set_threads(threads),
            Layer::MaxPool(pool) => pool.set_threads(threads),
            Layer::AvgPool(_)
            | Layer::BatchNorm(_)
            | Layer::Dropout(_)
            | Layer::Activation(_)
            | Layer::Flatten => {}
        }
    }

    /// Output `y` of input `x`. Elementwise layers find their input in `y`.
    pub(crate) fn forward(
        &mut self,
        team: &ThreadTeam,
        parameters: &[f32],
        x: &[f32],
        y: &mut [f32],
        mode: Mode,
    ) {
        match self {
            Layer::Dense(dense) => dense.forward(team, parameters, x, y),
            Layer::Conv(conv) => conv.forward(team, parameters, x, y),
            Layer::MaxPool(pool) => pool.forward(team, x, y, mode),
            Layer::AvgPool(pool) => pool.forward(team, x, y),
            Layer::BatchNorm(batch_norm) => batch_norm.forward(team, parameters, x, y, mode),
            Layer::Dropout(dropout) => dropout.forward(team, y, mode),
            Layer::Activation(activation) => activation.forward(team, y),
            Layer::Flatten => {}
        }
    }

    /// Gradients of the parameters, which are then updated, and of the input, to `dx` where anybody
    /// needs it, from the gradient `dy` of the output. Elementwise layers change `dy` itself into
    /// the input's gradient; `x` is then their input where it was kept, and `y` their output.
    pub(crate) fn backward(&mut self, pass: Backward) {
        match self {
            Layer::Dense(dense) => dense.backward(pass),
            Layer::Conv(conv) => conv.backward(pass),
            Layer::MaxPool(pool) => pool.backward(pass),
            Layer::AvgPool(pool) => pool.backward(pass),
            Layer::BatchNorm(batch_norm) => batch_norm.backward(pass),
            Layer::Dropout(dropout) => dropout.backward(pass.team, pass.dy),
            Layer::Activation(activation) => {
                activation.backward(pass.team, pass.x, pass.y, pass.dy)
            }
            Layer::Flatten => {}
        }
    }
}

/// What a layer's backward pass reads and writes.
pub(crate) struct Backward<'a> {
    pub(crate) team: &'a ThreadTeam,
    /// The layer's parameters; their gradients are written, and then they are updated.
    pub(crate) trained: Trained<'a>,
    pub(crate) update: Update,
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a [f32],
    pub(crate) dy: &'a mut [f32],
    pub(crate) dx: Option<&'a mut [f32]>,
}
