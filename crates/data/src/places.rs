//! The directories in which published data sets are looked for and kept.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::DataError;

/// The directories in which published data sets are looked for: first `--data-dir`, then the
/// directory that `FITROOM_DATA` names, then `fitroom` in the user's cache (`$XDG_CACHE_HOME` or
/// `~/.cache`; `%LOCALAPPDATA%` on Windows). Downloads go to the first of those that are set.
///
/// In each of them, a data set's files may lie in a directory of the data set's name, in
/// torchvision's directory (`FashionMNIST/raw`), or directly.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The directory that `--data-dir` names.
    pub data_dir: Option<PathBuf>,
}

impl Places {
    /// The directories, in the order in which they are searched.
    pub fn directories(&self) -> Vec<PathBuf> {
        let cache =
            etcetera::choose_base_strategy().ok().map(|user| user.cache_dir().join("fitroom"));
        ordered(self.data_dir.clone(), std::env::var_os("FITROOM_DATA"), cache)
    }
}

/// The directory of decoded pictures, in the user's cache. Tests of this crate leave it alone.
pub(crate) fn decoded_directory() -> Option<PathBuf> {
    let user = etcetera::choose_base_strategy().ok().filter(|_| !cfg!(test))?;
    Some(user.cache_dir().join("fitroom").join("decoded"))
}

fn ordered(
    data_dir: Option<PathBuf>,
    variable: Option<OsString>,
    cache: Option<PathBuf>,
) -> Vec<PathBuf> {
    let variable = variable.filter(|value| !value.is_empty()).map(PathBuf::from);
    [data_dir, variable, cache].into_iter().flatten().collect()
}

/// The folders in which a data set's files may lie, within the directories to search.
pub(crate) fn candidates(
    directories: &[PathBuf],
    name: &str,
    torchvision: Option<&str>,
) -> Vec<PathBuf> {
    let within = |directory: &PathBuf| {
        let torchvision = torchvision.map(|name| directory.join(name).join("raw"));
        [Some(directory.join(name)), torchvision, Some(directory.clone())].into_iter().flatten()
    };
    directories.iter().flat_map(within).collect()
}

/// The directory that a data set is downloaded to.
pub(crate) fn download_directory(
    directories: &[PathBuf],
    name: &str,
) -> Result<PathBuf, DataError> {
    directories.first().map(|first: &PathBuf| Path::join(first, name)).ok_or(DataError::NoPlace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::idx_folder::{FILE_NAMES, Folder};

    #[test]
    fn the_command_line_comes_before_the_environment_before_the_cache() {
        let path = |name: &str| Some(PathBuf::from(name));
        let all = ordered(path("given"), Some("set".into()), path("cache"));
        assert_eq!(all, ["given", "set", "cache"].map(PathBuf::from));
        assert_eq!(ordered(None, Some("".into()), path("cache")), [PathBuf::from("cache")]);
        assert_eq!(download_directory(&all, "mnist").unwrap(), Path::new("given").join("mnist"));
        assert!(matches!(download_directory(&[], "mnist"), Err(DataError::NoPlace)));
    }

    #[test]
    fn files_are_found_in_a_directory_of_their_name_and_directly() {
        for layout in ["mnist/", "MNIST/raw/", ""] {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(dir.path().join(layout)).unwrap();
            let directories = [dir.path().join("nowhere"), dir.path().to_owned()];
            let candidates = candidates(&directories, "mnist", Some("MNIST"));
            for name in FILE_NAMES {
                assert!(candidates.iter().all(|candidate| Folder::find(candidate).is_err()));
                std::fs::write(dir.path().join(layout).join(name), "").unwrap();
            }
            let found =
                candidates.iter().find_map(|candidate| Folder::find(candidate).ok()).unwrap();
            assert_eq!(found.files[3], dir.path().join(layout).join(FILE_NAMES[3]), "{layout}");
        }
    }
}
