//! Collects notes, as many as people read.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};

use super::{Note, NoteKind};
use crate::limits::MOST_NOTES_OF_A_KIND;

/// Collects notes about one file. Of each kind, a few are kept and the others counted: a broken file
/// of a million lines does not fill memory.
#[derive(Debug)]
pub(crate) struct Notes {
    path: PathBuf,
    notes: Vec<Note>,
    /// How many notes of each kind there were, and the last one that was not kept.
    counts: HashMap<Discriminant<NoteKind>, (usize, Option<Note>)>,
}

impl Notes {
    pub fn new(path: &Path) -> Self {
        Notes { path: path.to_owned(), notes: Vec::new(), counts: HashMap::new() }
    }

    /// Adds a note about the whole file.
    pub fn add(&mut self, kind: NoteKind) {
        self.push(None, kind);
    }

    /// Adds a note about a line.
    pub fn add_at(&mut self, line: u64, kind: NoteKind) {
        self.push(Some(line), kind);
    }

    fn push(&mut self, line: Option<u64>, kind: NoteKind) {
        // Guesses are one for each column, and columns are few.
        // A direction is applied, so none may be only counted.
        let most = match kind {
            NoteKind::GuessedRole { .. }
            | NoteKind::GuessedMeasure { .. }
            | NoteKind::Direction { .. } => 100,
            _ => MOST_NOTES_OF_A_KIND,
        };
        let count = self.counts.entry(discriminant(&kind)).or_default();
        let note = Note { path: self.path.clone(), line, kind };
        if count.0 < most {
            self.notes.push(note);
        } else {
            count.1 = Some(note);
        }
        count.0 += 1;
    }

    /// Adds all notes of another collection.
    pub fn append(&mut self, other: Notes) {
        self.notes.extend(other.finish());
    }

    /// All notes, with the number of those that were only counted.
    pub fn finish(mut self) -> Vec<Note> {
        let mut more: Vec<Note> = Vec::new();
        for (count, last) in self.counts.into_values() {
            let Some(last) = last else { continue };
            let kind = match count - MOST_NOTES_OF_A_KIND.min(count) {
                1 => last.kind,
                count => NoteKind::More { count, last: last.kind.to_string() },
            };
            more.push(Note { kind, ..last });
        }
        more.sort_by_key(|note| note.line);
        self.notes.extend(more);
        self.notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_notes_of_a_kind_are_counted() {
        let mut notes = Notes::new(Path::new("a.csv"));
        for line in 2..1002 {
            notes.add_at(line, NoteKind::NotASeed { text: "x".into() });
        }
        notes.add(NoteKind::CutLine);
        let notes = notes.finish();
        assert_eq!(notes.len(), MOST_NOTES_OF_A_KIND + 2);
        let shown = notes[0].to_string();
        assert!(shown.starts_with("a.csv:2: the seed `x` is not a whole number"), "{shown}");
        let more = notes[MOST_NOTES_OF_A_KIND + 1].to_string();
        assert!(more.starts_with("a.csv:1001: 995 more like this"), "{more}");
    }
}
