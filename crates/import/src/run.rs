//! Runs as other tools logged them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::curve::CurveBuilder;
use crate::json::Json;
use crate::limits::{LONGEST_SETTING, MOST_NOTES_OF_A_RUN, MOST_SETTINGS, MOST_VALUES_OF_A_RUN};
use crate::note::{Note, NoteKind, Notes};
use crate::{Curve, Setting};

/// One training run of any tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRun {
    /// The file or directory that the run was read from. Runs of one table share it.
    pub source: PathBuf,
    /// The run's name: what the tool calls it, or its place below the path that was read.
    pub name: String,
    /// All settings, the network's name and tags among them. The seed is not.
    pub settings: BTreeMap<String, Setting>,
    /// The seed, if it is known.
    pub seed: Option<u64>,
    /// What the run measured. A run of which only the end is known has one row.
    pub curve: Curve,
    /// How the run ended.
    pub status: RunStatus,
    /// What was odd about this run alone.
    pub notes: Vec<Note>,
}

/// How a run ended, as the tool says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RunStatus {
    /// The tool does not say.
    #[default]
    Unknown,
    /// The run came to its end.
    Finished,
    /// The run failed or was killed.
    Crashed,
    /// The run had not ended when its log was read.
    Unfinished,
}

/// All that a reader read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// The runs, in the order of the file, or of the paths.
    pub runs: Vec<ImportedRun>,
    /// What was guessed, odd or left out.
    pub notes: Vec<Note>,
}

impl ImportedRun {
    /// A run of which nothing but its source is known.
    pub fn new(source: &Path, name: impl Into<String>) -> Self {
        ImportedRun {
            source: source.to_owned(),
            name: name.into(),
            settings: BTreeMap::new(),
            seed: None,
            curve: Curve::default(),
            status: RunStatus::Unknown,
            notes: Vec::new(),
        }
    }

    /// The setting that names the network, by its usual names. `None` if there is none.
    pub fn network_setting(&self) -> Option<&str> {
        let usual = |name: &String| crate::names::network_rank(name);
        let named = self.settings.keys().filter_map(|name| Some((usual(name)?, name.as_str())));
        named.min().map(|(_, name)| name)
    }

    /// Adds a setting. A seed, by its usual names, becomes the run's seed if it is a whole number.
    /// What `name` was set to before is kept.
    pub(crate) fn set(&mut self, name: &str, value: Setting, notes: &mut Notes) {
        if !crate::names::is_seed(name) {
            self.settings.entry(name.to_owned()).or_insert(value);
            return;
        }
        match seed_of(&value) {
            Some(seed) if self.seed.is_none_or(|known| known == seed) => self.seed = Some(seed),
            Some(seed) => {
                let known = self.seed.unwrap_or_default();
                let name = crate::error::shown(name);
                let text = format!("the run has two seeds; {known} is taken, not `{name}` {seed}");
                notes.add(NoteKind::Remark { text });
            }
            None => {
                // `None` is how tools say that no seed was set.
                if value != Setting::none() {
                    notes.add(NoteKind::NotASeed { text: crate::error::shown(&value.to_string()) });
                }
                self.settings.entry(name.to_owned()).or_insert(value);
            }
        }
    }
}

impl ImportedRun {
    /// Adds a setting that stands as text. A seed above 2^53 stays exact.
    pub(crate) fn set_exactly(&mut self, name: &str, text: &str, notes: &mut Notes) {
        match text.trim().parse() {
            Ok(seed) if crate::names::is_seed(name) && self.seed.is_none() => {
                self.seed = Some(seed)
            }
            _ => self.set(name, Setting::read(text), notes),
        }
    }

    /// Adds a setting that stands as JSON. A seed above 2^53 stays exact.
    pub(crate) fn set_json(&mut self, name: &str, value: &Json, notes: &mut Notes) {
        match (crate::names::is_seed(name), value) {
            (true, Json::Whole(seed)) if self.seed.is_none() => self.seed = Some(*seed),
            _ => self.set(name, value.setting(), notes),
        }
    }

    /// Adds a setting from a database, whose names and number are checked first. What is odd is a note of
    /// this run.
    pub(crate) fn set_checked(&mut self, name: &str, set: impl FnOnce(&mut Self, &mut Notes)) {
        let mut notes = Notes::new(&self.source);
        if name.len() > LONGEST_SETTING {
            let what = format!("a setting's name has {} bytes; it was left out", name.len());
            notes.add(NoteKind::NotRead { what });
        } else if self.settings.len() >= MOST_SETTINGS {
            notes.add(NoteKind::TooMany { what: "settings", most: MOST_SETTINGS as u64 });
        } else {
            set(self, &mut notes);
        }
        self.add_notes(notes);
    }

    /// Adds notes about this run alone, as long as there are few.
    pub(crate) fn add_notes(&mut self, notes: Notes) {
        let room = MOST_NOTES_OF_A_RUN.saturating_sub(self.notes.len());
        self.notes.extend(notes.finish().into_iter().take(room));
    }

    /// Takes the curve of a builder. What was odd in it is a note.
    pub(crate) fn take_curve(&mut self, builder: CurveBuilder, notes: &mut Notes) {
        if let Some((measure, step)) = builder.repeated() {
            let at = step.map_or("no step".to_owned(), |step| format!("step {step}"));
            let what = format!("`{}`", crate::error::shown(&measure));
            let taken = "each is a row of its own (was the run resumed, or logged without steps?)";
            notes.add(NoteKind::Repeated { what, at, taken });
        }
        match builder.build() {
            Some(curve) => self.curve = curve,
            None => {
                let most = 4 * MOST_VALUES_OF_A_RUN as u64;
                notes.add(NoteKind::TooMany { what: "steps times measures of a run", most });
            }
        }
    }
}

/// A seed, if the value is a whole number from 0 that a float holds exactly.
fn seed_of(value: &Setting) -> Option<u64> {
    match value {
        Setting::Number(number) => whole(*number),
        Setting::Text(_) | Setting::Bool(_) => None,
    }
}

/// A number as a whole number from 0, if it is one. Above 2^53, a float is not exact.
pub(crate) fn whole(number: f64) -> Option<u64> {
    let is_whole = number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number);
    is_whole.then_some(number as u64)
}

impl RunStatus {
    /// Reads the word that a tool uses.
    pub fn read(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "finished" | "complete" | "completed" | "success" | "succeeded" | "done" => {
                RunStatus::Finished
            }
            "crashed" | "failed" | "fail" | "killed" | "error" | "diverged" | "preempted" => {
                RunStatus::Crashed
            }
            "running" | "scheduled" | "pending" | "queued" | "waiting" | "preempting" => {
                RunStatus::Unfinished
            }
            _ => RunStatus::Unknown,
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RunStatus::Unknown => "unknown",
            RunStatus::Finished => "finished",
            RunStatus::Crashed => "crashed",
            RunStatus::Unfinished => "unfinished",
        })
    }
}
