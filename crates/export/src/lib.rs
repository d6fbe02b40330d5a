//! Takes trained networks, and the numbers of their training, to other programs.
//!
//! A [`Model`] is a trained network on its own: it needs no study, no run store and no training images.

#![deny(clippy::wildcard_enum_match_arm)]

mod model;
pub mod tensorboard;

pub use model::{Model, ModelError};
