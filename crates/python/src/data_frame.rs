//! Data frames on their way into runs: Arrow streams and columns of plain values become one
//! [`ColumnTable`].

use fitroom_import::{ColumnTable, ImportError, Imported, Note, NoteKind, TidyColumns, Value};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyList, PyString};

use crate::arrow::{self, whole};
use crate::failure::wrong_request;

/// What messages call a table in memory.
const SOURCE: &str = "the data frame";

/// A table that Python holds.
pub enum Frame<'py> {
    /// An object with `__arrow_c_stream__`.
    Stream(Bound<'py, PyAny>),
    /// Columns with their names.
    Columns(Vec<(String, PlainColumn<'py>)>),
}

/// A column without Arrow.
#[derive(FromPyObject)]
pub enum PlainColumn<'py> {
    /// A kind, the values as bytes, and whether NaN says that there is no value.
    Bytes(String, Bound<'py, PyBytes>, bool),
    /// Any values.
    List(Bound<'py, PyList>),
}

/// A table that no longer needs Python.
pub struct OpenedTable {
    table: ColumnTable,
    remarks: Vec<NoteKind>,
}

impl OpenedTable {
    /// Reads the runs of the table.
    pub fn read(self, columns: &TidyColumns) -> Result<Imported, ImportError> {
        let mut imported = self.table.read(columns)?;
        let note = |kind| Note { path: SOURCE.into(), line: None, kind };
        imported.notes.extend(self.remarks.into_iter().map(note));
        Ok(imported)
    }
}

/// Copies a table out of Python.
pub fn open(frame: Frame<'_>) -> PyResult<OpenedTable> {
    match frame {
        Frame::Stream(stream) => of_stream(&stream),
        Frame::Columns(columns) => of_columns(&columns),
    }
}

fn of_stream(stream: &Bound<'_, PyAny>) -> PyResult<OpenedTable> {
    let batches = arrow::batches(stream)?;
    let schema = batches.schema;
    let names = schema.fields().iter().map(|field| field.name().clone());
    let mut table = ColumnTable::new(SOURCE, names).map_err(wrong_request)?;
    let mut remarks = Vec::new();
    for (index, field) in schema.fields().iter().enumerate() {
        let chunks = batches.batches.iter().map(|batch| arrow::values(batch.column(index)));
        match chunks.collect::<Option<Vec<_>>>() {
            Some(chunks) => {
                table.fill(index, chunks.into_iter().flatten()).map_err(wrong_request)?
            }
            None => {
                let (name, kind) = (field.name(), field.data_type());
                let what =
                    format!("the column `{name}` holds values of type {kind}, which are not read");
                remarks.push(NoteKind::NotRead { what });
            }
        }
    }
    Ok(OpenedTable { table, remarks })
}

fn of_columns(columns: &[(String, PlainColumn<'_>)]) -> PyResult<OpenedTable> {
    let names = columns.iter().map(|(name, _)| name.clone());
    let mut table = ColumnTable::new(SOURCE, names).map_err(wrong_request)?;
    let mut remarks = Vec::new();
    for (index, (name, column)) in columns.iter().enumerate() {
        match column {
            PlainColumn::Bytes(kind, bytes, nan_is_missing) => {
                let values = plain_values(kind, bytes.as_bytes(), *nan_is_missing)?;
                let mut missing = 0;
                let counted =
                    values.inspect(|value| missing += usize::from(*value == Value::Missing));
                table.fill(index, counted).map_err(wrong_request)?;
                if missing > 0 {
                    let text = format!(
                        "NaN in `{name}` counts as missing ({missing} times), because pandas writes missing \
                         values as NaN"
                    );
                    remarks.push(NoteKind::Remark { text });
                }
            }
            PlainColumn::List(list) => {
                let values =
                    list.iter().map(|value| Owned::read(&value)).collect::<PyResult<Vec<_>>>()?;
                table.fill(index, values.iter().map(Owned::value)).map_err(wrong_request)?;
            }
        }
    }
    Ok(OpenedTable { table, remarks })
}

/// Values of 8 bytes, or of one byte for each truth value, in this machine's order of bytes.
fn plain_values<'a>(
    kind: &str,
    bytes: &'a [u8],
    nan_is_missing: bool,
) -> PyResult<Box<dyn Iterator<Item = Value<'a>> + 'a>> {
    let (words, _) = bytes.as_chunks::<8>();
    Ok(match kind {
        "float64" => Box::new(words.iter().map(move |&word| match f64::from_ne_bytes(word) {
            number if nan_is_missing && number.is_nan() => Value::Missing,
            number => Value::Number(number),
        })),
        "int64" => Box::new(words.iter().map(|&word| whole(i64::from_ne_bytes(word)))),
        "uint64" => Box::new(words.iter().map(|&word| Value::Whole(u64::from_ne_bytes(word)))),
        "bool" => Box::new(bytes.iter().map(|&byte| Value::Bool(byte != 0))),
        kind => return Err(wrong_request(format!("there is no kind of column `{kind}`"))),
    })
}

/// A value that Python holds.
enum Owned {
    Plain(Value<'static>),
    Text(String),
}

impl Owned {
    /// Numbers, truth values, text and `None` are what they are. Others become the text that Python's
    /// `str` makes of them, and the numbers of NumPy and `decimal` are such text.
    fn read(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if value.is_none() {
            return Ok(Owned::Plain(Value::Missing));
        }
        if let Ok(value) = value.cast::<PyBool>() {
            return Ok(Owned::Plain(Value::Bool(value.is_true())));
        }
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Owned::Text(text.to_cow()?.into_owned()));
        }
        if let Ok(number) = value.cast::<PyFloat>() {
            return Ok(Owned::Plain(Value::Number(number.value())));
        }
        if value.is_instance_of::<PyInt>() {
            return Ok(Owned::Plain(match value.extract::<u64>() {
                Ok(number) => Value::Whole(number),
                Err(_) => Value::Number(value.extract()?),
            }));
        }
        Ok(Owned::Text(value.str()?.to_cow()?.into_owned()))
    }

    fn value(&self) -> Value<'_> {
        match self {
            Owned::Plain(value) => *value,
            Owned::Text(text) => Value::Text(text),
        }
    }
}
