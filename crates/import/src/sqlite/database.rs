//! An SQLite database from anybody, opened for reading and trusted in nothing.
//!
//! - It is opened read-only, with SQLite's defences on: no function or virtual table of its schema
//!   runs, and views and generated columns are refused. See <https://sqlite.org/security.html>.
//! - Each table is read once, row by row and without an index, so a query never takes longer than the
//!   table is large.
//! - Damaged pages can point to each other, so that a small file has rows without end. No more rows,
//!   texts and steps are taken than a sound file of its size can hold.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fitroom_files::regular_file;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Problem, shown};
use crate::limits::{LARGEST_FILE, LARGEST_STREAM, MOST_ROWS_OF_A_DATABASE};
use crate::note::{NoteKind, Notes};

/// How long a writer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Bytes that a row takes at least: two of a pointer, and two of the row's header.
const SMALLEST_ROW: u64 = 4;

/// How many steps of SQLite's machine a byte of the file may cost. A sound file needs less than one.
const STEPS_OF_A_BYTE: u64 = 16;

/// Steps between two looks at how many there were.
const STEPS_AT_ONCE: i32 = 10_000;

/// A database in a read transaction.
pub(super) struct Database {
    connection: Connection,
    /// Bytes of rows and texts that may still be read.
    bytes_left: u64,
}

/// A table and the columns that are read of it.
pub(super) struct Table {
    pub name: &'static str,
    /// The first ones must be there. Versions differ in the others, which are empty if missing.
    pub columns: &'static [&'static str],
    pub required: usize,
}

/// The columns of a table in one row. What has another type than is asked for counts as empty.
pub(super) struct Row<'a>(&'a rusqlite::Row<'a>);

impl Database {
    /// Opens a database and begins a read transaction.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        // SQLite would take a path that begins with `file:` for an address with options.
        let path = fs::canonicalize(path)?;
        let bytes = regular_file::open(&path)?.metadata()?.len();
        if bytes > LARGEST_STREAM {
            let hint = "export the runs of one experiment as CSV";
            return Err(Problem::TooLarge { bytes, most: LARGEST_STREAM, hint });
        }
        let bytes = bytes.saturating_add(check_companions(&path)?);
        let connection = connect(&path, bytes).map_err(|error| problem(&error))?;
        // Texts may be stored in UTF-16, which is shorter than UTF-8 for some languages.
        Ok(Database { connection, bytes_left: bytes.saturating_mul(2) })
    }

    /// The columns of a table. `None` if there is no such table.
    pub fn columns(&self, table: &'static str) -> Result<Option<Vec<String>>, Problem> {
        let columns = || -> rusqlite::Result<_> {
            let mut list = self.connection.prepare(&format!("PRAGMA main.table_list({table})"))?;
            let mut rows = list.query([])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let kind: String = row.get("type")?;
            let mut list = self.connection.prepare(&format!("PRAGMA main.table_xinfo({table})"))?;
            let mut rows = list.query([])?;
            let mut columns = Vec::new();
            while let Some(row) = rows.next()? {
                // Generated columns are computed by what the file says.
                if row.get::<_, i64>("hidden")? == 0 {
                    columns.push(row.get("name")?);
                }
            }
            Ok(Some((kind, columns)))
        };
        match columns().map_err(|error| problem(&error))? {
            None => Ok(None),
            Some((kind, columns)) if kind == "table" => Ok(Some(columns)),
            Some((kind, _)) => {
                let what = format!("`{table}` is a {} and no plain table", shown(&kind));
                let hint = "was the database made by MLflow or Optuna?";
                Err(Problem::Broken { what, hint })
            }
        }
    }

    /// Takes all rows of a table, as long as `take` returns true. What can't be read is a note.
    pub fn read(
        &mut self,
        table: &Table,
        notes: &mut Notes,
        mut take: impl FnMut(&Row<'_>) -> bool,
    ) -> Result<(), Problem> {
        let Some(known) = self.columns(table.name)? else {
            let what = format!("the database has no table `{}`", table.name);
            notes.add(NoteKind::NotRead { what });
            return Ok(());
        };
        let is_known = |column: &&&str| known.iter().any(|name| name.eq_ignore_ascii_case(column));
        let required = &table.columns[..table.required];
        if let Some(missing) = required.iter().find(|column| !is_known(column)) {
            let what = format!("the table `{}` has no column `{missing}`", table.name);
            let hint = "which version wrote it? export the runs as CSV instead";
            return Err(Problem::Broken { what, hint });
        }
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| match is_known(&column) {
                true => format!("\"{column}\""),
                false => "NULL".to_owned(),
            })
            .collect();
        let sql = format!("SELECT {} FROM main.{} NOT INDEXED", columns.join(", "), table.name);
        let mut query = self.connection.prepare(&sql).map_err(|error| problem(&error))?;
        let mut rows = query.query([]).map_err(|error| problem(&error))?;
        let mut count = 0_usize;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(()),
                Err(error) => match problem(&error) {
                    Problem::Broken { what, .. } => {
                        let what = format!(
                            "the table `{}`: {what}; {count} rows before it were read",
                            table.name
                        );
                        notes.add(NoteKind::Damaged { what });
                        return Ok(());
                    }
                    problem => return Err(problem),
                },
            };
            if count == MOST_ROWS_OF_A_DATABASE {
                let most = MOST_ROWS_OF_A_DATABASE as u64;
                notes.add(NoteKind::TooMany { what: "rows of a table of the database", most });
                return Ok(());
            }
            let row = Row(row);
            let texts = (0..table.columns.len()).map(|column| row.bytes(column)).sum::<usize>();
            let left = self.bytes_left.checked_sub(SMALLEST_ROW.saturating_add(texts as u64));
            let Some(left) = left else {
                let what = format!(
                    "the table `{}` has more rows than its file can hold; {count} were read",
                    table.name
                );
                notes.add(NoteKind::Damaged { what });
                return Ok(());
            };
            self.bytes_left = left;
            count += 1;
            if !take(&row) {
                return Ok(());
            }
        }
    }
}

impl Row<'_> {
    /// A text, or a number as text. Bytes that are not UTF-8 are replaced by `�`.
    pub fn text(&self, column: usize) -> Option<Cow<'_, str>> {
        match self.0.get_ref(column).ok()? {
            ValueRef::Text(text) | ValueRef::Blob(text) => Some(String::from_utf8_lossy(text)),
            ValueRef::Integer(number) => Some(number.to_string().into()),
            ValueRef::Real(number) => Some(number.to_string().into()),
            ValueRef::Null => None,
        }
    }

    pub fn number(&self, column: usize) -> Option<f64> {
        match self.0.get_ref(column).ok()? {
            ValueRef::Integer(number) => Some(number as f64),
            ValueRef::Real(number) => Some(number),
            ValueRef::Text(_) | ValueRef::Blob(_) | ValueRef::Null => None,
        }
    }

    pub fn whole(&self, column: usize) -> Option<i64> {
        match self.0.get_ref(column).ok()? {
            ValueRef::Integer(number) => Some(number),
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) | ValueRef::Null => None,
        }
    }

    /// Bytes of a text.
    fn bytes(&self, column: usize) -> usize {
        match self.0.get_ref(column) {
            Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes.len(),
            Ok(ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Null) | Err(_) => 0,
        }
    }
}

/// Looks at the files that SQLite opens beside a database, if they are there. Returns the bytes of the
/// write-ahead log.
fn check_companions(path: &Path) -> Result<u64, Problem> {
    let mut bytes_of_log = 0;
    for ending in ["-journal", "-wal", "-shm"] {
        let mut name = OsString::from(path);
        name.push(ending);
        let Ok(there) = fs::symlink_metadata(PathBuf::from(name)) else { continue };
        if !there.is_file() {
            let what = format!("what is called like it, with `{ending}`, is no regular file");
            return Err(Problem::Broken { what, hint: "copy the database into another directory" });
        }
        if ending == "-wal" {
            bytes_of_log = there.len();
        }
    }
    match bytes_of_log > LARGEST_STREAM {
        true => Err(Problem::TooLarge {
            bytes: bytes_of_log,
            most: LARGEST_STREAM,
            hint: "end the program that writes the database, so that its log is merged",
        }),
        false => Ok(bytes_of_log),
    }
}

fn connect(path: &Path, bytes: u64) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    let longest = i32::try_from(LARGEST_FILE).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    let steps = bytes.saturating_mul(STEPS_OF_A_BYTE).saturating_add(1_000_000);
    let mut looks_left = steps / STEPS_AT_ONCE.unsigned_abs() as u64;
    let is_too_long = move || {
        looks_left = looks_left.saturating_sub(1);
        looks_left == 0
    };
    connection.progress_handler(STEPS_AT_ONCE, Some(is_too_long))?;
    connection.execute_batch("PRAGMA query_only = ON; PRAGMA cell_size_check = ON; BEGIN")?;
    Ok(connection)
}

/// What an error of SQLite means for the reader.
fn problem(error: &rusqlite::Error) -> Problem {
    let code = error.sqlite_error_code();
    let text = shown(&error.to_string());
    let broken = |what: String, hint| Problem::Broken { what, hint };
    match code {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Problem::Locked { seconds: PATIENCE.as_secs() }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => broken(
            format!("the database has to be repaired before it can be read ({text})"),
            "its writer was stopped in the middle; open it once with MLflow, Optuna or the sqlite3 \
             program, or copy it with the files beside it to where you may write",
        ),
        Some(ErrorCode::OperationInterrupted) => broken(
            "reading takes more steps than a sound database of its size needs".to_owned(),
            "it is damaged; restore it with `sqlite3 FILE .recover`",
        ),
        _ => broken(
            format!("the database is damaged or cut ({text})"),
            "copy it again, or restore it with `sqlite3 FILE .recover`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_without_an_end_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
        let database = Database::open(&path).unwrap();
        let endless =
            "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x FROM r) SELECT max(x) FROM r";
        let error = database.connection.query_row(endless, [], |_| Ok(())).unwrap_err();
        let problem = problem(&error).to_string();
        assert!(problem.starts_with("reading takes more steps than a sound"), "{problem}");
        let write =
            database.connection.execute_batch("PRAGMA query_only = OFF; INSERT INTO a VALUES (1)");
        assert!(write.is_err(), "it is open for reading only");
    }
}
