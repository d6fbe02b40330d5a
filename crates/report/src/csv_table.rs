//! CSV tables in memory.

/// The shortest text that reads back as the same number. A number that was not measured (NaN) is
/// empty.
pub fn number(x: f64) -> String {
    if x.is_nan() { String::new() } else { format!("{x:?}") }
}

/// As [`number`], of 32 bits: with as few digits as read back as the same f32.
pub fn short_number(x: f32) -> String {
    if x.is_nan() { String::new() } else { x.to_string() }
}

/// A CSV file with a header and rows. Text that a spreadsheet would run as a formula gets an
/// apostrophe in front, as [OWASP recommends](https://owasp.org/www-community/attacks/CSV_Injection):
/// a study file may be somebody else's.
///
/// # Errors
/// A row has another length than the header.
pub fn table<'a>(
    columns: impl IntoIterator<Item = &'a str>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.into_iter().map(|column| harmless(column.to_owned())))?;
    for row in rows {
        writer.write_record(row.into_iter().map(harmless))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that no spreadsheet runs: a number, or text that begins like no formula.
fn harmless(cell: String) -> String {
    let begins_a_formula = cell.starts_with(['=', '@', '+', '-', '\t', '\r']);
    if begins_a_formula && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_text() {
        let cells = [
            "=HYPERLINK(\"a\")",
            "@SUM(A1)",
            "+1+1",
            "-dropout",
            "\t=1",
            "-0.5",
            "+2",
            "-inf",
            "a=b",
        ];
        let row = cells.map(String::from).to_vec();
        let csv = String::from_utf8(table(["c"; 9], [row].into_iter()).unwrap()).unwrap();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        let expected = [
            "'=HYPERLINK(\"a\")",
            "'@SUM(A1)",
            "'+1+1",
            "'-dropout",
            "'\t=1",
            "-0.5",
            "+2",
            "-inf",
            "a=b",
        ];
        assert!(row.iter().eq(expected), "{row:?}");
    }

    #[test]
    fn numbers_are_short_and_read_back() {
        assert_eq!(
            [0.1, 1.0, 1e-8, 0.30000000000000004].map(number),
            ["0.1", "1.0", "1e-8", "0.30000000000000004"]
        );
        assert_eq!(number(f64::NAN), "");
    }
}
