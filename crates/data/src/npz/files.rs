//! Which NPZ files a data set's name means.

use std::path::{Path, PathBuf};

use super::problem::NpzProblem;
use crate::DataError;
use crate::file_roles::{Role, Selection, SeveralFit};

/// The NPZ files of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// All arrays are in one file.
    One(PathBuf),
    /// A file for training and one for the test.
    Two(PathBuf, PathBuf),
    /// A file per array, as KMNIST has them: images and labels for training and for the test.
    Separate { train: [PathBuf; 2], test: Option<[PathBuf; 2]> },
}

impl Layout {
    /// Finds the files in a directory, or those in a directory whose names begin with the path's last
    /// component. A path of a file is that file.
    ///
    /// # Errors
    /// If there are none, or if several fit.
    pub(crate) fn find(path: &Path) -> Result<Self, DataError> {
        let selection = Selection::of(path);
        if selection.start.is_some() && path.exists() {
            return Ok(Layout::One(path.to_owned()));
        }
        let mut names = selection.names()?;
        names.retain(|name| name.to_lowercase().ends_with(".npz"));
        let (_, mut files) = selection.assign(&names, "npz:", |name| {
            let (stem, lower) = (stem(name), name.to_lowercase());
            let images = ["images", "imgs", "image", "img"];
            let (prefix, role) = Role::read(&stem, &images, &["test", "t10k"])?;
            Some((prefix.to_owned(), role, lower, 0))
        })?;
        if !files.is_empty() {
            let mut take = |role: Role| {
                files.remove(&role).ok_or_else(|| {
                    let what = role.what().to_owned();
                    let problem =
                        NpzProblem::Missing { what, keys: "in files of their own".to_owned() };
                    DataError::wrong_file(&selection.path(), problem)
                })
            };
            let train = [take(Role::TrainImages)?, take(Role::TrainLabels)?];
            let test = match (take(Role::TestImages), take(Role::TestLabels)) {
                (Err(_), Err(_)) => None,
                (images, labels) => Some([images?, labels?]),
            };
            return Ok(Layout::Separate { train, test });
        }
        let at = |name: &str| selection.directory.join(name);
        let of_part = |parts: &[&str]| -> Vec<&String> {
            let is_of = |name: &&String| {
                let stem = stem(name);
                parts.iter().any(|part| {
                    stem.strip_suffix(part)
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with(['-', '_', '.']))
                })
            };
            names.iter().filter(is_of).collect()
        };
        match (
            &of_part(&["train", "training"])[..],
            &of_part(&["test", "testing", "t10k"])[..],
            &names[..],
        ) {
            ([train], [test], _) => Ok(Layout::Two(at(train), at(test))),
            (_, _, [name]) => Ok(Layout::One(at(name))),
            (_, _, []) => {
                // A path that starts no names was probably meant as a file or a directory.
                std::fs::read_dir(path).map_err(DataError::io("open", path))?;
                Err(DataError::wrong_file(path, NpzProblem::NoFiles { files: String::new() }))
            }
            ([], _, _) | (_, [], _) => {
                let files = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
                Err(DataError::wrong_file(path, NpzProblem::NoFiles { files }))
            }
            _ => {
                let hint = "name one file, or two as npz:TRAIN,TEST".to_owned();
                let what = "training or test images";
                Err(DataError::wrong_file(path, SeveralFit { names: names.clone(), what, hint }))
            }
        }
    }

    /// All files, and whether each holds a single array.
    pub(crate) fn paths(&self) -> Vec<(&Path, Option<Role>)> {
        match self {
            Layout::One(path) => vec![(path, None)],
            Layout::Two(train, test) => vec![(train, None), (test, None)],
            Layout::Separate { train: [images, labels], test } => {
                let mut paths: Vec<(&Path, _)> =
                    vec![(images, Some(Role::TrainImages)), (labels, Some(Role::TrainLabels))];
                if let Some([images, labels]) = test {
                    paths.push((images, Some(Role::TestImages)));
                    paths.push((labels, Some(Role::TestLabels)));
                }
                paths
            }
        }
    }
}

/// A name in lower case without its extension.
fn stem(name: &str) -> String {
    name.to_lowercase().trim_end_matches(".npz").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(names: &[&str], start: &str) -> Result<Vec<String>, String> {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        let layout = Layout::find(&dir.path().join(start)).map_err(|error| error.to_string())?;
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok(layout.paths().into_iter().map(|(path, _)| name(path)).collect())
    }

    #[test]
    fn files_are_found_by_their_names() {
        let kmnist = [
            "kmnist-train-imgs.npz",
            "kmnist-train-labels.npz",
            "kmnist-test-imgs.npz",
            "kmnist-test-labels.npz",
        ];
        assert_eq!(find(&kmnist, "").unwrap(), kmnist);
        assert_eq!(find(&kmnist[..2], "").unwrap(), kmnist[..2]);
        let k49 = ["k49-train-imgs.npz", "k49-train-labels.npz"];
        let both = [&kmnist[..], &k49].concat();
        assert_eq!(find(&both, "k49").unwrap(), k49);
        let problem = find(&both, "").unwrap_err();
        assert!(
            problem.contains("hold training images") && problem.contains("as in npz:"),
            "{problem}"
        );
        assert_eq!(
            find(&["my_train.npz", "my_test.npz", "more.npz"], "").unwrap(),
            ["my_train.npz", "my_test.npz"]
        );
        assert_eq!(find(&["mnist.npz", "classes.txt"], "").unwrap(), ["mnist.npz"]);
        assert_eq!(find(&["mnist.npz", "mnist.npz.txt"], "mnist.npz").unwrap(), ["mnist.npz"]);
        for (names, start, expected) in [
            (&[][..], "", "no NPZ files whose names"),
            (&["a.npz", "b.npz"], "", "(a.npz, b.npz)"),
            (
                &["a-train.npz", "b-train.npz", "test.npz"],
                "",
                "a-train.npz, b-train.npz, test.npz hold",
            ),
            (&["train-imgs.npz"], "", "no array of training labels"),
            (
                &["train-imgs.npz", "train-labels.npz", "test-imgs.npz"],
                "",
                "no array of test labels",
            ),
            (&["a.npz"], "nowhere", "cannot open"),
        ] {
            let problem = find(names, start).unwrap_err();
            assert!(problem.contains(expected), "{names:?}: {problem}");
        }
    }
}
