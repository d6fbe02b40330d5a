//! Which files are in a folder of pictures, and of which class: like torchvision's `ImageFolder`.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{Layout, Part, layout};
use super::problem::{FolderProblem, shown};
use crate::DataError;
use crate::label::Label;

/// Most folders in each other, within the folder of a class.
const MOST_DEEP: usize = 32;

/// Most files and folders in all.
const MOST_FILES: usize = 10_000_000;

/// The files of a folder that may be pictures.
#[derive(Debug)]
pub(super) struct Listing {
    /// Training files before test files, each in the order of their classes, then of their paths.
    pub files: Vec<File>,
    /// The folders of the classes, each in its part.
    pub class_folders: Vec<PathBuf>,
    /// The folders that hold the class folders, each with its part.
    pub folders: Vec<(PathBuf, Part)>,
    /// What is left out.
    pub notes: Vec<String>,
}

/// A file that may be a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Its path in the folder.
    pub path: PathBuf,
    pub part: Part,
    pub label: Label,
    /// Its position in [`Listing::class_folders`].
    pub class_folder: usize,
}

/// Lists the folder `root`.
///
/// # Errors
/// If it can't be read, or has no folder per class.
pub(super) fn list(root: &Path) -> Result<Listing, DataError> {
    let wrong = |problem| DataError::wrong_file(root, problem);
    let mut lister = Lister { root, seen: 0 };
    let top = lister.entries(Path::new(""))?;
    let Layout { mut folders, mut left_out } = layout(top.folders).map_err(wrong)?;
    // Among other folders, `train` and `test` without folders in them are classes themselves.
    if !left_out.is_empty() && lister.are_flat(&folders)? {
        (folders, left_out) = (vec![(PathBuf::new(), Part::Train)], Vec::new());
    }
    let mut notes = Vec::new();
    if !folders.iter().any(|(_, part)| *part == Part::Test) {
        for (_, part) in folders.iter_mut().filter(|(_, part)| *part == Part::Validation) {
            *part = Part::Test;
            notes = vec!["the validation images are the test images".to_owned()];
        }
    }
    let has_parts = folders.iter().any(|(folder, _)| !folder.as_os_str().is_empty());
    let mut strays = if has_parts { top.files.len() } else { 0 };
    let (files, class_folders) = (Vec::new(), Vec::new());
    let mut listing = Listing { files, class_folders, folders: Vec::new(), notes };
    for (folder, part) in folders {
        strays += lister.list_part(&folder, part, &mut listing)?;
        listing.folders.push((folder, part));
    }
    // Paths are compared by the bytes of one folder's name after the other.
    listing.files.sort_by(|a, b| {
        let key = |file: &File| file.part == Part::Test;
        key(a).cmp(&key(b)).then_with(|| a.label.cmp(&b.label)).then_with(|| a.path.cmp(&b.path))
    });
    if strays > 0 {
        listing.notes.push(format!("{strays} files outside the class folders are left out"));
    }
    if let [first, ..] = &left_out[..] {
        let others = if left_out.len() > 1 { " and others" } else { "" };
        listing.notes.push(format!("the folder {}{others} is left out", shown(first)));
    }
    Ok(listing)
}

struct Lister<'a> {
    root: &'a Path,
    /// Files and folders so far.
    seen: usize,
}

/// What lies in one folder, in order and without what is ignored.
struct Entries {
    folders: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Lister<'_> {
    /// Whether none of these folders has folders in it.
    fn are_flat(&mut self, folders: &[(PathBuf, Part)]) -> Result<bool, DataError> {
        for (folder, _) in folders {
            if !self.entries(folder)?.folders.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn wrong(&self, problem: FolderProblem) -> DataError {
        DataError::wrong_file(self.root, problem)
    }

    /// The folders and files in `folder`, a path in the root.
    fn entries(&mut self, folder: &Path) -> Result<Entries, DataError> {
        let path = self.root.join(folder);
        let mut entries = Entries { folders: Vec::new(), files: Vec::new() };
        for entry in fs::read_dir(&path).map_err(DataError::io("open", &path))? {
            let entry = entry.map_err(DataError::io("read", &path))?;
            self.seen += 1;
            if self.seen > MOST_FILES {
                return Err(self.wrong(FolderProblem::TooManyFiles { most: MOST_FILES }));
            }
            let name = entry.file_name();
            let bytes = name.as_encoded_bytes();
            if bytes.starts_with(b".") || bytes == b"Thumbs.db" || bytes == b"__MACOSX" {
                continue;
            }
            let mut kind = entry.file_type().map_err(DataError::io("read", &entry.path()))?;
            if kind.is_symlink() {
                // A link that leads nowhere is a file: opening it says so.
                let Ok(target) = fs::metadata(entry.path()) else {
                    entries.files.push(folder.join(name));
                    continue;
                };
                kind = target.file_type();
            }
            let list = if kind.is_dir() { &mut entries.folders } else { &mut entries.files };
            list.push(folder.join(name));
        }
        entries.folders.sort();
        entries.files.sort();
        Ok(entries)
    }

    /// Adds the files of each class in `folder`. Returns how many files lie outside of them.
    fn list_part(
        &mut self,
        folder: &Path,
        part: Part,
        listing: &mut Listing,
    ) -> Result<usize, DataError> {
        let Entries { folders, files } = self.entries(folder)?;
        if folders.is_empty() {
            let folder = if folder.as_os_str().is_empty() {
                "this folder".to_owned()
            } else {
                format!("`{}`", shown(folder))
            };
            return Err(self.wrong(FolderProblem::NoClasses { folder }));
        }
        let mut names = BTreeMap::new();
        for class in folders {
            let label = self.label(&class)?;
            if let Some(other) = names.insert(label.clone(), class.clone()) {
                let folders = [&other, &class].map(|path| shown(path));
                return Err(self.wrong(FolderProblem::SameClass { folders }));
            }
            let class_folder = listing.class_folders.len();
            listing.class_folders.push(class.clone());
            for path in self.files_below(class, folder)? {
                listing.files.push(File { path, part, label: label.clone(), class_folder });
            }
        }
        Ok(files.len())
    }

    /// The class that a folder's name names.
    fn label(&self, class: &Path) -> Result<Label, DataError> {
        let name = class.file_name().unwrap_or_default();
        let label = match name.to_str() {
            Some(name) => Label::read(name),
            None => Err("it is not UTF-8"),
        };
        label
            .map_err(|reason| self.wrong(FolderProblem::ClassName { folder: shown(class), reason }))
    }

    /// All files in `class` and the folders in it. No folder is entered twice, and none that holds
    /// all classes, as `part` does: a link to one makes no circle and mixes no classes.
    fn files_below(&mut self, class: PathBuf, part: &Path) -> Result<Vec<PathBuf>, DataError> {
        let (mut files, mut entered) = (Vec::new(), HashSet::new());
        for path in [self.root.to_owned(), self.root.join(part)] {
            entered.insert(fs::canonicalize(&path).map_err(DataError::io("open", &path))?);
        }
        let mut open = vec![(class, 0)];
        while let Some((folder, depth)) = open.pop() {
            let path = self.root.join(&folder);
            if !entered.insert(fs::canonicalize(&path).map_err(DataError::io("open", &path))?) {
                continue;
            }
            if depth > MOST_DEEP {
                let folder = shown(&folder);
                return Err(self.wrong(FolderProblem::TooDeep { folder, most: MOST_DEEP }));
            }
            let entries = self.entries(&folder)?;
            files.extend(entries.files);
            open.extend(entries.folders.into_iter().rev().map(|folder| (folder, depth + 1)));
        }
        Ok(files)
    }
}
