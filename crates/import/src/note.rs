//! Everything that was odd in what was read, and everything that was guessed.

use std::collections::HashMap;
use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};

use crate::Direction;
use crate::limits::MOST_NOTES_OF_A_KIND;

/// Something that people should know about what was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The file or directory.
    pub path: PathBuf,
    /// The line of a text file, from 1.
    pub line: Option<u64>,
    /// What was odd.
    pub kind: NoteKind,
}

/// What a column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The name of the network or method.
    Network,
    /// The seed.
    Seed,
    /// The epoch.
    Epoch,
    /// The training step.
    Step,
    /// The run's name.
    Name,
    /// Whether the run finished.
    Status,
    /// A measure, such as an accuracy or a loss.
    Measure,
}

/// What was odd or guessed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum NoteKind {
    /// A column's role was guessed from its name.
    GuessedRole {
        /// The role.
        role: Role,
        /// The column.
        column: String,
    },
    /// A column was taken for a measure because its numbers change within a run or look like one.
    GuessedMeasure {
        /// The column.
        column: String,
    },
    /// The seed was read from a directory's or a file's name.
    SeedFromPath {
        /// The seed.
        seed: u64,
    },
    /// The network was read from a directory's or a file's name.
    NetworkFromPath {
        /// The network.
        network: String,
    },
    /// A seed that is not a whole number from 0. The run is kept without a seed.
    NotASeed {
        /// What stands there.
        text: String,
    },
    /// A cell or a value that should be a number and is not. It counts as not measured.
    NotANumber {
        /// The column or measure.
        column: String,
        /// What stands there.
        text: String,
    },
    /// A row with too few or too many cells. Missing cells are empty, further cells are left out.
    CellCount {
        /// Cells of the row.
        cells: usize,
        /// Columns of the table.
        columns: usize,
    },
    /// The last line has no end and too few cells: the file was cut while it was written.
    CutLine,
    /// A line that is too long or not closed, which was left out.
    LineLeftOut {
        /// Why.
        reason: String,
    },
    /// Two columns have the same name. The second one was renamed.
    DuplicateColumn {
        /// The name.
        column: String,
        /// The new name of the second.
        renamed: String,
    },
    /// A measure or a run has several rows at one epoch or step.
    Repeated {
        /// Which run or measure.
        what: String,
        /// Where.
        at: String,
        /// What was done.
        taken: &'static str,
    },
    /// A column of text that changes within a run. It is no setting and was left out.
    Varies {
        /// The column.
        column: String,
    },
    /// The file ends in the middle of something. What came before was read.
    Truncated {
        /// In what, and where.
        what: String,
    },
    /// Something is damaged or not as its format demands.
    Damaged {
        /// What, and what was done.
        what: String,
    },
    /// A value of a kind that is not read, such as an image.
    NotRead {
        /// What it is.
        what: String,
    },
    /// A limit was reached. What came before was read.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are read at most.
        most: u64,
    },
    /// The log says which of two values is better, and the measure's name does not say so.
    Direction {
        /// The measure.
        measure: String,
        /// Which is better.
        direction: Direction,
        /// What says so.
        said_by: String,
    },
    /// A file that looked like a log and could not be read.
    Unreadable {
        /// The error, without the path.
        reason: String,
    },
    /// Something that people may want to know about how the log was read.
    Remark {
        /// The remark.
        text: String,
    },
    /// There are more notes like the one before, which are only counted.
    More {
        /// How many more.
        count: usize,
        /// What the last of them says.
        last: String,
    },
}

impl Role {
    /// The role's name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Role::Network => "network",
            Role::Seed => "seed",
            Role::Epoch => "epoch",
            Role::Step => "step",
            Role::Name => "run's name",
            Role::Status => "status",
            Role::Measure => "measure",
        }
    }
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoteKind::GuessedRole { role, column } => {
                write!(f, "the column `{column}` is taken for the {}, by its name", role.name())
            }
            NoteKind::GuessedMeasure { column } => {
                write!(f, "the column `{column}` is taken for a measure, by its numbers")
            }
            NoteKind::SeedFromPath { seed } => {
                write!(f, "the seed {seed} is taken from the path")
            }
            NoteKind::NetworkFromPath { network } => {
                write!(f, "the network `{network}` is taken from the path")
            }
            NoteKind::NotASeed { text } => {
                write!(f, "the seed `{text}` is not a whole number from 0; the run has no seed")
            }
            NoteKind::NotANumber { column, text } => {
                write!(f, "`{column}` should be a number and is `{text}`: not measured")
            }
            NoteKind::CellCount { cells, columns } => write!(
                f,
                "the row has {cells} cells and the table {columns} columns; missing cells are \
                 empty, further ones left out"
            ),
            NoteKind::CutLine => f.write_str("the last line is cut; its row was left out"),
            NoteKind::LineLeftOut { reason } => write!(f, "the line was left out: {reason}"),
            NoteKind::DuplicateColumn { column, renamed } => {
                write!(f, "two columns are called `{column}`; the second is now `{renamed}`")
            }
            NoteKind::Repeated { what, at, taken } => {
                write!(f, "{what} has several values at {at}; {taken}")
            }
            NoteKind::Varies { column } => {
                write!(f, "the text of `{column}` changes within a run: it is no setting")
            }
            NoteKind::Truncated { what } => {
                write!(f, "the file ends within {what}; what came before was read")
            }
            NoteKind::Damaged { what } | NoteKind::NotRead { what } => f.write_str(what),
            NoteKind::TooMany { what, most } => {
                write!(f, "more than {most} {what}; the rest was left out")
            }
            NoteKind::Direction { measure, direction, said_by } => {
                write!(f, "of `{measure}`, {direction}: {said_by} says so")
            }
            NoteKind::Unreadable { reason } => write!(f, "not read: {reason}"),
            NoteKind::Remark { text } => f.write_str(text),
            NoteKind::More { count, last } => write!(f, "{count} more like this, last: {last}"),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path.display(), self.kind),
            None => write!(f, "{}: {}", self.path.display(), self.kind),
        }
    }
}

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
        let most = match kind {
            NoteKind::GuessedRole { .. } | NoteKind::GuessedMeasure { .. } => 100,
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
