//! The lines of a text file, each of limited length.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use crate::limits::LONGEST_LINE;

/// Reads lines that end with LF or CRLF. What is longer than [`LONGEST_LINE`] is passed over.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
}

/// What one line holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The text is in the caller's buffer.
    Text {
        /// The line has an end. The last one of a file may have none.
        has_end: bool,
    },
    /// The line is too long and was passed over.
    TooLong,
    /// There are no more lines.
    End,
}

impl<R: Read> Lines<R> {
    pub fn new(reader: R) -> Self {
        Lines { reader: BufReader::with_capacity(1 << 16, reader), number: 0 }
    }

    /// The number of the line that was read last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Appends the next line, without its end, to `line`.
    pub fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Line> {
        let start = line.len();
        self.number += 1;
        let mut is_too_long = false;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if buffer.is_empty() {
                return Ok(match (is_too_long, line.len() > start) {
                    (true, _) => Line::TooLong,
                    (false, true) => Line::Text { has_end: false },
                    (false, false) => Line::End,
                });
            }
            let end = memchr(buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            if line.len() + part.len() > LONGEST_LINE {
                is_too_long = true;
                line.truncate(start);
            }
            if !is_too_long {
                line.extend_from_slice(part);
            }
            let consumed = part.len() + usize::from(end.is_some());
            self.reader.consume(consumed);
            if end.is_some() {
                break;
            }
        }
        if is_too_long {
            return Ok(Line::TooLong);
        }
        if line.len() > start && line.ends_with(b"\r") {
            line.pop();
        }
        if self.number == 1 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3);
        }
        Ok(Line::Text { has_end: true })
    }
}

fn memchr(buffer: &[u8]) -> Option<usize> {
    buffer.iter().position(|&byte| byte == b'\n')
}

/// The text of a line, and whether it was UTF-8. What is not is replaced by `�`.
pub(crate) fn text(line: &[u8]) -> (Cow<'_, str>, bool) {
    let text = String::from_utf8_lossy(line);
    let was_utf8 = matches!(text, Cow::Borrowed(_));
    (text, was_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_long_ones_passed_over() {
        let text =
            [b"\xef\xbb\xbfa,b\r\n".to_vec(), vec![b'x'; LONGEST_LINE + 1], b"\n\nend".to_vec()];
        let text = text.concat();
        let mut lines = Lines::new(&text[..]);
        let mut found = Vec::new();
        loop {
            let mut line = Vec::new();
            match lines.next(&mut line).unwrap() {
                Line::End => break,
                kind => found.push((lines.number(), kind, line)),
            }
        }
        assert_eq!(found[0], (1, Line::Text { has_end: true }, b"a,b".to_vec()));
        assert_eq!(found[1], (2, Line::TooLong, Vec::new()));
        assert_eq!(found[2], (3, Line::Text { has_end: true }, Vec::new()));
        assert_eq!(found[3], (4, Line::Text { has_end: false }, b"end".to_vec()));
    }
}
