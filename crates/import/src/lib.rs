//! Reads training runs that other tools logged, and groups them for a comparison.
//!
//! [`read`] finds out what a file or directory holds, and reads it: tidy tables (CSV, JSON lines),
//! PyTorch Lightning's CSVLogger, Keras' CSVLogger and history, Hugging Face's trainer state,
//! TensorBoard's event files, MLflow's file store and SQLite database, Optuna's SQLite database, and the
//! CSV that W&B exports. Hydra's overrides become settings. Each format has a reader of its own too, such
//! as [`read_tensorboard`], and [`ColumnTable`] reads a table that is in memory.
//!
//! Nothing is dropped in silence: what was guessed, odd, broken or left out is a [`Note`]. A broken file
//! gives what could be read and a note, or an error if nothing could be read. Nothing that a file says
//! decides how much memory is taken: see [`limits`].
//!
//! [`Grouping`] puts runs together that differ in nothing but the seed, and lists what stands in the way
//! of a fair comparison as [`Fact`]s. [`ScoreOf`] takes one number of each run.
//!
//! ```
//! use fitroom_import::{At, GroupOptions, Grouping, ScoreOf, TidyColumns, read};
//!
//! let dir = std::env::temp_dir().join(format!("fitroom-import-{}", std::process::id()));
//! std::fs::create_dir_all(&dir)?;
//! let path = dir.join("runs.csv");
//! std::fs::write(&path, "model,seed,lr,val_acc\nplain,1,0.1,0.87\nwide,1,0.1,0.89\nwide,2,0.1,0.90\n")?;
//!
//! let imported = read(&path, &TidyColumns::default())?;
//! assert!(imported.notes.iter().any(|note| note.to_string().contains("taken for the seed")));
//!
//! let score = ScoreOf::guess("val_acc", At::Last);
//! assert_eq!(imported.runs[2].score(&score).value(), Some(0.90));
//!
//! let grouping = Grouping::of(&imported.runs, &GroupOptions::default(), &[score])?;
//! assert_eq!(grouping.groups[1].name, "wide");
//! assert_eq!(grouping.facts[0].to_string(), "`plain` has no run with seed 2, which others have");
//! # std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod columns;
mod csv_table;
mod curve;
mod detect;
mod direction;
mod error;
mod format;
mod group;
#[doc(hidden)]
pub mod hostile;
mod hugging_face;
mod hydra;
mod json;
mod json_table;
mod keras;
mod lightning;
pub mod limits;
mod lines;
mod measure_name;
mod measure_words;
mod mlflow;
mod names;
mod note;
mod numbered;
mod open;
mod path_facts;
mod path_names;
mod run;
mod score;
mod setting;
mod sqlite;
mod table;
mod tensorboard;
mod tidy;
mod twins;
mod walk;
mod wandb;
mod written_number;
mod yaml;

pub use columns::{ColumnTable, Value};
pub use curve::{Curve, CurveRow};
pub use detect::{Detected, Source, detect, read};
pub use direction::Direction;
pub use error::{ImportError, Problem, listed, shown};
pub use format::Format;
pub use group::{Fact, Group, GroupError, GroupOptions, Grouping, RunRef};
pub use hugging_face::read_trainer_state;
pub use keras::read_keras_history;
pub use lightning::read_lightning;
pub use limits::JUDGEMENT_FILE;
pub use measure_name::{Kind, MeasureName, Part};
pub use mlflow::read_mlflow;
pub use note::{Note, NoteKind, Role};
pub use path_names::name_by_path;
pub use run::{Imported, ImportedRun, RunStatus};
pub use score::{At, Score, ScoreOf};
pub use setting::Setting;
pub use sqlite::{read_mlflow_database, read_optuna};
pub use tensorboard::read_tensorboard;
pub use tidy::{TidyColumns, read_csv, read_json_lines};
pub use wandb::read_wandb;
