//! The CSV files that W&B exports: a table of runs, or the lines of a chart.
//!
//! A table has one row a run, with name, state, settings and the last value of each measure. See
//! [`chart`] for charts.

mod chart;

use std::path::Path;

pub(crate) use chart::is_chart;

use crate::error::ImportError;
use crate::note::Notes;
use crate::run::Imported;
use crate::tidy::{self, TidyColumns};
use crate::{csv_table, open};

/// Reads an exported table of runs, whose columns `_step` and `epoch` say how far a run came, or an
/// exported chart.
///
/// # Errors
/// Nothing could be read, or a column that `columns` names does not exist.
pub fn read_wandb(path: &Path, columns: &TidyColumns) -> Result<Imported, ImportError> {
    let mut notes = Notes::new(path);
    let table = open::stream(path).and_then(|stream| csv_table::read(stream, &mut notes));
    let table = table.map_err(ImportError::at(path))?;
    let names = table.columns.iter().map(|column| column.name.as_str());
    let runs = match is_chart(names) {
        true => chart::runs(&table, path, columns, &mut notes),
        false => tidy::one_row_a_run(table, path, columns, &mut notes),
    };
    let runs = runs.map_err(ImportError::at(path))?;
    Ok(Imported { runs, notes: notes.finish() })
}
