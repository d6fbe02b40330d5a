//! The bodies of the fuzz targets: what this crate's readers promise for any bytes, whoever made
//! them. `crates/hostile` runs them on stored inputs. This module is public for
//! them alone: it is no part of the API, and may change at any time.
//!
//! All promise the same of what they return: each run has a value or none for each measure and row, and
//! is in one group; no best score is NaN; notes, facts and errors are short and can't control a
//! terminal.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::note::Notes;
use crate::{
    At, GroupOptions, Grouping, ImportError, Imported, Score, ScoreOf, TidyColumns, hydra, read,
    read_csv, read_json_lines, read_keras_history, read_lightning, read_mlflow_database,
    read_optuna, read_trainer_state, read_wandb, yaml,
};

/// Most characters of a message, besides a path.
const LONGEST_MESSAGE: usize = 4_000;

/// Between the files of one input of [`log_mlflow`].
const BETWEEN_FILES: &[u8] = b"\n==\n";

/// A table as CSV, as tidy runs, as W&B's export, and as Lightning's `metrics.csv`.
pub fn log_csv(bytes: &[u8]) {
    let dir = scratch();
    let path = write(dir.path(), "metrics.csv", bytes);
    let columns = TidyColumns::default();
    check(read(dir.path(), &columns));
    check(read_csv(&path, &columns));
    check(read_wandb(&path, &columns));
    check(read_lightning(dir.path()));
}

/// JSON lines, or an array of objects.
pub fn log_lines(bytes: &[u8]) {
    let dir = scratch();
    let path = write(dir.path(), "log.jsonl", bytes);
    check(read(dir.path(), &TidyColumns::default()));
    check(read_json_lines(&path, &TidyColumns::default()));
}

/// One JSON value: Keras' history, or Hugging Face's trainer state beside its arguments.
pub fn log_json(bytes: &[u8]) {
    let dir = scratch();
    write(dir.path(), "training_args.json", bytes);
    let path = write(dir.path(), "trainer_state.json", bytes);
    check(read(dir.path(), &TidyColumns::default()));
    check(read_keras_history(&path));
    check(read_trainer_state(&path));
}

/// TensorBoard's event file.
pub fn log_events(bytes: &[u8]) {
    let dir = scratch();
    write(dir.path(), "events.out.tfevents.1.host", bytes);
    check(read(dir.path(), &TidyColumns::default()));
}

/// A run of MLflow's file store: `meta.yaml`, a parameter, a metric and a tag, with `==` between them.
pub fn log_mlflow(bytes: &[u8]) {
    let dir = scratch();
    let names = ["meta.yaml", "params/seed", "metrics/val_acc", "metrics/test/acc", "tags/note"];
    let mut rest = bytes;
    for name in names {
        let end = rest.windows(BETWEEN_FILES.len()).position(|part| part == BETWEEN_FILES);
        let (file, next) = rest.split_at(end.unwrap_or(rest.len()));
        rest = next.strip_prefix(BETWEEN_FILES).unwrap_or_default();
        write(dir.path(), &format!("0/run/{name}"), file);
    }
    check(read(dir.path(), &TidyColumns::default()));
}

/// An SQLite database, of MLflow or of Optuna.
pub fn log_sqlite(bytes: &[u8]) {
    let dir = scratch();
    let path = write(dir.path(), "runs.db", bytes);
    check(read(&path, &TidyColumns::default()));
    check(read_mlflow_database(&path));
    check(read_optuna(&path));
    let left = fs::read_dir(dir.path()).expect("the directory is there").count();
    assert!(left == 1 || bytes.get(19) == Some(&2), "only a write-ahead log has files beside it");
    assert_eq!(fs::read(&path).expect("the file is there"), bytes, "nothing is written");
}

/// Settings as YAML, and Hydra's overrides.
pub fn log_yaml(bytes: &[u8]) {
    for read in [yaml::settings, hydra::overrides] {
        let mut notes = Notes::new(Path::new("hparams.yaml"));
        for (_, value) in read(bytes, &mut notes) {
            assert!(value.to_string().len() < LONGEST_MESSAGE + 10);
        }
        for note in notes.finish() {
            check_message(&note.kind.to_string());
        }
    }
}

fn check(result: Result<Imported, ImportError>) {
    let imported = match result {
        Ok(imported) => imported,
        Err(error) => {
            let message = error.problem.to_string();
            // The names of up to 20 columns, of up to 60 characters each.
            return check_message(&message);
        }
    };
    assert!(!imported.runs.is_empty() || !imported.notes.is_empty(), "nothing without a word");
    for note in imported.notes.iter().chain(imported.runs.iter().flat_map(|run| &run.notes)) {
        check_message(&note.kind.to_string());
    }
    let mut scores = Vec::new();
    for run in &imported.runs {
        let curve = &run.curve;
        assert!(curve.epochs() <= curve.rows().len());
        for (place, measure) in curve.measures().iter().enumerate().take(20) {
            let score = ScoreOf::guess(measure, At::Best);
            if let Score::Value { value, row, .. } = run.score(&score) {
                assert!(!value.is_nan() && row < curve.rows().len());
            }
            let values = (0..curve.rows().len()).filter(|&row| curve.value(row, place).is_some());
            let is_only_one = curve.measures().iter().filter(|name| *name == measure).count() == 1;
            assert!(!is_only_one || values.count() == curve.values(measure).count());
            if scores.len() < 3 {
                scores.push(score);
            }
        }
    }
    let grouping = Grouping::of(&imported.runs, &GroupOptions::default(), &scores)
        .expect("no setting was named");
    let mut grouped: Vec<usize> =
        grouping.groups.iter().flat_map(|group| group.runs.iter().copied()).collect();
    grouped.sort_unstable();
    assert!(grouped.into_iter().eq(0..imported.runs.len()), "each run is in one group");
    for fact in &grouping.facts {
        check_message(&fact.to_string());
    }
}

fn check_message(message: &str) {
    let is_plain = message.chars().all(|c| c == '\n' || !c.is_control());
    assert!(is_plain, "{message:?}");
    assert!(message.chars().count() < LONGEST_MESSAGE, "{message:?}");
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn write(dir: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = dir.join(name);
    fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("a directory");
    fs::write(&path, bytes).expect("a file");
    path
}
