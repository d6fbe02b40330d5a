//! Finds the IDX files of a directory by the names that people give them.

use std::path::{Path, PathBuf};

use crate::DataError;
use crate::file_roles::{Role, Selection};
use crate::idx_folder::{FILE_NAMES, Folder};

/// The IDX files of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IdxFiles {
    /// The directory of the files.
    pub(crate) directory: PathBuf,
    /// What all names begin with, such as `emnist-letters-`; nothing for MNIST's own names.
    pub(crate) prefix: String,
    /// Images and labels.
    pub(crate) train: [PathBuf; 2],
    /// Images and labels; `None` if there are no test images.
    pub(crate) test: Option<[PathBuf; 2]>,
}

/// What a name says.
type Named = (String, Role, String, u8);

/// Reads a file's name: what stands before `train` or `test`, what the file holds, the name in one
/// spelling, and a rank: gzipped files come before others, and dashes before dots and underscores.
fn read(name: &str) -> Option<Named> {
    let lower = name.to_lowercase();
    let unpacked = lower.strip_suffix(".gz").unwrap_or(&lower);
    let stem = without_end(unpacked);
    let (prefix, role) = Role::read(stem, &["images"], &["test", "t10k"])?;
    let is_dotted = unpacked.contains(['.', '_']);
    let rank = 2 * u8::from(is_dotted) + u8::from(unpacked.len() == lower.len());
    Some((prefix.to_owned(), role, unpacked.replace(['.', '_'], "-"), rank))
}

/// A name without an end such as `-idx3-ubyte`, `.idx2-int` or `.idx`.
fn without_end(name: &str) -> &str {
    let is_separator = |c| matches!(c, '-' | '_' | '.');
    let words: Vec<_> = name.rmatch_indices(is_separator).map(|(at, _)| at).take(2).collect();
    let is_idx = |word: &str| {
        word.strip_prefix("idx")
            .is_some_and(|axes| axes.len() <= 1 && axes.bytes().all(|b| b.is_ascii_digit()))
    };
    match words[..] {
        [last, ..] if is_idx(&name[last + 1..]) => &name[..last],
        [last, before] if is_idx(&name[before + 1..last]) => &name[..before],
        [last, ..] if &name[last + 1..] == "ubyte" => &name[..last],
        _ => name,
    }
}

impl IdxFiles {
    /// Finds the files in a directory, or those in a directory whose names begin with the path's last
    /// component. MNIST's exact names come before all others.
    ///
    /// # Errors
    /// If files are missing, or if several have the same role. Test images and labels may be missing
    /// together.
    pub(crate) fn find(path: &Path) -> Result<Self, DataError> {
        if let Ok(Folder { files: [images, labels, test_images, test_labels] }) = Folder::find(path)
        {
            let (train, test) = ([images, labels], Some([test_images, test_labels]));
            return Ok(IdxFiles { directory: path.to_owned(), prefix: String::new(), train, test });
        }
        let selection = Selection::of(path);
        let names = selection.names()?;
        let (prefix, mut files) = selection.assign(&names, "idx:", read)?;
        if files.is_empty() {
            // A path that starts no names was probably meant as a directory.
            std::fs::read_dir(path).map_err(DataError::io("open", path))?;
        }
        let mut take = |role| files.remove(&role);
        let found = [Role::TrainImages, Role::TrainLabels, Role::TestImages, Role::TestLabels]
            .map(&mut take);
        let has_test = found[2].is_some() || found[3].is_some();
        let has_none = found.iter().all(Option::is_none);
        match found {
            [Some(images), Some(labels), None, None] => Ok(IdxFiles {
                directory: selection.directory,
                prefix,
                train: [images, labels],
                test: None,
            }),
            [Some(images), Some(labels), Some(test_images), Some(test_labels)] => {
                let (train, test) = ([images, labels], Some([test_images, test_labels]));
                Ok(IdxFiles { directory: selection.directory, prefix, train, test })
            }
            found => {
                let needed = if has_test || has_none { 4 } else { 2 };
                let names = FILE_NAMES.into_iter().zip(&found).take(needed);
                let missing =
                    names.filter(|(_, file)| file.is_none()).map(|(name, _)| name).collect();
                let directory = selection.path();
                Err(DataError::MissingFiles { directory, missing, needed: &FILE_NAMES })
            }
        }
    }

    /// Whether the files are EMNIST's, whose images are stored with rows and columns swapped.
    pub(crate) fn are_emnists(&self) -> bool {
        self.prefix.starts_with("emnist")
    }

    /// The file that says which characters EMNIST's labels stand for, if it is there.
    pub(crate) fn mapping(&self) -> Option<PathBuf> {
        let wanted = format!("{}mapping.txt", self.prefix);
        let selection =
            Selection { directory: self.directory.clone(), start: Some(wanted.clone()) };
        let names = selection.names().ok()?;
        let name = names.into_iter().find(|name| name.to_lowercase() == wanted)?;
        Some(self.directory.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str], start: &str) -> Result<Vec<String>, String> {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let files = IdxFiles::find(&dir.path().join(start)).map_err(|error| error.to_string())?;
        let paths = files.train.into_iter().chain(files.test.into_iter().flatten());
        Ok(paths.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    #[test]
    fn names_of_mnists_family_are_found() {
        for names in [
            [
                "train-images-idx3-ubyte",
                "train-labels-idx1-ubyte",
                "t10k-images-idx3-ubyte",
                "t10k-labels-idx1-ubyte",
            ],
            [
                "train-images.idx3-ubyte",
                "train-labels.idx1-ubyte",
                "test-images.idx3-ubyte.gz",
                "test-labels.idx1-ubyte",
            ],
            [
                "emnist-letters-train-images-idx3-ubyte",
                "emnist-letters-train-labels-idx1-ubyte.gz",
                "emnist-letters-test-images-idx3-ubyte",
                "emnist-letters-test-labels-idx1-ubyte",
            ],
            [
                "qmnist-train-images-idx3-ubyte.gz",
                "qmnist-train-labels-idx2-int.gz",
                "qmnist-test-images-idx3-ubyte.gz",
                "qmnist-test-labels-idx2-int.gz",
            ],
            ["train_images", "Train_Labels.IDX", "TEST_IMAGES.idx4_ubyte.GZ", "test_labels-ubyte"],
        ] {
            assert_eq!(found(&names, ""), Ok(names.map(str::to_owned).to_vec()));
            assert_eq!(found(&names[..2], "").unwrap().len(), 2, "no test images");
        }
        // Gzipped files come before others, and MNIST's exact names before all.
        let [a, b] = ["my-train-images-idx3-ubyte.gz", "my-train-labels-idx1-ubyte"];
        assert_eq!(
            found(&["my-train-images-idx3-ubyte", a, b, "my-train-images.idx3-ubyte.gz"], ""),
            Ok(vec![a.into(), b.into()])
        );
        let more = ["emnist-train-images-idx3-ubyte", "test-images-idx3-ubyte"];
        assert_eq!(found(&[&FILE_NAMES[..], &more].concat(), "").unwrap(), FILE_NAMES);
    }

    #[test]
    fn several_data_sets_are_told_apart_by_the_start_of_their_names() {
        let names = [
            "emnist-digits-train-images",
            "emnist-digits-train-labels",
            "emnist-letters-train-images",
            "emnist-letters-train-labels",
        ];
        let problem = found(&names, "").unwrap_err();
        assert!(
            problem.contains(
                "emnist-digits-train-images, emnist-letters-train-images hold training images"
            ),
            "{problem}"
        );
        assert!(
            problem.contains("hint: say how the names of one data set's files begin, as in idx:")
                && problem.contains("/emnist-letters, or"),
            "{problem}"
        );
        assert_eq!(found(&names, "emnist-letters").unwrap(), names[2..]);
        assert_eq!(found(&names, "EMNIST-d").unwrap(), names[..2]);
        assert!(found(&names, "emnist").is_err());
        let problem = found(&names[1..3], "").unwrap_err();
        assert!(problem.contains("hold parts of different data sets"), "{problem}");
        let both = ["train-images", "train-labels", "test-images", "t10k-images", "test-labels"];
        let problem = found(&both, "").unwrap_err();
        assert!(
            problem.contains("t10k-images, test-images hold test images")
                && problem.contains("hint: keep one"),
            "{problem}"
        );
    }

    #[test]
    fn missing_files_are_named() {
        let missing = |names: &[&str]| {
            found(names, "")
                .unwrap_err()
                .split(" has no ")
                .nth(1)
                .unwrap()
                .lines()
                .next()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            missing(&["train-images.idx", "train-labels.idx", "test-images.idx"]),
            FILE_NAMES[3]
        );
        assert_eq!(missing(&["train-images.idx"]), FILE_NAMES[1]);
        assert_eq!(
            missing(&["test-images.idx", "test-labels.idx"]),
            format!("{} and no {}", FILE_NAMES[0], FILE_NAMES[1])
        );
        assert_eq!(missing(&[]), FILE_NAMES.join(" and no "));
        assert!(found(&[], "nowhere").unwrap_err().starts_with("cannot open "));
    }

    #[test]
    fn the_mapping_has_the_same_start() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "emnist-byclass-train-images",
            "emnist-byclass-train-labels",
            "EMNIST-byclass-mapping.txt",
            "emnist-letters-mapping.txt",
        ] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let files = IdxFiles::find(dir.path()).unwrap();
        assert!(files.are_emnists());
        assert_eq!(files.mapping(), Some(dir.path().join("EMNIST-byclass-mapping.txt")));
    }
}
