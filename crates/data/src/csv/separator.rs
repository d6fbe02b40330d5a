//! Splits lines into fields, at commas, semicolons, tabs or blanks.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::problem::CsvProblem;
use crate::plain_text::is_plain_char;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    Semicolon,
    Tab,
    Comma,
    /// One or more blanks.
    Blanks,
}

impl Separator {
    fn byte(self) -> u8 {
        match self {
            Separator::Semicolon => b';',
            Separator::Tab => b'\t',
            Separator::Comma => b',',
            Separator::Blanks => b' ',
        }
    }

    /// The separator of a file whose first line is this: the first that gives as many fields as an
    /// image with a label needs, else the most frequent. Blanks come last, because they may follow
    /// commas, and commas after semicolons, because they may be decimal.
    fn of(line: &[u8]) -> Self {
        let all = [Separator::Semicolon, Separator::Tab, Separator::Comma, Separator::Blanks];
        let count = |separator| Splitter::with(separator).split(line).map_or(1, |row| row.len());
        let counts = all.map(count);
        let fits = counts.iter().position(|&count| count > 1 && has_image(count));
        let most = || (0..all.len()).rev().max_by_key(|&i| counts[i]).expect("there are four");
        if counts == [1; 4] { Separator::Comma } else { all[fits.unwrap_or_else(most)] }
    }
}

/// Whether this is a square number of pixels.
pub(crate) fn is_square(pixels: usize) -> bool {
    pixels > 0 && pixels.isqrt().pow(2) == pixels
}

/// Whether so many fields can be a square image with a label, or with a label and a number.
fn has_image(fields: usize) -> bool {
    fields > 1 && (is_square(fields - 1) || is_square(fields - 2))
}

/// The fields of a line.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
    has_decimal_commas: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field without blanks and quotes around it.
    pub(crate) fn field(&self, column: usize) -> &'a [u8] {
        let start = if column == 0 { 0 } else { self.ends[column - 1] };
        let field = self.bytes[start..self.ends[column]].trim_ascii();
        // Quotes behind a blank are left in by the splitter.
        match field {
            [b'"', inner @ .., b'"'] => inner.trim_ascii(),
            _ => field,
        }
    }

    /// A field as a finite number.
    pub(crate) fn number(&self, column: usize) -> Option<f64> {
        let field = self.field(column);
        if (1..=3).contains(&field.len()) && field.iter().all(u8::is_ascii_digit) {
            // Almost all fields are of this kind.
            let whole = field.iter().fold(0u16, |sum, digit| 10 * sum + u16::from(digit - b'0'));
            return Some(f64::from(whole));
        }
        let text = std::str::from_utf8(field).ok()?;
        let number = if self.has_decimal_commas && text.contains(',') {
            text.replacen(',', ".", 1).parse()
        } else {
            text.parse()
        };
        number.ok().filter(|number: &f64| number.is_finite())
    }

    /// A field for people: its start, without characters that must not get to a terminal.
    pub(crate) fn shown(&self, column: usize) -> String {
        let plain = |c| if is_plain_char(c) { c } else { char::REPLACEMENT_CHARACTER };
        String::from_utf8_lossy(self.field(column)).chars().take(40).map(plain).collect()
    }
}

/// Splits the lines of one file.
pub(crate) struct Splitter {
    reader: Reader,
    separator: Separator,
    drops_last: bool,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Splitter {
    /// For a file whose first line is this.
    pub(crate) fn new(first_line: &[u8]) -> Self {
        let mut splitter = Splitter::with(Separator::of(first_line));
        // Some programs write a separator behind the last field too.
        if let Ok(row) = splitter.split(first_line) {
            let fields = row.len();
            splitter.drops_last =
                fields > 2 && row.field(fields - 1).is_empty() && has_image(fields - 1);
        }
        splitter
    }

    fn with(separator: Separator) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator.byte()).build();
        Splitter { reader, separator, drops_last: false, bytes: Vec::new(), ends: Vec::new() }
    }

    /// The fields of a line.
    pub(crate) fn split(&mut self, line: &[u8]) -> Result<Row<'_>, CsvProblem> {
        let separator = self.separator.byte();
        let fields = 1 + line.iter().filter(|&&byte| byte == separator).count();
        self.bytes.resize(line.len() + 1, 0);
        self.ends.resize(fields + 1, 0);
        let (_, _, bytes, ends) = self.reader.read_record(line, &mut self.bytes, &mut self.ends);
        let (result, _, _, last) =
            self.reader.read_record(b"\n", &mut self.bytes[bytes..], &mut self.ends[ends..]);
        if result != ReadRecordResult::Record {
            self.reader.reset();
            return Err(CsvProblem::OpenQuote);
        }
        self.ends.truncate(ends + last);
        if self.separator == Separator::Blanks {
            let mut before = 0;
            self.ends.retain(|&end| std::mem::replace(&mut before, end) != end);
        }
        let has_decimal_commas = self.separator != Separator::Comma;
        let row = Row { bytes: &self.bytes, ends: &self.ends, has_decimal_commas };
        let drops = self.drops_last && row.len() > 0 && row.field(row.len() - 1).is_empty();
        Ok(Row { ends: &self.ends[..self.ends.len() - usize::from(drops)], ..row })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Vec<String> {
        let mut splitter = Splitter::new(line.as_bytes());
        let row = splitter.split(line.as_bytes()).unwrap();
        (0..row.len()).map(|column| row.shown(column)).collect()
    }

    #[test]
    fn every_separator_is_recognised() {
        for line in [
            "1,2,3,4,5",
            "1;2;3;4;5",
            "1\t2\t3\t4\t5",
            "1 2 3 4 5",
            "  1   2 3 4 5 ",
            "1, 2, 3, 4, 5",
            "1,2,3,4,5,",
            "1;2;3;4;5;",
            "\"1\", \"2\",3,4,5",
        ] {
            assert_eq!(fields(line), ["1", "2", "3", "4", "5"], "{line:?}");
        }
        assert_eq!(fields("T-shirt top,2,3,4,5")[0], "T-shirt top");
        assert_eq!(fields("\"a, b; c\",2,3,4,5")[0], "a, b; c");
        assert_eq!(fields("\"a b\" 2 3 4 5")[0], "a b");
        assert_eq!(fields("1;0,5;0,25;0;1"), ["1", "0,5", "0,25", "0", "1"]);
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let line = "7;250.0;2.5e+01;0,5;nan;";
        let mut splitter = Splitter::with(Separator::Semicolon);
        let row = splitter.split(line.as_bytes()).unwrap();
        let numbers: Vec<_> = (0..row.len()).map(|column| row.number(column)).collect();
        assert_eq!(numbers, [Some(7.0), Some(250.0), Some(25.0), Some(0.5), None, None]);
    }

    #[test]
    fn an_open_quote_is_an_error() {
        let mut splitter = Splitter::with(Separator::Comma);
        assert!(matches!(splitter.split(b"\"1,2"), Err(CsvProblem::OpenQuote)));
        assert_eq!(splitter.split(b"1,2").unwrap().len(), 2);
    }
}
