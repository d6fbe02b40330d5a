//! Tables that cross by Arrow's PyCapsule interface: polars, pyarrow, DuckDB and others, without pyarrow.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, SchemaRef};
use fitroom_import::Value;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::failure::wrong_request;

/// A table in parts.
pub struct Batches {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
}

/// Reads the stream of an object with `__arrow_c_stream__`.
pub fn batches(object: &Bound<'_, PyAny>) -> PyResult<Batches> {
    let capsule = object.call_method0("__arrow_c_stream__")?;
    let capsule = capsule.cast::<PyCapsule>()?;
    let stream =
        capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds a valid stream, by Arrow's PyCapsule interface. The reader
    // moves the stream out and marks it as released, so that the capsule does not release it again.
    let reader = unsafe { RecordBatchStreamReader::from_raw(stream.as_ptr()) }.map_err(broken)?;
    let schema = reader.schema();
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(broken)?;
    if let Some(batch) = batches.iter().find(|batch| batch.schema() != schema) {
        return Err(wrong_request(format!(
            "a part of the table has other columns: {}",
            batch.schema()
        )));
    }
    Ok(Batches { schema, batches })
}

fn broken(error: ArrowError) -> PyErr {
    wrong_request(format!("the table's Arrow stream cannot be read: {error}"))
}

type Values<'a> = Box<dyn Iterator<Item = Value<'a>> + 'a>;

/// The values of a column. `None` if its type is none of numbers, text or truth values.
pub fn values(array: &Arc<dyn Array>) -> Option<Values<'_>> {
    let or_missing = |value: Option<Value<'static>>| value.unwrap_or(Value::Missing);
    Some(match array.data_type() {
        DataType::Null => Box::new(std::iter::repeat_n(Value::Missing, array.len())),
        DataType::Boolean => {
            Box::new(array.as_boolean().iter().map(move |value| or_missing(value.map(Value::Bool))))
        }
        DataType::Int8 => primitive::<Int8Type>(array, |value| whole(value.into())),
        DataType::Int16 => primitive::<Int16Type>(array, |value| whole(value.into())),
        DataType::Int32 => primitive::<Int32Type>(array, |value| whole(value.into())),
        DataType::Int64 => primitive::<Int64Type>(array, whole),
        DataType::UInt8 => primitive::<UInt8Type>(array, |value| Value::Whole(value.into())),
        DataType::UInt16 => primitive::<UInt16Type>(array, |value| Value::Whole(value.into())),
        DataType::UInt32 => primitive::<UInt32Type>(array, |value| Value::Whole(value.into())),
        DataType::UInt64 => primitive::<UInt64Type>(array, Value::Whole),
        DataType::Float16 => primitive::<Float16Type>(array, |value| Value::Number(value.to_f64())),
        DataType::Float32 => primitive::<Float32Type>(array, |value| Value::Number(value.into())),
        DataType::Float64 => primitive::<Float64Type>(array, Value::Number),
        DataType::Decimal128(_, scale) => {
            let unit = 10f64.powi(i32::from(*scale));
            primitive::<Decimal128Type>(array, move |value| Value::Number(value as f64 / unit))
        }
        DataType::Utf8 => Box::new(array.as_string::<i32>().iter().map(text)),
        DataType::LargeUtf8 => Box::new(array.as_string::<i64>().iter().map(text)),
        DataType::Utf8View => Box::new(array.as_string_view().iter().map(text)),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            let known: Vec<_> = values(dictionary.values())?.collect();
            let keys = dictionary.normalized_keys();
            let is_missing = move |row: usize| dictionary.keys().is_null(row);
            let value = move |(row, key): (usize, usize)| match is_missing(row) {
                true => Value::Missing,
                false => known.get(key).copied().unwrap_or(Value::Missing),
            };
            Box::new(keys.into_iter().enumerate().map(value))
        }
        _ => return None,
    })
}

/// A signed whole number.
pub fn whole(number: i64) -> Value<'static> {
    match u64::try_from(number) {
        Ok(number) => Value::Whole(number),
        Err(_) => Value::Number(number as f64),
    }
}

fn text(text: Option<&str>) -> Value<'_> {
    text.map_or(Value::Missing, Value::Text)
}

fn primitive<T: ArrowPrimitiveType>(
    array: &Arc<dyn Array>,
    value: impl Fn(T::Native) -> Value<'static> + 'static,
) -> Values<'_> {
    Box::new(
        array.as_primitive::<T>().iter().map(move |known| known.map_or(Value::Missing, &value)),
    )
}
