//! Reads one CSV file: its labels, and its pixels as they are written.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use super::columns::{Columns, Index, LabelColumn};
use super::edge::Edge;
use super::header::Header;
use super::labels::Labels;
use super::lines::Lines;
use super::pixels::Pixels;
use super::problem::{CsvProblem, Located};
use super::separator::{Row, Splitter};
use crate::ReadOptions;
use crate::idx::is_gzip;

/// The images of a file.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Columns,
    pub(crate) labels: Labels,
    pub(crate) pixels: Pixels,
}

impl Table {
    /// Reads at most `most` pixels from a file, gzipped or not. `training` are the columns of the
    /// training file, if this is the test file.
    pub(crate) fn read(
        reader: impl Read,
        training: Option<&Columns>,
        options: &ReadOptions,
        most: u64,
    ) -> Result<Self, Located> {
        let mut reader = BufReader::new(reader);
        let start = reader.fill_buf().map_err(|error| (None, CsvProblem::Unreadable(error)))?;
        if is_gzip(start) {
            let unpacked = BufReader::new(MultiGzDecoder::new(reader));
            return read_plain(unpacked, training, options, most).map_err(|(line, problem)| {
                if let CsvProblem::Unreadable(error) = problem {
                    (line, CsvProblem::Unreadable(damaged(error)))
                } else {
                    (line, problem)
                }
            });
        }
        read_plain(reader, training, options, most)
    }
}

fn damaged(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("the gzipped data is damaged: {error}"))
}

fn read_plain(
    reader: impl BufRead,
    training: Option<&Columns>,
    options: &ReadOptions,
    most: u64,
) -> Result<Table, Located> {
    let mut lines = Lines::new(reader);
    let mut splitter: Option<Splitter> = None;
    let (mut header, mut rows) = (None, None::<Rows>);
    while let Some((number, line)) = lines.next()? {
        let at = |problem| (Some(number), problem);
        let is_first = splitter.is_none();
        let splitter = splitter.get_or_insert_with(|| Splitter::new(line));
        let row = splitter.split(line).map_err(at)?;
        if is_first {
            header = Header::read(&row);
            if header.is_some() {
                continue;
            }
        }
        let needed = header.as_ref().map_or(row.len(), Header::len);
        if row.len() != needed {
            return Err(at(CsvProblem::UnequalLength { found: row.len(), needed }));
        }
        if rows.is_none() {
            let columns = Columns::decide(header.as_ref(), &row, training, options).map_err(at)?;
            rows = Some(Rows::new(columns));
        }
        let rows = rows.as_mut().expect("just made");
        rows.push(&row, number, most).map_err(at)?;
    }
    rows.ok_or((None, CsvProblem::Empty))?.finish()
}

/// The rows read so far.
struct Rows {
    columns: Columns,
    count: u64,
    /// The columns that hold pixels for certain.
    middle: Pixels,
    labels: Labels,
    /// The first and the last column, as long as it is open which of them holds the labels.
    edges: Option<[Edge; 2]>,
    first_index: f64,
}

impl Rows {
    fn new(columns: Columns) -> Self {
        let edges = match columns.label {
            LabelColumn::At(_) => None,
            LabelColumn::OneOf(..) => Some([Edge::default(), Edge::default()]),
        };
        Rows {
            columns,
            count: 0,
            middle: Pixels::default(),
            labels: Labels::default(),
            edges,
            first_index: 0.0,
        }
    }

    fn push(&mut self, row: &Row<'_>, line: u64, most: u64) -> Result<(), CsvProblem> {
        let Columns { count, index, label, .. } = self.columns;
        if row.len() != count {
            return Err(CsvProblem::UnequalLength { found: row.len(), needed: count });
        }
        if (self.count + 1).saturating_mul(self.columns.pixels() as u64) > most {
            return Err(CsvProblem::TooLarge { limit: most });
        }
        if let Some(Index { column, is_named: false }) = index {
            self.check_index(row, column)?;
        }
        self.count += 1;
        match (label, &mut self.edges) {
            (LabelColumn::OneOf(first, last), Some([a, b])) => {
                a.push(row, first, 1, line);
                b.push(row, last, self.columns.pixels(), line);
            }
            (LabelColumn::At(label) | LabelColumn::OneOf(label, _), _) => {
                self.labels.push(row, label, line)?;
            }
        }
        for column in (0..count).filter(|&column| self.columns.is_pixel(column)) {
            if !row.number(column).is_some_and(|value| self.middle.push(value, line)) {
                return Err(self.middle.refuse(row, column, self.columns.pixel_number(column)));
            }
        }
        Ok(())
    }

    /// A column that is taken for an index, because the others are a square image, must count.
    fn check_index(&mut self, row: &Row<'_>, column: usize) -> Result<(), CsvProblem> {
        let wrong = CsvProblem::NotSquare { pixels: self.columns.count - 1 };
        let Some(value) = row.number(column) else { return Err(wrong) };
        if self.count == 0 {
            self.first_index = value;
        }
        let is_next = value == self.first_index + self.count as f64 && value.fract() == 0.0;
        if is_next { Ok(()) } else { Err(wrong) }
    }

    /// Decides which of the edges holds the labels.
    fn finish(mut self) -> Result<Table, Located> {
        if let (Some([first, last]), LabelColumn::OneOf(first_column, last_column)) =
            (self.edges.take(), self.columns.label)
        {
            let width = self.columns.pixels() - 1;
            let is_last = Edge::is_label(&last, &first, &self.middle);
            let (label, pixel, column) =
                if is_last { (last, first, last_column) } else { (first, last, first_column) };
            self.labels = label.labels?;
            self.middle.join(pixel.pixels?, width, is_last)?;
            self.columns.label = LabelColumn::At(column);
        }
        // A first row with one text in it may have a damaged pixel. Then other rows have numbers there.
        if let (LabelColumn::At(column @ 1..), None) =
            (self.columns.label, &self.columns.label_name)
            && let Some((line, value)) = self.labels.name_among_numbers()
        {
            let pixel = self.columns.pixel_number(column) - 1;
            return Err((Some(line), CsvProblem::NotAPixel { pixel, value }));
        }
        Ok(Table { columns: self.columns, labels: self.labels, pixels: self.middle })
    }
}
