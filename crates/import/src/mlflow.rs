//! MLflow's file store: a directory a run, with a file for each parameter, metric and tag.
//!
//! `mlruns/EXPERIMENT/RUN/` holds `meta.yaml`, `params/NAME`, `metrics/NAME` with lines of
//! `timestamp value step`, and `tags/NAME`. Names with `/` are directories.

use std::path::{Path, PathBuf};

use crate::curve::{CellsLeft, CurveBuilder};
use crate::error::{ImportError, Problem, shown};
use crate::limits::{MOST_RUNS, MOST_VALUES_OF_A_RUN};
use crate::lines::{Line, Lines, text};
use crate::note::{Note, NoteKind, Notes};
use crate::run::{Imported, ImportedRun, RunStatus};
use crate::{Setting, open, walk, yaml};

/// Most bytes of a parameter or tag. Longer ones are cut.
const LONGEST_VALUE: u64 = 1 << 16;

/// Reads a store, or one experiment or run of it.
///
/// # Errors
/// The directory holds no run.
pub fn read_mlflow(path: &Path) -> Result<Imported, ImportError> {
    let mut notes = Vec::new();
    let files = walk::files(path, &mut notes).map_err(ImportError::at(path))?;
    let (mut runs, mut cells_left) = (Vec::new(), CellsLeft::default());
    for directory in run_directories(&files) {
        if runs.len() == MOST_RUNS {
            let kind = NoteKind::TooMany { what: "runs", most: MOST_RUNS as u64 };
            notes.push(Note { path: path.to_owned(), line: None, kind });
            break;
        }
        let start = files.partition_point(|file| file.as_path() < directory);
        let files = files[start..].iter().take_while(|file| file.starts_with(directory));
        let Some(run) = read_run(directory, files, &mut notes) else { continue };
        if !cells_left.take(&run.curve) {
            let kind = cells_left.note();
            notes.push(Note { path: directory.to_owned(), line: None, kind });
            break;
        }
        runs.push(run);
    }
    if runs.is_empty() {
        let what = "the directory holds no run of MLflow's file store".to_owned();
        let hint = "a store is a directory such as `mlruns`, with EXPERIMENT/RUN/meta.yaml in it";
        return Err(ImportError { path: path.to_owned(), problem: Problem::Broken { what, hint } });
    }
    Ok(Imported { runs, notes })
}

/// The directories among these files that hold a run: `meta.yaml` beside `metrics` or `params`.
pub(crate) fn run_directories(files: &[PathBuf]) -> Vec<&Path> {
    let metas = files.iter().filter(|file| file.ends_with("meta.yaml"));
    let directories = metas.filter_map(|file| file.parent());
    let is_run = |directory: &&Path| {
        ["metrics", "params", "tags"].iter().any(|name| {
            let inner = directory.join(name);
            let start = files.partition_point(|file| *file < inner);
            files.get(start).is_some_and(|file| file.starts_with(&inner))
        })
    };
    directories.filter(is_run).collect()
}

/// Whether a file lies where MLflow keeps the artifacts of a run: in `ID/artifacts`.
pub(crate) fn is_artifact(path: &Path) -> bool {
    let is_id = |name: &str| name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.windows(2).any(|pair| is_id(&pair[0]) && pair[1] == "artifacts")
}

fn read_run<'a>(
    directory: &Path,
    files: impl Iterator<Item = &'a PathBuf>,
    notes: &mut Vec<Note>,
) -> Option<ImportedRun> {
    let name = directory.file_name().map_or("run".into(), |name| name.to_string_lossy());
    let mut run = ImportedRun::new(directory, name);
    let mut run_notes = Notes::new(directory);
    if !read_meta(directory, &mut run, notes) {
        return None;
    }
    let mut curve = CurveBuilder::default();
    let mut tags = Vec::new();
    for file in files {
        let Ok(inner) = file.strip_prefix(directory) else { continue };
        let mut parts = inner.components().map(|part| part.as_os_str().to_string_lossy());
        let kind = parts.next().unwrap_or_default();
        let name = parts.collect::<Vec<_>>().join("/");
        let mut file_notes = Notes::new(file);
        match &*kind {
            "params" => {
                if let Some(value) = read_value(file, &mut file_notes) {
                    run.set_exactly(&name, &value, &mut file_notes);
                }
            }
            "tags" if name == "mlflow.runName" => {
                if let Some(value) = read_value(file, &mut file_notes) {
                    run.name = value;
                }
            }
            // MLflow's own tags say who, where and with which commit.
            "tags" if name.starts_with("mlflow.") => {}
            "tags" => tags.extend(read_value(file, &mut file_notes).map(|value| (name, value))),
            "metrics" => match open::stream(file) {
                Ok(stream) => read_metric(&name, Lines::new(stream), &mut curve, &mut file_notes),
                Err(Problem::Empty) => {}
                Err(problem) => {
                    file_notes.add(NoteKind::Unreadable { reason: problem.to_string() })
                }
            },
            _ => {}
        }
        notes.extend(file_notes.finish());
    }
    // A parameter goes before a tag of the same name.
    for (name, value) in tags {
        run.set_exactly(&name, &value, &mut run_notes);
    }
    if curve.is_empty() {
        run_notes.add(NoteKind::Remark { text: "the run logged no metric".to_owned() });
    }
    run.take_curve(curve, &mut run_notes);
    run.notes = run_notes.finish();
    Some(run)
}

/// Reads `meta.yaml` of the run and of its experiment. Returns false if the run was deleted.
fn read_meta(directory: &Path, run: &mut ImportedRun, notes: &mut Vec<Note>) -> bool {
    let path = directory.join("meta.yaml");
    let mut meta_notes = Notes::new(&path);
    let mut is_deleted = false;
    match open::whole(&path) {
        Ok(bytes) => {
            for (name, value) in yaml::settings(&bytes, &mut meta_notes) {
                match name.as_str() {
                    "run_name" => run.name = value.to_string(),
                    "status" => run.status = status(&value),
                    "lifecycle_stage" => is_deleted = value == Setting::Text("deleted".into()),
                    _ => {}
                }
            }
        }
        Err(problem) => meta_notes.add(NoteKind::Unreadable { reason: problem.to_string() }),
    }
    if is_deleted {
        let text = "the run was deleted in MLflow and is left out".to_owned();
        meta_notes.add(NoteKind::Remark { text });
    }
    let experiment = directory.parent().map(|experiment| experiment.join("meta.yaml"));
    if let Some(experiment) = experiment.and_then(|path| open::whole(&path).ok()) {
        let settings = yaml::settings(&experiment, &mut meta_notes);
        if let Some((_, name)) = settings.into_iter().find(|(name, _)| name == "name") {
            run.settings.insert("experiment".to_owned(), name);
        }
    }
    notes.extend(meta_notes.finish());
    !is_deleted
}

/// MLflow stores the number of `RunStatus`.
fn status(value: &Setting) -> RunStatus {
    match value {
        Setting::Number(number) => match *number as i64 {
            1 | 2 => RunStatus::Unfinished,
            3 => RunStatus::Finished,
            4 | 5 => RunStatus::Crashed,
            _ => RunStatus::Unknown,
        },
        Setting::Text(word) => RunStatus::read(word),
        Setting::Bool(_) => RunStatus::Unknown,
    }
}

fn read_value(path: &Path, notes: &mut Notes) -> Option<String> {
    match open::start(path, LONGEST_VALUE) {
        Ok(bytes) => Some(text(&bytes).0.trim_end_matches('\n').to_owned()),
        Err(problem) => {
            notes.add(NoteKind::Unreadable { reason: problem.to_string() });
            None
        }
    }
}

/// Reads lines of `timestamp value step`; further words name a data set.
pub(crate) fn read_metric(
    name: &str,
    mut lines: Lines<impl std::io::Read>,
    curve: &mut CurveBuilder,
    notes: &mut Notes,
) {
    let mut line = Vec::new();
    loop {
        line.clear();
        let has_end = match lines.next(&mut line) {
            Ok(Line::End) => return,
            Ok(Line::Text { has_end }) => has_end,
            Ok(Line::TooLong) => {
                let reason = "it is too long".to_owned();
                notes.add_at(lines.number(), NoteKind::LineLeftOut { reason });
                continue;
            }
            Err(error) => {
                notes.add(NoteKind::Unreadable { reason: error.to_string() });
                return;
            }
        };
        let shown_line = text(&line).0;
        let words: Vec<_> = shown_line.split_whitespace().take(3).collect();
        let value = words.get(1).and_then(|value| value.parse::<f64>().ok());
        let step = words.get(2).map(|step| step.parse::<u64>());
        let (Some(value), None | Some(Ok(_))) = (value, &step) else {
            if !words.is_empty() {
                let reason = format!("`{}` is not `timestamp value step`", shown(&shown_line));
                let kind = NoteKind::LineLeftOut { reason };
                notes.add_at(lines.number(), if has_end { kind } else { NoteKind::CutLine });
            }
            continue;
        };
        if curve.add(name, None, step.and_then(Result::ok), value).is_err() {
            let most = MOST_VALUES_OF_A_RUN as u64;
            notes.add(NoteKind::TooMany { what: "values or measures of a run", most });
            return;
        }
    }
}
