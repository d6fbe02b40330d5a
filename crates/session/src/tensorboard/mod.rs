//! TensorBoard's event files of a study: of its stored runs, or written while it is trained.
//!
//! Each run has a directory `NETWORK/seed-N` with one event file. Its scalars are the columns of
//! `epochs.csv`, and its settings those of the study file.

mod live;
mod place;
mod run_events;
mod settings;
mod stored;
#[cfg(test)]
mod tests;

pub use crate::tensorboard_error::TensorBoardError;
pub use live::TensorBoardLog;
pub use stored::{RunInUse, TensorBoardExport, export_tensorboard};

/// The default directory of event files, in a study's directory.
pub const TENSORBOARD_DIRECTORY: &str = "tensorboard";
