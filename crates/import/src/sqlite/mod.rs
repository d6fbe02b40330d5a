//! SQLite databases in which MLflow and Optuna store runs.
//!
//! [`database`] opens a database from anybody, [`mlflow`] and [`optuna`] read the tables that they know,
//! and [`measured`] keeps the values of all runs, which lie mixed in one table.

mod database;
mod measured;
mod mlflow;
mod optuna;

use std::path::Path;

pub use mlflow::read_mlflow_database;
pub use optuna::read_optuna;

use crate::Format;
use crate::error::Problem;
use database::Database;

/// How a file begins that is an SQLite database.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Which program's tables a database has. `None` if it has others.
pub(crate) fn format(path: &Path) -> Result<Option<Format>, Problem> {
    let database = Database::open(path)?;
    for (format, tables) in [
        (Format::MlflowDatabase, ["runs", "metrics", "params"]),
        (Format::Optuna, ["studies", "trials", "trial_params"]),
    ] {
        let mut has_all = true;
        for table in tables {
            has_all = has_all && database.columns(table)?.is_some();
        }
        if has_all {
            return Ok(Some(format));
        }
    }
    Ok(None)
}
