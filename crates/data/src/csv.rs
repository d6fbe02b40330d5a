//! Reads CSV files with one image per line: its label, then one number from 0 to 255 per pixel, row
//! by row. A first line of column names is skipped.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ::csv::{ByteRecord, ErrorKind, ReaderBuilder};
use thiserror::Error;

use crate::format::{FileStatus, ImageFormat};
use crate::idx_problem::MOST_VALUES;
use crate::plain_text::is_plain_char;
use crate::unchecked::{Images, UncheckedImages};
use crate::{DataError, SourceError};

/// The two files that `csv:TRAIN,TEST` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFiles {
    /// The file of training images.
    pub train: PathBuf,
    /// The file of test images.
    pub test: PathBuf,
}

impl ImageFormat for CsvFiles {
    const PREFIX: &'static str = "csv:";
    const SYNTAX: &'static str = "csv:TRAIN,TEST";

    fn parse(paths: &str) -> Result<Self, SourceError> {
        let files: Vec<_> =
            paths.split(',').map(str::trim).filter(|file| !file.is_empty()).collect();
        let [train, test] = files[..] else {
            let name = format!("csv:{paths}");
            return Err(SourceError::NotTwoFiles { name, files: files.len() });
        };
        Ok(CsvFiles { train: train.into(), test: test.into() })
    }

    fn paths(&self) -> String {
        format!("{},{}", self.train.display(), self.test.display())
    }

    fn origin(&self) -> String {
        format!("{} and {}", self.train.display(), self.test.display())
    }

    fn read(&self) -> Result<[UncheckedImages; 2], DataError> {
        let read = |path: &PathBuf| -> Result<UncheckedImages, DataError> {
            let (images, labels) = read(path)?;
            let (images_path, labels_path) = (path.clone(), path.clone());
            Ok(UncheckedImages { images, labels, images_path, labels_path })
        };
        Ok([read(&self.train)?, read(&self.test)?])
    }

    fn verify(&self) -> Result<Vec<FileStatus>, DataError> {
        let check = |path: &PathBuf| FileStatus { path: path.clone(), problem: read(path).err() };
        Ok(vec![check(&self.train), check(&self.test)])
    }
}

/// What is wrong with a CSV file.
#[derive(Debug, Error)]
pub enum CsvProblem {
    /// A value that is not a whole number from 0 to 255.
    #[error("{column} is `{value}`, but should be a whole number from 0 to 255")]
    NotAByte {
        /// `the label` or, for example, `pixel 3`.
        column: String,
        /// The value as written.
        value: String,
    },
    /// A line with more or fewer values than the first.
    #[error("{found} values, but the lines before have {needed}")]
    UnequalLength {
        /// Values in this line.
        found: u64,
        /// Values in the first line.
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
    /// A line that is too long, perhaps because of a quote that is never closed.
    #[error(
        "a line of more than {limit} bytes\nhint: a line holds one image: is a quote left open?"
    )]
    LineTooLong {
        /// Most bytes of a line.
        limit: u64,
    },
    /// More pixels than this program reads.
    #[error("more than {limit} pixels in all, the most that this program reads of one file")]
    TooLarge {
        /// Most pixels of one file.
        limit: u64,
    },
    /// A file without images.
    #[error("no images in it")]
    Empty,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(::csv::Error),
}

/// Most bytes of a line. An image of 2048 x 2048 pixels needs no more.
const LONGEST_LINE: u64 = 1 << 24;

/// Reads images and labels.
fn read(path: &Path) -> Result<(Images, Vec<u8>), DataError> {
    let file = File::open(path).map_err(DataError::io("open", path))?;
    parse(file).map_err(|(line, problem)| match line {
        Some(line) => DataError::wrong_line(path, line, problem),
        None => DataError::wrong_file(path, problem),
    })
}

/// Reads images and labels from `reader`. An error in one line comes with the line's number.
pub(crate) fn parse(reader: impl Read) -> Result<(Images, Vec<u8>), (Option<u64>, CsvProblem)> {
    parse_at_most(reader, MOST_VALUES)
}

/// Like [`parse`], for at most `most` pixels.
fn parse_at_most(
    reader: impl Read,
    most: u64,
) -> Result<(Images, Vec<u8>), (Option<u64>, CsvProblem)> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).from_reader(Rationed { inner: reader, left: 0 });
    let (mut pixels, mut labels, mut side) = (Vec::new(), Vec::new(), 0);
    let mut record = ByteRecord::new();
    let mut is_first = true;
    loop {
        // The reader buffers its bytes, so that a line may be longer than this by one buffer.
        reader.get_mut().left = LONGEST_LINE;
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) if reader.get_ref().left == 0 => {
                return Err((
                    Some(reader.position().line()),
                    CsvProblem::LineTooLong { limit: LONGEST_LINE },
                ));
            }
            Err(error) => return Err(unreadable(error)),
        }
        let line = record.position().map(|position| position.line());
        if std::mem::take(&mut is_first) {
            side = (record.len() - 1).isqrt();
            if side == 0 || side * side != record.len() - 1 {
                return Err((line, CsvProblem::NotSquare { pixels: record.len() - 1 }));
            }
            if is_header(&record) {
                continue;
            }
        }
        if pixels.len() as u64 + record.len() as u64 - 1 > most {
            return Err((line, CsvProblem::TooLarge { limit: most }));
        }
        for (column, field) in record.iter().enumerate() {
            let Some(value) = byte(field) else {
                let column =
                    if column == 0 { "the label".to_owned() } else { format!("pixel {column}") };
                let value =
                    String::from_utf8_lossy(field).chars().take(40).map(printable).collect();
                return Err((line, CsvProblem::NotAByte { column, value }));
            };
            if column == 0 { labels.push(value) } else { pixels.push(value) }
        }
    }
    if labels.is_empty() {
        return Err((None, CsvProblem::Empty));
    }
    Ok((Images { height: side, width: side, pixels }, labels))
}

fn unreadable(error: ::csv::Error) -> (Option<u64>, CsvProblem) {
    let line = error.position().map(|position| position.line());
    if let ErrorKind::UnequalLengths { expected_len: needed, len: found, .. } = *error.kind() {
        return (line, CsvProblem::UnequalLength { found, needed });
    }
    (line, CsvProblem::Unreadable(error))
}

/// Reads at most `left` bytes, then fails. Without this, an endless line would fill all memory.
struct Rationed<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let most = into.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let read = self.inner.read(&mut into[..most])?;
        self.left -= read as u64;
        Ok(read)
    }
}

/// Whether a first line names columns: neither its label nor all of its pixels are numbers. If only
/// the label is not a number, the line is an image with a wrong label.
fn is_header(record: &ByteRecord) -> bool {
    byte(&record[0]).is_none() && record.iter().skip(1).any(|field| byte(field).is_none())
}

/// Replaces characters that must not get to a terminal.
fn printable(c: char) -> char {
    if is_plain_char(c) { c } else { char::REPLACEMENT_CHARACTER }
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
        let expected =
            (Images { height: 2, width: 2, pixels: vec![1, 2, 3, 4, 5, 6, 7, 255] }, vec![9, 0]);
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
    fn an_endless_line_is_an_error() {
        for (first, rest) in [("", "1,2,3,4,5,"), ("\"", "1,2,3,4,5\n")] {
            let mut taken = 0;
            let endless = first.bytes().chain(rest.bytes().cycle()).inspect(|_| taken += 1);
            let (line, problem) = parse(Endless(endless)).unwrap_err();
            assert!(
                matches!(problem, CsvProblem::LineTooLong { limit: LONGEST_LINE }),
                "{line:?}: {problem}"
            );
            assert!(taken <= LONGEST_LINE + (1 << 20), "{taken}");
        }
        // The limit counts each line by itself.
        let line = "1,2,3,4,5\n";
        let lines = LONGEST_LINE as usize / line.len() + 100;
        let (_, labels) = parse(line.repeat(lines).as_bytes()).unwrap();
        assert_eq!(labels.len(), lines);
    }

    #[test]
    fn endlessly_many_lines_are_an_error() {
        let text = "1,2,3,4,5\n";
        assert_eq!(parse_at_most(text.repeat(10).as_bytes(), 40).unwrap().1.len(), 10);
        let (line, problem) = parse_at_most(Endless(text.bytes().cycle()), 40).unwrap_err();
        assert!(matches!(problem, CsvProblem::TooLarge { limit: 40 }), "{problem}");
        assert_eq!(line, Some(11));
    }

    /// A file that never ends.
    struct Endless<I>(I);

    impl<I: Iterator<Item = u8>> Read for Endless<I> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            Ok(into.iter_mut().zip(&mut self.0).map(|(to, byte)| *to = byte).count())
        }
    }

    #[test]
    fn errors_name_file_and_line() {
        for (text, message) in [
            ("1,2,3,4,5\n1,2,3,4\n", "FILE, line 2: 4 values, but the lines before have 5"),
            (
                "1,2,3,4,5\n1,2,3,4,256\n",
                "FILE, line 2: pixel 4 is `256`, but should be a whole number from 0 to 255",
            ),
            (
                "l,a,b,c,d\n1,2,-3,4,6\n",
                "FILE, line 2: pixel 2 is `-3`, but should be a whole number from 0 to 255",
            ),
            (
                "300,2,3,4,5\n",
                "FILE, line 1: the label is `300`, but should be a whole number from 0 to 255",
            ),
            (
                "boot,2,3,4,5\n",
                "FILE, line 1: the label is `boot`, but should be a whole number from 0 to 255",
            ),
            (
                "1,0.5,3,4,5\n",
                "FILE, line 1: pixel 1 is `0.5`, but should be a whole number from 0 to 255",
            ),
            (
                "1,\u{1b}[2J,3,4,5\n",
                "FILE, line 1: pixel 1 is `\u{fffd}[2J`, but should be a whole number from 0 to 255",
            ),
            ("label,a,b,c,d\n", "FILE: no images in it"),
            ("", "FILE: no images in it"),
        ] {
            assert_eq!(read_text(text).unwrap_err(), message, "{text:?}");
        }
        assert!(
            read_text("1,2,3,4\n")
                .unwrap_err()
                .starts_with("FILE, line 1: 3 pixels a line, which is no square image")
        );
        assert!(read_text("1\n").unwrap_err().contains("0 pixels"));
        assert!(
            read(Path::new("no-such.csv"))
                .unwrap_err()
                .to_string()
                .starts_with("cannot open no-such.csv: ")
        );
    }
}
