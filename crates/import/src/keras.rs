//! Keras' `History.history` as JSON: an object with a list of numbers for each measure.
//!
//! Keras' CSVLogger writes a tidy table of one run, which [`read_csv`](crate::read_csv) reads.

use std::path::Path;
use std::sync::Arc;

use crate::error::{ImportError, Problem, shown};
use crate::json::{self, Json};
use crate::limits::MOST_MEASURES;
use crate::note::{NoteKind, Notes};
use crate::run::{Imported, ImportedRun};
use crate::tidy::stem;
use crate::{Curve, CurveRow, open};

/// Reads a history. Rows are counted from epoch 0, as Keras does.
///
/// # Errors
/// The file can't be opened, or holds no list of numbers.
pub fn read_keras_history(path: &Path) -> Result<Imported, ImportError> {
    let bytes = open::whole(path).map_err(ImportError::at(path))?;
    parse(&bytes, path).map_err(ImportError::at(path))
}

pub(crate) fn parse(bytes: &[u8], path: &Path) -> Result<Imported, Problem> {
    let mut notes = Notes::new(path);
    let parsed = json::parse(bytes);
    if let Some((line, problem)) = &parsed.problem {
        notes.add_at(*line, NoteKind::Truncated { what: format!("JSON ({problem})") });
    }
    // `json.dump(vars(history))` and the like put the history one level deeper.
    let history = parsed.value.get("history").unwrap_or(&parsed.value);
    let mut measures: Vec<(Arc<str>, &[Json])> = Vec::new();
    let mut epochs: Option<&[Json]> = parsed.value.get("epoch").map(Json::list);
    for (name, value) in history.entries() {
        let values = value.list();
        let is_numbers = values.iter().any(|value| value.number().is_some());
        if name == "epoch" && is_numbers {
            epochs = Some(values);
        } else if !is_numbers {
            let what = format!("`{}` holds no list of numbers and was not read", shown(name));
            notes.add(NoteKind::NotRead { what });
        } else if measures.len() == MOST_MEASURES {
            notes.add(NoteKind::TooMany { what: "measures", most: MOST_MEASURES as u64 });
            break;
        } else {
            measures.push((name.as_str().into(), values));
        }
    }
    let rows = measures.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    // A hostile file could have one long list and many short ones.
    if rows.saturating_mul(measures.len()) > crate::limits::MOST_VALUES_OF_A_RUN {
        let what = format!("{rows} epochs of {} measures are too many", measures.len());
        return Err(Problem::Broken { what, hint: "is it the history of one run?" });
    }
    if rows == 0 {
        let what = match &parsed.problem {
            Some((line, problem)) => format!("the file is not JSON (line {line}: {problem})"),
            None => "the file holds no list of numbers".to_owned(),
        };
        let hint = "a history is an object such as {\"loss\": [0.5, 0.4]}";
        return Err(Problem::Broken { what, hint });
    }
    let mut run = ImportedRun::new(path, stem(path));
    run.curve = Curve::new(measures.iter().map(|(name, _)| Arc::clone(name)).collect());
    for row in 0..rows {
        let epoch = epochs.and_then(|epochs| epochs.get(row)).and_then(Json::number);
        let place = CurveRow { epoch: Some(epoch.unwrap_or(row as f64)), step: None };
        let values = measures.iter().map(|(name, values)| {
            let value = values.get(row)?;
            if value.number().is_none() && *value != Json::Null {
                let kind = NoteKind::NotANumber { column: shown(name), text: shown(&value.text()) };
                notes.add(kind);
            }
            value.number()
        });
        run.curve.push(place, values);
    }
    for (name, values) in &measures {
        if values.len() < rows {
            let text = format!("`{}` has {} values of {rows} epochs", shown(name), values.len());
            notes.add(NoteKind::Remark { text });
        }
    }
    Ok(Imported { runs: vec![run], notes: notes.finish() })
}
