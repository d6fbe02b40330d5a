//! Which files of a directory hold training and test images and labels, by their names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::DataError;
use crate::plain_text::is_plain;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    TrainImages,
    TrainLabels,
    TestImages,
    TestLabels,
}

/// Most names in a message.
const MOST_SHOWN: usize = 8;

/// Files among which a user must choose.
#[derive(Debug, Error)]
#[error("{} hold {what}, and it is not clear which are meant\nhint: {hint}", shown(names))]
pub struct SeveralFit {
    /// The names of the files.
    pub names: Vec<String>,
    /// What each of them holds, such as `training images`.
    pub what: &'static str,
    /// How to choose.
    pub hint: String,
}

fn shown(names: &[String]) -> String {
    let more = names.len().saturating_sub(MOST_SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names[..names.len().min(MOST_SHOWN)].join(", "))
}

impl Role {
    /// What the file holds, for people.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Role::TrainImages => "training images",
            Role::TrainLabels => "training labels",
            Role::TestImages => "test images",
            Role::TestLabels => "test labels",
        }
    }

    /// Reads the end of a name in lower case without its extension, such as `emnist-train-images`.
    /// Returns what stands before, with the character that separates it.
    pub(crate) fn read<'a>(
        stem: &'a str,
        images: &[&str],
        tests: &[&str],
    ) -> Option<(&'a str, Role)> {
        let separated = |text: &'a str| text.strip_suffix(['-', '_', '.']);
        let ends =
            |text: &'a str, ends: &[&str]| ends.iter().find_map(|end| text.strip_suffix(end));
        let (rest, has_images) = match ends(stem, images) {
            Some(rest) => (rest, true),
            None => (stem.strip_suffix("labels")?, false),
        };
        let rest = separated(rest)?;
        let (prefix, is_train) = match rest.strip_suffix("train") {
            Some(prefix) => (prefix, true),
            None => (ends(rest, tests)?, false),
        };
        let role = match (is_train, has_images) {
            (true, true) => Role::TrainImages,
            (true, false) => Role::TrainLabels,
            (false, true) => Role::TestImages,
            (false, false) => Role::TestLabels,
        };
        (prefix.is_empty() || separated(prefix).is_some()).then_some((prefix, role))
    }
}

/// A directory, and the start of the names of the files that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) directory: PathBuf,
    /// `None`: all files.
    pub(crate) start: Option<String>,
}

impl Selection {
    /// Takes `path` as a directory, if it is one. If not, its last component is the start of names.
    pub(crate) fn of(path: &Path) -> Self {
        let all = Selection { directory: path.to_owned(), start: None };
        if path.is_dir() {
            return all;
        }
        let start = path.file_name().and_then(|name| name.to_str());
        let parent = path.parent().map(|parent| {
            if parent.as_os_str().is_empty() { Path::new(".") } else { parent }.to_owned()
        });
        match (parent, start) {
            (Some(directory), Some(start)) if directory.is_dir() => {
                Selection { directory, start: Some(start.to_lowercase()) }
            }
            _ => all,
        }
    }

    /// The names of the files that are meant, sorted. A name that is not fit to show is left out.
    ///
    /// # Errors
    /// If the directory can't be read.
    pub(crate) fn names(&self) -> Result<Vec<String>, DataError> {
        let error = |error| DataError::io("open", &self.directory)(error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(error)? {
            let Ok(name) = entry.map_err(error)?.file_name().into_string() else { continue };
            let is_meant = self.start.as_ref().is_none_or(|s| name.to_lowercase().starts_with(s));
            if is_meant && is_plain(&name) && self.directory.join(&name).is_file() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The path as the user wrote it.
    pub(crate) fn path(&self) -> PathBuf {
        self.start.as_ref().map_or(self.directory.clone(), |start| self.directory.join(start))
    }

    /// Gives each role its file. `read` says what a file of this name holds: what stands before, its
    /// role, and a rank; of files that differ in their rank alone, the one of the lowest is taken.
    ///
    /// # Errors
    /// If several files have the same role. `format` is the prefix of the data set's name.
    pub(crate) fn assign<Rank: Ord>(
        &self,
        names: &[String],
        format: &str,
        read: impl Fn(&str) -> Option<(String, Role, String, Rank)>,
    ) -> Result<(String, BTreeMap<Role, PathBuf>), DataError> {
        // For each role, the files of each name without what rank stands for.
        let mut found: BTreeMap<Role, BTreeMap<String, (Rank, String, &String)>> = BTreeMap::new();
        for name in names {
            let Some((prefix, role, plain, rank)) = read(name) else { continue };
            let same = found.entry(role).or_default();
            match same.get(&plain) {
                // Two names that differ in their letters' case alone.
                Some((known, _, _)) if rank == *known => {
                    same.insert(name.clone(), (rank, prefix, name));
                }
                Some((known, _, _)) if rank > *known => {}
                _ => {
                    same.insert(plain, (rank, prefix, name));
                }
            }
        }
        let prefixes: Vec<&String> = {
            let all = found.values().flat_map(|files| files.values().map(|(_, prefix, _)| prefix));
            let mut all: Vec<_> = all.collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let several = found.iter().find(|(_, files)| files.len() > 1);
        if let Some((role, files)) = several {
            let names: Vec<String> = files.values().map(|(_, _, name)| (*name).clone()).collect();
            return Err(self.several(names, role.what(), &prefixes, format));
        }
        if prefixes.len() > 1 {
            let names = found.values().flat_map(|files| files.values()).map(|file| file.2.clone());
            return Err(self.several(
                names.collect(),
                "parts of different data sets",
                &prefixes,
                format,
            ));
        }
        let prefix = prefixes.first().map_or(String::new(), |prefix| (*prefix).clone());
        let path = |files: BTreeMap<String, (Rank, String, &String)>| {
            files.into_values().next().map(|(_, _, name)| self.directory.join(name))
        };
        let files = found.into_iter().filter_map(|(role, files)| Some((role, path(files)?)));
        Ok((prefix, files.collect()))
    }

    fn several(
        &self,
        names: Vec<String>,
        what: &'static str,
        prefixes: &[&String],
        format: &str,
    ) -> DataError {
        let mut starts = prefixes.iter().map(|prefix| prefix.trim_end_matches(['-', '_', '.']));
        let hint = match starts.rfind(|start| !start.is_empty()) {
            Some(start) if prefixes.len() > 1 => {
                let example = self.directory.join(start);
                format!(
                    "say how the names of one data set's files begin, as in {format}{}, or keep each \
                     data set in a directory of its own",
                    example.display()
                )
            }
            _ => "keep one of them in the directory".to_owned(),
        };
        DataError::wrong_file(&self.directory, SeveralFit { names, what, hint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(stem: &str) -> Option<(&str, Role)> {
        Role::read(stem, &["images", "imgs"], &["test", "t10k"])
    }

    #[test]
    fn names_say_what_files_hold() {
        for (stem, expected) in [
            ("train-images", Some(("", Role::TrainImages))),
            ("t10k_labels", Some(("", Role::TestLabels))),
            ("emnist-letters-test.imgs", Some(("emnist-letters-", Role::TestImages))),
            ("k49_train_labels", Some(("k49_", Role::TrainLabels))),
            ("train-images-2", None),
            ("constrain-images", None),
            ("qmnist-test60k-images", None),
            ("images", None),
            ("train", None),
            ("", None),
        ] {
            assert_eq!(role(stem), expected, "{stem}");
        }
    }

    #[test]
    fn a_path_is_a_directory_or_the_start_of_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["emnist-a", "EMNIST-b", "other", "emnist-\n"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        std::fs::create_dir(dir.path().join("emnist-dir")).unwrap();
        let all = Selection::of(dir.path());
        assert_eq!((&all.start, all.names().unwrap().len()), (&None, 3));
        let some = Selection::of(&dir.path().join("emnist"));
        assert_eq!(some.names().unwrap(), ["EMNIST-b", "emnist-a"]);
        assert_eq!(some.path(), dir.path().join("emnist"));
        let nowhere = dir.path().join("a/b");
        let error = Selection::of(&nowhere).names().unwrap_err();
        assert!(matches!(error, DataError::Io { path, .. } if path == nowhere));
        assert_eq!(Selection::of(Path::new("no-such-start")).directory, Path::new("."));
    }
}
