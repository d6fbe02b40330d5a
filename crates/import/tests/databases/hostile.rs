//! Databases that are locked, cut, damaged, or made to do harm.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use fitroom_import::{Format, detect};
use rusqlite::Connection;

use super::{error, fixtures, import, number, said, small, values};

#[test]
fn a_database_that_a_writer_holds_is_an_error_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlflow.db");
    let writer = small(&path);
    writer.execute_batch("BEGIN EXCLUSIVE; INSERT INTO params VALUES ('lr', '1', 'a')").unwrap();
    let start = Instant::now();
    let message = error(&path);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(message.contains("another program is writing to the database"), "{message}");
    assert!(message.contains("\nhint: try again"), "{message}");
    // In a directory, other logs are still read.
    fs::write(dir.path().join("log.csv"), "seed,epoch,val_acc\n1,1,0.5\n").unwrap();
    let imported = import(dir.path());
    assert_eq!(imported.runs.len(), 1);
    assert!(said(&imported).iter().any(|note| note.contains("another program is writing")));
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(import(&path).runs.len(), 2);
}

#[test]
fn a_write_ahead_log_is_read_and_the_writer_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlflow.db");
    let writer = small(&path);
    writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    writer.execute_batch("INSERT INTO metrics VALUES ('acc', 0.875, 0, 'a', 2)").unwrap();
    assert!(fs::metadata(dir.path().join("mlflow.db-wal")).unwrap().len() > 0);
    writer.execute_batch("BEGIN; INSERT INTO metrics VALUES ('acc', 9, 0, 'a', 3)").unwrap();
    let imported = import(&path);
    assert_eq!(values(&imported.runs[0], "acc"), [0.5, 0.75, 0.875], "what was committed");
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(values(&import(&path).runs[0], "acc").len(), 4);
}

#[cfg(unix)]
#[test]
fn a_journal_of_a_stopped_writer_is_said_and_pipes_are_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlflow.db");
    let writer = small(&path);
    // Large enough to be written before the commit, with its journal.
    writer
        .execute_batch(
            "PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN;
             INSERT INTO params SELECT 'k' || value, hex(zeroblob(500)), 'a' FROM json_each('[1,2,3,4,5,6,7,8,9]'), \
             (SELECT 1 UNION SELECT 2 UNION SELECT 3);",
        )
        .unwrap();
    let copy = dir.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    fs::copy(dir.path().join("mlflow.db-journal"), dir.path().join("copy.db-journal")).unwrap();
    let message = error(&copy);
    assert!(message.contains("has to be repaired before it can be read"), "{message}");
    assert!(message.contains("\nhint: its writer was stopped in the middle"), "{message}");
    fs::remove_file(dir.path().join("copy.db-journal")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(dir.path().join("copy.db-wal")).status();
    assert!(made.unwrap().success());
    let message = error(&copy);
    assert!(message.contains("with `-wal`, is no regular file\nhint: "), "{message}");
}

#[test]
fn cut_and_empty_databases_have_hints() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut.db");
    for fixture in ["mlflow_sqlite/mlflow.db", "optuna/optuna.db"] {
        let bytes = fs::read(fixtures().join(fixture)).unwrap();
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        let message = error(&path);
        assert!(message.contains("the database is damaged or cut"), "{message}");
        assert!(message.contains("\nhint: copy it again"), "{message}");
    }
    fs::write(&path, b"SQLite format 3\0rest").unwrap();
    assert!(error(&path).contains("the database is damaged or cut"));
    let database = small(&path.with_file_name("a.db"));
    database.execute_batch("DELETE FROM runs").unwrap();
    let message = error(&path.with_file_name("a.db"));
    assert!(message.contains("holds no run of MLflow\nhint: "), "{message}");
    let other = path.with_file_name("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE runs (a)").unwrap();
    let message = error(&other);
    assert!(
        message.contains("an SQLite database without runs of MLflow or Optuna\nhint: "),
        "{message}"
    );
    let formats = |path: &Path| detect(path).map(|found| found.sources[0].format).ok();
    assert_eq!(formats(&fixtures().join("optuna")), Some(Format::Optuna));
    assert_eq!(formats(&fixtures().join("mlflow_sqlite")), Some(Format::MlflowDatabase));
}

/// Adds a value of `acc` for each step below `end`, to the two that are there.
fn add_steps(database: &Connection, end: usize) {
    let values = |step| format!("('acc', {step}, 0, 'a', {step})");
    let values: Vec<String> = (2..end).map(values).collect();
    database.execute_batch(&format!("INSERT INTO metrics VALUES {}", values.join(", "))).unwrap();
}

#[test]
fn a_damaged_table_gives_the_rows_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlflow.db");
    let database = small(&path);
    add_steps(&database, 2000);
    let pages = number(&database, "PRAGMA page_count");
    drop(database);
    let mut bytes = fs::read(&path).unwrap();
    let last = (pages - 1) * (bytes.len() / pages);
    bytes[last..last + 100].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let imported = import(&path);
    let count = values(&imported.runs[0], "acc").len();
    assert!((500..2000).contains(&count), "{count}");
    let all = said(&imported);
    assert!(
        all.iter().any(|note| note.starts_with("the table `metrics`: the database is damaged")),
        "{all:?}"
    );
}

#[test]
fn nothing_that_a_schema_says_is_run() {
    let dir = tempfile::tempdir().unwrap();
    let hang =
        "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r) SELECT x, x AS name FROM r";
    for (name, schema, expected) in [
        (
            "view",
            format!("ALTER TABLE runs RENAME TO t; CREATE VIEW runs AS {hang}"),
            "`runs` is a view and no plain table",
        ),
        (
            "virtual",
            "DROP TABLE runs; CREATE VIRTUAL TABLE runs USING fts5(run_uuid, name)".to_owned(),
            "`runs` is a virtual and no plain table",
        ),
        (
            "generated",
            "DROP TABLE runs; CREATE TABLE runs (name TEXT, run_uuid TEXT AS (printf('%.1000000c', name)));
             INSERT INTO runs VALUES ('a')"
                .to_owned(),
            "the table `runs` has no column `run_uuid`",
        ),
    ] {
        let path = dir.path().join(format!("{name}.db"));
        small(&path).execute_batch(&schema).unwrap();
        let message = error(&path);
        assert!(message.contains(expected), "{message}");
    }
}

/// Replaces the first page of `metrics` by pages of many pointers to the next such page, the last of which
/// point to a real page: a tree of 100^5 rows in a file of a few pages.
fn make_endless(path: &Path) {
    let database = small(path);
    add_steps(&database, 2000);
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'metrics'";
    let root = number(&database, root);
    let size = number(&database, "PRAGMA page_size");
    drop(database);
    let mut bytes = fs::read(path).unwrap();
    let start = (root - 1) * size;
    assert_eq!(bytes[start], 5, "an inner page");
    let mut child: [u8; 4] = bytes[start + 8..start + 12].try_into().unwrap();
    for level in 0..5 {
        let mut page = vec![0; size];
        let cells = 100;
        page[0] = 5;
        page[3..5].copy_from_slice(&u16::try_from(cells).unwrap().to_be_bytes());
        page[8..12].copy_from_slice(&child);
        for cell in 0..cells {
            let place = size - 5 * (cell + 1);
            page[12 + 2 * cell..14 + 2 * cell]
                .copy_from_slice(&u16::try_from(place).unwrap().to_be_bytes());
            page[place..place + 4].copy_from_slice(&child);
            page[place + 4] = 1;
        }
        let content = u16::try_from(size - 5 * cells).unwrap();
        page[5..7].copy_from_slice(&content.to_be_bytes());
        if level == 4 {
            bytes[start..start + size].copy_from_slice(&page);
        } else {
            bytes.extend(page);
            child = u32::try_from(bytes.len() / size).unwrap().to_be_bytes();
        }
    }
    let pages = u32::try_from(bytes.len() / size).unwrap();
    bytes[28..32].copy_from_slice(&pages.to_be_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn pages_that_point_to_each_other_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlflow.db");
    make_endless(&path);
    let start = Instant::now();
    let imported = import(&path);
    assert!(start.elapsed() < Duration::from_secs(10));
    let all = said(&imported);
    assert!(
        all.iter().any(|note| note.contains("`metrics` has more rows than its file")),
        "{all:?}"
    );
    let bytes = fs::metadata(&path).unwrap().len();
    assert!((imported.runs[0].curve.rows().len() as u64) < bytes);
}

#[test]
fn long_texts_are_cut_and_long_names_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mlflow.db");
    let database = small(&path);
    database
        .execute_batch(
            "INSERT INTO params VALUES ('long', replace(hex(zeroblob(100000)), '0', 'x'), 'a'), (hex(zeroblob(1000)), '1', 'a');
             INSERT INTO metrics VALUES (hex(zeroblob(1000)), 1, 0, 'a', 0), ('acc', 1, 0, 'a', -1),
                                        ('acc', 'x', 0, 'a', 5), ('acc', 1, 0, 'nobody', 0);",
        )
        .unwrap();
    let imported = import(&path);
    let run = &imported.runs[0];
    assert_eq!(run.settings["long"].to_string().chars().count(), 1001);
    assert_eq!((run.settings.len(), values(run, "acc").len()), (1, 2));
    let all = said(&imported);
    for expected in [
        "a setting's name has 2000 bytes; it was left out",
        "a measure's name has 2000 bytes; it was left out",
        "a value at a step below 0 was left out",
        "`acc` should be a number and is `x`: not measured",
    ] {
        assert!(all.contains(&expected.to_owned()), "{expected}: {all:?}");
    }
}
