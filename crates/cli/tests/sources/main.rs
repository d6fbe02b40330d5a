//! Rules for the sources: no long files, and no modules that import each other in a circle.

mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use modules::Crate;

/// Lines that a file may have.
const MOST_LINES: usize = 350;

/// Files that may be longer, each with the reason.
const LONG_FILES: [(&str, &str); 1] =
    [("crates/nn/tests/pytorch/make.py", "half of it is a table of networks")];

/// Adds the files with these extensions under `dir` to `found`, except those in build directories.
fn source_files(dir: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_dir() && name != "target" && !name.starts_with('.') {
            source_files(&path, extensions, found);
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        if kind.is_file() && extension.is_some_and(|extension| extensions.contains(&extension)) {
            found.push(path);
        }
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[test]
fn no_file_is_long_except_tables() {
    let root = workspace();
    let mut files = Vec::new();
    ["crates", "bench", "fuzz"]
        .iter()
        .for_each(|dir| source_files(&root.join(dir), &["rs", "py"], &mut files));
    let mut long = Vec::new();
    let mut excepted = Vec::new();
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        let name = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        if lines > MOST_LINES {
            match LONG_FILES.iter().find(|(long, _)| *long == name) {
                Some((name, _)) => excepted.push(*name),
                None => long.push(format!("{name}: {lines} lines")),
            }
        }
    }
    assert!(long.is_empty(), "more than {MOST_LINES} lines:\n{}", long.join("\n"));
    let unneeded: Vec<_> = LONG_FILES.iter().filter(|(name, _)| !excepted.contains(name)).collect();
    assert!(unneeded.is_empty(), "no longer long, so no exceptions: {unneeded:?}");
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut circles = Vec::new();
    for entry in fs::read_dir(workspace().join("crates")).unwrap().map(Result::unwrap) {
        let source = entry.path().join("src");
        let mut files = Vec::new();
        source_files(&source, &["rs"], &mut files);
        let name = entry.file_name().to_string_lossy().into_owned();
        let found = Crate::read(&source, &files).circles();
        circles.extend(found.into_iter().map(|circle| format!("{name}: {circle}")));
    }
    assert!(circles.is_empty(), "modules import each other:\n{}", circles.join("\n"));
}
