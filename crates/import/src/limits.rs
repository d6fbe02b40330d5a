//! How much is read at most. A log may come from anybody, so nothing in it decides how much memory
//! or time it takes.

/// Most bytes of a table or an event file. These are read piece by piece.
pub const LARGEST_STREAM: u64 = 2 << 30;

/// Most bytes of a file that is held in memory as a whole, such as JSON or YAML.
pub const LARGEST_FILE: u64 = 32 << 20;

/// Most bytes of a line, and of a row of a table that continues over several lines.
pub const LONGEST_LINE: usize = 1 << 20;

/// Most lines over which one quoted row of a table may continue.
pub const MOST_LINES_OF_A_ROW: usize = 256;

/// Most columns of a table.
pub const MOST_COLUMNS: usize = 10_000;

/// Most cells of a table, 16 bytes each.
pub const MOST_CELLS: usize = 1 << 25;

/// Most bytes of different texts in a table.
pub const MOST_TEXT: usize = 64 << 20;

/// Most rows that are read of one table of a database, 32 bytes each if it holds measured values.
pub const MOST_ROWS_OF_A_DATABASE: usize = 1 << 24;

/// Most runs that are read at once.
pub const MOST_RUNS: usize = 100_000;

/// Most measured values of one run.
pub const MOST_VALUES_OF_A_RUN: usize = 4 << 20;

/// Most values in the curves of all runs that [`read`](crate::read) reads, gaps included, 16 bytes
/// each. The source that goes beyond it is still read.
pub const MOST_VALUES: usize = 1 << 26;

/// Most measures of one run.
pub const MOST_MEASURES: usize = 10_000;

/// Most settings of one run.
pub const MOST_SETTINGS: usize = 10_000;

/// Most characters of a setting's text. The rest is cut off, and the end says so with `…`.
pub const LONGEST_SETTING: usize = 1_000;

/// The file that marks the directory of a judgement. It holds no runs, but tables that look like some.
pub const JUDGEMENT_FILE: &str = "judgement.json";

/// Most files and directories that are looked at in one directory, with all that lie in it.
pub const MOST_FILES: usize = 500_000;

/// How many directories deep runs are looked for.
pub const DEEPEST: usize = 12;

/// Most notes about one run of a database.
pub const MOST_NOTES_OF_A_RUN: usize = 20;

/// Notes of one kind about one file. Further ones are only counted.
pub const MOST_NOTES_OF_A_KIND: usize = 5;
