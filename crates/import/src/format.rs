//! The formats of logs, and which one a file is of, by its content.

use std::path::Path;

use crate::csv_table;
use crate::error::Problem;
use crate::json::{self, Json};
use crate::limits::LONGEST_LINE;
use crate::names;
use crate::open::{self, refuse_other_kinds};
use crate::sqlite;
use crate::tensorboard;
use crate::wandb;

/// A format of logs. Each has a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// MLflow's file store.
    Mlflow,
    /// MLflow's SQLite database.
    MlflowDatabase,
    /// Optuna's SQLite database.
    Optuna,
    /// TensorBoard's event files.
    TensorBoard,
    /// A directory of Lightning's CSVLogger.
    Lightning,
    /// Hugging Face's `trainer_state.json`.
    TrainerState,
    /// Keras' `History.history` as JSON.
    KerasHistory,
    /// The table of runs, or the lines of a chart, that W&B exports as CSV.
    Wandb,
    /// A tidy table as CSV, such as that of Keras' CSVLogger.
    Csv,
    /// A tidy table as JSON lines.
    JsonLines,
}

impl Format {
    /// All formats, in the order in which they are looked for.
    pub const ALL: [Format; 10] = [
        Format::Mlflow,
        Format::MlflowDatabase,
        Format::Optuna,
        Format::TensorBoard,
        Format::Lightning,
        Format::TrainerState,
        Format::KerasHistory,
        Format::Wandb,
        Format::Csv,
        Format::JsonLines,
    ];

    /// The format's name for people.
    pub fn name(self) -> &'static str {
        match self {
            Format::Mlflow => "MLflow's file store",
            Format::MlflowDatabase => "MLflow's SQLite database",
            Format::Optuna => "Optuna's SQLite database",
            Format::TensorBoard => "TensorBoard's event files",
            Format::Lightning => "Lightning's CSVLogger",
            Format::TrainerState => "Hugging Face's trainer state",
            Format::KerasHistory => "Keras' history",
            Format::Wandb => "W&B's exported CSV",
            Format::Csv => "a table as CSV",
            Format::JsonLines => "a table as JSON lines",
        }
    }

    /// By what it is recognised.
    pub fn sign(self) -> &'static str {
        match self {
            Format::Mlflow => "directories with meta.yaml beside metrics/ or params/",
            Format::MlflowDatabase => "an SQLite database with the tables runs, metrics and params",
            Format::Optuna => "an SQLite database with the tables studies, trials and trial_params",
            Format::TensorBoard => "files events.out.tfevents.*",
            Format::Lightning => "metrics.csv with the columns epoch and step",
            Format::TrainerState => "trainer_state.json with log_history",
            Format::KerasHistory => "JSON with a list of numbers for each measure",
            Format::Wandb => {
                "CSV with the columns Name and State, or RUN - MEASURE and RUN - MEASURE__MIN"
            }
            Format::Csv => "CSV with a header that names a measure, such as val_acc",
            Format::JsonLines => "one JSON object a line",
        }
    }

    /// Whether the name, seed and network of a run may stand in its path.
    pub(crate) fn is_named_by_path(self) -> bool {
        match self {
            Format::TensorBoard
            | Format::Lightning
            | Format::TrainerState
            | Format::KerasHistory
            | Format::Csv
            | Format::JsonLines => true,
            Format::Mlflow | Format::MlflowDatabase | Format::Optuna | Format::Wandb => false,
        }
    }
}

/// The format of a file. `None` if it is of none. With `is_given`, the user named this file, and any
/// table will do; otherwise it was found in a directory, and must look like a log.
pub(crate) fn of_file(path: &Path, is_given: bool) -> Result<Option<Format>, Problem> {
    let start = open::start(path, LONGEST_LINE as u64)?;
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    if tensorboard::is_event_file(&name) || tensorboard::looks_like_events(&start) {
        return Ok(Some(Format::TensorBoard));
    }
    if start.is_empty() {
        return Err(Problem::Empty);
    }
    if start.starts_with(sqlite::MAGIC) {
        let format = sqlite::owner(path)?.map(|owner| match owner {
            sqlite::Owner::Mlflow => Format::MlflowDatabase,
            sqlite::Owner::Optuna => Format::Optuna,
        });
        let kind = "an SQLite database without runs of MLflow or Optuna";
        let hint = "export its runs as CSV, with columns such as network, seed and val_acc";
        return match format {
            None if is_given => Err(Problem::OtherKind { kind, hint }),
            format => Ok(format),
        };
    }
    refuse_other_kinds(&start)?;
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
    let ending = path.extension().map(|end| end.to_string_lossy().to_lowercase());
    let is_lines = matches!(ending.as_deref(), Some("jsonl" | "ndjson"));
    match start.trim_ascii_start().first() {
        Some(b'[') => return Ok(Some(Format::JsonLines)),
        Some(b'{') if is_lines => return Ok(Some(Format::JsonLines)),
        Some(b'{') => return of_json(path, start),
        _ => {}
    }
    Ok(of_header(&String::from_utf8_lossy(start), &name, is_given))
}

/// The format of a file that begins with an object.
fn of_json(path: &Path, start: &[u8]) -> Result<Option<Format>, Problem> {
    let mut lines = start.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let (first, second) = (lines.next().unwrap_or_default(), lines.next());
    let is_object = |line: &[u8]| line.trim_ascii_start().starts_with(b"{");
    if second.is_some_and(is_object) && json::parse(first).problem.is_none() {
        return Ok(Some(Format::JsonLines));
    }
    let value = json::parse(&open::whole(path)?).value;
    if value.get("log_history").is_some() {
        return Ok(Some(Format::TrainerState));
    }
    let is_numbers =
        |value: &Json| value.list().first().is_some_and(|first| first.number().is_some());
    let history = value.get("history").unwrap_or(&value);
    // `[0.9, 0.999]` among settings is no history: a history has a measure by its name.
    let mut measures = history.entries().iter().filter(|(_, value)| is_numbers(value));
    Ok(measures.any(|(name, _)| names::is_measure(name)).then_some(Format::KerasHistory))
}

/// The format of a table with this header.
fn of_header(start: &str, name: &str, is_given: bool) -> Option<Format> {
    let is_text = |c: char| !c.is_control() || "\t\r\n".contains(c);
    let header = start.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    if !header.chars().all(is_text) {
        return None;
    }
    let separator = char::from(csv_table::separator(header));
    let cells: Vec<_> = header.split(separator).map(|cell| cell.trim().trim_matches('"')).collect();
    let has = |name: &str| cells.contains(&name);
    if has("Name") && has("State") || wandb::is_chart(cells.iter().copied()) {
        return Some(Format::Wandb);
    }
    if name == "metrics.csv" && has("epoch") && has("step") {
        return Some(Format::Lightning);
    }
    let is_table = match is_given {
        true => cells.len() > 1 || names::is_measure(header),
        false => cells.iter().any(|cell| names::is_measure(cell)),
    };
    is_table.then_some(Format::Csv)
}
