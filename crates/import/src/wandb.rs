//! The table of runs that W&B exports as CSV: one row a run, with name, state, settings and the last
//! value of each measure.

use std::path::Path;

use crate::error::ImportError;
use crate::note::Notes;
use crate::run::Imported;
use crate::tidy::{self, TidyColumns};
use crate::{csv_table, open};

/// Reads an exported table of runs. Its columns `_step` and `epoch` say how far a run came.
///
/// # Errors
/// Nothing could be read, or a column that `columns` names does not exist.
pub fn read_wandb(path: &Path, columns: &TidyColumns) -> Result<Imported, ImportError> {
    let mut notes = Notes::new(path);
    let table = open::stream(path).and_then(|stream| csv_table::read(stream, &mut notes));
    let table = table.map_err(ImportError::at(path))?;
    let runs =
        tidy::one_row_a_run(table, path, columns, &mut notes).map_err(ImportError::at(path))?;
    Ok(Imported { runs, notes: notes.finish() })
}
