//! Why no trained network is found.

use std::io;
use std::path::PathBuf;

use fitroom_export::SafetensorsError;
use fitroom_study::{NormalisationError, StoreError, StudyError};
use thiserror::Error;

use super::LeftOut;

/// Why no trained network is found. Lines that begin with `hint: ` say what can be done.
#[derive(Debug, Error)]
pub enum ModelsError {
    /// Nothing at this path holds a trained network.
    #[error(
        "there is no trained network at {}\nhint: give a study's directory (the --out of `fitroom run`), a directory in its runs/, \
         or a safetensors file of `fitroom export`",
        path.display()
    )]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// A file can't be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that `fitroom export` did not write, or a damaged one.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: Box<SafetensorsError>,
    },
    /// The study has several networks.
    #[error(
        "{} has {} networks\nhint: name one with --network: {}",
        path.display(),
        networks.len(),
        quoted(networks)
    )]
    NetworkNeeded {
        /// The study's directory.
        path: PathBuf,
        /// Its networks.
        networks: Vec<String>,
    },
    /// The path holds one network, and another is asked for.
    #[error(
        "this is `{found}`, and not `{asked}`\nhint: leave --network out, or give the study's directory"
    )]
    OtherNetwork {
        /// What is asked for.
        asked: String,
        /// What is there.
        found: String,
    },
    /// The path holds one seed's network, and another seed is asked for.
    #[error(
        "this was trained with seed {found}, and not {asked}\nhint: leave --seed out, or give the study's directory"
    )]
    OtherSeed {
        /// What is asked for.
        asked: u64,
        /// What is there.
        found: u64,
    },
    /// The path holds one seed's network, and all are asked for.
    #[error(
        "this is one network (seed {found}), and no ensemble\nhint: give the study's directory"
    )]
    OneSeed {
        /// The seed.
        found: u64,
    },
    /// The network has no run with this seed.
    #[error("`{network}` has no seed {seed}\nhint: it has seeds 1 to {seeds}")]
    NoSuchSeed {
        /// The network.
        network: String,
        /// The seed that is asked for.
        seed: u64,
        /// How many seeds it has.
        seeds: usize,
    },
    /// The study does not have this run any more.
    #[error(
        "run {id} is no run of the study in {} as it is now: it was trained with other settings\nhint: choose another run with --network and --seed",
        dir.display()
    )]
    NoSuchRun {
        /// The run's directory in `runs/`.
        id: String,
        /// The study's directory.
        dir: PathBuf,
    },
    /// No run of the network can be used.
    #[error(
        "`{network}` has no finished run with weights: {}\nhint: let the study finish with `fitroom run`",
        left_out.iter().map(LeftOut::to_string).collect::<Vec<_>>().join("; ")
    )]
    NoRuns {
        /// The network.
        network: String,
        /// Its runs, and why each can't be used.
        left_out: Vec<LeftOut>,
    },
    /// The study has no such network.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The study can't be read, or its files are damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not known how the network normalises images.
    #[error(transparent)]
    Normalisation(#[from] NormalisationError),
}

/// Most networks that an error names.
const MOST_NAMED: usize = 12;

fn quoted(networks: &[String]) -> String {
    let named: Vec<String> =
        networks.iter().take(MOST_NAMED).map(|name| format!("`{name}`")).collect();
    let more = networks.len().saturating_sub(MOST_NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    named.join(", ") + &rest
}
