//! Everything that was odd in what was read, and everything that was guessed.

mod collection;

use std::fmt;
use std::path::PathBuf;

pub(crate) use collection::Notes;

use crate::Direction;

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
    /// Two loggers wrote one run. The other log is read.
    SameRun {
        /// The format of the log that was left out.
        left_out: &'static str,
        /// The format and name of the log that is read.
        kept: String,
    },
    /// The seed was read from the run's name.
    SeedFromName {
        /// The seed.
        seed: u64,
    },
    /// The network was read from the run's name.
    NetworkFromName {
        /// The network.
        network: String,
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
                let why = match text.parse::<f64>() {
                    Ok(seed) if seed < 0.0 => " (it is negative)",
                    Ok(seed) if seed.fract() != 0.0 => " (it has a fraction)",
                    _ => "",
                };
                write!(
                    f,
                    "the seed `{text}` is not a whole number from 0{why}; the run has no seed"
                )
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
            NoteKind::SameRun { left_out, kept } => {
                write!(
                    f,
                    "the same run is logged in {kept}, which is read; this log ({left_out}) is left out"
                )
            }
            NoteKind::SeedFromName { seed } => {
                write!(f, "the seed {seed} is taken from the run's name")
            }
            NoteKind::NetworkFromName { network } => {
                write!(f, "the network `{network}` is taken from the run's name")
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
