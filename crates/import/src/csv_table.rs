//! Reads a table from CSV text, with comma, semicolon or tab between cells.

use std::io::Read;

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::error::Problem;
use crate::limits::{LONGEST_LINE, MOST_CELLS, MOST_LINES_OF_A_ROW};
use crate::lines::{self, Line, Lines};
use crate::note::{NoteKind, Notes};
use crate::open::refuse_other_kinds;
use crate::table::Table;

/// Reads a table whose first row names the columns.
///
/// A row with too few or too many cells is kept, and a note says so. A quoted cell may continue on
/// further lines; if its quote is never closed, only the line with that quote is left out.
pub(crate) fn read(reader: impl Read, notes: &mut Notes) -> Result<Table, Problem> {
    let mut rows = Rows::new(reader);
    let header = loop {
        match rows.next(notes)? {
            Some(row) if row.record.starts_with('#') => {
                let text = "a line with `#` before the header was passed over".to_owned();
                notes.add_at(row.line, NoteKind::Remark { text });
            }
            Some(row) => break row.record,
            None => return Err(Problem::Empty),
        }
    };
    refuse_other_kinds(header.as_bytes())?;
    let separator = separator(&header);
    let mut splitter = Splitter::new(separator);
    splitter.split(&header);
    let mut table = Table::new(splitter.cells().map(|name| name.trim().to_owned()), notes)?;
    let columns = table.columns.len();
    let has_decimal_comma = separator == b';';
    let mut said_comma = false;
    while let Some(row) = rows.next(notes)? {
        splitter.split(&row.record);
        let cells = splitter.ends.len();
        if cells != columns {
            if !row.has_end && cells < columns {
                notes.add_at(row.line, NoteKind::CutLine);
                break;
            }
            notes.add_at(row.line, NoteKind::CellCount { cells, columns });
        } else if !row.has_end {
            let text = "the last line has no line end: its last cell may be cut".to_owned();
            notes.add_at(row.line, NoteKind::Remark { text });
        }
        if !table.add_row(row.line) {
            let what = "cells of a table, or bytes of text";
            notes.add_at(row.line, NoteKind::TooMany { what, most: MOST_CELLS as u64 });
            break;
        }
        for (column, text) in splitter.cells().enumerate().take(columns) {
            let decimal = has_decimal_comma.then(|| decimal_comma(text)).flatten();
            if decimal.is_some() && !said_comma {
                said_comma = true;
                let text = "numbers with a decimal comma, as in `0,87`, are read".to_owned();
                notes.add_at(row.line, NoteKind::Remark { text });
            }
            let cell = table.read_cell(decimal.as_deref().unwrap_or(text));
            table.set(column, cell);
        }
    }
    if table.rows() == 0 {
        return Err(Problem::NoRows);
    }
    Ok(table)
}

/// What separates cells: what the header has most of.
pub(crate) fn separator(header: &str) -> u8 {
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0)];
    let mut is_quoted = false;
    for byte in header.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!is_quoted && byte == *separator);
        }
    }
    // The first of equals: a tie is at no separator at all.
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(separator, _)| *separator)
}

/// `0.87` for `0,87`.
fn decimal_comma(text: &str) -> Option<String> {
    let (whole, fraction) = text.trim().split_once(',')?;
    let is_number = whole.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit())
        && fraction.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && fraction.bytes().all(|byte| byte.is_ascii_digit() || b"eE+-".contains(&byte));
    is_number.then(|| format!("{whole}.{fraction}"))
}

/// A row before it is split.
struct Row {
    line: u64,
    record: String,
    has_end: bool,
}

/// Joins the lines of a row.
struct Rows<R> {
    lines: Lines<R>,
    /// Lines that were read ahead for a quote that was never closed.
    pending: std::collections::VecDeque<(u64, Vec<u8>, bool)>,
}

impl<R: Read> Rows<R> {
    fn new(reader: R) -> Self {
        Rows { lines: Lines::new(reader), pending: Default::default() }
    }

    /// The next row that is not blank.
    fn next(&mut self, notes: &mut Notes) -> Result<Option<Row>, Problem> {
        loop {
            let Some((number, mut line, mut has_end)) = self.line(notes)? else { return Ok(None) };
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let first_end = line.len();
            if has_open_quote(&line) {
                let mut joined = Vec::new();
                let mut is_open = true;
                while is_open
                    && joined.len() < MOST_LINES_OF_A_ROW
                    && line.len() < LONGEST_LINE
                    && let Some((next_number, next, next_end)) = self.line(notes)?
                {
                    line.push(b'\n');
                    line.extend_from_slice(&next);
                    is_open ^= has_open_quote(&next);
                    joined.push((next_number, next, next_end));
                }
                if is_open {
                    for read_ahead in joined.into_iter().rev() {
                        self.pending.push_front(read_ahead);
                    }
                    line.truncate(first_end);
                    let is_cut = self.pending.is_empty() && !has_end;
                    let reason = "a quote is opened and not closed".to_owned();
                    let kind = NoteKind::LineLeftOut { reason };
                    notes.add_at(number, if is_cut { NoteKind::CutLine } else { kind });
                    continue;
                }
                has_end = joined.last().is_none_or(|(_, _, end)| *end);
            }
            let (record, was_utf8) = lines::text(&line);
            if !was_utf8 {
                refuse_other_kinds(&line)?;
                let what = "the line is not UTF-8; what could not be read is `\u{fffd}`".to_owned();
                notes.add_at(number, NoteKind::Damaged { what });
            }
            return Ok(Some(Row { line: number, record: record.into_owned(), has_end }));
        }
    }

    fn line(&mut self, notes: &mut Notes) -> Result<Option<(u64, Vec<u8>, bool)>, Problem> {
        if let Some(pending) = self.pending.pop_front() {
            return Ok(Some(pending));
        }
        loop {
            let mut line = Vec::new();
            match self.lines.next(&mut line)? {
                Line::End => return Ok(None),
                Line::Text { has_end } => return Ok(Some((self.lines.number(), line, has_end))),
                Line::TooLong => {
                    let reason = format!("it has more than {LONGEST_LINE} bytes");
                    notes.add_at(self.lines.number(), NoteKind::LineLeftOut { reason });
                }
            }
        }
    }
}

/// Whether a quote that is opened in this line is not closed in it.
fn has_open_quote(line: &[u8]) -> bool {
    line.iter().filter(|&&byte| byte == b'"').count() % 2 == 1
}

/// Splits rows into cells.
struct Splitter {
    reader: csv_core::Reader,
    output: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    fn new(separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        Splitter { reader, output: vec![0; 1 << 10], ends: vec![0; 64] }
    }

    /// Splits a row. [`Splitter::cells`] are its cells then.
    fn split(&mut self, record: &str) {
        self.reader.reset();
        self.output.resize(record.len().max(64), 0);
        self.ends.resize(record.len() + 2, 0);
        let (mut input, mut written, mut ends) = (record.as_bytes(), 0, 0);
        loop {
            let (result, read, out, end) =
                self.reader.read_record(input, &mut self.output[written..], &mut self.ends[ends..]);
            input = &input[read..];
            written += out;
            ends += end;
            match result {
                ReadRecordResult::InputEmpty => {} // An empty input ends the record.
                ReadRecordResult::Record | ReadRecordResult::End => break,
                // Neither can be: cells are never longer than the row, nor more than its bytes.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => break,
            }
        }
        self.output.truncate(written);
        self.ends.truncate(ends);
    }

    fn cells(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let cells = starts.zip(&self.ends).map(|(start, &end)| self.output.get(start..end));
        cells.map(|cell| cell.and_then(|cell| std::str::from_utf8(cell).ok()).unwrap_or(""))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn rows(text: &[u8]) -> (Vec<Vec<String>>, Vec<String>) {
        let mut notes = Notes::new(Path::new("a.csv"));
        let table = read(text, &mut notes).unwrap();
        let row = |row: usize| {
            table.columns.iter().map(|column| table.shown(column.cells[row])).collect()
        };
        let rows = (0..table.rows()).map(row).collect();
        (rows, notes.finish().iter().map(|note| note.to_string()).collect())
    }

    #[test]
    fn separators_and_quotes() {
        for separator in [",", ";", "\t"] {
            let text = "a,\"b, c\",d\n1,\"x \"\"y\"\"\nz\",\n\n".replace(',', separator);
            let (rows, notes) = rows(text.as_bytes());
            assert_eq!(rows, [["1", "x \"y\"\nz", ""]], "{separator:?}");
            assert!(notes.is_empty(), "{notes:?}");
        }
        let (rows, notes) = rows(b"a;b\n1;0,5\n2;-1,5e-3\n");
        assert_eq!(rows, [["1", "0.5"], ["2", "-0.0015"]]);
        assert!(notes[0].contains("decimal comma"));
    }

    #[test]
    fn broken_rows_are_kept_or_said() {
        let (found, notes) = rows(b"\xef\xbb\xbfa,b\n1\n1,2,3\n\xff,4\n5,6");
        assert_eq!(found, [["1", ""], ["1", "2"], ["\u{fffd}", "4"], ["5", "6"]]);
        assert!(notes[0].starts_with("a.csv:2: the row has 1 cells and the table 2"), "{notes:?}");
        assert!(notes[1].starts_with("a.csv:3: the row has 3 cells"), "{notes:?}");
        assert!(notes[2].starts_with("a.csv:4: the line is not UTF-8"), "{notes:?}");
        assert!(notes[3].starts_with("a.csv:5: the last line has no line end"), "{notes:?}");
        let (found, notes) = rows(b"a,b\n1,2\n3");
        assert_eq!(found, [["1", "2"]]);
        assert!(notes[0].contains("the last line is cut"), "{notes:?}");
    }

    #[test]
    fn a_quote_that_is_not_closed_spoils_one_line() {
        let (found, notes) = rows(b"a,b\n\"1,2\n3,4\n5,6\n");
        assert_eq!(found, [["3", "4"], ["5", "6"]]);
        assert!(notes[0].starts_with("a.csv:2: the line was left out: a quote"), "{notes:?}");
    }

    #[test]
    fn files_without_a_table() {
        let problem =
            |text: &[u8]| read(text, &mut Notes::new(Path::new("a"))).unwrap_err().to_string();
        assert!(problem(b"").starts_with("the file is empty"));
        assert!(problem(b"\n \n").starts_with("the file is empty"));
        assert!(problem(b"a,b\n").starts_with("the table has a header and no rows"));
        assert!(problem(b"PK\x03\x04\xff\n").contains("ZIP"));
        assert!(problem(b"\xff\xfea\0").contains("UTF-16"));
        assert!(problem("a,".repeat(20_000).as_bytes()).contains("more than 10000 columns"));
    }
}
