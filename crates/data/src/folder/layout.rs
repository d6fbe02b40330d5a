//! How a folder of pictures is laid out: with a folder of training pictures or without.

use std::path::{Path, PathBuf};

use super::problem::{FolderProblem, shown};

/// What the pictures of a folder are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Train,
    /// Joined to the training pictures.
    Validation,
    Test,
}

/// The names of each part's folder, in any case.
const NAMES: [(&str, Part); 7] = [
    ("train", Part::Train),
    ("training", Part::Train),
    ("val", Part::Validation),
    ("valid", Part::Validation),
    ("validation", Part::Validation),
    ("test", Part::Test),
    ("testing", Part::Test),
];

fn part_of(folder: &Path) -> Option<Part> {
    let name = shown(folder);
    NAMES.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|&(_, part)| part)
}

/// The folders that hold a folder per class.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Each with its part. An empty path is the folder itself.
    pub folders: Vec<(PathBuf, Part)>,
    /// Folders beside them, whose pictures are left out.
    pub left_out: Vec<PathBuf>,
}

/// The layout of a folder that holds `folders`. Folders `train` and `test` (or `val`) make parts. A
/// folder `train` makes a part also if it stands alone. Among other folders it is a class.
pub(super) fn layout(folders: Vec<PathBuf>) -> Result<Layout, FolderProblem> {
    let of = |part: Part| folders.iter().filter(move |path| part_of(path) == Some(part));
    let [trains, validations, tests] =
        [Part::Train, Part::Validation, Part::Test].map(|part| of(part).count());
    let named = trains + validations + tests;
    if trains == 0 && named > 0 && named == folders.len() {
        return Err(FolderProblem::NoTraining { found: shown(&folders[0]) });
    }
    if trains == 0 || (named == trains && folders.len() > trains) {
        let folders = vec![(PathBuf::new(), Part::Train)];
        return Ok(Layout { folders, left_out: Vec::new() });
    }
    for part in [Part::Train, Part::Test] {
        if let [first, second, ..] = of(part).collect::<Vec<_>>()[..] {
            return Err(FolderProblem::TwoFolders {
                folders: [first, second].map(|path| shown(path)),
            });
        }
    }
    let mut layout = Layout { folders: Vec::new(), left_out: Vec::new() };
    for folder in folders {
        match part_of(&folder) {
            Some(part) => layout.folders.push((folder, part)),
            None => layout.left_out.push(folder),
        }
    }
    Ok(layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(names: &[&str]) -> Vec<(String, Part)> {
        let layout = layout(names.iter().map(PathBuf::from).collect()).unwrap();
        layout.folders.iter().map(|(path, part)| (shown(path), *part)).collect()
    }

    #[test]
    fn parts_are_recognised_by_their_names() {
        let part = |name: &str, part| (name.to_owned(), part);
        let [train, test] = [part("Train", Part::Train), part("testing", Part::Test)];
        assert_eq!(parts(&["Train", "testing"]), [train.clone(), test]);
        assert_eq!(parts(&["Train"]), std::slice::from_ref(&train));
        assert_eq!(parts(&["Train", "valid"]), [train, part("valid", Part::Validation)]);
        let layout = layout(["more", "test", "train"].map(PathBuf::from).to_vec()).unwrap();
        assert_eq!((layout.folders.len(), layout.left_out), (2, vec![PathBuf::from("more")]));
    }

    #[test]
    fn a_train_among_other_vehicles_is_a_class() {
        let itself = [(String::new(), Part::Train)];
        for folders in [&["bus", "train"][..], &["cat", "dog"], &["cat", "test"], &[]] {
            assert_eq!(parts(folders), itself, "{folders:?}");
        }
    }

    #[test]
    fn layouts_that_are_not_clear_are_refused() {
        let error = |names: &[&str]| {
            layout(names.iter().map(PathBuf::from).collect()).unwrap_err().to_string()
        };
        assert!(error(&["test"]).starts_with("there is a folder `test`, but no folder `train`"));
        assert!(error(&["test", "val"]).contains("no folder `train`"));
        assert!(error(&["train", "training"]).starts_with("both `train` and `training`"));
        assert!(error(&["test", "testing", "train"]).starts_with("both `test` and `testing`"));
    }
}
