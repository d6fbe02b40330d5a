//! A study: networks, how they are trained, and over how many seeds.

use fitroom_data::Source;
use fitroom_nn::{LayerSpec, Loss, Optimizer, Penalty, Schedule};

/// A study file, parsed and checked, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Short; names the output directory.
    pub name: String,
    /// For people; the name where none is given.
    pub title: String,
    /// `None`: Fashion-MNIST, or `drawn` in its place.
    pub dataset: Option<Source>,
    /// Seeds 1 to this.
    pub seeds: u32,
    /// Training images held out for validation.
    pub validation: usize,
    /// In the order of the file.
    pub networks: Vec<NetworkPlan>,
}

/// One network of a study and how it is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkPlan {
    /// Unique in its study.
    pub name: String,
    /// Without the last dense layer, which is implied.
    pub layers: Vec<LayerSpec>,
    /// Its baseline: another network's name.
    pub vs: Option<String>,
    /// Number of the published report's network that this one reproduces: its curve is drawn behind.
    pub published: Option<u32>,
    /// The study's `[training]` with this network's own settings over it.
    pub training: Training,
}

/// How one network is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Passes over the training images.
    pub epochs: u32,
    /// Images a step.
    pub batch_size: usize,
    /// What training makes smaller.
    pub loss: Loss,
    /// What is added to it.
    pub penalty: Penalty,
    /// How gradients change parameters.
    pub optimizer: Optimizer,
    /// How the learning rate changes.
    pub schedule: Schedule,
}
