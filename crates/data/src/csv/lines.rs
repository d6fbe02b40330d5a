//! The lines of a text file that hold something: blank lines and comments are left out.

use std::io::{BufRead, ErrorKind};

use super::problem::{CsvProblem, LONGEST_LINE, Located};

/// Reads lines that end with LF, CRLF or CR. A line longer than [`LONGEST_LINE`] is an error: an
/// endless line would fill all memory.
pub(crate) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
    /// The line before ended with CR, so that an LF belongs to its end.
    after_return: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Lines { reader, line: Vec::new(), number: 0, after_return: false }
    }

    /// The next line that is neither blank nor a comment, with its number from 1.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, &[u8])>, Located> {
        while self.fill().map_err(|problem| (Some(self.number), problem))? {
            if self.number == 1 {
                strip_mark(&mut self.line)?;
            }
            // Spreadsheets leave lines of separators behind the last row.
            let start = self.line.iter().find(|byte| !b" \t,;\"\0".contains(byte));
            if start.is_some_and(|&byte| byte != b'#') {
                return Ok(Some((self.number, &self.line)));
            }
        }
        Ok(None)
    }

    /// Reads one line without its end. Returns false at the end of the file.
    fn fill(&mut self) -> Result<bool, CsvProblem> {
        self.line.clear();
        self.number += 1;
        let mut is_line = false;
        loop {
            let mut buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(CsvProblem::Unreadable(error)),
            };
            if buffer.is_empty() {
                return Ok(is_line);
            }
            let skipped = usize::from(self.after_return && buffer[0] == b'\n');
            buffer = &buffer[skipped..];
            let end = buffer.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            let part = &buffer[..end.unwrap_or(buffer.len())];
            if self.line.len() + part.len() > LONGEST_LINE {
                return Err(CsvProblem::LineTooLong);
            }
            self.line.extend_from_slice(part);
            is_line |= !buffer.is_empty();
            self.after_return = end.is_some_and(|end| buffer[end] == b'\r');
            let consumed = skipped + part.len() + usize::from(end.is_some());
            self.reader.consume(consumed);
            if end.is_some() {
                return Ok(true);
            }
        }
    }
}

/// Removes the byte-order mark of UTF-8 and names files that are not text.
fn strip_mark(line: &mut Vec<u8>) -> Result<(), Located> {
    let other = |kind, cure| Err((None, CsvProblem::OtherKind { kind, cure }));
    if line.starts_with(b"\xef\xbb\xbf") {
        line.drain(..3);
    } else if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
        return other("text in UTF-16", "save it as CSV in UTF-8");
    } else if line.starts_with(b"PK\x03\x04") {
        return other("a ZIP archive or a spreadsheet", "unpack it, or save the sheet as CSV");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<(u64, String)> {
        // A buffer of one byte tests every place where a buffer can end.
        let mut lines = Lines::new(std::io::BufReader::with_capacity(1, text));
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            found.push((number, String::from_utf8(line.to_vec()).unwrap()));
        }
        found
    }

    #[test]
    fn lines_are_numbered_whatever_ends_them() {
        let expected = [(2, "a,b".to_owned()), (4, "c".to_owned())];
        for end in ["\n", "\r\n", "\r"] {
            let text = ["# comment", "a,b", " ,;", "c", "", ""].join(end);
            assert_eq!(read(text.as_bytes()), expected, "{end:?}");
            assert_eq!(read(format!("\u{feff}{text}").as_bytes()), expected, "{end:?}");
        }
        assert_eq!(read(b"\n\n  # x\nc"), [(4, "c".to_owned())]);
        assert!(read(b"").is_empty());
    }

    #[test]
    fn files_that_are_not_text_are_named() {
        for (bytes, kind) in [(&b"\xff\xfe1\0"[..], "UTF-16"), (b"PK\x03\x04xx", "ZIP")] {
            let (_, problem) = Lines::new(bytes).next().unwrap_err();
            assert!(problem.to_string().contains(kind), "{problem}");
        }
    }
}
