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

use crate::error::Problem;
use database::Database;

/// How a file begins that is an SQLite database.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// The program that made a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    Mlflow,
    Optuna,
}

/// Which program's tables a database has. `None` if it has others.
pub(crate) fn owner(path: &Path) -> Result<Option<Owner>, Problem> {
    let database = Database::open(path)?;
    for (owner, tables) in [
        (Owner::Mlflow, ["runs", "metrics", "params"]),
        (Owner::Optuna, ["studies", "trials", "trial_params"]),
    ] {
        let mut has_all = true;
        for table in tables {
            has_all = has_all && database.columns(table)?.is_some();
        }
        if has_all {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}
