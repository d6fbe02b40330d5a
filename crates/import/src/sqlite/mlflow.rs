//! MLflow's SQLite database, `mlflow.db`: the default store of MLflow 3.

use std::collections::HashMap;
use std::path::Path;

use super::database::{Database, Table};
use super::measured::Measured;
use crate::Setting;
use crate::curve::CellsLeft;
use crate::error::{ImportError, Problem, shown};
use crate::limits::{LONGEST_SETTING, MOST_RUNS};
use crate::note::{NoteKind, Notes};
use crate::run::{Imported, ImportedRun, RunStatus};

const EXPERIMENTS: Table =
    Table { name: "experiments", columns: &["experiment_id", "name"], required: 2 };

const RUNS: Table = Table {
    name: "runs",
    columns: &["run_uuid", "name", "status", "experiment_id", "lifecycle_stage"],
    required: 1,
};

const PARAMS: Table = Table { name: "params", columns: &["run_uuid", "key", "value"], required: 3 };

const TAGS: Table = Table { name: "tags", columns: &["run_uuid", "key", "value"], required: 3 };

const METRICS: Table = Table {
    name: "metrics",
    columns: &["run_uuid", "key", "value", "step", "is_nan"],
    required: 3,
};

/// Reads all runs of all experiments of a database. Deleted runs are left out and counted in a note.
///
/// The settings are the parameters, the tags that are not MLflow's own, and the experiment's name.
///
/// # Errors
/// The database can't be opened, another program holds it, or it has no run.
pub fn read_mlflow_database(path: &Path) -> Result<Imported, ImportError> {
    let mut notes = Notes::new(path);
    let runs = read(path, &mut notes).map_err(ImportError::at(path))?;
    Ok(Imported { runs, notes: notes.finish() })
}

/// The runs, and which one has which ID.
struct Runs {
    runs: Vec<ImportedRun>,
    positions: HashMap<String, u32>,
    deleted: usize,
}

fn read(path: &Path, notes: &mut Notes) -> Result<Vec<ImportedRun>, Problem> {
    let mut database = Database::open(path)?;
    let Runs { mut runs, positions, deleted } = read_runs(&mut database, path, notes)?;
    if runs.is_empty() {
        let what = match deleted {
            0 => "the database holds no run of MLflow".to_owned(),
            deleted => format!("all {deleted} runs in the database were deleted in MLflow"),
        };
        let hint = "is it the database that `mlflow.set_tracking_uri` names?";
        return Err(Problem::Broken { what, hint });
    }
    let find = |id: Option<std::borrow::Cow<'_, str>>| positions.get(&*id?).copied();
    let mut is_named: Vec<bool> = runs.iter().map(|run| !run.name.is_empty()).collect();
    // A parameter goes before a tag of the same name.
    for table in [&PARAMS, &TAGS] {
        database.read(table, notes, |row| {
            let (Some(position), Some(key)) = (find(row.text(0)), row.text(1)) else { return true };
            let position = position as usize;
            let value = row.text(2).unwrap_or_default();
            match (table.name, &*key) {
                ("tags", "mlflow.runName") if !is_named[position] => {
                    runs[position].name = shown(&value);
                    is_named[position] = true;
                }
                // MLflow's own tags say who, where and with which commit.
                ("tags", key) if key.starts_with("mlflow.") => {}
                (_, key) => set(&mut runs[position], key, &value),
            }
            true
        })?;
    }
    let mut measured = Measured::default();
    let mut left_out = Notes::new(path);
    database.read(&METRICS, notes, |row| {
        if let (Some(run), Some(key)) = (find(row.text(0)), row.text(1)) {
            let is_nan = row.whole(4).is_some_and(|is_nan| is_nan != 0);
            let value = if is_nan { Some(f64::NAN) } else { row.number(2).map(infinite) };
            match value {
                Some(value) => measured.add(run, &key, row.whole(3), value, &mut left_out),
                None => {
                    let text = shown(&row.text(2).unwrap_or_default());
                    left_out.add(NoteKind::NotANumber { column: shown(&key), text });
                }
            }
        }
        true
    })?;
    notes.append(left_out);
    let measured = measured.by_run();
    let mut cells_left = CellsLeft::default();
    for (run, position) in runs.iter_mut().zip(0_u32..) {
        let mut run_notes = Notes::new(path);
        let values = measured.of_run(position, &mut run_notes);
        if values.is_empty() {
            run_notes.add(NoteKind::Remark { text: "the run logged no metric".to_owned() });
        }
        run.take_curve(values, &mut run_notes);
        run.add_notes(run_notes);
        if !cells_left.take(&run.curve) {
            notes.add(cells_left.note());
            runs.truncate(position as usize);
            break;
        }
    }
    Ok(runs)
}

fn read_runs(database: &mut Database, path: &Path, notes: &mut Notes) -> Result<Runs, Problem> {
    let mut experiments: HashMap<i64, String> = HashMap::new();
    database.read(&EXPERIMENTS, notes, |row| {
        if let (Some(id), Some(name)) = (row.whole(0), row.text(1)) {
            experiments.insert(id, name.chars().take(LONGEST_SETTING).collect());
        }
        experiments.len() < MOST_RUNS
    })?;
    let mut runs = Runs { runs: Vec::new(), positions: HashMap::new(), deleted: 0 };
    let mut is_full = false;
    database.read(&RUNS, notes, |row| {
        let Some(id) = row.text(0).filter(|id| id.len() <= LONGEST_SETTING) else { return true };
        if row.text(4).is_some_and(|stage| stage == "deleted") {
            runs.deleted += 1;
            return true;
        }
        if runs.runs.len() == MOST_RUNS {
            is_full = true;
            return false;
        }
        let mut run = ImportedRun::new(path, shown(&row.text(1).unwrap_or_default()));
        run.status = row.text(2).map_or(RunStatus::Unknown, |status| RunStatus::read(&status));
        if let Some(name) = row.whole(3).and_then(|experiment| experiments.get(&experiment)) {
            run.settings.insert("experiment".to_owned(), Setting::text(name));
        }
        if let Ok(position) = u32::try_from(runs.runs.len()) {
            runs.positions.insert(id.into_owned(), position);
            runs.runs.push(run);
        }
        true
    })?;
    if is_full {
        notes.add(NoteKind::TooMany { what: "runs", most: MOST_RUNS as u64 });
    }
    if runs.deleted > 0 {
        let word = if runs.deleted == 1 { "run was" } else { "runs were" };
        let text = format!("{} {word} deleted in MLflow and left out", runs.deleted);
        notes.add(NoteKind::Remark { text });
    }
    Ok(runs)
}

/// Adds a setting that stands as text.
fn set(run: &mut ImportedRun, key: &str, value: &str) {
    run.set_checked(key, |run, notes| run.set_exactly(key, value, notes));
}

/// MLflow stores an infinite value as the largest finite one.
fn infinite(value: f64) -> f64 {
    if value == f64::MAX || value == f64::MIN { value * 2.0 } else { value }
}
