//! Which columns of a CSV file hold labels, pixels and numbers of images.

use super::header::Header;
use super::problem::CsvProblem;
use super::separator::{Row, is_square};
use crate::ReadOptions;

/// The columns of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    /// How many columns there are.
    pub(crate) count: usize,
    /// The column that numbers or names the images, which is left out.
    pub(crate) index: Option<Index>,
    /// The columns that may hold the label, in order: one, or two of which the whole file decides.
    pub(crate) label: LabelColumn,
    /// The name of the label's column, if the first line says it.
    pub(crate) label_name: Option<String>,
}

/// Where labels stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LabelColumn {
    /// In this column.
    At(usize),
    /// In one of these two, the first or the last.
    OneOf(usize, usize),
}

/// A column that is neither label nor pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pub(crate) column: usize,
    /// The first line says that it is one. If not, its values must be consecutive numbers.
    pub(crate) is_named: bool,
}

impl Columns {
    /// The columns of a file with this header, if it has one, and this first row after it.
    /// `training` are the columns of the training file, if this is the test file.
    pub(crate) fn decide(
        header: Option<&Header>,
        row: &Row<'_>,
        training: Option<&Columns>,
        options: &ReadOptions,
    ) -> Result<Self, CsvProblem> {
        let count = row.len();
        let named_label = match (header, &options.label) {
            (Some(header), name) => header.labels(name.as_deref())?,
            // A test file without a first line of names has the columns of the training file.
            (None, Some(name)) if training.is_none() => {
                return Err(CsvProblem::NoSuchColumn { name: name.clone(), columns: None });
            }
            (None, _) => None,
        };
        let named_index =
            header.and_then(Header::index).filter(|&index| Some(index) != named_label);
        // Without a name, a column with text in it can only hold labels.
        let text = || {
            let mut texts = (0..count)
                .filter(|&column| Some(column) != named_index && row.number(column).is_none());
            texts.next().filter(|&column| texts.next().is_none() && !row.field(column).is_empty())
        };
        let other = || header.and_then(Header::only_other);
        let named_label = named_label.or_else(other);
        let label = named_label.or_else(text).filter(|&column| column < count);
        let label_name = header.zip(named_label).map(|(header, column)| header.name(column));
        if let (Some(training), None) = (training, label)
            && (count + 1 == training.count
                || (named_index.is_some() && count - 1 == training.pixels()))
        {
            return Err(CsvProblem::NoLabels { found: count, needed: training.count });
        }
        if let (Some(training), None) = (training, named_label)
            && count == training.count
        {
            return Ok(training.clone());
        }
        let shape = options.shape;
        let pixels = |others: usize| {
            let pixels = count.saturating_sub(others);
            shape.map_or_else(|| is_square(pixels), |shape| shape.values() == pixels)
        };
        let named_index = named_index.filter(|_| pixels(2));
        let unnamed_index = || {
            let column = usize::from(label == Some(0));
            // A single pixel beside two other columns is no image.
            (pixels(2) && !pixels(1) && count > 3).then_some(Index { column, is_named: false })
        };
        let index = match named_index {
            Some(column) => Some(Index { column, is_named: true }),
            None => unnamed_index(),
        };
        if index.is_none() && !pixels(1) {
            let found = count - 1;
            return Err(match shape {
                Some(shape) => CsvProblem::OtherShape { found, shape },
                None => CsvProblem::NotSquare { pixels: found },
            });
        }
        if let (Some(header), None, None) = (header, label, index)
            && let Some(column) = header.index()
        {
            let index = header.name(column);
            return Err(CsvProblem::NoLabelBesideIndex { index, pixels: count - 1 });
        }
        let label = match label {
            Some(column) => LabelColumn::At(column),
            None => {
                let is_free = |column: &usize| index.is_none_or(|index| index.column != *column);
                let first = (0..count).find(is_free).expect("two columns are no index");
                let last = (0..count).rfind(is_free).expect("two columns are no index");
                LabelColumn::OneOf(first, last)
            }
        };
        let columns = Columns { count, index, label, label_name };
        if let Some(header) = header {
            header.check_pixels(|column| columns.is_pixel(column))?;
        }
        Ok(columns)
    }

    /// Pixels of a row.
    pub(crate) fn pixels(&self) -> usize {
        self.count - 1 - usize::from(self.index.is_some())
    }

    /// Which pixel this column is, from 1. As long as it is open where the labels are, they are
    /// taken to be in the first column.
    pub(crate) fn pixel_number(&self, column: usize) -> usize {
        let (LabelColumn::At(label) | LabelColumn::OneOf(label, _)) = self.label;
        let index = self.index.map(|index| index.column);
        column + 1 - usize::from(label < column) - usize::from(index.is_some_and(|i| i < column))
    }

    /// Whether this column can only hold pixels.
    pub(crate) fn is_pixel(&self, column: usize) -> bool {
        let may_be_label = match self.label {
            LabelColumn::At(label) => column == label,
            LabelColumn::OneOf(first, last) => column == first || column == last,
        };
        !may_be_label && self.index.is_none_or(|index| index.column != column)
    }

    /// Where labels are read from, for people.
    pub(crate) fn label_place(&self) -> String {
        match (&self.label_name, self.label) {
            (Some(name), _) => format!("the column `{name}`"),
            (None, LabelColumn::At(0)) => "the first column".to_owned(),
            (None, LabelColumn::At(column)) if column + 1 == self.count => {
                "the last column".to_owned()
            }
            (None, LabelColumn::At(column)) => format!("column {}", column + 1),
            (None, LabelColumn::OneOf(..)) => "the first or the last column".to_owned(),
        }
    }

    /// What people are told of columns that are not as usual.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.label != LabelColumn::At(0) {
            notes.push(format!("labels from {}", self.label_place()));
        }
        if let Some(index) = self.index {
            notes.push(format!("column {} numbers the images and is left out", index.column + 1));
        }
        notes
    }
}
