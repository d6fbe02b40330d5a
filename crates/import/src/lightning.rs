//! A directory of Lightning's CSVLogger: `metrics.csv`, and `hparams.yaml` if it was written.
//!
//! Each row of `metrics.csv` holds what was logged together, and gaps elsewhere. Rows of one epoch are
//! joined: of each measure, the last value in the epoch counts.

use std::path::Path;
use std::sync::Arc;

use crate::curve::CurveBuilder;
use crate::error::{ImportError, Problem, listed, shown};
use crate::limits::MOST_VALUES_OF_A_RUN;
use crate::note::{NoteKind, Notes};
use crate::run::{Imported, ImportedRun, whole};
use crate::table::{Cell, Table, is_blank};
use crate::{Curve, CurveRow, csv_table, open, yaml};

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
    curve(&table, &mut run, &mut notes).map_err(ImportError::at(&path))?;
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

/// A value of a table.
struct Value {
    row: usize,
    measure: usize,
    value: f64,
}

/// Reads the curve: a row for each epoch, or for each step if there are not two epochs.
fn curve(table: &Table, run: &mut ImportedRun, notes: &mut Notes) -> Result<(), Problem> {
    let column = |name: &str| table.columns.iter().position(|column| column.name == name);
    let (epochs, steps) = (column("epoch"), column("step"));
    let is_measure = |&column: &usize| Some(column) != epochs && Some(column) != steps;
    let measures: Vec<usize> = (0..table.columns.len()).filter(is_measure).collect();
    let values = values(table, &measures, notes);
    if values.is_empty() {
        return Err(Problem::NoMeasure { known: table.names() });
    }
    let number = |column: Option<usize>, row: usize| {
        column.and_then(|column| table.columns[column].cells[row].number())
    };
    let epochs = epochs_of_rows(table.rows(), |row| number(epochs, row));
    let step = |row: usize| number(steps, row).and_then(whole);
    let names: Vec<Arc<str>> =
        measures.iter().map(|&column| table.columns[column].name.as_str().into()).collect();
    let mut different: Vec<f64> = epochs.iter().copied().flatten().collect();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if different.len() < 2 {
        let mut builder = CurveBuilder::default();
        for Value { row, measure, value } in values {
            if builder.add(&names[measure], epochs[row], step(row), value).is_err() {
                let most = MOST_VALUES_OF_A_RUN as u64;
                notes.add(NoteKind::TooMany { what: "values or measures of a run", most });
                break;
            }
        }
        run.take_curve(builder, notes);
        return Ok(());
    }
    let mut rows: Vec<(Option<u64>, Vec<Option<f64>>)> =
        vec![(None, vec![None; names.len()]); different.len()];
    let mut replaced = vec![false; names.len()];
    for Value { row, measure, value } in values {
        let place = epochs[row]
            .and_then(|epoch| different.binary_search_by(|known| known.total_cmp(&epoch)).ok());
        let Some((last_step, cells)) = place.and_then(|place| rows.get_mut(place)) else {
            continue;
        };
        *last_step = step(row).max(*last_step);
        replaced[measure] |= cells[measure].replace(value).is_some();
    }
    let replaced = names.iter().zip(replaced).filter(|(_, replaced)| *replaced);
    let replaced: Vec<&str> = replaced.map(|(name, _)| &**name).collect();
    if !replaced.is_empty() {
        let text = format!(
            "several values an epoch, of which the last one counts: {}",
            listed(replaced.into_iter())
        );
        notes.add(NoteKind::Remark { text });
    }
    run.curve = Curve::new(names);
    for (epoch, (step, cells)) in different.into_iter().zip(rows) {
        run.curve.push(CurveRow { epoch: Some(epoch), step }, cells);
    }
    Ok(())
}

/// The numbers of all measures, row by row.
fn values(table: &Table, measures: &[usize], notes: &mut Notes) -> Vec<Value> {
    let mut values = Vec::new();
    for row in 0..table.rows() {
        for (measure, &column) in measures.iter().enumerate() {
            let column = &table.columns[column];
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
            values.push(Value { row, measure, value });
        }
    }
    values
}

/// The epoch of each row. A row without one, as LearningRateMonitor writes it, is of the epoch of the
/// next row that has one, or of the last epoch.
fn epochs_of_rows(rows: usize, epoch: impl Fn(usize) -> Option<f64>) -> Vec<Option<f64>> {
    let mut epochs: Vec<Option<f64>> = (0..rows).map(epoch).collect();
    let mut next = epochs.iter().rev().copied().find(Option::is_some).flatten();
    for epoch in epochs.iter_mut().rev() {
        next = epoch.or(next);
        *epoch = next;
    }
    epochs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (ImportedRun, Vec<String>) {
        let mut notes = Notes::new(Path::new("metrics.csv"));
        let table = csv_table::read(text.as_bytes(), &mut notes).unwrap();
        let mut run = ImportedRun::new(Path::new("version_0"), "run");
        curve(&table, &mut run, &mut notes).unwrap();
        (run, notes.finish().iter().map(|note| note.kind.to_string()).collect())
    }

    /// Epoch, step, and a value for each measure.
    type Row = (Option<f64>, Option<u64>, Vec<Option<f64>>);

    fn rows(run: &ImportedRun) -> Vec<Row> {
        let curve = &run.curve;
        let cells = |row| (0..curve.measures().len()).map(|m| curve.value(row, m)).collect();
        let rows = curve.rows().iter().enumerate();
        rows.map(|(row, place)| (place.epoch, place.step, cells(row))).collect()
    }

    #[test]
    fn an_epoch_is_one_row() {
        let (run, notes) = read(
            "epoch,lr-Adam,step,train_loss,val_loss\n,0.1,0,,\n0,,0,0.9,\n0,,1,0.8,\n0,,1,,0.7\n\
             ,0.2,2,,\n1,,3,0.6,\n1,,3,,nan\n,0.3,3,,\n",
        );
        let rows = rows(&run);
        assert_eq!(rows[0], (Some(0.0), Some(1), vec![Some(0.1), Some(0.8), Some(0.7)]));
        assert_eq!((rows.len(), rows[1].0, rows[1].1), (2, Some(1.0), Some(3)));
        assert_eq!(rows[1].2[..2], [Some(0.3), Some(0.6)]);
        assert!(rows[1].2[2].unwrap().is_nan(), "a measured NaN is the last value");
        let said = "several values an epoch, of which the last one counts: `lr-Adam`, `train_loss`";
        assert_eq!(notes, [said]);
    }

    #[test]
    fn one_long_epoch_keeps_its_steps() {
        let (run, notes) = read("epoch,step,a,b\n0,9,0.5,\n0,9,,0.4\n0,19,0.3,\n");
        let expected = [
            (Some(0.0), Some(9), vec![Some(0.5), Some(0.4)]),
            (Some(0.0), Some(19), vec![Some(0.3), None]),
        ];
        assert_eq!((rows(&run), notes.len()), (expected.to_vec(), 0));
        let (run, _) = read("step,a\n3,0.5\n7,0.4\n");
        assert_eq!(rows(&run)[1], (None, Some(7), vec![Some(0.4)]));
    }
}
