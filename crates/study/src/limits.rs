//! Limits the size of a study, so that no file makes the program take endless memory to read it or
//! plan its runs.

use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::Path;

use fitroom_nn::{Architecture, NetworkMemory};
use toml::de::{DeTable, DeValue};

use crate::{StudyError, StudyProblem, Training, machine_memory};

/// Most bytes of a study file, as given and with every network and every default written out.
/// Twenty thousand networks fit.
pub(crate) const MOST_STUDY_BYTES: usize = 16 << 20;

/// Most runs of a study. Each is a directory, and all are held in memory. docs/clusters.md works out what
/// so many take.
pub(crate) const MOST_RUNS: u64 = 100_000;

/// Most bytes of a study file in a directory of results, and most runs of its study. An earlier
/// version could store more than may be run: that is still read.
pub(crate) const MOST_STORED_BYTES: usize = 64 << 20;
const MOST_STORED_RUNS: u64 = 1_000_000;

/// How many seeds a study may have.
pub(crate) const SEEDS: RangeInclusive<u32> = 1..=10_000;

/// How many epochs a network may be trained for.
pub(crate) const EPOCHS: RangeInclusive<u32> = 1..=1_000_000;

/// The bytes that the networks of a study's sweeps may still take, written out.
pub(crate) struct Room {
    left: usize,
}

impl Room {
    /// The room of a whole study.
    pub fn new() -> Self {
        Room { left: MOST_STUDY_BYTES }
    }

    /// Takes room for `bytes` more.
    pub fn take(&mut self, bytes: usize) -> Result<(), StudyProblem> {
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or(StudyProblem::TooLargeWrittenOut { limit: MOST_STUDY_BYTES })?;
        Ok(())
    }
}

/// Roughly the bytes that a table takes as text.
pub(crate) fn table_size(table: &DeTable) -> usize {
    table.iter().map(|(key, value)| key.get_ref().len() + 4 + value_size(value.get_ref())).sum()
}

/// Roughly the bytes that a value takes as text.
pub(crate) fn value_size(value: &DeValue) -> usize {
    match value {
        DeValue::String(text) => text.len() + 4,
        DeValue::Array(values) => {
            values.iter().map(|value| value_size(value.get_ref())).sum::<usize>() + 4
        }
        DeValue::Table(table) => table_size(table) + 4,
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => 8,
    }
}

/// The text of a study file. Reads at most one byte more than a study file may have, since the file
/// may be a pipe, whose size is not known.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MOST_STUDY_BYTES as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

/// Fails if this many networks and seeds make more than [`MOST_RUNS`] runs.
pub(crate) fn check_runs(networks: usize, seeds: u32) -> Result<(), StudyProblem> {
    at_most(networks, seeds, MOST_RUNS)
}

/// Fails if this many networks and seeds are more than a stored study may have to be read.
pub(crate) fn check_stored_runs(networks: usize, seeds: u32) -> Result<(), StudyProblem> {
    at_most(networks, seeds, MOST_STORED_RUNS)
}

fn at_most(networks: usize, seeds: u32, limit: u64) -> Result<(), StudyProblem> {
    match networks as u64 * u64::from(seeds) {
        runs if runs > limit => Err(StudyProblem::TooManyRuns { networks, seeds, runs, limit }),
        _ => Ok(()),
    }
}

/// Fails if a network's parameters, their gradients and the optimizer's moments need more memory
/// than this machine has, if that is known. The memory for a batch is checked when the run begins.
pub(crate) fn check_memory(
    network: &str,
    architecture: &Architecture,
    training: &Training,
) -> Result<(), StudyError> {
    let needed = NetworkMemory::of(architecture, &training.recipe(), 0, 1).used;
    match machine_memory::total() {
        Some(available) if needed > available => {
            Err(StudyError::TooLarge { network: network.to_owned(), needed, available })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::epoch_cost;
    use crate::test_data::{dataset, study};

    #[test]
    fn a_hundred_thousand_runs_are_the_most() {
        assert!(check_runs(20_000, 5).is_ok() && check_runs(10, 10_000).is_ok());
        let error = check_runs(20_001, 5).unwrap_err().to_string();
        assert!(error.contains("100005") && error.contains("100000"), "{error}");
        assert!(check_stored_runs(20_001, 5).is_ok(), "what is stored is read");
    }

    #[test]
    fn a_cost_that_overflows_is_the_highest_number() {
        let layers =
            format!("conv 1 16000x16000 pad 16000{}", ", conv 1 15999x15999 pad 7999".repeat(20));
        let study = study(&format!(
            "[training]\nvalidation = 8\n[[network]]\nname = \"a\"\nlayers = \"{layers}, maxpool 10000x10000, flatten\""
        ));
        assert_eq!(
            epoch_cost(&study, &study.networks[0], (&dataset(24, 8)).into()).unwrap(),
            u64::MAX
        );
    }
}
