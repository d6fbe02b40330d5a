//! Settings of Hydra's jobs: `.hydra/overrides.yaml` and `.hydra/config.yaml` in a job's directory.
//!
//! Hydra logs no measures. Its settings are added to the runs whose logs lie in the directory of a job.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::shown;
use crate::note::{Note, NoteKind, Notes};
use crate::{ImportedRun, Setting, open, yaml};

/// The jobs below a directory, each read once.
pub(crate) struct Jobs {
    root: PathBuf,
    known: HashMap<PathBuf, Option<Vec<(String, Setting)>>>,
    notes: Vec<Note>,
}

impl Jobs {
    pub fn new(root: &Path) -> Self {
        Jobs { root: root.to_owned(), known: HashMap::new(), notes: Vec::new() }
    }

    /// Adds the settings of the job in whose directory the run lies, if it lies in one.
    pub fn add_settings(&mut self, run: &mut ImportedRun) {
        let source = run.source.clone();
        let below = |path: &&Path| {
            path.starts_with(&self.root) || (self.root.starts_with(path) && self.root.is_file())
        };
        let directories: Vec<&Path> = source.ancestors().take_while(below).take(8).collect();
        for directory in directories {
            let job = match self.known.get(directory) {
                Some(job) => job,
                None => {
                    let job = read(directory, &mut self.notes);
                    self.known.entry(directory.to_owned()).or_insert(job)
                }
            };
            if let Some(settings) = job {
                let mut notes = Notes::new(directory);
                for (name, value) in settings {
                    run.set(name, value.clone(), &mut notes);
                }
                run.notes.extend(notes.finish());
                return;
            }
        }
    }

    pub fn into_notes(self) -> Vec<Note> {
        self.notes
    }
}

/// The settings of a job. `None` if the directory is none. Overrides come first: they go before what
/// the config says of the same key.
fn read(directory: &Path, all_notes: &mut Vec<Note>) -> Option<Vec<(String, Setting)>> {
    let path = directory.join(".hydra").join("overrides.yaml");
    if !path.is_file() {
        return None;
    }
    let mut settings = Vec::new();
    let mut notes = Notes::new(&path);
    match open::whole(&path) {
        Ok(bytes) => settings.extend(overrides(&bytes, &mut notes)),
        Err(problem) => notes.add(NoteKind::Unreadable { reason: problem.to_string() }),
    }
    all_notes.extend(notes.finish());
    let path = directory.join(".hydra").join("config.yaml");
    let mut notes = Notes::new(&path);
    if let Ok(bytes) = open::whole(&path) {
        settings.extend(yaml::settings(&bytes, &mut notes));
    }
    all_notes.extend(notes.finish());
    Some(settings)
}

/// Settings of a list of overrides: `lr=0.1`, `+tag=a`, `++x.y=1`, `~dropout`.
pub(crate) fn overrides(bytes: &[u8], notes: &mut Notes) -> Vec<(String, Setting)> {
    let mut settings = Vec::new();
    for (_, text) in yaml::settings(bytes, notes) {
        let text = text.to_string();
        let is_removed = text.starts_with('~');
        match text.trim_start_matches(['+', '~']).split_once('=') {
            // `hydra.` keys say how Hydra runs its jobs.
            Some((name, _)) if name.starts_with("hydra") => {}
            Some((name, _)) if is_removed => settings.push((name.to_owned(), Setting::none())),
            Some((name, value)) => {
                let value = value.trim();
                let quoted = ['\'', '"'].into_iter().find_map(|quote| {
                    value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote))
                });
                let value = quoted.map_or_else(|| Setting::read(value), Setting::text);
                settings.push((name.to_owned(), value));
            }
            None if is_removed => settings.push((text[1..].to_owned(), Setting::none())),
            None => {
                let what = format!("the override `{}` has no `=`; it was left out", shown(&text));
                notes.add(NoteKind::Damaged { what });
            }
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_are_settings() {
        let mut notes = Notes::new(Path::new("overrides.yaml"));
        let text = b"- lr=1e-3\n- +tag='a, b'\n- ++x.y=true\n- ~drop\n- hydra.sweep.dir=x\n- odd\n- name=\n";
        let found: Vec<_> = overrides(text, &mut notes)
            .into_iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        assert_eq!(found, ["lr: 0.001", "tag: a, b", "x.y: true", "drop: None", "name: "]);
        assert_eq!(notes.finish().len(), 1);
    }
}
