//! TensorBoard's event files: scalars, and the settings of its hparams plugin.
//!
//! A directory with event files is a run. `SummaryWriter.add_hparams` writes settings into a directory
//! of its own within the run's directory; these two are read as one run.

mod event;
mod protobuf;
mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use crate::curve::{CellsLeft, CurveBuilder};
use crate::error::{ImportError, Problem, shown};
use crate::limits::{MOST_SETTINGS, MOST_VALUES_OF_A_RUN};
use crate::note::{Note, NoteKind, Notes};
use crate::run::{Imported, ImportedRun, RunStatus};
use crate::{Setting, open, walk};
use event::Event;
use record::Next;

/// What was read from the event files of one directory.
#[derive(Default)]
struct Log {
    curve: CurveBuilder,
    settings: Vec<(String, Setting)>,
    has_settings: bool,
    status: RunStatus,
    /// Tags of values that are no scalars.
    others: BTreeSet<String>,
    is_full: bool,
}

/// Whether a file of this name is an event file.
pub(crate) fn is_event_file(name: &str) -> bool {
    name.contains("tfevents") && !name.ends_with(".v2") // A profile's index.
}

/// Whether a file begins like an event file.
pub(crate) fn looks_like_events(start: &[u8]) -> bool {
    start.first_chunk().is_some_and(|header| record::length(header).is_some())
}

/// Reads an event file, or all event files in a directory and the directories in it.
///
/// # Errors
/// No event could be read.
pub fn read_tensorboard(path: &Path) -> Result<Imported, ImportError> {
    let mut notes = Vec::new();
    let mut logs: BTreeMap<PathBuf, Log> = BTreeMap::new();
    let files = if path.is_dir() {
        let found = walk::files(path, &mut notes).map_err(ImportError::at(path))?;
        let name =
            |file: &PathBuf| file.file_name().map(|name| name.to_string_lossy().into_owned());
        found
            .into_iter()
            .filter(|file| name(file).is_some_and(|name| is_event_file(&name)))
            .collect()
    } else {
        vec![path.to_owned()]
    };
    let mut first_error = None;
    for file in files {
        let run = match path.is_dir() {
            true => file.parent().unwrap_or(path).to_owned(),
            false => file.clone(),
        };
        let mut file_notes = Notes::new(&file);
        let log = logs.entry(run).or_default();
        match open::stream(&file) {
            Ok(stream) => log.read(BufReader::new(stream), &mut file_notes),
            Err(problem) => {
                file_notes.add(NoteKind::Unreadable { reason: problem.to_string() });
                first_error = first_error.or(Some(ImportError { path: file, problem }));
            }
        }
        notes.extend(file_notes.finish());
    }
    join_settings(&mut logs, &mut notes);
    logs.retain(|_, log| log.has_settings || !log.curve.is_empty());
    if logs.is_empty() {
        return Err(first_error.unwrap_or_else(|| ImportError {
            path: path.to_owned(),
            problem: Problem::Broken {
                what: format!("no scalar was found in event files{}", first_note(&notes)),
                hint: "scalars are what `add_scalar` logs",
            },
        }));
    }
    let (mut runs, mut cells_left) = (Vec::new(), CellsLeft::default());
    for (source, log) in logs {
        let run = log.into_run(&source);
        if !cells_left.take(&run.curve) {
            notes.push(Note { path: source, line: None, kind: cells_left.note() });
            break;
        }
        runs.push(run);
    }
    Ok(Imported { runs, notes })
}

fn first_note(notes: &[Note]) -> String {
    notes.first().map(|note| format!(" ({note})")).unwrap_or_default()
}

/// Joins settings that stand in a directory of their own with the run in the directory above.
fn join_settings(logs: &mut BTreeMap<PathBuf, Log>, notes: &mut Vec<Note>) {
    let mut children: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for (path, log) in logs.iter() {
        let parent =
            path.parent().filter(|parent| logs.get(*parent).is_some_and(|p| !p.has_settings));
        if let Some(parent) = parent.filter(|_| log.has_settings) {
            children.entry(parent.to_owned()).or_default().push(path.clone());
        }
    }
    for (parent, children) in children {
        let [child] = &children[..] else {
            let text = format!(
                "{} directories in it hold settings; each is read as a run of its own",
                children.len()
            );
            notes.push(Note { path: parent, line: None, kind: NoteKind::Remark { text } });
            continue;
        };
        if let (Some(child), Some(log)) = (logs.remove(child), logs.get_mut(&parent)) {
            log.settings.extend(child.settings);
            log.has_settings = true;
            log.status = child.status;
            log.others.extend(child.others);
            log.curve.append(child.curve);
        }
    }
}

impl Log {
    fn read(&mut self, mut reader: impl Read, notes: &mut Notes) {
        let (mut record, mut number) = (Vec::new(), 0_u64);
        loop {
            number += 1;
            let place = || format!("event {number}");
            match record::next(&mut reader, &mut record) {
                Ok(Next::Record) => self.take(Event::read(&record), number, notes),
                Ok(Next::Damaged) => {
                    let what = format!("the checksum of {} is wrong; it was left out", place());
                    notes.add(NoteKind::Damaged { what });
                }
                Ok(Next::Truncated) => {
                    notes.add(NoteKind::Truncated { what: place() });
                    return;
                }
                Ok(Next::Lost) => {
                    let what = format!(
                        "the length of {} is wrong; what came before was read, and nothing after it",
                        place()
                    );
                    notes.add(NoteKind::Damaged { what });
                    return;
                }
                Ok(Next::End) => return,
                Err(error) => {
                    notes.add(NoteKind::Unreadable { reason: format!("{}: {error}", place()) });
                    return;
                }
            }
        }
    }

    fn take(&mut self, event: Event, number: u64, notes: &mut Notes) {
        if event.is_damaged {
            let what = format!("event {number} is no event as TensorBoard writes them");
            notes.add(NoteKind::Damaged { what });
        }
        for (tag, value) in event.scalars {
            if self.curve.add(&tag, None, Some(event.step), value).is_err() && !self.is_full {
                self.is_full = true;
                let most = MOST_VALUES_OF_A_RUN as u64;
                notes.add(NoteKind::TooMany { what: "values or measures of a run", most });
            }
        }
        for tag in event.others {
            if self.others.len() < 100 && self.others.insert(tag.clone()) && !tag.starts_with('_') {
                let what =
                    format!("the values of `{}` are no scalars and were not read", shown(&tag));
                notes.add(NoteKind::NotRead { what });
            }
        }
        self.has_settings |= event.has_settings;
        let free = MOST_SETTINGS.saturating_sub(self.settings.len());
        if event.settings.len() > free {
            notes.add(NoteKind::TooMany { what: "settings", most: MOST_SETTINGS as u64 });
        }
        self.settings.extend(event.settings.into_iter().take(free));
        if event.status != RunStatus::Unknown {
            self.status = event.status;
        }
    }

    fn into_run(self, source: &Path) -> ImportedRun {
        let name = source.file_name().map_or("run".into(), |name| name.to_string_lossy());
        let mut run = ImportedRun::new(source, name);
        let mut notes = Notes::new(source);
        for (name, value) in self.settings {
            run.set(&name, value, &mut notes);
        }
        run.status = self.status;
        run.take_curve(self.curve, &mut notes);
        run.notes = notes.finish();
        run
    }
}
