//! Why mirrors did not deliver a file.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use ureq::http::StatusCode;

use crate::checksum::ChecksumKind;

/// A file that no mirror delivered.
#[derive(Debug, Error)]
#[error(
    "{file} could not be downloaded:{}\n\
     hint: put the files into {} by hand (packed as they are), or name a directory that has them with --data-dir",
    failures.iter().map(|failure| format!("\n  {}: {}", failure.url, failure.problem)).collect::<String>(),
    directory.display()
)]
pub struct DownloadError {
    /// The file's name.
    pub file: String,
    /// The directory that the file was downloaded to.
    pub directory: PathBuf,
    /// Why each mirror failed.
    pub failures: Vec<MirrorFailure>,
}

/// A mirror that did not deliver a file.
#[derive(Debug)]
pub struct MirrorFailure {
    /// The file's address on the mirror.
    pub url: String,
    /// Why the mirror did not deliver.
    pub problem: MirrorProblem,
}

/// Why a mirror did not deliver.
#[derive(Debug, Error)]
pub enum MirrorProblem {
    /// The mirror can't be reached, or closed the connection before it answered.
    #[error("{0}")]
    Unreachable(ureq::Error),
    /// The mirror answered with another status than the file's, such as 404.
    #[error("answered {0}")]
    Status(StatusCode),
    /// The mirror answered with a web page, such as the login page of a network.
    #[error(
        "answered with a web page instead of the file (does this network ask to log in first?)"
    )]
    WebPage,
    /// The mirror announced another size than the file's.
    #[error("offers {found} bytes, but the file has {needed}")]
    WrongSize {
        /// Bytes of the whole file, as announced.
        found: u64,
        /// Bytes of the file as published.
        needed: u64,
    },
    /// The mirror closed the connection early or stopped sending. The bytes so far are kept.
    #[error("broke off after {found} of {needed} bytes ({reason})")]
    BrokeOff {
        /// Bytes that are there.
        found: u64,
        /// Bytes of the whole file.
        needed: u64,
        /// Why the download broke off.
        reason: String,
    },
    /// The mirror sends so slowly that the file would take hours. The bytes so far are kept.
    #[error("sent less than 64 KiB in {} seconds: {found} of {needed} bytes are there", pace.as_secs_f32())]
    TooSlow {
        /// Bytes that are there.
        found: u64,
        /// Bytes of the whole file.
        needed: u64,
        /// The time within which it should have sent 64 KiB.
        pace: Duration,
    },
    /// The mirror sent other bytes than the published ones.
    #[error("sent other bytes: their {kind} is {found}, but should be {needed}")]
    WrongBytes {
        /// The kind of checksum.
        kind: ChecksumKind,
        /// The checksum of the bytes that were sent.
        found: String,
        /// The published checksum.
        needed: String,
    },
}
