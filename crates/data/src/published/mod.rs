//! The published data sets that a study can name.

mod cifar;
mod emnist;
mod medmnist;
mod mnist;

use crate::remote::Remote;

pub(crate) use mnist::GARMENTS;
pub use mnist::{FASHION_MNIST, KMNIST, MNIST};

/// EMNIST's splits.
pub(crate) static EMNIST: [Remote; 6] = emnist::EMNIST;
/// CIFAR-10 and CIFAR-100.
pub(crate) static CIFAR: [Remote; 2] = cifar::CIFAR;
/// MedMNIST's sets.
pub(crate) static MEDMNIST: [Remote; 11] = medmnist::MEDMNIST;
/// Data sets in the form of MNIST.
pub(crate) static MNIST_FAMILY: [Remote; 3] = [FASHION_MNIST, MNIST, KMNIST];

/// All published data sets.
pub(crate) fn published() -> impl Iterator<Item = &'static Remote<'static>> {
    MNIST_FAMILY.iter().chain(&EMNIST).chain(&CIFAR).chain(&MEDMNIST)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_is_well_formed() {
        let mut names = HashSet::new();
        for remote in published() {
            assert!(names.insert(remote.name), "{} stands twice", remote.name);
            assert!(!remote.mirrors.is_empty() && !remote.files.is_empty());
            for mirror in remote.mirrors {
                assert!(
                    mirror.starts_with("https://") || mirror.starts_with("http://"),
                    "{mirror}"
                );
                assert!(mirror.ends_with('/') || mirror.contains('*'), "{mirror}");
            }
            assert!(
                remote.files.iter().all(|file| file.checksum.is_well_formed()),
                "{}",
                remote.name
            );
            assert!((2..=256).contains(&remote.classes));
        }
        assert_eq!(names.len(), 22);
    }
}
