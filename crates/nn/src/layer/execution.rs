//! A layer as it is executed: what the network asks of it, and what a pass reads and writes.

use crate::layout::Layout;
use crate::thread_team::ThreadTeam;
use crate::trained::Trained;
use crate::update::Update;

/// A layer with the memory of its own that its passes need. Parameters, gradients and activations
/// lie in the network's buffers.
///
/// Activations are row-major `[batch, …]`, and images are channels-last.
pub(crate) trait Layer: Send + Sync {
    /// Computes the output.
    fn forward(&mut self, pass: Forward);

    /// Computes the gradients of the parameters, updates the parameters, and computes the gradient
    /// of the input.
    fn backward(&mut self, pass: Backward);

    /// Makes room for the scratch memory of `threads` threads, the most that will work on the layer
    /// until the next call. A new layer has room for one.
    fn set_threads(&mut self, _threads: usize) {}

    /// Whether the layer is a ReLU, whose passes its neighbours may take over.
    fn is_relu(&self) -> bool {
        false
    }

    /// Fuses the next layer's ReLU into this layer's forward pass, while the output is in the
    /// cache. Returns whether the layer supports it.
    fn fuse_next_relu(&mut self) -> bool {
        false
    }

    /// Tells the layer that its input is the output of a ReLU, and fuses that ReLU's backward pass
    /// into this layer's. Returns whether the layer supports it.
    fn fuse_previous_relu(&mut self) -> bool {
        false
    }

    /// Values that training changes without gradients, such as running means.
    fn statistics(&self) -> Vec<Statistic<'_>> {
        Vec::new()
    }

    /// Shows the values of [`statistics`](Self::statistics), in the same order, with their layouts.
    /// It allocates nothing, as a training step may call it.
    fn each_statistic(&mut self, _see: &mut dyn FnMut(Layout, &mut [f32])) {}
}

/// Where a layer's output lies, and so what its backward pass finds in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputPlace {
    /// The output has memory of its own. Backward finds the input and writes its gradient to `dx`.
    Apart,
    /// Forward replaces each value of its input by the output, and backward each `dy` by `dx`.
    /// Where `backward_reads` is still needed, the network keeps a copy of it.
    InPlace { backward_reads: ReadByBackward },
    /// The output is the input, seen as another shape. Neither pass does anything.
    SameValues,
}

/// What the backward pass of a layer that works in place reads, apart from `dy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadByBackward {
    Input,
    Output,
    Neither,
}

impl OutputPlace {
    /// Whether the output may be written over the input: backward does not read that input.
    pub(crate) fn overwrites_input(self) -> bool {
        match self {
            OutputPlace::Apart => false,
            OutputPlace::InPlace { backward_reads } => backward_reads != ReadByBackward::Input,
            OutputPlace::SameValues => true,
        }
    }

    /// Whether backward reads the output, so that the next layer must not overwrite it.
    pub(crate) fn keeps_output(self) -> bool {
        self == OutputPlace::InPlace { backward_reads: ReadByBackward::Output }
    }

    /// Whether the passes replace values where they are: forward finds its input in `y`, and
    /// backward leaves the input's gradient in `dy`.
    pub(crate) fn is_elementwise(self) -> bool {
        self != OutputPlace::Apart
    }
}

/// What a forward pass is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Dropout is on, batch normalisation uses the batch's statistics, and layers keep what
    /// backward needs. `step` counts training steps from 0.
    Training { seed: u64, step: u64 },
    /// Dropout is off, and batch normalisation uses the running statistics.
    Inference,
}

/// What a forward pass reads and writes.
pub(crate) struct Forward<'a> {
    pub(crate) team: &'a ThreadTeam,
    pub(crate) parameters: &'a [f32],
    /// The input; empty for a layer that works in place.
    pub(crate) x: &'a [f32],
    /// The output. A layer that works in place finds its input here.
    pub(crate) y: &'a mut [f32],
    pub(crate) mode: Mode,
}

/// What a backward pass reads and writes.
pub(crate) struct Backward<'a> {
    pub(crate) team: &'a ThreadTeam,
    /// The layer's parameters. Their gradients are written, and then they are updated.
    pub(crate) trained: Trained<'a>,
    pub(crate) update: Update,
    /// The input. A layer that works in place finds it here only if it asked for it.
    pub(crate) x: &'a [f32],
    pub(crate) y: &'a [f32],
    /// The gradient of the output. A layer that works in place replaces it by the input's.
    pub(crate) dy: &'a mut [f32],
    /// The gradient of the input; `None` where nobody needs it, and for a layer that works in place.
    pub(crate) dx: Option<&'a mut [f32]>,
}

/// A tensor of a layer that is stored with the parameters but not trained by gradients.
pub(crate) struct Statistic<'a> {
    /// PyTorch's name within the layer, such as `running_mean`.
    pub(crate) name: &'static str,
    pub(crate) layout: Layout,
    pub(crate) values: &'a [f32],
}
