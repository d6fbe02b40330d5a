//! Images of IDX and NPZ files, without their labels.

use std::io::{BufRead, Seek};

use thiserror::Error;

use crate::csv::Pixels;
use crate::idx;
use crate::idx_problem::IdxProblem;
use crate::npz::{self, ArrayProblem, NpzProblem};
use crate::unchecked::Images;

/// Images of one file.
#[derive(Debug)]
pub(super) struct Array {
    pub images: Images,
    /// The array of an NPZ file that they come from.
    pub key: Option<String>,
    /// What people should know.
    pub note: Option<String>,
}

/// Why the images of an IDX or NPZ file can't be read.
#[derive(Debug, Error)]
pub enum ArrayImagesProblem {
    /// An IDX file.
    #[error(transparent)]
    Idx(#[from] IdxProblem),
    /// An NPZ file.
    #[error(transparent)]
    Npz(#[from] NpzProblem),
}

/// Whether a file that starts so may hold arrays: an IDX file, gzipped or not, or an NPZ file.
pub(super) fn is_array(start: &[u8]) -> bool {
    idx::is_gzip(start) || start.starts_with(&[0, 0, 8]) || npz::is_npz(start)
}

/// Reads the images of a file with this start and this many bytes.
pub(super) fn read(
    reader: impl BufRead + Seek,
    start: &[u8],
    bytes: u64,
) -> Result<Array, ArrayImagesProblem> {
    if !npz::is_npz(start) {
        let images = idx::parse_images(reader, bytes)?;
        return Ok(Array { images, key: None, note: None });
    }
    let (key, array) = npz::images_of(reader)?;
    let range = Pixels::range(&[&array.pixels], None)
        .map_err(|(_, problem)| ArrayProblem::Range(problem).of(&key))?;
    let note = range.note().or(array.note);
    let images = array.shape.images(array.pixels.into_bytes(range));
    Ok(Array { images, key: Some(key), note })
}
