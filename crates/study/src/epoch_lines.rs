//! The lines of `epochs.jsonl`: one epoch's record each, with a seal that continues the seal of
//! the line before. So no line can be changed, left out or moved unnoticed.

use std::path::Path;

use crate::seal::Seal;
use crate::{EpochRecord, StoreError};

/// More bytes than any line of `epochs.jsonl` has: nine numbers of up to 24 characters, their
/// names, and the seal.
pub(crate) const LONGEST_LINE: u64 = 512;

/// What separates the record from its seal, and what comes after the seal.
const BEFORE_SEAL: &str = ",\"seal\":\"";
const AFTER_SEAL: &str = "\"}";
/// Characters of a seal: 64 bits of it, in hexadecimal.
const SEAL_LENGTH: usize = 16;

/// The epochs of a run, as they are stored.
#[derive(Clone, Debug)]
pub(crate) struct EpochLines {
    pub records: Vec<EpochRecord>,
    /// The last line's seal; before the first line, the run's id.
    pub seal: String,
    /// Whether the lines have seals. Those of an earlier version have none.
    pub is_sealed: bool,
}

impl EpochLines {
    /// A run of this id that has no epochs.
    pub fn none(id: &str) -> Self {
        EpochLines { records: Vec::new(), seal: id.to_owned(), is_sealed: true }
    }

    /// Reads the whole lines of `text`, which is the content of `path`. A kill may have cut off the
    /// last line, which does not count then.
    pub fn parse(path: &Path, text: &[u8], id: &str) -> Result<Self, StoreError> {
        let mut lines = EpochLines::none(id);
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        for (index, line) in text[..whole].split_inclusive(|&byte| byte == b'\n').enumerate() {
            let damaged = |problem: String| {
                StoreError::damaged(path, format!("line {}: {problem}", index + 1))
            };
            let line = str::from_utf8(&line[..line.len() - 1])
                .map_err(|error| damaged(error.to_string()))?;
            let (text, seal) = split(line);
            let record: EpochRecord =
                serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
            if record.epoch as usize != index + 1 {
                return Err(damaged(format!("it is epoch {}", record.epoch)));
            }
            if !record.is_possible() {
                return Err(damaged("accuracies should be between 0 and 1".to_owned()));
            }
            if index > 0 && lines.is_sealed != seal.is_some() {
                return Err(damaged("some lines have a seal and others have none".to_owned()));
            }
            lines.is_sealed = seal.is_some();
            if let Some(seal) = seal {
                lines.seal = seal_of(&text, &lines.seal);
                if seal != lines.seal {
                    return Err(damaged("its seal does not match its content".to_owned()));
                }
            }
            lines.records.push(record);
        }
        Ok(lines)
    }

    /// Adds an epoch, and returns its line.
    pub fn push(&mut self, record: EpochRecord) -> String {
        let text = serde_json::to_string(&record).expect("a record is numbers");
        self.seal = seal_of(&text, &self.seal);
        self.records.push(record);
        let open = text.strip_suffix('}').expect("a record is an object");
        format!("{open}{BEFORE_SEAL}{}{AFTER_SEAL}\n", self.seal)
    }
}

/// The record and the seal of a line; without a seal, the line as it is.
fn split(line: &str) -> (String, Option<&str>) {
    let parts = line.strip_suffix(AFTER_SEAL).and_then(|line| line.rsplit_once(BEFORE_SEAL));
    match parts {
        Some((open, seal)) => (format!("{open}}}"), Some(seal)),
        None => (line.to_owned(), None),
    }
}

fn seal_of(record: &str, before: &str) -> String {
    let mut seal = Seal::of("epoch");
    seal.add(before);
    seal.add(record);
    seal.finish()[..SEAL_LENGTH].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "epochs.jsonl";

    fn record(epoch: u32) -> EpochRecord {
        EpochRecord {
            epoch,
            train_loss: 0.1 + 0.2,
            train_accuracy: 1.0 / 3.0,
            fit_loss: 0.5,
            fit_accuracy: 0.75,
            val_loss: f64::NAN,
            val_accuracy: f64::NAN,
            learning_rate: 0.001,
            seconds: 0.7,
        }
    }

    fn text(epochs: u32) -> String {
        let mut lines = EpochLines::none("id");
        (1..=epochs).map(|epoch| lines.push(record(epoch))).collect()
    }

    fn parse(text: &[u8]) -> Result<EpochLines, StoreError> {
        EpochLines::parse(Path::new(PATH), text, "id")
    }

    #[test]
    fn lines_come_back_and_continue() {
        let text = text(3);
        let read = parse(text.as_bytes()).unwrap();
        assert_eq!(format!("{:?}", read.records), format!("{:?}", [1, 2, 3].map(record)));
        let longest = text.lines().map(str::len).max().unwrap() as u64;
        assert!(longest + 1 < LONGEST_LINE, "{longest}");
        let mut two = parse(&text.as_bytes()[..text.len() - 9]).unwrap();
        assert_eq!(two.records.len(), 2, "a line that was cut off does not count");
        let third = two.push(record(3));
        assert!(text.ends_with(&third) && two.seal == read.seal);
    }

    #[test]
    fn changed_moved_and_missing_lines_are_found() {
        let text = text(3);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let changed = text.replacen("0.001", "0.002", 1);
        let other_run = EpochLines::parse(Path::new(PATH), text.as_bytes(), "other");
        let unsealed = format!("{}\n", serde_json::to_string(&record(1)).unwrap());
        let mixed = format!("{unsealed}{}", lines[1]);
        let problem = |read: Result<EpochLines, StoreError>| read.unwrap_err().to_string();
        for (error, expected) in [
            (problem(parse(changed.as_bytes())), "line 1: its seal does not match its content"),
            (problem(other_run), "line 1: its seal does not match its content"),
            (problem(parse(lines[1..].concat().as_bytes())), "line 1: it is epoch 2"),
            (
                problem(parse(mixed.as_bytes())),
                "line 2: some lines have a seal and others have none",
            ),
            (problem(parse(b"{\"epoch\":1}\n")), "line 1: missing field"),
            (problem(parse(b"\xff\n")), "line 1: invalid utf-8"),
        ] {
            assert!(error.contains(&format!("{PATH} is damaged: {expected}")), "{error}");
        }
        let old = parse(unsealed.as_bytes()).unwrap();
        assert!(!old.is_sealed && old.records.len() == 1, "an earlier version wrote no seals");
    }
}
