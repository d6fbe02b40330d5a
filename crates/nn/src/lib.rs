//! Small neural networks, trained fast: layers, losses, penalties, optimizers and the [`Network`]
//! that puts them together.
//!
//! A network is first *described* ([`Architecture`], a list of [`LayerSpec`]s with checked shapes)
//! and then *executed* ([`Network`], which owns all memory that training needs). The description
//! knows nothing of what executes it. Nothing here touches files, clocks or the terminal.

mod architecture;
mod augmentation;
mod buffer;
mod kernel;
mod layer;
mod layout;
mod loss;
mod network;
mod optimizer;
mod penalty;
mod random;
mod schedule;
mod score;
mod shape;
mod spec;
mod tensor;
mod thread_team;
mod trained;
mod update;

pub use architecture::{Architecture, ArchitectureError, LayerSummary, ParameterSpec};
pub use augmentation::Augmentation;
pub use kernel::{
    Chains, InstructionSet, InstructionSetError, SIMD_VARIABLE, instruction_set,
    multiply_add_chains, triad,
};
pub use layer::ConvMethod;
pub use loss::Loss;
pub use network::{Network, Recipe};
pub use optimizer::Optimizer;
pub use penalty::{Penalty, PenaltyScope};
pub use schedule::{Decay, Schedule};
pub use score::Score;
pub use shape::Shape;
pub use spec::{LayerSpec, LayerSpecError, Window, parse_layers};
pub use tensor::{NetworkError, NetworkTensor, Tensor};
