//! MedMNIST's sets of flat images of 28x28 (Yang et al. 2023). Addresses, MD5 sums and names of classes
//! as in `info.py` of the package medmnist 3.0.2, which says no sizes. ChestMNIST is missing, since its
//! images have several labels each.

use crate::checksum::Checksum;
use crate::remote::{Content, Remote, RemoteFile};

const ORGANS: [&str; 11] = [
    "bladder",
    "femur-left",
    "femur-right",
    "heart",
    "kidney-left",
    "kidney-right",
    "liver",
    "lung-left",
    "lung-right",
    "pancreas",
    "spleen",
];

const fn file(name: &'static str, md5: &'static str) -> RemoteFile<'static> {
    RemoteFile { name, bytes: None, checksum: Checksum::Md5(md5), unpacked_sha256: None }
}

const fn set(
    name: &'static str,
    title: &'static str,
    channels: usize,
    names: &'static [&'static str],
    files: &'static [RemoteFile<'static>],
) -> Remote<'static> {
    Remote {
        name,
        title,
        directory: name,
        torchvision: None,
        shape: [28, 28, channels],
        classes: names.len(),
        content: Content::MedMnist { names },
        mirrors: &["https://zenodo.org/records/10519652/files/*?download=1"],
        files,
    }
}

/// The sets.
pub(super) const MEDMNIST: [Remote; 11] = [
    set(
        "pathmnist",
        "PathMNIST",
        3,
        &[
            "adipose",
            "background",
            "debris",
            "lymphocytes",
            "mucus",
            "smooth muscle",
            "normal colon mucosa",
            "cancer-associated stroma",
            "colorectal adenocarcinoma epithelium",
        ],
        &[file("pathmnist.npz", "a8b06965200029087d5bd730944a56c1")],
    ),
    set(
        "dermamnist",
        "DermaMNIST",
        3,
        &[
            "actinic keratoses and intraepithelial carcinoma",
            "basal cell carcinoma",
            "benign keratosis-like lesions",
            "dermatofibroma",
            "melanoma",
            "melanocytic nevi",
            "vascular lesions",
        ],
        &[file("dermamnist.npz", "0744692d530f8e62ec473284d019b0c7")],
    ),
    set(
        "octmnist",
        "OCTMNIST",
        1,
        &["choroidal neovascularization", "diabetic macular edema", "drusen", "normal"],
        &[file("octmnist.npz", "c68d92d5b585d8d81f7112f81e2d0842")],
    ),
    set(
        "pneumoniamnist",
        "PneumoniaMNIST",
        1,
        &["normal", "pneumonia"],
        &[file("pneumoniamnist.npz", "28209eda62fecd6e6a2d98b1501bb15f")],
    ),
    set(
        "retinamnist",
        "RetinaMNIST",
        3,
        &["0", "1", "2", "3", "4"],
        &[file("retinamnist.npz", "bd4c0672f1bba3e3a89f0e4e876791e4")],
    ),
    set(
        "breastmnist",
        "BreastMNIST",
        1,
        &["malignant", "normal, benign"],
        &[file("breastmnist.npz", "750601b1f35ba3300ea97c75c52ff8f6")],
    ),
    set(
        "bloodmnist",
        "BloodMNIST",
        3,
        &[
            "basophil",
            "eosinophil",
            "erythroblast",
            "immature granulocytes(myelocytes, metamyelocytes and promyelocytes)",
            "lymphocyte",
            "monocyte",
            "neutrophil",
            "platelet",
        ],
        &[file("bloodmnist.npz", "7053d0359d879ad8a5505303e11de1dc")],
    ),
    set(
        "tissuemnist",
        "TissueMNIST",
        1,
        &[
            "Collecting Duct, Connecting Tubule",
            "Distal Convoluted Tubule",
            "Glomerular endothelial cells",
            "Interstitial endothelial cells",
            "Leukocytes",
            "Podocytes",
            "Proximal Tubule Segments",
            "Thick Ascending Limb",
        ],
        &[file("tissuemnist.npz", "ebe78ee8b05294063de985d821c1c34b")],
    ),
    set(
        "organamnist",
        "OrganAMNIST",
        1,
        &ORGANS,
        &[file("organamnist.npz", "68e3f8846a6bd62f0c9bf841c0d9eacc")],
    ),
    set(
        "organcmnist",
        "OrganCMNIST",
        1,
        &ORGANS,
        &[file("organcmnist.npz", "b9ceb9546e10131b32923c5bbeaea2b1")],
    ),
    set(
        "organsmnist",
        "OrganSMNIST",
        1,
        &ORGANS,
        &[file("organsmnist.npz", "9ab87b696fb54e2a387ebe992d6ed5f1")],
    ),
];
