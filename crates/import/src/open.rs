//! Opens logs: regular files only, and of limited size.

use std::fs::File;
use std::io::{Read, Take};
use std::path::Path;

use fitroom_files::regular_file;

use crate::error::Problem;
use crate::limits::{LARGEST_FILE, LARGEST_STREAM};

/// Opens a file that is read piece by piece. No more is read than its size was when it was opened,
/// so a run that still writes does not keep the reader busy.
pub(crate) fn stream(path: &Path) -> Result<Take<File>, Problem> {
    limited(path, LARGEST_STREAM, "split the table, or keep every tenth step only")
}

/// Reads a whole file.
pub(crate) fn whole(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut file = limited(path, LARGEST_FILE, "save the values as CSV or JSON lines instead")?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first bytes of a file, at most `most`.
pub(crate) fn start(path: &Path, most: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    regular_file::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn limited(path: &Path, most: u64, hint: &'static str) -> Result<Take<File>, Problem> {
    let file = regular_file::open(path)?;
    let bytes = file.metadata()?.len();
    if bytes > most {
        return Err(Problem::TooLarge { bytes, most, hint });
    }
    if bytes == 0 {
        return Err(Problem::Empty);
    }
    Ok(file.take(bytes))
}

/// Fails if the first bytes are those of a file that people take for a table and that is none.
pub(crate) fn refuse_other_kinds(start: &[u8]) -> Result<(), Problem> {
    let kinds: [(&[u8], _, _); 7] = [
        (b"\xff\xfe", "text in UTF-16", "save it in UTF-8"),
        (b"\xfe\xff", "text in UTF-16", "save it in UTF-8"),
        (b"PK\x03\x04", "a ZIP archive or a spreadsheet", "unpack it, or save the sheet as CSV"),
        (b"\x1f\x8b", "a gzip archive", "unpack it with gunzip"),
        (b"PAR1", "a Parquet file", "save the table as CSV: pandas.read_parquet(…).to_csv(…)"),
        (
            b"SQLite format 3\0",
            "an SQLite database",
            "export the runs as CSV: mlflow.search_runs().to_csv(…), or \
             optuna.load_study(…).trials_dataframe().to_csv(…)",
        ),
        (b"\x89HDF", "an HDF5 file", "save the table as CSV: pandas.read_hdf(…).to_csv(…)"),
    ];
    match kinds.into_iter().find(|(magic, ..)| start.starts_with(magic)) {
        Some((_, kind, hint)) => Err(Problem::OtherKind { kind, hint }),
        None => Ok(()),
    }
}
