//! Hugging Face's `trainer_state.json`, with the seed of `training_args.json` if that lies beside it.

use std::path::Path;

use crate::curve::CurveBuilder;
use crate::error::{ImportError, Problem, shown};
use crate::json::{self, Json};
use crate::limits::{MOST_SETTINGS, MOST_VALUES_OF_A_RUN};
use crate::note::{NoteKind, Notes};
use crate::open;
use crate::run::{Imported, ImportedRun, whole};

/// What a trainer's state says of settings. The rest of it is progress.
const SETTINGS: [&str; 4] = ["num_train_epochs", "max_steps", "train_batch_size", "trial_name"];

/// Reads a `trainer_state.json`.
///
/// # Errors
/// The file can't be opened, or has no entry in `log_history`.
pub fn read_trainer_state(path: &Path) -> Result<Imported, ImportError> {
    let bytes = open::whole(path).map_err(ImportError::at(path))?;
    let arguments = path.with_file_name("training_args.json");
    let arguments = arguments.is_file().then(|| open::whole(&arguments));
    let mut notes = Notes::new(path);
    let arguments = match arguments {
        Some(Ok(bytes)) => Some(bytes),
        Some(Err(problem)) => {
            let reason = format!("training_args.json: {problem}");
            notes.add(NoteKind::Unreadable { reason });
            None
        }
        None => None,
    };
    let runs =
        parse(&bytes, arguments.as_deref(), path, &mut notes).map_err(ImportError::at(path))?;
    Ok(Imported { runs, notes: notes.finish() })
}

pub(crate) fn parse(
    bytes: &[u8],
    arguments: Option<&[u8]>,
    path: &Path,
    notes: &mut Notes,
) -> Result<Vec<ImportedRun>, Problem> {
    let parsed = json::parse(bytes);
    if let Some((line, problem)) = &parsed.problem {
        notes.add_at(*line, NoteKind::Truncated { what: format!("JSON ({problem})") });
    }
    let state = &parsed.value;
    let history = state.get("log_history").map(Json::list).unwrap_or_default();
    if history.is_empty() {
        return Err(Problem::Broken {
            what: "the trainer's state has no entry in `log_history`".to_owned(),
            hint: "did the run log anything? (`logging_steps`, `eval_strategy`)",
        });
    }
    let directory = path.parent().and_then(Path::file_name);
    let name = directory.map_or("run".into(), |name| name.to_string_lossy());
    let mut run = ImportedRun::new(path, name);
    let mut builder = CurveBuilder::default();
    for entry in history {
        let epoch = entry.get("epoch").and_then(Json::number);
        let step = entry.get("step").and_then(Json::number).and_then(whole);
        for (name, value) in entry.entries() {
            if name == "epoch" || name == "step" {
                continue;
            }
            let Some(number) = value.number() else {
                if *value != Json::Null {
                    let column = shown(name);
                    notes.add(NoteKind::NotANumber { column, text: shown(&value.text()) });
                }
                continue;
            };
            if builder.add(name, epoch, step, number).is_err() {
                let most = MOST_VALUES_OF_A_RUN as u64;
                notes.add(NoteKind::TooMany { what: "values or measures of a run", most });
                break;
            }
        }
    }
    run.take_curve(builder, notes);
    for name in SETTINGS {
        if let Some(value) = state.get(name).filter(|value| **value != Json::Null) {
            run.set(name, value.setting(), notes);
        }
    }
    let trial = state.get("trial_params").map(Json::entries).unwrap_or_default();
    let arguments = arguments.map(json::parse);
    let arguments = arguments.as_ref().map(|parsed| parsed.value.entries()).unwrap_or_default();
    for (name, value) in trial.iter().chain(arguments).take(MOST_SETTINGS) {
        // All arguments are kept. Those that name places, such as `output_dir`, tell no groups apart.
        run.set_json(name, value, notes);
    }
    Ok(vec![run])
}
