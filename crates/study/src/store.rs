//! The run store: a directory for each run, readable at every moment.

use std::path::Path;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{EpochRecord, Outcome, RunStatus, Study};

/// What the store keeps of the data set that a study ran on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetFacts {
    /// As in a study file.
    pub name: String,
    /// For people.
    pub title: String,
    /// Name of each class.
    pub classes: Vec<String>,
    /// Values of a pixel.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Training images, held-out ones included.
    pub train_images: usize,
    /// Test images.
    pub test_images: usize,
    /// SHA-256 of the data.
    pub fingerprint: String,
    /// Where it was read.
    pub origin: String,
    /// Why it is `drawn` although Fashion-MNIST was looked for.
    pub stands_in_because: Option<String>,
}

/// Where and with what a study ran: for people, decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// `fitroom 0.1.0`.
    pub program: String,
    /// Operating system and processor architecture.
    pub system: String,
    /// The processor's name, where it is known.
    pub processor: String,
    /// Logical cores.
    pub cores: usize,
}

/// A study's directory, read.
#[derive(Clone, Debug)]
pub struct StoredStudy {
    /// As run.
    pub study: Study,
    /// What it ran on.
    pub dataset: DatasetFacts,
    /// What it ran with.
    pub host: Host,
    /// One for each network and seed, network by network in the study's order, seeds ascending.
    pub runs: Vec<StoredRun>,
}

/// One run of a stored study.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRun {
    /// Hash of all that decides its outcome.
    pub id: String,
    /// Index into the study's networks.
    pub network: usize,
    /// From 1.
    pub seed: u64,
    /// How far it has come.
    pub status: RunStatus,
    /// In order, as far as it has come.
    pub epochs: Vec<EpochRecord>,
    /// Of a finished run.
    pub outcome: Option<Outcome>,
}

/// Why a store can't be read or written.
#[derive(Debug, Error)]
pub enum StoreError {}

impl StoredStudy {
    /// Reads the study in `dir`, finished or not.
    ///
    /// # Errors
    /// No study is there, or what is there is damaged.
    pub fn open(_dir: &Path) -> Result<Self, StoreError> {
        todo!()
    }
}
