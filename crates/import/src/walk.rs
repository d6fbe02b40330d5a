//! Finds files in a directory and in all directories in it. Links are not followed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Problem;
use crate::limits::{DEEPEST, JUDGEMENT_FILE, MOST_FILES};
use crate::note::{Note, NoteKind};

/// All regular files below a directory, sorted by path. What could not be read is a note.
pub(crate) fn files(root: &Path, notes: &mut Vec<Note>) -> Result<Vec<PathBuf>, Problem> {
    let mut files = Vec::new();
    let mut directories = vec![(root.to_owned(), 0)];
    let mut seen = 0;
    while let Some((directory, depth)) = directories.pop() {
        let note = |kind| Note { path: directory.clone(), line: None, kind };
        if depth > 0
            && let Some(what) = not_looked_into(&directory)
        {
            notes.push(note(NoteKind::NotRead { what: what.to_owned() }));
            continue;
        }
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if depth == 0 => return Err(error.into()),
            Err(error) => {
                notes.push(note(NoteKind::Unreadable { reason: error.to_string() }));
                continue;
            }
        };
        for entry in entries {
            seen += 1;
            if seen > MOST_FILES {
                notes.push(note(NoteKind::TooMany { what: "files", most: MOST_FILES as u64 }));
                files.sort();
                return Ok(files);
            }
            let kind = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)));
            match kind {
                Ok((path, kind)) if kind.is_file() => files.push(path),
                Ok((_, kind)) if kind.is_dir() && depth >= DEEPEST => {
                    let what = "directories within each other";
                    notes.push(note(NoteKind::TooMany { what, most: DEEPEST as u64 }));
                }
                Ok((path, kind)) if kind.is_dir() => directories.push((path, depth + 1)),
                Ok((path, _)) => {
                    let what = "a link, pipe or device was not opened".to_owned();
                    notes.push(Note { path, line: None, kind: NoteKind::NotRead { what } });
                }
                Err(error) => {
                    notes.push(note(NoteKind::Unreadable { reason: error.to_string() }));
                }
            }
        }
    }
    files.sort();
    Ok(files)
}

/// What a directory is that holds tables and no logs of other tools.
fn not_looked_into(directory: &Path) -> Option<&'static str> {
    if directory.join(JUDGEMENT_FILE).is_file() {
        return Some("what `fitroom judge` wrote is not read again");
    }
    let is_study = directory.join("study.toml").is_file() && directory.join("runs").is_dir();
    is_study.then_some("a study of `fitroom run` is read only if its directory is named")
}
