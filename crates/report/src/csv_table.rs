//! CSV tables in memory.

/// The shortest text that reads back as the same number. A number that was not measured (NaN) is
/// empty.
pub fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { format!("{x:?}") }
}

/// A CSV file with a header and rows.
///
/// # Errors
/// A row has another length than the header.
pub fn table<const N: usize>(
    columns: [&str; N],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row)?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back() {
        assert_eq!(
            [0.1, 1.0, 1e-8, 0.30000000000000004].map(number),
            ["0.1", "1.0", "1e-8", "0.30000000000000004"]
        );
        assert_eq!(number(f64::NAN), "");
    }
}
