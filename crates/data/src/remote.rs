//! Published data sets: their mirrors, and the checksums of their files.

use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;
use sha2::{Digest, Sha256};

use crate::assembly::Names;
use crate::dataset::hex;
use crate::idx_folder::Folder;
use crate::unchecked::{ReadFiles, UncheckedImages};
use crate::{DataError, idx};

/// A published data set in the IDX format.
#[derive(Clone, Debug)]
pub struct Remote<'a> {
    /// The name in a study file.
    pub name: &'a str,
    /// The name for people.
    pub title: &'a str,
    /// The directory in which PyTorch's torchvision keeps the data set.
    pub torchvision: &'a str,
    /// Names of the classes.
    pub classes: [&'a str; 10],
    /// Addresses of directories with the files, each with a slash at its end, in the order in
    /// which they are asked.
    pub mirrors: &'a [&'a str],
    /// The files of training images, training labels, test images and test labels.
    pub files: [RemoteFile<'a>; 4],
}

/// A file of a published data set.
#[derive(Clone, Copy, Debug)]
pub struct RemoteFile<'a> {
    /// The file's name on the mirrors and on disk.
    pub name: &'a str,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 (hex) of the file.
    pub sha256: &'a str,
    /// SHA-256 (hex) of the same file unpacked, if it is known. Some people keep unpacked files.
    pub unpacked_sha256: Option<&'a str>,
}

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte.gz";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte.gz";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte.gz";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte.gz";

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Names of the garments, as torchvision gives them.
pub(crate) const GARMENTS: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Fashion-MNIST (Xiao, Rasul and Vollgraf 2017).
pub const FASHION_MNIST: Remote = Remote {
    name: "fashion-mnist",
    title: "Fashion-MNIST",
    torchvision: "FashionMNIST",
    classes: GARMENTS,
    mirrors: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ],
    files: [
        RemoteFile {
            name: TRAIN_IMAGES,
            bytes: 26_421_880,
            sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            unpacked_sha256: Some(
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
        },
        RemoteFile {
            name: TRAIN_LABELS,
            bytes: 29_515,
            sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            unpacked_sha256: Some(
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
        },
        RemoteFile {
            name: TEST_IMAGES,
            bytes: 4_422_102,
            sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            unpacked_sha256: Some(
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
        },
        RemoteFile {
            name: TEST_LABELS,
            bytes: 5_148,
            sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            unpacked_sha256: Some(
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        },
    ],
};

/// MNIST (LeCun, Cortes and Burges). Checksums as tensorflow-datasets lists them.
pub const MNIST: Remote = Remote {
    name: "mnist",
    title: "MNIST",
    torchvision: "MNIST",
    classes: DIGITS,
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    ],
    files: [
        RemoteFile {
            name: TRAIN_IMAGES,
            bytes: 9_912_422,
            sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            unpacked_sha256: Some(
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
        },
        RemoteFile {
            name: TRAIN_LABELS,
            bytes: 28_881,
            sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            unpacked_sha256: Some(
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
        },
        RemoteFile {
            name: TEST_IMAGES,
            bytes: 1_648_877,
            sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            unpacked_sha256: Some(
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
        },
        RemoteFile {
            name: TEST_LABELS,
            bytes: 4_542,
            sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            unpacked_sha256: Some(
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        },
    ],
};

/// Kuzushiji-MNIST (Clanuwat et al. 2018). Checksums as tensorflow-datasets lists them; it is
/// published gzipped only.
pub const KMNIST: Remote = Remote {
    name: "kmnist",
    title: "KMNIST",
    torchvision: "KMNIST",
    classes: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    mirrors: &[
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ],
    files: [
        RemoteFile {
            name: TRAIN_IMAGES,
            bytes: 18_165_135,
            sha256: "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            unpacked_sha256: None,
        },
        RemoteFile {
            name: TRAIN_LABELS,
            bytes: 29_497,
            sha256: "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            unpacked_sha256: None,
        },
        RemoteFile {
            name: TEST_IMAGES,
            bytes: 3_041_136,
            sha256: "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            unpacked_sha256: None,
        },
        RemoteFile {
            name: TEST_LABELS,
            bytes: 5_120,
            sha256: "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            unpacked_sha256: None,
        },
    ],
};

/// More bytes than any file of these data sets has, unpacked or not.
const LARGEST_FILE: u64 = 1 << 26;

impl Remote<'_> {
    /// The first of the directories that holds all four files. It skips directories whose files are
    /// another known data set's, since these data sets use the same file names.
    pub(crate) fn find(&self, directories: &[PathBuf]) -> Option<Folder> {
        // The smallest file is enough to tell data sets apart.
        let is_anothers = |folder: &Folder| {
            matches!(
                self.read_verified(3, &folder.files[3]),
                Err(DataError::Damaged { belongs_to: Some(_), .. })
            )
        };
        directories
            .iter()
            .filter_map(|directory| Folder::find(directory).ok())
            .find(|folder| !is_anothers(folder))
    }

    /// Reads the files of `folder`. Each one's checksum must be right.
    pub(crate) fn read(&self, folder: &Folder) -> Result<ReadFiles, DataError> {
        let part = |images: usize, labels: usize| -> Result<UncheckedImages, DataError> {
            let (images_path, labels_path) =
                (folder.files[images].clone(), folder.files[labels].clone());
            let bytes = self.read_verified(images, &images_path)?;
            let images = idx::parse_images(Cursor::new(&bytes), bytes.len() as u64)
                .map_err(|problem| DataError::wrong_file(&images_path, problem))?;
            let bytes = self.read_verified(labels, &labels_path)?;
            let labels = idx::parse_labels(Cursor::new(&bytes), bytes.len() as u64)
                .map_err(|problem| DataError::wrong_file(&labels_path, problem))?;
            Ok(UncheckedImages { images, labels, images_path, labels_path })
        };
        let class_names = Some(self.classes.map(str::to_owned).to_vec());
        Ok(ReadFiles { train: part(0, 1)?, test: Some(part(2, 3)?), class_names, notes: vec![] })
    }

    /// The names of the data set when it is read from `folder`.
    pub(crate) fn names(&self, folder: &Folder) -> Names {
        let directory = folder.files[0].parent().unwrap_or(Path::new("."));
        Names {
            name: self.name.to_owned(),
            title: self.title.to_owned(),
            origin: directory.display().to_string(),
        }
    }

    /// Reads file `index` from `path`, and checks that its bytes are the published ones.
    ///
    /// # Errors
    /// [`DataError::Damaged`] if they are not.
    pub(crate) fn read_verified(&self, index: usize, path: &Path) -> Result<Vec<u8>, DataError> {
        let mut file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
        let size = file.metadata().map_err(DataError::io("read", path))?.len();
        if size > LARGEST_FILE {
            let (path, name) = (path.to_owned(), self.name.to_owned());
            return Err(DataError::TooLarge { path, name, bytes: size, limit: LARGEST_FILE });
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(DataError::io("read", path))?;
        let file = &self.files[index];
        let needed = if idx::is_gzip(&bytes) { Some(file.sha256) } else { file.unpacked_sha256 };
        let found = hex(&Sha256::digest(&bytes));
        if needed == Some(&found) {
            return Ok(bytes);
        }
        let is_of = |other: &&Remote<'static>| {
            let file = &other.files[index];
            other.name != self.name
                && (file.sha256 == found || file.unpacked_sha256 == Some(&found))
        };
        Err(DataError::Damaged {
            path: path.to_owned(),
            name: self.name.to_owned(),
            belongs_to: [&FASHION_MNIST, &MNIST, &KMNIST]
                .into_iter()
                .find(is_of)
                .map(|other| other.name),
            found,
            needed: needed.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_far_too_large_is_refused_unread() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(TRAIN_IMAGES);
        // A sparse file: it takes no room on the disk, but reading it would take memory.
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let error = FASHION_MNIST.read_verified(0, &path).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { bytes: 1_099_511_627_776, .. }), "{error}");
        let message = error.to_string();
        assert!(
            message.contains("is not fashion-mnist's: it has 1099511627776 bytes"),
            "{message}"
        );
        assert!(message.contains("\nhint: delete "), "{message}");
    }
}
