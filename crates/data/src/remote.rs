//! What is known of a published data set: its mirrors, its files with their checksums, and how they
//! are read.

use crate::checksum::Checksum;

/// A published data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote<'a> {
    /// The name in a study file.
    pub name: &'a str,
    /// The name for people.
    pub title: &'a str,
    /// The directory that its files are kept in. Several data sets may share one.
    pub directory: &'a str,
    /// The directory in which PyTorch's torchvision keeps the same files, if it does.
    pub torchvision: Option<&'a str>,
    /// Rows, columns and channels of an image.
    pub shape: [usize; 3],
    /// How many classes there are.
    pub classes: usize,
    /// How the files are read.
    pub content: Content<'a>,
    /// Addresses of directories with the files, each with a slash at its end, or addresses in which
    /// `*` stands for a file's name. They are asked in this order.
    pub mirrors: &'a [&'a str],
    /// The files.
    pub files: &'a [RemoteFile<'a>],
}

/// How the files of a published data set are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// IDX files of training images, training labels, test images and test labels.
    IdxFiles {
        /// The names of the classes.
        names: &'a [&'a str],
    },
    /// EMNIST's archive of gzipped IDX files.
    Emnist {
        /// The split, such as `letters`.
        split: &'a str,
    },
    /// CIFAR's archive of binary files.
    Cifar,
    /// MedMNIST's arrays of NumPy.
    MedMnist {
        /// The names of the classes.
        names: &'a [&'a str],
    },
}

/// A file of a published data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteFile<'a> {
    /// The file's name on the mirrors and on disk.
    pub name: &'a str,
    /// Size in bytes, if it is published.
    pub bytes: Option<u64>,
    /// The published checksum of the file.
    pub checksum: Checksum<'a>,
    /// SHA-256 (hex) of the same file unpacked, if it is known. Some people keep unpacked files.
    pub unpacked_sha256: Option<&'a str>,
}

/// More bytes than any file of a published data set has, unpacked or not.
const LARGEST_FILE: u64 = 1 << 30;
/// More bytes than any file of MNIST's family has, unpacked or not.
const LARGEST_IDX_FILE: u64 = 1 << 26;

impl Remote<'_> {
    /// The address of a file on a mirror.
    pub(crate) fn address(mirror: &str, file: &RemoteFile) -> String {
        match mirror.contains('*') {
            true => mirror.replace('*', file.name),
            false => format!("{mirror}{}", file.name),
        }
    }

    /// The most bytes that a file may have.
    pub(crate) fn limit(&self) -> u64 {
        match self.content {
            Content::IdxFiles { .. } => LARGEST_IDX_FILE,
            Content::Emnist { .. } | Content::Cifar | Content::MedMnist { .. } => LARGEST_FILE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_with_the_files_name_or_has_it_inside() {
        let file = RemoteFile {
            name: "a.npz",
            bytes: None,
            checksum: Checksum::Md5(""),
            unpacked_sha256: None,
        };
        assert_eq!(Remote::address("https://x.org/y/", &file), "https://x.org/y/a.npz");
        assert_eq!(
            Remote::address("https://x.org/*?download=1", &file),
            "https://x.org/a.npz?download=1"
        );
    }
}
