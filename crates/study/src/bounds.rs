//! How large a study may be: whatever its file says, reading it and planning its runs takes memory within bounds.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::Command;

use fitroom_nn::{Architecture, LayerSpec, Optimizer};

use crate::{StudyError, StudyProblem, Training};

/// Bytes that a study file may have, and have with every network and every default written out: thousands of networks.
pub(crate) const MOST_STUDY_BYTES: usize = 4 << 20;

/// Runs that a study may have: each is a directory, and all are held in memory to be compared.
pub(crate) const MOST_RUNS: u64 = 100_000;

/// Room for the networks of a study's sweeps: bytes that may still be written out.
pub(crate) struct Room {
    left: usize,
}

impl Room {
    /// All of a study's.
    pub fn new() -> Self {
        Room { left: MOST_STUDY_BYTES }
    }

    /// Takes room for `bytes` more.
    pub fn take(&mut self, bytes: usize) -> Result<(), StudyProblem> {
        self.left = self.left.checked_sub(bytes).ok_or(StudyProblem::TooLargeWrittenOut { limit: MOST_STUDY_BYTES })?;
        Ok(())
    }
}

/// The text of a study file; of one that is too long, as much as tells so. The file may be a pipe, whose size nobody knows.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST_STUDY_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether so many networks and seeds make no more than [`MOST_RUNS`].
pub(crate) fn check_runs(networks: usize, seeds: u32) -> Result<(), StudyProblem> {
    match networks as u64 * u64::from(seeds) {
        ..=MOST_RUNS => Ok(()),
        runs => Err(StudyProblem::TooManyRuns { networks, seeds, runs, limit: MOST_RUNS }),
    }
}

/// Whether a network that is trained like this can fit into this machine's memory, where that is known.
pub(crate) fn check_memory(network: &str, architecture: &Architecture, training: &Training) -> Result<(), StudyError> {
    let needed = least_bytes(architecture, training);
    match memory() {
        Some(available) if needed > available => {
            Err(StudyError::TooLarge { network: network.to_owned(), needed, available })
        }
        _ => Ok(()),
    }
}

/// Bytes that training takes at the very least: each parameter with its gradient and the optimizer's moments, and what each
/// layer makes of a batch, which the backward pass needs again.
fn least_bytes(architecture: &Architecture, training: &Training) -> u64 {
    let copies = match training.optimizer {
        Optimizer::Sgd { momentum: 0.0, .. } => 2,
        Optimizer::Sgd { .. } | Optimizer::RmsProp { momentum: 0.0, .. } => 3,
        Optimizer::Adam { .. } | Optimizer::AdamW { .. } | Optimizer::RmsProp { .. } => 4_u64,
    };
    let parameters = architecture.parameter_count() as u64;
    // Other layers may work in place.
    let has_room = |layer| matches!(layer, LayerSpec::Dense { .. } | LayerSpec::Conv { .. });
    let outputs = architecture.layers().filter(|&(layer, ..)| has_room(layer)).map(|(.., output)| output.len() as u64);
    let values = outputs.fold(0_u64, u64::saturating_add).saturating_mul(training.batch_size as u64);
    copies.saturating_mul(parameters).saturating_add(values).saturating_mul(size_of::<f32>() as u64)
}

/// Bytes of this machine's memory, as Linux or macOS say.
fn memory() -> Option<u64> {
    if cfg!(target_os = "macos") {
        let output = Command::new("sysctl").args(["-n", "hw.memsize"]).output().ok()?;
        return String::from_utf8(output.stdout).ok()?.trim().parse().ok();
    }
    let list = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = list.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
