//! wip
#![deny(clippy::wildcard_enum_match_arm)]
mod csv_table;
mod curve;
mod error;
mod json;
mod json_table;
pub mod limits;
mod lines;
mod names;
mod note;
mod open;
mod run;
mod score;
mod setting;
mod table;
mod tidy;
pub use curve::{Curve, CurveRow};
pub use error::{ImportError, Problem};
pub use note::{Note, NoteKind, Role};
pub use run::{Imported, ImportedRun, RunStatus};
pub use score::{At, Direction, Score, ScoreOf};
pub use setting::Setting;
pub use tidy::{TidyColumns, read_csv, read_json_lines};
