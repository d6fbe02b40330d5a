//! Tidy tables: one row a run, or one row an epoch of a run.
//!
//! A table with one row for each measure is made wide first, see [`melted`]. How columns are
//! understood then, in this order:
//!
//! 1. [`roles`]: network, seed, epoch, step, the run's name and status are the columns that
//!    [`TidyColumns`] names, or else those with a usual name.
//! 2. [`runs`]: rows with the same network, seed and name are one run. If an epoch occurs twice in
//!    it, the settings that tell the rows apart make several runs of it; if none does, each further
//!    row of an epoch belongs to a further run of the same settings.
//! 3. [`shape`]: of the other columns, those are measures that [`TidyColumns::scores`] names, that
//!    hold numbers under a usual name of a measure (`val_acc`, `test/loss`), or whose numbers change
//!    within a run. In a table with one row a run, numbers of an unusual name count as measures if
//!    most have a fraction and most runs have a value of their own. What is the same in all rows of
//!    each run is a setting.
//!
//! Every guess is a note.

mod melted;
mod roles;
mod runs;
mod shape;

use std::path::Path;

use crate::csv_table;
use crate::error::{ImportError, Problem};
use crate::json_table;
use crate::note::Notes;
use crate::open;
use crate::run::Imported;
use crate::table::Table;

use roles::Roles;
pub(crate) use shape::stem;

/// Which columns hold what. What is not named is guessed.
///
/// ```
/// use fitroom_import::TidyColumns;
///
/// let columns = TidyColumns { network: Some("kind".into()), ..TidyColumns::default() };
/// assert_eq!(columns.seed, None, "it is guessed");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TidyColumns {
    /// The column of the network's or method's name.
    pub network: Option<String>,
    /// The column of the seed.
    pub seed: Option<String>,
    /// The column of the epoch or step.
    pub epoch: Option<String>,
    /// Columns of measures. Others with usual names are read too.
    pub scores: Vec<String>,
}

/// Reads a CSV file with commas, semicolons or tabs.
///
/// # Errors
/// Nothing could be read, or a column that `columns` names does not exist.
pub fn read_csv(path: &Path, columns: &TidyColumns) -> Result<Imported, ImportError> {
    read(path, columns, |notes| csv_table::read(open::stream(path)?, notes))
}

/// Reads a file with one JSON object a line, or one JSON array of objects.
///
/// # Errors
/// Nothing could be read, or a column that `columns` names does not exist.
pub fn read_json_lines(path: &Path, columns: &TidyColumns) -> Result<Imported, ImportError> {
    read(path, columns, |notes| json_table::read(open::stream(path)?, notes))
}

fn read(
    path: &Path,
    columns: &TidyColumns,
    read: impl FnOnce(&mut Notes) -> Result<Table, Problem>,
) -> Result<Imported, ImportError> {
    let mut notes = Notes::new(path);
    let table = read(&mut notes).map_err(ImportError::at(path))?;
    let runs = runs_of(table, path, columns, &mut notes).map_err(ImportError::at(path))?;
    Ok(Imported { runs, notes: notes.finish() })
}

/// The runs of a table.
pub(crate) fn runs_of(
    mut table: Table,
    path: &Path,
    columns: &TidyColumns,
    notes: &mut Notes,
) -> Result<Vec<crate::ImportedRun>, Problem> {
    table.note_written(notes);
    melted::widen(&mut table, columns, notes)?;
    let mut roles = Roles::decide(&table, columns, notes)?;
    if crate::path_facts::says_seed(path) {
        roles.find_counter(&table, notes);
    }
    let rows_of_runs = runs::find(&table, &roles, notes);
    shape::shape(table, &roles, &rows_of_runs, path, notes)
}

/// The runs of a table that is known to have one row a run, whatever its columns are called.
pub(crate) fn one_row_a_run(
    table: Table,
    path: &Path,
    columns: &TidyColumns,
    notes: &mut Notes,
) -> Result<Vec<crate::ImportedRun>, Problem> {
    table.note_written(notes);
    let roles = Roles::decide(&table, columns, notes)?;
    let rows_of_runs = runs::each_row(&table, notes);
    shape::shape(table, &roles, &rows_of_runs, path, notes)
}

#[cfg(test)]
mod tests;
