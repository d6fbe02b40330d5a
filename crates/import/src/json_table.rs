//! Reads a table from JSON lines: one object a line, its keys are columns.

use std::collections::HashMap;
use std::io::Read;

use crate::error::{Problem, shown};
use crate::json::{self, Json};
use crate::limits::{LARGEST_FILE, LONGEST_LINE, MOST_CELLS};
use crate::lines::{Line, Lines};
use crate::note::{NoteKind, Notes};
use crate::open::refuse_other_kinds;
use crate::table::{Cell, Table};

/// Reads a table of JSON lines. A file that begins with `[` is an array of objects, as pandas'
/// `to_json(orient="records")` writes it, and is held in memory as a whole.
pub(crate) fn read(reader: impl Read, notes: &mut Notes) -> Result<Table, Problem> {
    let mut builder = Builder::default();
    let mut lines = Lines::new(reader);
    let mut line = Vec::new();
    let mut array: Option<Vec<u8>> = None;
    loop {
        line.clear();
        let has_end = match lines.next(&mut line)? {
            Line::End => break,
            Line::Text { has_end } => has_end,
            Line::TooLong if array.is_none() => {
                let reason = format!("it has more than {LONGEST_LINE} bytes");
                notes.add_at(lines.number(), NoteKind::LineLeftOut { reason });
                continue;
            }
            Line::TooLong => {
                let what = format!("line {} has more than {LONGEST_LINE} bytes", lines.number());
                return Err(Problem::Broken { what, hint: "write one object a line" });
            }
        };
        if let Some(array) = &mut array {
            array.extend_from_slice(&line);
            array.push(b'\n');
            if array.len() as u64 > LARGEST_FILE {
                let what = format!("the array has more than {LARGEST_FILE} bytes");
                return Err(Problem::Broken { what, hint: "write one object a line" });
            }
            continue;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if builder.table.rows() == 0 {
            refuse_other_kinds(&line)?;
            if line.trim_ascii_start().starts_with(b"[") {
                line.push(b'\n');
                array = Some(std::mem::take(&mut line));
                continue;
            }
        }
        let parsed = json::parse(&line);
        match (&parsed.value, parsed.problem) {
            (Json::Object(_), None) => {
                if !builder.add(&parsed.value, lines.number(), notes)? {
                    break;
                }
            }
            (_, Some(_)) if !has_end => notes.add_at(lines.number(), NoteKind::CutLine),
            (_, Some((_, problem))) => {
                let reason = format!("it is not JSON: {problem}");
                notes.add_at(lines.number(), NoteKind::LineLeftOut { reason });
            }
            (_, None) => {
                let reason = "it is no JSON object".to_owned();
                notes.add_at(lines.number(), NoteKind::LineLeftOut { reason });
            }
        }
    }
    if let Some(array) = array {
        let parsed = json::parse(&array);
        for object in parsed.value.list() {
            if !builder.add(object, 1, notes)? {
                break;
            }
        }
        if let Some((line, problem)) = parsed.problem {
            notes.add_at(line, NoteKind::Truncated { what: format!("the array: {problem}") });
        }
    }
    if builder.table.rows() == 0 {
        return Err(Problem::Broken {
            what: "no line holds a JSON object".to_owned(),
            hint: "a log of JSON lines has one object for each epoch or run",
        });
    }
    Ok(builder.table)
}

#[derive(Default)]
struct Builder {
    table: Table,
    positions: HashMap<String, usize>,
}

impl Builder {
    /// Adds a row. Returns false if the table is full.
    fn add(&mut self, object: &Json, line: u64, notes: &mut Notes) -> Result<bool, Problem> {
        if !self.table.add_row(line) {
            let what = "cells of a table, or bytes of text";
            notes.add_at(line, NoteKind::TooMany { what, most: MOST_CELLS as u64 });
            return Ok(false);
        }
        self.fill("", object, line, notes)?;
        Ok(true)
    }

    /// Fills the last row. Keys of objects within objects are joined by dots.
    fn fill(
        &mut self,
        prefix: &str,
        object: &Json,
        line: u64,
        notes: &mut Notes,
    ) -> Result<(), Problem> {
        for (key, value) in object.entries() {
            let joined;
            let key = match prefix {
                "" => key,
                prefix => {
                    joined = format!("{prefix}.{key}");
                    &joined
                }
            };
            let cell = match value {
                Json::Object(_) => {
                    self.fill(key, value, line, notes)?;
                    continue;
                }
                Json::Null => Cell::Empty,
                Json::Bool(value) => Cell::Bool(*value),
                Json::Whole(number) => Cell::Whole(*number),
                Json::Number(number) => Cell::Number(*number),
                // W&B writes NaN and infinity as texts.
                Json::Text(text) if ["NaN", "Infinity", "-Infinity"].contains(&text.as_str()) => {
                    Cell::Number(text.parse().unwrap_or(f64::NAN))
                }
                Json::Text(text) => self.table.text_cell(text),
                Json::List(_) => self.table.text_cell(&value.text()),
            };
            let column = match self.positions.get(key) {
                Some(&column) => column,
                None => {
                    let column = self.table.add_column(key.clone())?;
                    self.positions.insert(key.clone(), column);
                    column
                }
            };
            let last = self.table.columns[column].cells.last();
            if last.is_some_and(|cell| *cell != Cell::Empty) {
                let what = format!("the key `{}` occurs twice; the last one is taken", shown(key));
                notes.add_at(line, NoteKind::Damaged { what });
            }
            self.table.set(column, cell);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn keys_are_columns_and_broken_lines_are_said() {
        let text =
            b"{\"a\": 1, \"b\": {\"c\": NaN}}\n{\"a\": 2\n\n3\n{\"d\": \"x\", \"a\": 4}\n{\"a\": 5";
        let mut notes = Notes::new(Path::new("a.jsonl"));
        let table = read(&text[..], &mut notes).unwrap();
        assert_eq!(table.names(), "`a`, `b.c`, `d`");
        assert_eq!(table.columns[0].cells, [Cell::Whole(1), Cell::Whole(4)]);
        assert_eq!(table.columns[2].cells[0], Cell::Empty);
        let notes: Vec<_> = notes.finish().iter().map(|note| note.to_string()).collect();
        assert!(
            notes[0].starts_with("a.jsonl:2: the line was left out: it is not JSON"),
            "{notes:?}"
        );
        assert!(notes[1].starts_with("a.jsonl:4: the line was left out: it is no JSON object"));
        assert!(notes[2].starts_with("a.jsonl:6: the last line is cut"));
    }

    #[test]
    fn an_array_of_objects_is_a_table_too() {
        let mut notes = Notes::new(Path::new("a.json"));
        let table = read(&b"[{\"a\": 1},\n{\"a\": 2}, {\"a\""[..], &mut notes).unwrap();
        assert_eq!(table.rows(), 3);
        assert_eq!(table.columns[0].cells[2], Cell::Empty);
        assert!(notes.finish()[0].to_string().contains("the file ends within the array"));
    }
}
