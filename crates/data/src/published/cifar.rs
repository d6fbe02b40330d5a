//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009), as binary files. Addresses, sizes and checksums as in the
//! tables of tensorflow-datasets 4.9.10 (`url_checksums/cifar10.txt`, `cifar100.txt`).

use crate::checksum::Checksum;
use crate::remote::{Content, Remote, RemoteFile};

const fn archive(name: &'static str, bytes: u64, sha256: &'static str) -> RemoteFile<'static> {
    let checksum = Checksum::Sha256(sha256);
    RemoteFile { name, bytes: Some(bytes), checksum, unpacked_sha256: None }
}

const fn set(
    name: &'static str,
    title: &'static str,
    classes: usize,
    files: &'static [RemoteFile<'static>],
) -> Remote<'static> {
    Remote {
        name,
        title,
        directory: name,
        torchvision: None,
        shape: [32, 32, 3],
        classes,
        content: Content::Cifar,
        mirrors: &["https://www.cs.toronto.edu/~kriz/"],
        files,
    }
}

/// CIFAR-10, and CIFAR-100 with its fine labels.
pub(super) const CIFAR: [Remote; 2] = [
    set(
        "cifar10",
        "CIFAR-10",
        10,
        &[archive(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )],
    ),
    set(
        "cifar100",
        "CIFAR-100",
        100,
        &[archive(
            "cifar-100-binary.tar.gz",
            168_513_733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        )],
    ),
];
