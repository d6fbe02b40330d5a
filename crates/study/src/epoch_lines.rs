//! The lines of `epochs.jsonl`: one epoch's record each.

use std::path::Path;

use crate::{EpochRecord, StoreError};

/// More bytes than any line of `epochs.jsonl` has: nine numbers of up to 24 characters, and their
/// names.
pub(crate) const LONGEST_LINE: u64 = 512;

pub(crate) fn line(record: &EpochRecord) -> String {
    serde_json::to_string(record).expect("a record is numbers") + "\n"
}

/// The record on line `index`, counted from 0.
pub(crate) fn parse_line(
    path: &Path,
    index: usize,
    line: &[u8],
) -> Result<EpochRecord, StoreError> {
    let record: EpochRecord = serde_json::from_slice(line)
        .map_err(|error| StoreError::damaged(path, format!("line {}: {error}", index + 1)))?;
    if record.epoch as usize != index + 1 {
        return Err(StoreError::damaged(
            path,
            format!("line {} is epoch {}", index + 1, record.epoch),
        ));
    }
    if !record.is_possible() {
        return Err(StoreError::damaged(
            path,
            format!("line {}: accuracies should be between 0 and 1", index + 1),
        ));
    }
    Ok(record)
}
