//! Optuna's SQLite database: studies and their trials.
//!
//! A trial is a run: its parameters and user attributes are settings, its intermediate values are the
//! rows of its curve, and its final values stand in a last row without a step.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::database::{Database, Row, Table};
use super::measured::Measured;
use crate::curve::CellsLeft;
use crate::error::{ImportError, Problem, shown};
use crate::json::{self, Json};
use crate::limits::{LONGEST_SETTING, MOST_MEASURES, MOST_RUNS};
use crate::note::{NoteKind, Notes};
use crate::run::{Imported, ImportedRun, RunStatus};
use crate::{Curve, CurveRow, Direction, Setting};

const STUDIES: Table = Table { name: "studies", columns: &["study_id", "study_name"], required: 2 };

const DIRECTIONS: Table = Table {
    name: "study_directions",
    columns: &["study_id", "direction", "objective"],
    required: 2,
};

const STUDY_ATTRIBUTES: Table = Table {
    name: "study_system_attributes",
    columns: &["study_id", "key", "value_json"],
    required: 3,
};

const TRIALS: Table =
    Table { name: "trials", columns: &["trial_id", "study_id", "state", "number"], required: 3 };

const PARAMS: Table = Table {
    name: "trial_params",
    columns: &["trial_id", "param_name", "param_value", "distribution_json"],
    required: 3,
};

const ATTRIBUTES: Table = Table {
    name: "trial_user_attributes",
    columns: &["trial_id", "key", "value_json"],
    required: 3,
};

const VALUES: Table = Table {
    name: "trial_values",
    columns: &["trial_id", "objective", "value", "value_type"],
    required: 1,
};

const INTERMEDIATE_VALUES: Table = Table {
    name: "trial_intermediate_values",
    columns: &["trial_id", "step", "intermediate_value", "intermediate_value_type"],
    required: 3,
};

/// The measure of a trial's intermediate values.
const INTERMEDIATE: &str = "intermediate_value";

/// Reads all trials of all studies of a database.
///
/// The measures are `value`, or `values_0` and so on, or the names that `Study.set_metric_names` gave,
/// and `intermediate_value`.
///
/// # Errors
/// The database can't be opened, another program holds it, or it has no trial.
pub fn read_optuna(path: &Path) -> Result<Imported, ImportError> {
    let mut notes = Notes::new(path);
    let runs = read(path, &mut notes).map_err(ImportError::at(path))?;
    Ok(Imported { runs, notes: notes.finish() })
}

#[derive(Default)]
struct Study {
    name: String,
    metric_names: Vec<String>,
    /// By objective.
    directions: BTreeMap<i64, Direction>,
}

/// A trial beside its run.
struct Trial {
    study: i64,
    /// The final values by objective.
    values: BTreeMap<i64, f64>,
}

fn read(path: &Path, notes: &mut Notes) -> Result<Vec<ImportedRun>, Problem> {
    let mut database = Database::open(path)?;
    let studies = read_studies(&mut database, notes)?;
    let (mut runs, mut trials) = (Vec::new(), Vec::new());
    let mut positions: HashMap<i64, usize> = HashMap::new();
    let (mut is_full, mut pruned) = (false, 0);
    database.read(&TRIALS, notes, |row| {
        is_full = runs.len() == MOST_RUNS;
        if let (Some(id), Some(study), false) = (row.whole(0), row.whole(1), is_full) {
            positions.insert(id, runs.len());
            trials.push(Trial { study, values: BTreeMap::new() });
            let run = trial(path, row, studies.get(&study));
            pruned += usize::from(!run.notes.is_empty());
            runs.push(run);
        }
        !is_full
    })?;
    if is_full {
        notes.add(NoteKind::TooMany { what: "runs", most: MOST_RUNS as u64 });
    }
    if pruned > 0 {
        let text = format!("{pruned} of {} trials were pruned before their end", runs.len());
        notes.add(NoteKind::Remark { text });
    }
    if runs.is_empty() {
        let what = "the database holds no trial of Optuna".to_owned();
        let hint = "is it the database that `optuna.create_study(storage=…)` names?";
        return Err(Problem::Broken { what, hint });
    }
    let find = |row: &Row<'_>| row.whole(0).and_then(|id| positions.get(&id).copied());
    database.read(&PARAMS, notes, |row| {
        if let (Some(run), Some(name)) = (find(row), row.text(1)) {
            set(&mut runs[run], &name, parameter(row));
        }
        true
    })?;
    let mut left_out = Notes::new(path);
    database.read(&ATTRIBUTES, notes, |row| {
        if let (Some(run), Some(name), Some(text)) = (find(row), row.text(1), row.text(2)) {
            match json::parse(text.as_bytes()).value {
                value @ (Json::Text(_) | Json::Bool(_) | Json::Whole(_) | Json::Number(_)) => {
                    set(&mut runs[run], &name, value);
                }
                Json::Null | Json::List(_) | Json::Object(_) => {
                    let what = format!(
                        "the user attribute `{}` is no number or text and was not read",
                        shown(&name)
                    );
                    left_out.add(NoteKind::NotRead { what });
                }
            }
        }
        true
    })?;
    database.read(&VALUES, notes, |row| {
        let place = find(row).map(|run| &mut trials[run].values);
        if let (Some(values), Some(value)) = (place, value(row, 2, 3))
            && values.len() < MOST_MEASURES
        {
            values.insert(row.whole(1).unwrap_or(0), value);
        }
        true
    })?;
    let mut measured = Measured::default();
    database.read(&INTERMEDIATE_VALUES, notes, |row| {
        let run = find(row).and_then(|run| u32::try_from(run).ok());
        if let (Some(run), Some(value)) = (run, value(row, 2, 3)) {
            measured.add(run, INTERMEDIATE, row.whole(1), value, &mut left_out);
        }
        true
    })?;
    notes.append(left_out);
    let measured = measured.by_run();
    let mut cells_left = CellsLeft::default();
    for (position, (run, trial)) in runs.iter_mut().zip(&trials).enumerate() {
        let mut run_notes = Notes::new(path);
        let run_number = u32::try_from(position).unwrap_or(u32::MAX);
        run.take_curve(measured.of_run(run_number, &mut run_notes), &mut run_notes);
        add_final_values(run, trial, studies.get(&trial.study));
        if run.curve.rows().is_empty() {
            let text = "the trial has no value".to_owned();
            run_notes.add(NoteKind::Remark { text });
        }
        run.add_notes(run_notes);
        if !cells_left.take(&run.curve) {
            notes.add(cells_left.note());
            runs.truncate(position);
            break;
        }
    }
    Ok(runs)
}

fn read_studies(
    database: &mut Database,
    notes: &mut Notes,
) -> Result<HashMap<i64, Study>, Problem> {
    let mut studies: HashMap<i64, Study> = HashMap::new();
    database.read(&STUDIES, notes, |row| {
        if let (Some(id), Some(name)) = (row.whole(0), row.text(1)) {
            let name = name.chars().take(LONGEST_SETTING).collect();
            studies.insert(id, Study { name, ..Study::default() });
        }
        studies.len() < MOST_RUNS
    })?;
    database.read(&DIRECTIONS, notes, |row| {
        let study = row.whole(0).and_then(|id| studies.get_mut(&id));
        let direction = match row.text(1).as_deref() {
            Some("MINIMIZE") => Some(Direction::LowerIsBetter),
            Some("MAXIMIZE") => Some(Direction::HigherIsBetter),
            _ => None,
        };
        if let (Some(study), Some(direction)) = (study, direction)
            && study.directions.len() < MOST_MEASURES
        {
            study.directions.insert(row.whole(2).unwrap_or(0), direction);
        }
        true
    })?;
    database.read(&STUDY_ATTRIBUTES, notes, |row| {
        let study = row.whole(0).and_then(|id| studies.get_mut(&id));
        if let (Some(study), Some("study:metric_names")) = (study, row.text(1).as_deref()) {
            let parsed = json::parse(row.text(2).unwrap_or_default().as_bytes());
            let names = parsed.value.list().iter().take(MOST_MEASURES).map(Json::text);
            study.metric_names = names.map(|name| shown(&name)).collect();
        }
        true
    })?;
    let mut sorted: Vec<_> = studies.iter().collect();
    sorted.sort_by_key(|(id, _)| **id);
    let mut noted = HashSet::new();
    for study in sorted.into_iter().map(|(_, study)| study) {
        for (&objective, &direction) in &study.directions {
            let mut measures = vec![study.measure(objective, study.directions.len())];
            if study.directions.len() == 1 {
                measures.push(INTERMEDIATE.to_owned());
            }
            for measure in measures {
                // What the name says already needs no note.
                let is_said = Direction::recognised(&measure) == Some(direction);
                if !is_said && noted.insert((measure.clone(), direction)) {
                    let said_by = format!("the study `{}`", shown(&study.name));
                    notes.add(NoteKind::Direction { measure, direction, said_by });
                }
            }
        }
    }
    Ok(studies)
}

impl Study {
    /// The name of an objective. Without names, it is called as in Optuna's own tables.
    fn measure(&self, objective: i64, objectives: usize) -> String {
        let name = usize::try_from(objective).ok().and_then(|place| self.metric_names.get(place));
        match name {
            Some(name) => name.clone(),
            None if objectives > 1 => format!("values_{objective}"),
            None => "value".to_owned(),
        }
    }
}

/// The run of a trial, without values. A pruned one has a note.
fn trial(path: &Path, row: &Row<'_>, study: Option<&Study>) -> ImportedRun {
    let number = row.whole(3).or(row.whole(0)).unwrap_or(0);
    let name = study.map_or("", |study| study.name.as_str());
    let mut run = ImportedRun::new(path, format!("{}, trial {number}", shown(name)));
    run.settings.insert("study".to_owned(), Setting::text(name));
    let state = row.text(2).unwrap_or_default();
    run.status = match &*state {
        "PRUNED" => RunStatus::Unfinished,
        state => RunStatus::read(state),
    };
    if state == "PRUNED" {
        let text = "the trial was pruned: Optuna stopped it before its end".to_owned();
        let mut notes = Notes::new(path);
        notes.add(NoteKind::Remark { text });
        run.add_notes(notes);
    }
    run
}

/// The value of a parameter. Of a choice, the row holds its number.
fn parameter(row: &Row<'_>) -> Json {
    let value = row.number(2);
    let distribution = row.text(3).map(|text| json::parse(text.as_bytes()).value);
    let choices = distribution
        .as_ref()
        .and_then(|distribution| distribution.get("attributes")?.get("choices"))
        .map(Json::list);
    match (choices, value) {
        (Some(choices), Some(value)) => {
            let place = crate::run::whole(value).and_then(|place| usize::try_from(place).ok());
            place.and_then(|place| choices.get(place)).cloned().unwrap_or_default()
        }
        (None, Some(value)) => Json::Number(value),
        (_, None) => row.text(2).map_or(Json::Null, |text| Json::Text(text.into_owned())),
    }
}

/// A value whose type says whether it is finite. Older versions have no type.
fn value(row: &Row<'_>, value: usize, kind: usize) -> Option<f64> {
    let kind: Option<Cow<'_, str>> = row.text(kind);
    match kind.as_deref() {
        Some("INF_POS") => Some(f64::INFINITY),
        Some("INF_NEG") => Some(f64::NEG_INFINITY),
        Some("NAN") => Some(f64::NAN),
        Some(_) | None => row.number(value),
    }
}

fn set(run: &mut ImportedRun, name: &str, value: Json) {
    run.set_checked(name, |run, notes| run.set_json(name, &value, notes));
}

/// Adds the final values as a last row.
fn add_final_values(run: &mut ImportedRun, trial: &Trial, study: Option<&Study>) {
    if trial.values.is_empty() {
        return;
    }
    let default = Study::default();
    let study = study.unwrap_or(&default);
    let mut measures: Vec<Arc<str>> = run.curve.measures().to_vec();
    let before = measures.len();
    let objectives = study.directions.len().max(trial.values.len());
    let names = trial.values.keys().map(|&objective| study.measure(objective, objectives));
    measures.extend(names.map(Arc::from));
    let mut curve = Curve::new(measures);
    for (row, &place) in run.curve.rows().iter().enumerate() {
        curve.push(place, (0..before).map(|measure| run.curve.value(row, measure)));
    }
    let values = trial.values.values().map(|&value| Some(value));
    let gap = std::iter::repeat_n(None, before);
    curve.push(CurveRow::default(), gap.chain(values));
    run.curve = curve;
}
