//! The settings in a YAML file, as far as it can be read.
//!
//! Keys within keys are joined by dots, lists become one text. Anchors are not followed, so that a
//! small file can't become a large one.

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::Setting;
use crate::error::shown;
use crate::limits::{LONGEST_SETTING, MOST_SETTINGS};
use crate::note::{NoteKind, Notes};

/// Most bytes of a YAML file. Longer ones are cut, and a note says so.
const LARGEST_YAML: usize = 1 << 20;

/// Most nested keys and lists.
const DEEPEST_NESTING: usize = 64;

/// What is open around the current event.
enum Open {
    /// A mapping. Its keys begin with this prefix.
    Mapping { prefix: String, key: Option<String> },
    /// A list of a mapping's value: all in it becomes one text.
    List { text: String, depth: usize },
}

/// Reads all settings of a file's content. A list at the top has the keys `0`, `1` and so on.
pub(crate) fn settings(bytes: &[u8], notes: &mut Notes) -> Vec<(String, Setting)> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(LARGEST_YAML)]);
    if bytes.len() > LARGEST_YAML {
        notes.add(NoteKind::TooMany { what: "bytes of YAML", most: LARGEST_YAML as u64 });
    }
    let mut reader = Reader::default();
    for event in Parser::new_from_str(&text) {
        let (event, line) = match event {
            Ok((event, span)) => (event, span.start.line() as u64),
            Err(error) => {
                let what = format!("YAML that can't be read ({})", shown(error.info()));
                notes.add_at(error.marker().line() as u64, NoteKind::Truncated { what });
                break;
            }
        };
        if reader.open.len() > DEEPEST_NESTING {
            notes.add_at(
                line,
                NoteKind::TooMany { what: "nested keys", most: DEEPEST_NESTING as u64 },
            );
            break;
        }
        if reader.settings.len() >= MOST_SETTINGS {
            notes.add_at(line, NoteKind::TooMany { what: "settings", most: MOST_SETTINGS as u64 });
            break;
        }
        reader.take(event, line, notes);
    }
    // What was cut within a list is known that far.
    if let Some(Open::List { text, .. }) = reader.open.pop() {
        reader.put(Setting::text(&format!("[{text}…")));
    }
    reader.settings
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    settings: Vec<(String, Setting)>,
    /// Values of a list at the top.
    top_values: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, line: u64, notes: &mut Notes) {
        match event {
            Event::Scalar(text, style, _, tag) => {
                let is_plain = style == ScalarStyle::Plain
                    && tag.is_none_or(|tag| !tag.suffix.ends_with("str"));
                self.value(&text, is_plain);
            }
            Event::Alias(_) => self.value("*alias", false),
            Event::MappingStart(..) => match self.open.last_mut() {
                Some(Open::List { text, depth }) => {
                    *depth += 1;
                    extend(text, "{");
                }
                Some(Open::Mapping { prefix, key }) => {
                    let prefix = format!("{prefix}{}.", key.take().unwrap_or_default());
                    self.open.push(Open::Mapping { prefix, key: None });
                }
                None => self.open.push(Open::Mapping { prefix: String::new(), key: None }),
            },
            Event::SequenceStart(..) => match self.open.last_mut() {
                Some(Open::List { text, depth }) => {
                    *depth += 1;
                    extend(text, "[");
                }
                Some(Open::Mapping { key: Some(_), .. }) => {
                    self.open.push(Open::List { text: String::new(), depth: 0 });
                }
                Some(Open::Mapping { .. }) => {
                    let what = "a list can't be a key; its value was left out".to_owned();
                    notes.add_at(line, NoteKind::Damaged { what });
                    self.open.push(Open::List { text: String::new(), depth: 0 });
                }
                None => {} // The values of a list at the top come one by one.
            },
            Event::MappingEnd | Event::SequenceEnd => match self.open.last_mut() {
                Some(Open::List { text, depth }) if *depth > 0 => {
                    *depth -= 1;
                    close(text, if matches!(event, Event::MappingEnd) { "}" } else { "]" });
                }
                Some(Open::List { text, .. }) => {
                    let text = format!("[{}]", text.trim_end_matches(", "));
                    self.open.pop();
                    self.put(Setting::text(&text));
                }
                Some(Open::Mapping { .. }) => {
                    self.open.pop();
                }
                None => {}
            },
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
        }
    }

    fn value(&mut self, text: &str, is_plain: bool) {
        match self.open.last_mut() {
            Some(Open::List { text: list, .. }) => {
                extend(list, text);
                extend(list, ", ");
            }
            Some(Open::Mapping { key: key @ None, .. }) => *key = Some(text.to_owned()),
            Some(Open::Mapping { .. }) | None => {
                self.put(if is_plain { Setting::read(text) } else { Setting::text(text) });
            }
        }
    }

    /// Gives the open key its value.
    fn put(&mut self, value: Setting) {
        let name = match self.open.last_mut() {
            Some(Open::Mapping { prefix, key }) => {
                let Some(key) = key.take() else { return };
                format!("{prefix}{key}")
            }
            Some(Open::List { .. }) => return,
            None => {
                self.top_values += 1;
                (self.top_values - 1).to_string()
            }
        };
        self.settings.push((name, value));
    }
}

/// Adds to the text of a list, which is shortened when it is shown.
fn extend(text: &mut String, more: &str) {
    if text.len() <= 4 * LONGEST_SETTING {
        text.push_str(more);
    }
}

fn close(text: &mut String, end: &str) {
    text.truncate(text.trim_end_matches(", ").len());
    extend(text, end);
    extend(text, ", ");
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> (Vec<(String, String)>, usize) {
        let mut notes = Notes::new(Path::new("a.yaml"));
        let settings = settings(text.as_bytes(), &mut notes);
        let settings = settings.into_iter().map(|(name, value)| (name, value.to_string()));
        (settings.collect(), notes.finish().len())
    }

    #[test]
    fn keys_are_joined_and_lists_are_texts() {
        let text = "lr: 1e-3\noptimizer:\n  name: adam\n  betas:\n  - 0.9\n  - [1, {a: b}]\nnone: null\n\
                    path: !!python/object/apply:pathlib.PosixPath\n- tmp\nversion: '3'\n";
        let (settings, notes) = read(text);
        let expected = [
            ("lr", "0.001"),
            ("optimizer.name", "adam"),
            ("optimizer.betas", "[0.9, [1, {a, b}]]"),
            ("none", "None"),
            ("path", "[tmp]"),
            ("version", "3"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!((settings, notes), (expected.to_vec(), 0));
        assert_eq!(read("- a=1\n- b\n").0[1], ("1".to_owned(), "b".to_owned()));
        assert_eq!(read("").0, []);
    }

    #[test]
    fn a_broken_file_gives_what_came_before() {
        let (settings, notes) = read("a: 1\nb: [1, 2\nc: \"x\n");
        assert_eq!(settings[0].0, "a");
        assert_eq!(notes, 1);
        let (_, notes) = read(&"- ".repeat(10_000));
        assert!(notes <= 1);
        read(&"[".repeat(100_000));
        read(&"{a: ".repeat(100_000));
    }
}
