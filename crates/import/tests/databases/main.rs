//! SQLite databases that MLflow and Optuna wrote, and databases that are locked, damaged or hostile.

mod hostile;

use std::fs;
use std::path::{Path, PathBuf};

use fitroom_import::{
    At, Direction, Imported, ImportedRun, NoteKind, RunStatus, Score, ScoreOf, Setting,
    TidyColumns, read,
};
use rusqlite::Connection;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn import(path: &Path) -> Imported {
    read(path, &TidyColumns::default()).unwrap()
}

fn error(path: &Path) -> String {
    read(path, &TidyColumns::default()).unwrap_err().to_string()
}

fn said(imported: &Imported) -> Vec<String> {
    let notes = imported.notes.iter().chain(imported.runs.iter().flat_map(|run| &run.notes));
    notes.map(|note| note.kind.to_string()).collect()
}

/// A small database as MLflow makes it, with two runs of two values.
fn small(path: &Path) -> Connection {
    let database = Connection::open(path).unwrap();
    database
        .execute_batch(
            "CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT);
             CREATE TABLE runs (run_uuid TEXT, name TEXT, status TEXT, experiment_id INTEGER);
             CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);
             CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
             CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT, step INTEGER);
             INSERT INTO runs VALUES ('a', 'one', 'FINISHED', 0), ('b', NULL, 'RUNNING', 0);
             INSERT INTO tags VALUES ('mlflow.runName', 'two', 'b'), ('seed', '7', 'b');
             INSERT INTO metrics VALUES ('acc', 0.5, 0, 'a', 0), ('acc', 0.25, 0, 'b', 0),
                                        ('acc', 0.75, 0, 'a', 1), ('acc', 0.5, 0, 'b', 1);",
        )
        .unwrap();
    database
}

/// The number that a query gives.
fn number(database: &Connection, query: &str) -> usize {
    database.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap().try_into().unwrap()
}

fn values(run: &ImportedRun, measure: &str) -> Vec<f64> {
    run.curve.values(measure).map(|(_, value)| value).collect()
}

#[test]
fn mlflow_s_database_holds_what_its_files_hold() {
    let database = import(&fixtures().join("mlflow_sqlite"));
    let files = import(&fixtures().join("mlflow"));
    assert_eq!(database.runs.len(), 5);
    for run in &database.runs {
        let other = files.runs.iter().find(|other| other.name == run.name).unwrap();
        assert_eq!((run.seed, run.status), (other.seed, other.status));
        for (name, value) in &other.settings {
            assert_eq!(run.settings.get(name), Some(value), "{name}");
        }
        for measure in other.curve.measures() {
            let same = values(run, measure)
                .iter()
                .zip(&values(other, measure))
                .all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same, "{measure} of {}", run.name);
        }
        assert!(run.source.ends_with("mlflow_sqlite/mlflow.db"));
    }
    let crashed = database.runs.iter().find(|run| run.name == "wide-3").unwrap();
    assert_eq!(crashed.status, RunStatus::Crashed);
    assert_eq!(values(crashed, "loss"), [f64::INFINITY]);
    assert_eq!(crashed.score(&ScoreOf::guess("val_acc", At::Last)), Score::NotANumber);
    assert_eq!(database.runs[0].settings["team"], Setting::Text("vision".into()));
    let deleted = "1 run was deleted in MLflow and left out".to_owned();
    assert!(said(&database).contains(&deleted), "{:?}", said(&database));
}

#[test]
fn artifacts_of_a_database_s_runs_are_no_runs() {
    let dir = tempfile::tempdir().unwrap();
    let run = "mlruns/1/0123456789abcdef0123456789ABCDEF/artifacts";
    for directory in [run, "own/artifacts"] {
        fs::create_dir_all(dir.path().join(directory)).unwrap();
        let log = dir.path().join(directory).join("log.csv");
        fs::write(log, "seed,epoch,val_acc\n1,1,0.5\n").unwrap();
    }
    assert_eq!(import(dir.path()).runs.len(), 2, "no database, no artifacts");
    drop(small(&dir.path().join("mlflow.db")));
    let imported = import(dir.path());
    assert_eq!(imported.runs.len(), 3);
    assert!(said(&imported).contains(&"1 artifact of MLflow's runs was not read".to_owned()));
}

#[test]
fn optuna_s_trials_are_runs() {
    let imported = import(&fixtures().join("optuna/optuna.db"));
    let run = |name: &str| imported.runs.iter().find(|run| run.name == name).unwrap();
    assert_eq!(imported.runs.len(), 7);
    let first = run("widths, trial 0");
    assert_eq!((first.seed, first.status), (Some(1), RunStatus::Finished));
    assert_eq!(first.settings["network"], Setting::Text("wide".into()));
    assert_eq!(first.settings["study"], Setting::Text("widths".into()));
    assert_eq!(first.settings["note"], Setting::Text("grid".into()));
    assert!(!first.settings.contains_key("layers"));
    assert_eq!(values(first, "intermediate_value"), [1.0 / 33.0, 1.0 / 34.0, 1.0 / 35.0]);
    let score = ScoreOf::guess("val_gap", At::Last);
    assert_eq!(first.score(&score).value(), Some(1.0 / 35.0));
    assert_eq!(first.curve.epochs(), 3, "the final value has no step");
    let odd = values(run("widths, trial 1"), "intermediate_value");
    assert!(odd[1].is_nan() && odd.len() == 3, "{odd:?}");
    let pruned = run("widths, trial 3");
    assert_eq!(pruned.status, RunStatus::Unfinished);
    assert!(pruned.notes[0].to_string().contains("the trial was pruned"));
    let failed = run("widths, trial 4");
    assert_eq!((failed.seed, failed.status), (Some((1 << 53) + 1), RunStatus::Crashed));
    let both = run("both, trial 0");
    assert_eq!(values(both, "values_0"), [f64::INFINITY]);
    assert_eq!(values(both, "values_1"), [0.25]);
    assert_eq!(run("both, trial 1").status, RunStatus::Unfinished);
    let directions: Vec<_> = imported
        .notes
        .iter()
        .filter_map(|note| match &note.kind {
            NoteKind::Direction { measure, direction, .. } => Some((measure.as_str(), *direction)),
            _ => None,
        })
        .collect();
    let lower = Direction::LowerIsBetter;
    let higher = Direction::HigherIsBetter;
    let expected = [
        ("val_gap", lower),
        ("intermediate_value", lower),
        ("values_0", higher),
        ("values_1", lower),
    ];
    assert_eq!(directions, expected, "what the name does not say");
    let all = said(&imported);
    assert!(all.contains(&"1 of 7 trials were pruned before their end".to_owned()), "{all:?}");
    assert!(
        all.iter().any(|note| note.starts_with("the user attribute `layers` is no")),
        "{all:?}"
    );
}

#[test]
fn older_versions_have_fewer_columns() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store.sqlite3");
    drop(small(&path));
    let imported = import(&path);
    let names: Vec<_> = imported.runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["one", "two"], "the name of the tag");
    assert_eq!(values(&imported.runs[0], "acc"), [0.5, 0.75], "values of runs lie mixed");
    assert_eq!((imported.runs[1].seed, imported.runs[1].status), (Some(7), RunStatus::Unfinished));
    Connection::open(&path).unwrap().execute_batch("ALTER TABLE metrics DROP COLUMN key").unwrap();
    let error = error(&path);
    assert!(error.contains("the table `metrics` has no column `key`\nhint: "), "{error}");
}
