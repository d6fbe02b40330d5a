//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009), as binary files. Addresses, sizes and checksums as in the
//! tables of tensorflow-datasets 4.9.10 (`url_checksums/cifar10.txt`, `cifar100.txt`).

use crate::checksum::Checksum;
use crate::remote::{Content, Remote, RemoteFile};

const MIRRORS: &[&str] = &["https://www.cs.toronto.edu/~kriz/"];

/// CIFAR-10.
pub(super) const CIFAR10: Remote = Remote {
    name: "cifar10",
    title: "CIFAR-10",
    directory: "cifar10",
    torchvision: None,
    shape: [32, 32, 3],
    classes: 10,
    content: Content::Cifar,
    mirrors: MIRRORS,
    files: &[RemoteFile {
        name: "cifar-10-binary.tar.gz",
        bytes: Some(170_052_171),
        checksum: Checksum::Sha256(
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        ),
        unpacked_sha256: None,
    }],
};

/// CIFAR-100 with its fine labels.
pub(super) const CIFAR100: Remote = Remote {
    name: "cifar100",
    title: "CIFAR-100",
    directory: "cifar100",
    torchvision: None,
    shape: [32, 32, 3],
    classes: 100,
    content: Content::Cifar,
    mirrors: MIRRORS,
    files: &[RemoteFile {
        name: "cifar-100-binary.tar.gz",
        bytes: Some(168_513_733),
        checksum: Checksum::Sha256(
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        ),
        unpacked_sha256: None,
    }],
};
