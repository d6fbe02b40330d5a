//! Results of a hostile study, for the fuzz targets of crates that read results. This module is
//! public for them alone: it is no part of the API, and may change at any time.

use std::path::Path;

use crate::{Results, ResultsError};

/// Makes the study directory that `bytes` describe at `dir`, and opens its results. `None` if the
/// bytes describe no study.
pub fn open(bytes: &[u8], dir: &Path) -> Option<Result<Results, ResultsError>> {
    fitroom_study::hostile::open(bytes, dir).map(|stored| Results::try_from(&stored))
}
