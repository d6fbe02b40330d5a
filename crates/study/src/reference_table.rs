//! Tables of reference curves: CSV files with one row for each network and epoch.
//!
//! ```csv
//! network,epoch,train_loss,val_loss,train_accuracy,val_accuracy
//! wide,1,0.5012,0.4127,0.8214,0.8533
//! wide,2,0.3921,,0.8602,0.8671
//! ```
//!
//! The columns `network` and `epoch` are required, and at least one of the six measures: `train_`,
//! `val_` and `test_`, each with `loss` and `accuracy`. Cells of measures may be empty.
//! `loss_error` and `accuracy_error` say how far the numbers may be from the true ones.

use std::collections::HashMap;
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord, Trim};
use fitroom_data::Source;
use fitroom_nearest::nearest;

use crate::plain_text::{is_plain, make_plain, quoted};
use crate::{ReferenceCurve, ReferencePoint, ReferenceProblem};

/// A file of curves, parsed and checked.
pub(crate) struct ReferenceTable {
    text: Arc<str>,
    /// Networks in the order of the file, each with its points, epochs ascending.
    networks: Vec<(String, Arc<[ReferencePoint]>)>,
}

/// Most characters of a network's name.
const LONGEST_NAME: usize = 100;

/// Every column that a table may have.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Network,
    Epoch,
    TrainLoss,
    TrainAccuracy,
    ValLoss,
    ValAccuracy,
    TestLoss,
    TestAccuracy,
    LossError,
    AccuracyError,
}

impl Column {
    const ALL: [Column; 10] = [
        Column::Network,
        Column::Epoch,
        Column::TrainLoss,
        Column::ValLoss,
        Column::TestLoss,
        Column::TrainAccuracy,
        Column::ValAccuracy,
        Column::TestAccuracy,
        Column::LossError,
        Column::AccuracyError,
    ];

    fn name(self) -> &'static str {
        match self {
            Column::Network => "network",
            Column::Epoch => "epoch",
            Column::TrainLoss => "train_loss",
            Column::TrainAccuracy => "train_accuracy",
            Column::ValLoss => "val_loss",
            Column::ValAccuracy => "val_accuracy",
            Column::TestLoss => "test_loss",
            Column::TestAccuracy => "test_accuracy",
            Column::LossError => "loss_error",
            Column::AccuracyError => "accuracy_error",
        }
    }

    fn is_measure(self) -> bool {
        match self {
            Column::TrainLoss
            | Column::TrainAccuracy
            | Column::ValLoss
            | Column::ValAccuracy
            | Column::TestLoss
            | Column::TestAccuracy => true,
            Column::Network | Column::Epoch | Column::LossError | Column::AccuracyError => false,
        }
    }
}

impl ReferenceTable {
    pub fn parse(text: &str) -> Result<Self, ReferenceProblem> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut record = StringRecord::new();
        let mut next = |record: &mut StringRecord| {
            // This can't fail: the text is UTF-8 in memory, and `flexible` allows rows of any
            // length.
            reader.read_record(record).map_err(|_| ReferenceProblem::NotText)
        };
        next(&mut record)?;
        let columns = read_columns(&record)?;
        let mut networks: Vec<(String, Vec<(u64, ReferencePoint)>)> = Vec::new();
        let mut positions: HashMap<String, usize> = HashMap::new();
        while next(&mut record)? {
            let line = record.position().map_or(0, csv::Position::line);
            let (network, point) = read_row(&record, &columns, line)?;
            let position = *positions.entry(network.to_owned()).or_insert_with(|| {
                networks.push((network.to_owned(), Vec::new()));
                networks.len() - 1
            });
            networks[position].1.push((line, point));
        }
        if networks.is_empty() {
            return Err(ReferenceProblem::NoRows);
        }
        let in_order = |(name, rows)| Ok((String::clone(&name), in_order(&name, rows)?));
        let networks = networks.into_iter().map(in_order).collect::<Result<_, _>>()?;
        Ok(ReferenceTable { text: text.into(), networks })
    }

    /// The curve of one network of this table, which was read from the file `file`.
    pub fn curve(
        &self,
        file: &str,
        network: &str,
        dataset: Source,
    ) -> Result<ReferenceCurve, ReferenceProblem> {
        let names = || self.networks.iter().map(|(name, _)| name.as_str());
        let Some((_, points)) = self.networks.iter().find(|(name, _)| name == network) else {
            return Err(ReferenceProblem::UnknownNetwork {
                network: network.to_owned(),
                nearest: nearest(network, names()).map(str::to_owned),
                known: quoted(names()),
            });
        };
        Ok(ReferenceCurve {
            file: file.to_owned(),
            network: network.to_owned(),
            dataset,
            points: Arc::clone(points),
            text: Arc::clone(&self.text),
        })
    }
}

impl ReferenceCurve {
    /// The curve of `network` in `text`, the content of the CSV file `file`.
    ///
    /// # Errors
    /// The text is not a table of curves, or has no such network.
    pub fn parse(
        text: &str,
        file: &str,
        network: &str,
        dataset: Source,
    ) -> Result<Self, ReferenceProblem> {
        ReferenceTable::parse(text)?.curve(file, network, dataset)
    }
}

/// Whether a table may have a network of this name.
pub(crate) fn is_network_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.chars().count()) && is_plain(name)
}

/// The points of a network, sorted by epoch, from pairs of line and point.
fn in_order(
    network: &str,
    mut rows: Vec<(u64, ReferencePoint)>,
) -> Result<Arc<[ReferencePoint]>, ReferenceProblem> {
    rows.sort_by_key(|(line, point)| (point.epoch, *line));
    match rows.windows(2).find(|pair| pair[0].1.epoch == pair[1].1.epoch) {
        Some([_, (line, point)]) => Err(ReferenceProblem::DuplicateEpoch {
            line: *line,
            network: network.to_owned(),
            epoch: point.epoch,
        }),
        Some(_) | None => Ok(rows.into_iter().map(|(_, point)| point).collect()),
    }
}

/// The columns in the order of the first line.
fn read_columns(header: &StringRecord) -> Result<Vec<Column>, ReferenceProblem> {
    let names = || Column::ALL.into_iter().map(Column::name);
    let mut columns = Vec::new();
    for name in header {
        let Some(column) = Column::ALL.into_iter().find(|column| column.name() == name) else {
            return Err(ReferenceProblem::UnknownColumn {
                column: name.to_owned(),
                nearest: nearest(name, names()).map(str::to_owned),
                known: quoted(names()),
            });
        };
        if columns.contains(&column) {
            return Err(ReferenceProblem::DuplicateColumn { column: column.name() });
        }
        columns.push(column);
    }
    let required = [Column::Network, Column::Epoch];
    if let Some(missing) = required.into_iter().find(|column| !columns.contains(column)) {
        return Err(ReferenceProblem::MissingColumn { column: missing.name() });
    }
    if !columns.iter().any(|column| column.is_measure()) {
        return Err(ReferenceProblem::NoMeasure);
    }
    Ok(columns)
}

/// One row: the network's name, and its point.
fn read_row<'a>(
    record: &'a StringRecord,
    columns: &[Column],
    line: u64,
) -> Result<(&'a str, ReferencePoint), ReferenceProblem> {
    if record.len() != columns.len() {
        return Err(ReferenceProblem::CellCount {
            line,
            cells: record.len(),
            columns: columns.len(),
        });
    }
    let (mut network, mut point) = ("", ReferencePoint::default());
    for (&column, text) in columns.iter().zip(record) {
        let cell = Cell { line, column, text };
        match column {
            Column::Network => network = cell.network()?,
            Column::Epoch => point.epoch = cell.epoch()?,
            Column::TrainLoss => point.train_loss = cell.loss()?,
            Column::TrainAccuracy => point.train_accuracy = cell.accuracy()?,
            Column::ValLoss => point.val_loss = cell.loss()?,
            Column::ValAccuracy => point.val_accuracy = cell.accuracy()?,
            Column::TestLoss => point.test_loss = cell.loss()?,
            Column::TestAccuracy => point.test_accuracy = cell.accuracy()?,
            Column::LossError => point.loss_error = cell.error()?,
            Column::AccuracyError => point.accuracy_error = cell.error()?,
        }
    }
    Ok((network, point))
}

/// One cell of a row.
#[derive(Clone, Copy)]
struct Cell<'a> {
    line: u64,
    column: Column,
    text: &'a str,
}

impl<'a> Cell<'a> {
    fn network(self) -> Result<&'a str, ReferenceProblem> {
        match is_network_name(self.text) {
            true => Ok(self.text),
            false => Err(self.wrong("a name of 1 to 100 characters on one line")),
        }
    }

    fn epoch(self) -> Result<u32, ReferenceProblem> {
        let epoch = self.text.parse().ok().filter(|epoch| crate::limits::EPOCHS.contains(epoch));
        epoch.ok_or_else(|| self.wrong("a whole number from 1 to 1000000"))
    }

    fn loss(self) -> Result<Option<f64>, ReferenceProblem> {
        self.number("a finite number, or empty", |_| true)
    }

    fn accuracy(self) -> Result<Option<f64>, ReferenceProblem> {
        let must = "a fraction from 0 to 1 (0.87 for 87%), or empty";
        self.number(must, |number| (0.0..=1.0).contains(&number))
    }

    fn error(self) -> Result<f64, ReferenceProblem> {
        let number =
            self.number("a finite number, 0 or above, or empty", |number| number >= 0.0)?;
        Ok(number.unwrap_or(0.0))
    }

    fn number(
        self,
        must: &'static str,
        is_allowed: impl Fn(f64) -> bool,
    ) -> Result<Option<f64>, ReferenceProblem> {
        if self.text.is_empty() {
            return Ok(None);
        }
        // Rust reads `NaN` and `inf` as numbers.
        let number = self.text.parse().ok();
        let number = number.filter(|number: &f64| number.is_finite() && is_allowed(*number));
        number.map(Some).ok_or_else(|| self.wrong(must))
    }

    fn wrong(self, must: &'static str) -> ReferenceProblem {
        let mut got: String = self.text.chars().take(60).collect();
        make_plain(&mut got);
        ReferenceProblem::Cell { line: self.line, column: self.column.name(), must, got }
    }
}

#[cfg(test)]
mod tests;
