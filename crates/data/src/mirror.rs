//! What became of a download's mirrors.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use ureq::http::StatusCode;

/// No mirror delivered a file.
#[derive(Debug, Error)]
#[error(
    "{file} could not be downloaded:{}\n\
     hint: put the four files into {} by hand (they are gzipped, and may stay so), or name a directory that has them \
     with --data-dir",
    failures.iter().map(|failure| format!("\n  {}: {}", failure.url, failure.problem)).collect::<String>(),
    directory.display()
)]
pub struct DownloadError {
    /// The file's name.
    pub file: String,
    /// Where it was to be kept.
    pub directory: PathBuf,
    /// What became of each mirror.
    pub failures: Vec<MirrorFailure>,
}

/// What became of a mirror.
#[derive(Debug)]
pub struct MirrorFailure {
    /// The address that was asked.
    pub url: String,
    /// Why it did not deliver.
    pub problem: MirrorProblem,
}

/// Why a mirror did not deliver.
#[derive(Debug, Error)]
pub enum MirrorProblem {
    /// It cannot be reached, or broke the connection off before it answered.
    #[error("{0}")]
    Unreachable(ureq::Error),
    /// It answered with something else than the file.
    #[error("answered {0}")]
    Status(StatusCode),
    /// It answered with a web page, as the login pages of some networks are.
    #[error(
        "answered with a web page instead of the file (does this network ask to log in first?)"
    )]
    WebPage,
    /// It announced another size.
    #[error("offers {found} bytes, but the file has {needed}")]
    WrongSize {
        /// Bytes of the whole file, as announced.
        found: u64,
        /// Bytes of the file as published.
        needed: u64,
    },
    /// It stopped early or fell silent; what came is kept.
    #[error("broke off after {found} of {needed} bytes ({reason})")]
    BrokeOff {
        /// Bytes that are there.
        found: u64,
        /// Bytes of the whole file.
        needed: u64,
        /// What the connection said.
        reason: String,
    },
    /// It sends so little that the file would take hours; what came is kept.
    #[error("sent less than 64 KiB in {} seconds: {found} of {needed} bytes are there", pace.as_secs_f32())]
    TooSlow {
        /// Bytes that are there.
        found: u64,
        /// Bytes of the whole file.
        needed: u64,
        /// In how long it should have sent them.
        pace: Duration,
    },
    /// It sent other bytes.
    #[error("sent other bytes: their SHA-256 is {found}, but should be {needed}")]
    WrongBytes {
        /// As computed.
        found: String,
        /// As published.
        needed: String,
    },
}
