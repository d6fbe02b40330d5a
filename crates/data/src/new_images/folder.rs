//! Finds the pictures in a folder and in the folders in it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::NewImagesError;
use crate::folder::is_named_as_picture;

/// Most folders in each other.
const MOST_DEEP: usize = 32;

/// Most files and folders in all.
const MOST_FILES: usize = 10_000_000;

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files that are pictures by their names, sorted.
    pub pictures: Vec<PathBuf>,
    /// How many files are none.
    pub others: usize,
}

/// Finds the pictures. Hidden files and folders are passed over, and no folder is entered twice, so
/// that links make no circles.
pub(super) fn find(root: &Path) -> Result<Found, NewImagesError> {
    let too_large = || NewImagesError::FolderTooLarge { path: root.to_owned() };
    let (mut found, mut entered, mut seen) = (Found::default(), HashSet::new(), 0);
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let failed = |source| NewImagesError::Io { path: folder.clone(), source };
        if !entered.insert(fs::canonicalize(&folder).map_err(failed)?) {
            continue;
        }
        if depth > MOST_DEEP {
            return Err(too_large());
        }
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            seen += 1;
            if seen > MOST_FILES {
                return Err(too_large());
            }
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            if path.is_dir() {
                open.push((path, depth + 1));
            } else if is_named_as_picture(&path) {
                found.pictures.push(path);
            } else {
                found.others += 1;
            }
        }
    }
    found.pictures.sort();
    Ok(found)
}
