//! Finds out what a path holds, by content, and reads it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{ImportError, Problem, shown};
use crate::format::{self, Format};
use crate::limits::{MOST_RUNS, MOST_VALUES};
use crate::note::{Note, NoteKind};
use crate::path_names::{self, Unnamed};
use crate::run::{Imported, ImportedRun};
use crate::tidy::{TidyColumns, read_csv, read_json_lines};
use crate::twins::{self, Read};
use crate::{
    hydra, mlflow, path_facts, read_keras_history, read_lightning, read_mlflow,
    read_mlflow_database, read_optuna, read_tensorboard, read_trainer_state, read_wandb, walk,
};

/// Endings of files that are looked into when they are found in a directory.
const ENDINGS: [&str; 8] = ["csv", "tsv", "json", "jsonl", "ndjson", "db", "sqlite", "sqlite3"];

/// Something that holds runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Which reader fits.
    pub format: Format,
    /// What it reads.
    pub path: PathBuf,
}

/// All that holds runs at a path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detected {
    /// What holds runs.
    pub sources: Vec<Source>,
    /// What was passed over.
    pub notes: Vec<Note>,
}

/// Finds out which readers fit a file, or the files in a directory and in the directories in it.
///
/// # Errors
/// None fits. The error lists what was looked for.
pub fn detect(path: &Path) -> Result<Detected, ImportError> {
    let kind = fs::metadata(path).map_err(|error| ImportError::at(path)(error.into()))?;
    let detected = match kind.is_dir() {
        true => in_directory(path),
        false => format::of_file(path, true).map(|format| Detected {
            sources: format.map(|format| source(format, path)).into_iter().collect(),
            notes: Vec::new(),
        }),
    };
    let detected = detected.map_err(ImportError::at(path))?;
    if !detected.sources.is_empty() {
        return Ok(detected);
    }
    let signs = Format::ALL.map(|format| format!("- {}: {}", format.name(), format.sign()));
    let hint = match &detected.notes[..] {
        [] => "export the runs as CSV, with columns such as network, seed and val_acc".to_owned(),
        [first, ..] => format!("it was passed over: {first}"),
    };
    Err(ImportError::at(path)(Problem::NotRecognised { looked_for: signs.join("\n"), hint }))
}

/// Reads all runs at a path, whatever wrote them. `columns` are those of tidy tables.
///
/// Settings of Hydra's overrides are added to the runs in the directory of a job. Where a log does not
/// say so itself, the path names the run, its seed (`seed_3`) and its network.
///
/// # Errors
/// Nothing at the path could be read.
pub fn read(path: &Path, columns: &TidyColumns) -> Result<Imported, ImportError> {
    // A link that the user names is followed. Links within directories are not.
    let is_link = fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink());
    let target = if is_link { fs::canonicalize(path) } else { Ok(path.to_owned()) };
    let root = target.map_err(|error| ImportError::at(path)(error.into()))?;
    let detected = detect(&root)?;
    let mut imported = Imported { runs: Vec::new(), notes: detected.notes };
    let (mut first_error, mut values) = (None, 0);
    let mut runs = Vec::new();
    for source in detected.sources {
        let mut read = match read_source(&source, columns) {
            Ok(read) => read,
            Err(error) => {
                let kind = NoteKind::Unreadable { reason: error.problem.to_string() };
                imported.notes.push(Note { path: error.path.clone(), line: None, kind });
                first_error = first_error.or(Some(error));
                continue;
            }
        };
        let is_one_of_many = read.runs.len() > 1 && source.format != Format::TensorBoard;
        let cells = |run: &ImportedRun| run.curve.rows().len() * run.curve.measures().len();
        values += read.runs.iter().map(cells).sum::<usize>();
        let format = source.format;
        runs.extend(read.runs.into_iter().map(|run| Read { run, format, is_one_of_many }));
        imported.notes.append(&mut read.notes);
        if runs.len() > MOST_RUNS {
            runs.truncate(MOST_RUNS);
            let kind = NoteKind::TooMany { what: "runs", most: MOST_RUNS as u64 };
            imported.notes.push(Note { path: root.clone(), line: None, kind });
            break;
        }
        if values > MOST_VALUES {
            let kind = NoteKind::TooMany { what: "values", most: MOST_VALUES as u64 };
            imported.notes.push(Note { path: source.path, line: None, kind });
            break;
        }
    }
    let mut jobs = hydra::Jobs::new(&root);
    let mut runs = twins::join(runs, &mut imported.notes);
    for Read { run, format, .. } in &mut runs {
        jobs.add_settings(run);
        if !format.is_named_by_path() {
            path_facts::add_from_name(run);
        }
    }
    let unnamed = runs.iter_mut().filter(|read| read.format.is_named_by_path());
    let unnamed = unnamed
        .map(|Read { run, is_one_of_many, .. }| Unnamed { run, is_one_of_many: *is_one_of_many });
    path_names::add(unnamed.collect(), &root, true);
    imported.runs.extend(runs.into_iter().map(|read| read.run));
    imported.notes.append(&mut jobs.into_notes());
    imported.notes = fold(imported.notes);
    match (imported.runs.is_empty(), first_error) {
        (true, Some(error)) => Err(error),
        _ => Ok(imported),
    }
}

fn read_source(source: &Source, columns: &TidyColumns) -> Result<Imported, ImportError> {
    match source.format {
        Format::Mlflow => read_mlflow(&source.path),
        Format::MlflowDatabase => read_mlflow_database(&source.path),
        Format::Optuna => read_optuna(&source.path),
        Format::TensorBoard => read_tensorboard(&source.path),
        Format::Lightning => read_lightning(&source.path),
        Format::TrainerState => read_trainer_state(&source.path),
        Format::KerasHistory => read_keras_history(&source.path),
        Format::Wandb => read_wandb(&source.path, columns),
        Format::Csv => read_csv(&source.path, columns),
        Format::JsonLines => read_json_lines(&source.path, columns),
    }
}

/// Lightning's reader takes the directory.
fn source(format: Format, path: &Path) -> Source {
    let path = match format {
        Format::Lightning => path.parent().unwrap_or(path),
        Format::Mlflow
        | Format::MlflowDatabase
        | Format::Optuna
        | Format::TensorBoard
        | Format::TrainerState
        | Format::KerasHistory
        | Format::Wandb
        | Format::Csv
        | Format::JsonLines => path,
    };
    Source { format, path: path.to_owned() }
}

fn in_directory(root: &Path) -> Result<Detected, Problem> {
    let mut notes = Vec::new();
    let mut files = walk::files(root, &mut notes)?;
    let mut sources = Vec::new();
    let runs: Vec<PathBuf> =
        mlflow::run_directories(&files).into_iter().map(PathBuf::from).collect();
    if !runs.is_empty() {
        sources.push(source(Format::Mlflow, root));
        // What lies in a run of MLflow, such as an artifact, is no run of its own.
        files.retain(|file| {
            let next = runs.partition_point(|run| run <= file);
            !next.checked_sub(1).is_some_and(|run| file.starts_with(&runs[run]))
        });
    }
    let file_name = |file: &Path| file.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_events = |file: &PathBuf| {
        file_name(file).is_some_and(|name| crate::tensorboard::is_event_file(&name))
    };
    if files.iter().any(is_events) {
        sources.push(source(Format::TensorBoard, root));
    }
    let mut checkpoints: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut others = Vec::new();
    for file in files.iter().filter(|file| !is_events(file)) {
        let ending = file.extension().map(|end| end.to_string_lossy().to_lowercase());
        if !ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            continue;
        }
        match format::of_file(file, false) {
            Ok(Some(Format::TrainerState)) => {
                checkpoints.entry(run_of_checkpoint(file)).or_default().push(file.clone());
            }
            Ok(Some(format)) => sources.push(source(format, file)),
            Ok(None) | Err(Problem::Empty) => others.push(file),
            Err(problem) => {
                let kind = NoteKind::Unreadable { reason: problem.to_string() };
                notes.push(Note { path: file.clone(), line: None, kind });
            }
        }
    }
    for (_, states) in checkpoints {
        // Each state holds the whole log so far: the longest one is the run.
        let steps = |state: &PathBuf| checkpoint(state).unwrap_or(u64::MAX);
        let Some(last) = states.iter().max_by_key(|state| steps(state)) else { continue };
        sources.push(source(Format::TrainerState, last));
        if states.len() > 1 {
            let text = match states.len() - 1 {
                1 => "1 earlier state of the same run was not read".to_owned(),
                earlier => format!("{earlier} earlier states of the same run were not read"),
            };
            notes.push(Note { path: last.clone(), line: None, kind: NoteKind::Remark { text } });
        }
    }
    if sources.iter().any(|source| source.format == Format::MlflowDatabase) {
        let before = sources.len();
        sources.retain(|source| !mlflow::is_artifact(&source.path));
        let artifacts = before - sources.len();
        if artifacts > 0 {
            let words = if artifacts == 1 { ("artifact", "was") } else { ("artifacts", "were") };
            let what = format!("{artifacts} {} of MLflow's runs {} not read", words.0, words.1);
            notes.push(Note {
                path: root.to_owned(),
                line: None,
                kind: NoteKind::NotRead { what },
            });
        }
    }
    if !others.is_empty() {
        let names: Vec<_> = others.iter().take(3).filter_map(|file| file_name(file)).collect();
        let names = shown(&names.join(", "));
        let rest = if others.len() > 3 { " and so on" } else { "" };
        let what = match others.len() {
            1 => format!("1 file holds no log and was not read: {names}"),
            count => format!("{count} files hold no log and were not read: {names}{rest}"),
        };
        notes.push(Note { path: root.to_owned(), line: None, kind: NoteKind::NotRead { what } });
    }
    Ok(Detected { sources, notes })
}

/// The number of a state in `checkpoint-500/`.
fn checkpoint(state: &Path) -> Option<u64> {
    let directory = state.parent()?.file_name()?.to_str()?;
    directory.strip_prefix("checkpoint-")?.parse().ok()
}

/// The directory of the run that a state belongs to.
fn run_of_checkpoint(state: &Path) -> PathBuf {
    let directory = state.parent().unwrap_or(state);
    match checkpoint(state) {
        Some(_) => directory.parent().unwrap_or(directory).to_owned(),
        None => directory.to_owned(),
    }
}

/// Says only once what was noted in the same words about several files.
fn fold(notes: Vec<Note>) -> Vec<Note> {
    let mut folded: Vec<Note> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    for note in notes {
        let position = *positions.entry(note.kind.to_string()).or_insert(folded.len());
        if position == folded.len() {
            folded.push(note);
            counts.push(0);
        } else {
            counts[position] += 1;
        }
    }
    let with_count = |(note, count): (Note, usize)| {
        let more = (count > 0).then(|| {
            let kind = NoteKind::More { count, last: note.kind.to_string() };
            Note { path: note.path.clone(), line: None, kind }
        });
        [Some(note), more].into_iter().flatten()
    };
    folded.into_iter().zip(counts).flat_map(with_count).collect()
}
