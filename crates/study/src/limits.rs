//! How large a study may be: whatever its file says, reading it and planning its runs takes memory
//! within limits.

use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::Path;

use fitroom_nn::{Architecture, Network};
use toml::de::{DeTable, DeValue};

use crate::{StudyError, StudyProblem, Training, memory};

/// Bytes that a study file may have, and have with every network and every default written out:
/// thousands of networks.
pub(crate) const MOST_STUDY_BYTES: usize = 4 << 20;

/// Runs that a study may have: each is a directory, all are held in memory.
pub(crate) const MOST_RUNS: u64 = 20_000;

/// Seeds that a study may have.
pub(crate) const SEEDS: RangeInclusive<u32> = 1..=10_000;

/// How many epochs a network may be trained for.
pub(crate) const EPOCHS: RangeInclusive<u32> = 1..=1_000_000;

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
        self.left = self
            .left
            .checked_sub(bytes)
            .ok_or(StudyProblem::TooLargeWrittenOut { limit: MOST_STUDY_BYTES })?;
        Ok(())
    }
}

/// Bytes that a table takes written out, roughly.
pub(crate) fn table_size(table: &DeTable) -> usize {
    table.iter().map(|(key, value)| key.get_ref().len() + 4 + value_size(value.get_ref())).sum()
}

/// [`table_size`] of a value.
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

/// The text of a study file; of one that is too long, as much as tells so. The file may be a pipe,
/// whose size nobody knows.
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

/// Whether the parameters of a network that is trained like this, with gradients and the
/// optimizer's moments, can fit into this machine's memory, where that is known. What a batch takes
/// beside them is asked for when the run begins.
pub(crate) fn check_memory(
    network: &str,
    architecture: &Architecture,
    training: &Training,
) -> Result<(), StudyError> {
    let needed = Network::least_bytes(architecture, &training.optimizer, 0);
    match memory::total() {
        Some(available) if needed > available => {
            Err(StudyError::TooLarge { network: network.to_owned(), needed, available })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::run::epoch_cost;
    use crate::test_data::{dataset, study};

    #[test]
    fn costs_that_can_not_be_counted_are_as_high_as_can_be() {
        let layers =
            format!("conv 1 16000x16000 pad 16000{}", ", conv 1 15999x15999 pad 7999".repeat(20));
        let study = study(&format!(
            "[training]\nvalidation = 8\n[[network]]\nname = \"a\"\nlayers = \"{layers}, maxpool 10000x10000, flatten\""
        ));
        assert_eq!(epoch_cost(&study, &study.networks[0], &dataset(24, 8)).unwrap(), u64::MAX);
    }
}
