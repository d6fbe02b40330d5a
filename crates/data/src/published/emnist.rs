//! EMNIST (Cohen et al. 2017): six splits of handwritten letters and digits in one archive. Address, size
//! and checksum as in the table of tensorflow-datasets 4.9.10 (`url_checksums/emnist.txt`).

use crate::checksum::Checksum;
use crate::remote::{Content, Remote, RemoteFile};

const fn split(
    name: &'static str,
    title: &'static str,
    split: &'static str,
    classes: usize,
) -> Remote<'static> {
    Remote {
        name,
        title,
        directory: "emnist",
        torchvision: Some("EMNIST"),
        shape: [28, 28, 1],
        classes,
        content: Content::Emnist { split },
        mirrors: &["https://biometrics.nist.gov/cs_links/EMNIST/"],
        files: &[RemoteFile {
            name: "gzip.zip",
            bytes: Some(561_753_746),
            checksum: Checksum::Sha256(
                "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
            ),
            unpacked_sha256: None,
        }],
    }
}

/// The splits of EMNIST.
pub(super) const EMNIST: [Remote; 6] = [
    split("emnist-balanced", "EMNIST balanced", "balanced", 47),
    split("emnist-byclass", "EMNIST by class", "byclass", 62),
    split("emnist-bymerge", "EMNIST by merge", "bymerge", 47),
    split("emnist-digits", "EMNIST digits", "digits", 10),
    split("emnist-letters", "EMNIST letters", "letters", 26),
    split("emnist-mnist", "EMNIST MNIST", "mnist", 10),
];
