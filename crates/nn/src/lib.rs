//! Small neural networks, trained fast: layers, losses, penalties, optimizers, and the [`Network`]
//! that puts them together.
//!
//! An [`Architecture`] describes a network: a list of layers ([`LayerSpec`]) whose shapes fit each
//! other. A [`Recipe`] says how it is trained. A [`Network`] is both with all the memory that
//! training needs, and trains on batches of images and scores them. Nothing in this crate touches
//! files, clocks or the terminal.
//!
//! ```
//! use fitroom_nn::{Architecture, Network, Recipe, Shape};
//!
//! // Sixty images of 4×4 pixels: class 0 is bright above, class 1 below.
//! let labels: Vec<u8> = (0..60).map(|image| image % 2).collect();
//! let pixel = |class: u8, pixel: u8| if pixel / 8 == class { 200 } else { 20 };
//! let images: Vec<u8> =
//!     labels.iter().flat_map(|&class| (0..16).map(move |at| pixel(class, at))).collect();
//! let indices: Vec<u32> = (0..60).collect();
//!
//! let image = Shape::Image { channels: 1, height: 4, width: 4 };
//! let architecture = Architecture::parse(image, "conv 4 3x3 pad 1, relu, flatten", 2)?;
//! let mut network = Network::new(&architecture, &Recipe::default(), 20, 1);
//! for _epoch in 0..50 {
//!     for batch in indices.chunks(20) {
//!         network.train_batch(&images, &labels, batch, 0.01);
//!     }
//! }
//! assert_eq!(network.score(&images, &labels, &indices).accuracy(), 1.0);
//! # Ok::<(), fitroom_nn::ArchitectureError>(())
//! ```

#![deny(clippy::wildcard_enum_match_arm)]

mod architecture;
mod augmentation;
mod buffer;
mod initial_values;
mod kernel;
pub mod layer;
mod layout;
mod loss;
mod network;
pub mod optimizer;
mod penalty;
mod random;
mod schedule;
mod score;
mod shape;
mod tensor;
mod thread_team;
mod trained;
mod update;

pub use fitroom_memory::OutOfMemory;

pub use architecture::{
    Architecture, ArchitectureError, LayerSummary, Operation, ParameterSpec, PlacedBlock,
    PlacedLayer,
};
pub use augmentation::Augmentation;
pub use initial_values::InitialValues;
pub use kernel::{
    Chains, InstructionSet, InstructionSetError, SIMD_VARIABLE, instruction_set,
    multiply_add_chains, triad,
};
pub use layer::{
    BlockKind, ConvMethod, LayerFamily, LayerSpec, LayerSpecError, Layers, Part, ShapeError,
    parse_layers,
};
pub use loss::Loss;
pub use network::{ChannelNorm, Network, NetworkMemory, Recipe};
pub use optimizer::Optimizer;
pub use penalty::{Penalty, PenaltyScope};
pub use schedule::{Decay, Schedule};
pub use score::Score;
pub use shape::Shape;
pub use tensor::{NetworkError, NetworkTensor, Tensor};
