//! Results of a hostile study: for the fuzz targets of crates that read results.

use std::path::Path;

use crate::{Results, ResultsError};

/// Opens the study that `bytes` make in `dir`; `None` where they make none.
pub fn open(bytes: &[u8], dir: &Path) -> Option<Result<Results, ResultsError>> {
    fitroom_study::hostile::open(bytes, dir).map(|stored| Results::try_from(&stored))
}
