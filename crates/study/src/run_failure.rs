//! Why one run of a study failed. The other runs are trained all the same.

use std::path::PathBuf;

use fitroom_nn::OutOfMemory;
use thiserror::Error;

use crate::{StoreError, StudyError};

/// Why a run failed.
#[derive(Debug, Error)]
pub enum RunFailure {
    /// The run's files can't be read or written, or its network does not fit the data.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refuses the threads that are to share the run's steps. The run is stored at its
    /// last step.
    #[error("the system refuses a thread: {0}\nhint: ask for fewer with --threads")]
    Threads(#[from] std::io::Error),
    /// The network needs more memory than this machine has, or more than other processes leave.
    #[error(
        "training it takes {} of memory{}\nhint: give it smaller layers or batches",
        gigabytes(*needed),
        free.map(|free| format!(", and {} are free", gigabytes(free))).unwrap_or_default()
    )]
    Memory {
        /// Bytes that the run takes.
        needed: u64,
        /// Free bytes; `None` if the system does not tell.
        free: Option<u64>,
    },
    /// The network needs more addresses than the process may have.
    #[error(
        "training it takes {} of addresses{}\nhint: give the process more with `ulimit -v`, or give the network smaller layers or batches",
        gigabytes(*needed),
        match free {
            Some(free) => format!(", and the limit of the process (`ulimit -v`) leaves {}", gigabytes(*free)),
            None => ", which the system refuses".to_owned(),
        }
    )]
    Addresses {
        /// Bytes of addresses that the run takes.
        needed: u64,
        /// Bytes of addresses that the limit leaves; `None` if the system does not tell.
        free: Option<u64>,
    },
    /// The system refuses memory while the network is made.
    #[error(
        "there is no memory for it: {0}\nhint: give it smaller layers or batches, or run fewer at once with --threads"
    )]
    Refused(#[from] OutOfMemory),
    /// The network is skipped because of what happened at an earlier start.
    #[error(
        "it is skipped: the system ended the process while this network was trained, since its control group was out of memory\nhint: give it smaller layers or batches, or give the group more memory; remove {} to try again",
        file.display()
    )]
    EndedBefore {
        /// The file that says so.
        file: PathBuf,
    },
}

impl From<StudyError> for RunFailure {
    fn from(error: StudyError) -> Self {
        RunFailure::Store(error.into())
    }
}

/// Bytes as `1,234.5 GB`, or as `123 MB` below 1 GB.
fn gigabytes(bytes: u64) -> String {
    let megabytes = (bytes as f64 / 1e6).round() as u64;
    if megabytes < 1000 {
        return format!("{megabytes} MB");
    }
    let tenths = (bytes as f64 / 1e8).round() as u64;
    let mut whole = (tenths / 10).to_string();
    let mut at = whole.len();
    while at > 3 {
        at -= 3;
        whole.insert(at, ',');
    }
    format!("{whole}.{} GB", tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_in_gigabytes_or_megabytes() {
        let text = |needed, free| RunFailure::Memory { needed, free }.to_string();
        let first = |text: String| text.lines().next().unwrap().to_owned();
        assert_eq!(
            first(text(1_234_567_890_123, Some(20_049_999_999))),
            "training it takes 1,234.6 GB of memory, and 20.0 GB are free"
        );
        assert_eq!(first(text(999_960_000, None)), "training it takes 1.0 GB of memory");
        assert_eq!(first(text(999_460_000, None)), "training it takes 999 MB of memory");
    }
}
