//! MNIST and the data sets in its form: four IDX files.

use crate::checksum::Checksum;
use crate::remote::{Content, Remote, RemoteFile};

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
    directory: "fashion-mnist",
    torchvision: Some("FashionMNIST"),
    shape: [28, 28, 1],
    classes: 10,
    content: Content::IdxFiles { names: &GARMENTS },
    mirrors: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ],
    files: &[
        RemoteFile {
            name: TRAIN_IMAGES,
            bytes: Some(26_421_880),
            checksum: Checksum::Sha256(
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            unpacked_sha256: Some(
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
        },
        RemoteFile {
            name: TRAIN_LABELS,
            bytes: Some(29_515),
            checksum: Checksum::Sha256(
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            unpacked_sha256: Some(
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
        },
        RemoteFile {
            name: TEST_IMAGES,
            bytes: Some(4_422_102),
            checksum: Checksum::Sha256(
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            unpacked_sha256: Some(
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
        },
        RemoteFile {
            name: TEST_LABELS,
            bytes: Some(5_148),
            checksum: Checksum::Sha256(
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
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
    directory: "mnist",
    torchvision: Some("MNIST"),
    shape: [28, 28, 1],
    classes: 10,
    content: Content::IdxFiles { names: &DIGITS },
    mirrors: &[
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://raw.githubusercontent.com/fgnt/mnist/master/",
    ],
    files: &[
        RemoteFile {
            name: TRAIN_IMAGES,
            bytes: Some(9_912_422),
            checksum: Checksum::Sha256(
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            unpacked_sha256: Some(
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
        },
        RemoteFile {
            name: TRAIN_LABELS,
            bytes: Some(28_881),
            checksum: Checksum::Sha256(
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            unpacked_sha256: Some(
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
        },
        RemoteFile {
            name: TEST_IMAGES,
            bytes: Some(1_648_877),
            checksum: Checksum::Sha256(
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            unpacked_sha256: Some(
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
        },
        RemoteFile {
            name: TEST_LABELS,
            bytes: Some(4_542),
            checksum: Checksum::Sha256(
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
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
    directory: "kmnist",
    torchvision: Some("KMNIST"),
    shape: [28, 28, 1],
    classes: 10,
    content: Content::IdxFiles {
        names: &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    },
    mirrors: &[
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ],
    files: &[
        RemoteFile {
            name: TRAIN_IMAGES,
            bytes: Some(18_165_135),
            checksum: Checksum::Sha256(
                "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            ),
            unpacked_sha256: None,
        },
        RemoteFile {
            name: TRAIN_LABELS,
            bytes: Some(29_497),
            checksum: Checksum::Sha256(
                "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            ),
            unpacked_sha256: None,
        },
        RemoteFile {
            name: TEST_IMAGES,
            bytes: Some(3_041_136),
            checksum: Checksum::Sha256(
                "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            ),
            unpacked_sha256: None,
        },
        RemoteFile {
            name: TEST_LABELS,
            bytes: Some(5_120),
            checksum: Checksum::Sha256(
                "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
            ),
            unpacked_sha256: None,
        },
    ],
};
