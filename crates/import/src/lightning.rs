//! A directory of Lightning's CSVLogger: `metrics.csv`, and `hparams.yaml` if it was written.
//!
//! Each row of `metrics.csv` holds what was logged together, and gaps elsewhere. Rows of one epoch and
//! step are joined.

use std::path::Path;

use crate::curve::CurveBuilder;
use crate::error::{ImportError, Problem, shown};
use crate::limits::MOST_VALUES_OF_A_RUN;
use crate::note::{NoteKind, Notes};
use crate::run::{Imported, ImportedRun, whole};
use crate::table::{Cell, Table, is_blank};
use crate::{csv_table, open, yaml};

/// Reads a directory that holds a `metrics.csv`, such as `lightning_logs/version_0`.
///
/// # Errors
/// `metrics.csv` can't be opened, or has no row or measure.
pub fn read_lightning(directory: &Path) -> Result<Imported, ImportError> {
    let path = directory.join("metrics.csv");
    let name = directory.file_name().map_or("run".into(), |name| name.to_string_lossy());
    let mut run = ImportedRun::new(directory, name);
    let mut notes = Notes::new(&path);
    let table = open::stream(&path).and_then(|stream| csv_table::read(stream, &mut notes));
    let table = table.map_err(ImportError::at(&path))?;
    let builder = join(&table, &mut notes).map_err(ImportError::at(&path))?;
    run.take_curve(builder, &mut notes);
    let mut notes = notes.finish();
    let hparams = directory.join("hparams.yaml");
    let mut hparams_notes = Notes::new(&hparams);
    // Lightning writes an empty file if a module saves no hyperparameters.
    match open::whole(&hparams) {
        Ok(bytes) => {
            for (name, value) in yaml::settings(&bytes, &mut hparams_notes) {
                run.set(&name, value, &mut hparams_notes);
            }
        }
        Err(Problem::Empty) => {}
        Err(Problem::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(problem) => hparams_notes.add(NoteKind::Unreadable { reason: problem.to_string() }),
    }
    notes.extend(hparams_notes.finish());
    Ok(Imported { runs: vec![run], notes })
}

/// Joins the rows of each epoch and step.
fn join(table: &Table, notes: &mut Notes) -> Result<CurveBuilder, Problem> {
    let column = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (epochs, steps) = (column("epoch"), column("step"));
    let number = |column: Option<usize>, row: usize| {
        column.and_then(|column| table.columns[column].cells[row].number())
    };
    let mut builder = CurveBuilder::default();
    for row in 0..table.rows() {
        let (epoch, step) = (number(epochs, row), number(steps, row).and_then(whole));
        for (index, column) in table.columns.iter().enumerate() {
            if Some(index) == epochs || Some(index) == steps {
                continue;
            }
            let value = match column.cells[row] {
                Cell::Empty => continue,
                Cell::Text(text) => {
                    if !is_blank(table.text(text)) {
                        let (column, text) = (shown(&column.name), shown(table.text(text)));
                        let line = table.lines[row].into();
                        notes.add_at(line, NoteKind::NotANumber { column, text });
                    }
                    continue;
                }
                Cell::Bool(value) => f64::from(u8::from(value)),
                Cell::Whole(number) => number as f64,
                Cell::Number(number) => number,
            };
            if builder.add(&column.name, epoch, step, value).is_err() {
                let most = MOST_VALUES_OF_A_RUN as u64;
                notes.add(NoteKind::TooMany { what: "values or measures of a run", most });
                return Ok(builder);
            }
        }
    }
    match builder.is_empty() {
        true => Err(Problem::NoMeasure { known: table.names() }),
        false => Ok(builder),
    }
}
