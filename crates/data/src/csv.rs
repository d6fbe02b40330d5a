//! Reads CSV files with an image a line: its label, then a byte a pixel, row by row. A first line of column names is
//! passed over.

use std::path::Path;

use ::csv::{ByteRecord, ErrorKind, ReaderBuilder};
use thiserror::Error;

use crate::DataError;
use crate::idx::Images;

/// What is wrong with a CSV file.
#[derive(Debug, Error)]
pub enum CsvProblem {
    /// A value that is no whole number from 0 to 255.
    #[error("{column} is `{value}`, but should be a whole number from 0 to 255")]
    NotAByte {
        /// `the label`, or which pixel.
        column: String,
        /// As written.
        value: String,
    },
    /// A line of another length than the first.
    #[error("{found} values, but the lines before have {needed}")]
    UnequalLength {
        /// In this line.
        found: u64,
        /// In the first.
        needed: u64,
    },
    /// Images that are not square.
    #[error(
        "{pixels} pixels a line, which is no square image\n\
         hint: give other shapes as IDX files, which state rows and columns"
    )]
    NotSquare {
        /// Values of a line without the label.
        pixels: usize,
    },
    /// No line with an image.
    #[error("no images in it")]
    Empty,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(::csv::Error),
}

/// Reads images and labels.
pub(crate) fn read(path: &Path) -> Result<(Images, Vec<u8>), DataError> {
    let error = |line, problem| DataError::Csv { path: path.to_owned(), line, problem };
    let unreadable = |e: ::csv::Error| {
        let line = e.position().map(|position| position.line());
        match *e.kind() {
            ErrorKind::UnequalLengths { expected_len: needed, len: found, .. } => {
                error(line, CsvProblem::UnequalLength { found, needed })
            }
            _ => error(line, CsvProblem::Unreadable(e)),
        }
    };
    let file = std::fs::File::open(path).map_err(DataError::io("open", path))?;
    let mut reader = ReaderBuilder::new().has_headers(false).from_reader(file);

    let (mut pixels, mut labels, mut side) = (Vec::new(), Vec::new(), 0);
    let mut record = ByteRecord::new();
    let mut is_first = true;
    while reader.read_byte_record(&mut record).map_err(unreadable)? {
        let line = record.position().map(|position| position.line());
        if std::mem::take(&mut is_first) {
            side = (record.len() - 1).isqrt();
            if side == 0 || side * side != record.len() - 1 {
                return Err(error(line, CsvProblem::NotSquare { pixels: record.len() - 1 }));
            }
            if is_header(&record) {
                continue;
            }
        }
        for (column, field) in record.iter().enumerate() {
            let Some(value) = byte(field) else {
                let column = if column == 0 { "the label".to_owned() } else { format!("pixel {column}") };
                let value = String::from_utf8_lossy(field).chars().take(40).collect();
                return Err(error(line, CsvProblem::NotAByte { column, value }));
            };
            if column == 0 { labels.push(value) } else { pixels.push(value) }
        }
    }
    if labels.is_empty() {
        return Err(error(None, CsvProblem::Empty));
    }
    Ok((Images { height: side, width: side, pixels }, labels))
}

/// Whether a first line names columns: its label is no number, and what follows are not all pixels either (they would
/// be those of an image with a bad label).
fn is_header(record: &ByteRecord) -> bool {
    byte(&record[0]).is_none() && record.iter().skip(1).any(|field| byte(field).is_none())
}

fn byte(field: &[u8]) -> Option<u8> {
    std::str::from_utf8(field.trim_ascii()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<(Images, Vec<u8>), String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("images.csv");
        std::fs::write(&path, text).unwrap();
        read(&path).map_err(|error| error.to_string().replace(&*path.to_string_lossy(), "FILE"))
    }

    #[test]
    fn lines_are_read_with_and_without_column_names() {
        let expected = (Images { height: 2, width: 2, pixels: vec![1, 2, 3, 4, 5, 6, 7, 255] }, vec![9, 0]);
        for text in [
            "9,1,2,3,4\n0,5,6,7,255\n",
            "label,pixel1,pixel2,pixel3,pixel4\n9,1,2,3,4\n0,5,6,7,255",
            "label,1x1,1x2,2x1,2x2\r\n9, 1, 2, 3, 4\r\n\r\n0,5,6,7,255\r\n",
            "\u{feff}9,1,2,3,4\n0,5,6,7,255\n",
            "\"9\",1,2,3,4\n0,5,6,7,255\n",
        ] {
            assert_eq!(read_text(text).unwrap(), expected, "{text:?}");
        }
    }

    #[test]
    fn errors_name_file_and_line() {
        for (text, message) in [
            ("1,2,3,4,5\n1,2,3,4\n", "FILE, line 2: 4 values, but the lines before have 5"),
            ("1,2,3,4,5\n1,2,3,4,256\n", "FILE, line 2: pixel 4 is `256`, but should be a whole number from 0 to 255"),
            ("l,a,b,c,d\n1,2,-3,4,6\n", "FILE, line 2: pixel 2 is `-3`, but should be a whole number from 0 to 255"),
            ("300,2,3,4,5\n", "FILE, line 1: the label is `300`, but should be a whole number from 0 to 255"),
            ("boot,2,3,4,5\n", "FILE, line 1: the label is `boot`, but should be a whole number from 0 to 255"),
            ("1,0.5,3,4,5\n", "FILE, line 1: pixel 1 is `0.5`, but should be a whole number from 0 to 255"),
            ("label,a,b,c,d\n", "FILE: no images in it"),
            ("", "FILE: no images in it"),
        ] {
            assert_eq!(read_text(text).unwrap_err(), message, "{text:?}");
        }
        assert!(
            read_text("1,2,3,4\n").unwrap_err().starts_with("FILE, line 1: 3 pixels a line, which is no square image")
        );
        assert!(read_text("1\n").unwrap_err().contains("0 pixels"));
        assert!(read(Path::new("no-such.csv")).unwrap_err().to_string().starts_with("cannot open no-such.csv: "));
    }
}
