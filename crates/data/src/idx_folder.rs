//! MNIST's four files by their own names.

use std::path::{Path, PathBuf};

use crate::DataError;

/// MNIST's own names, in the order of [`Folder::files`].
pub(crate) const FILE_NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// A directory that holds all four files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// In the order of [`FILE_NAMES`].
    pub files: [PathBuf; 4],
}

impl Folder {
    /// Finds the files by their exact names, dotted (`train-images.idx3-ubyte`) or not, gzipped or
    /// not. Gzipped files are preferred, because checksums are published for them.
    pub(crate) fn find(directory: &Path) -> Result<Folder, DataError> {
        std::fs::read_dir(directory).map_err(DataError::io("open", directory))?;
        let found = FILE_NAMES.map(|name| {
            let dotted = name.replacen("-idx", ".idx", 1);
            let names = [format!("{name}.gz"), name.to_owned(), format!("{dotted}.gz"), dotted];
            names.map(|name| directory.join(name)).into_iter().find(|path| path.is_file())
        });
        let missing: Vec<_> = FILE_NAMES
            .into_iter()
            .zip(&found)
            .filter(|(_, path)| path.is_none())
            .map(|(name, _)| name)
            .collect();
        if !missing.is_empty() {
            return Err(DataError::MissingFiles {
                directory: directory.to_owned(),
                missing,
                needed: &FILE_NAMES,
            });
        }
        Ok(Folder { files: found.map(|path| path.expect("none is missing")) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_names_are_found_and_missing_ones_named() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, "").unwrap();
            path
        };
        let [a, b, c] =
            ["train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte.gz"]
                .map(write);
        write("train-images-idx3-ubyte");
        match Folder::find(dir.path()) {
            Err(DataError::MissingFiles { missing, .. }) => {
                assert_eq!(missing, ["t10k-labels-idx1-ubyte"])
            }
            other => panic!("{other:?}"),
        }
        let d = write("t10k-labels-idx1-ubyte");
        assert_eq!(Folder::find(dir.path()).unwrap().files, [a, b, c, d]);
        assert!(matches!(Folder::find(&dir.path().join("nowhere")), Err(DataError::Io { .. })));
    }
}
