//! Reads IDX files, the format of MNIST: a magic number `00 00 TYPE DIMENSIONS`, each dimension as
//! a big-endian `u32`, then the values, big-endian. Images are unsigned bytes of three dimensions
//! (count, rows, columns), or of four, with channels. Labels are whole numbers of one dimension, or of
//! two, as in QMNIST, whose first column is the class.
//!
//! A file may be gzipped, whatever its name. The reader does not trust the header's size: it checks
//! it against the size of the file. From a gzipped file it unpacks no more than the header says,
//! and memory grows with the bytes that are really there. It refuses sizes over [`MOST_VALUES`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use fitroom_files::regular_file;
use flate2::bufread::MultiGzDecoder;

use crate::DataError;
use crate::array_shape::{ArrayShape, shown};
use crate::idx_problem::{IdxProblem, MOST_VALUES};
use crate::label::{Label, Labels};
use crate::unchecked::Images;

/// A kind of IDX file.
struct Content {
    name: &'static str,
    /// The magic number of the usual file.
    magic: u32,
    /// The types and numbers of dimensions that are read too, as in magic numbers.
    types: &'static [u8],
    dimensions: &'static [u8],
}

/// Unsigned bytes.
const BYTES: u8 = 0x08;

const IMAGES: Content =
    Content { name: "images", magic: 0x0803, types: &[BYTES], dimensions: &[3, 4] };

const LABELS: Content = Content {
    name: "labels",
    magic: 0x0801,
    types: &[BYTES, 0x09, 0x0b, 0x0c],
    dimensions: &[1, 2],
};

/// Columns of QMNIST's labels: the class, and where the digit comes from.
const QMNIST_COLUMNS: u64 = 8;

/// The values of a file.
struct Values {
    /// The type, as in the magic number.
    kind: u8,
    sizes: Vec<u64>,
    bytes: Vec<u8>,
}

/// Reads a file of images.
pub(crate) fn read_images(path: &Path) -> Result<Images, DataError> {
    open(path, parse_images)
}

/// Reads a file of labels.
pub(crate) fn read_labels(path: &Path) -> Result<Labels, DataError> {
    open(path, parse_labels)
}

/// Reads images from `reader`, which holds `bytes` bytes in total.
pub(crate) fn parse_images(reader: impl BufRead, bytes: u64) -> Result<Images, IdxProblem> {
    let values = parse(&IMAGES, reader, bytes)?;
    Ok(ArrayShape::recognise(&values.sizes)?.images(values.bytes))
}

/// Reads labels from `reader`, which holds `bytes` bytes in total.
pub(crate) fn parse_labels(reader: impl BufRead, bytes: u64) -> Result<Labels, IdxProblem> {
    let Values { kind, sizes, bytes } = parse(&LABELS, reader, bytes)?;
    let columns = sizes.get(1).map_or(1, |&columns| columns as usize);
    if kind == BYTES && columns == 1 {
        return Ok(Labels::of_bytes(bytes));
    }
    let width = bytes_of(kind);
    let number = |row: &[u8]| {
        // Sign-extended from its first byte.
        let sign = if kind != BYTES && row[0] >= 0x80 { -1 } else { 0 };
        row[..width].iter().fold(sign, |number: i64, &byte| (number << 8) | i64::from(byte))
    };
    let labels = bytes.chunks_exact(width * columns).map(|row| Label::Number(number(row)));
    Ok(Labels::collect(labels)?)
}

/// Bytes of a value of this type.
fn bytes_of(kind: u8) -> usize {
    match kind {
        0x0b => 2,
        0x0c => 4,
        _ => 1,
    }
}

/// Whether these are the first bytes of a gzipped file.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

fn open<T>(
    path: &Path,
    parse: impl FnOnce(BufReader<File>, u64) -> Result<T, IdxProblem>,
) -> Result<T, DataError> {
    let file = regular_file::open_followed(path).map_err(DataError::io("open", path))?;
    let bytes = file.metadata().map_err(DataError::io("read", path))?.len();
    parse(BufReader::new(file), bytes).map_err(|problem| DataError::wrong_file(path, problem))
}

fn parse(content: &Content, mut reader: impl BufRead, bytes: u64) -> Result<Values, IdxProblem> {
    if is_gzip(reader.fill_buf().map_err(IdxProblem::Io)?) {
        // Gzip usually packs less than 8 to 1. If it packs more, the buffer grows.
        let room = bytes.saturating_mul(8);
        parse_plain(content, MultiGzDecoder::new(reader), None, room).map_err(|problem| {
            if let IdxProblem::Io(error) = problem { IdxProblem::Gzip(error) } else { problem }
        })
    } else {
        parse_plain(content, reader, Some(bytes), bytes)
    }
}

/// Reads a file that is not gzipped, or the unpacked bytes of one that is. `bytes` is their number,
/// if it is known. At most `room` bytes are allocated before reading.
fn parse_plain(
    content: &Content,
    mut reader: impl Read,
    bytes: Option<u64>,
    room: u64,
) -> Result<Values, IdxProblem> {
    let mut header = Vec::new();
    read_up_to(&mut reader, 4, &mut header)?;
    let magic = header.first_chunk().map(|&bytes| u32::from_be_bytes(bytes));
    let [_, _, kind, axes] = magic.unwrap_or(content.magic).to_be_bytes();
    if let Some(found) = magic {
        let is_read =
            found <= 0xffff && content.types.contains(&kind) && content.dimensions.contains(&axes);
        if !is_read {
            let (content, needed) = (content.name, content.magic);
            return Err(IdxProblem::WrongMagic { content, found, needed });
        }
    }
    let header_bytes = 4 + 4 * u64::from(axes);
    read_up_to(&mut reader, header_bytes - header.len() as u64, &mut header)?;
    if (header.len() as u64) < header_bytes {
        let dimensions = format!("a header of {header_bytes}");
        return Err(IdxProblem::Truncated {
            dimensions,
            found: header.len() as u64,
            needed: header_bytes,
        });
    }
    let sizes: Vec<u64> =
        header[4..].as_chunks().0.iter().map(|&size| u32::from_be_bytes(size).into()).collect();
    let dimensions = shown(&sizes);
    if sizes.contains(&0) {
        return Err(IdxProblem::Empty { dimensions });
    }
    if let [_, columns] = sizes[..]
        && ![1, QMNIST_COLUMNS].contains(&columns)
    {
        return Err(IdxProblem::LabelColumns { dimensions });
    }
    if sizes.len() > 2 {
        ArrayShape::recognise(&sizes)?;
    }
    let width = bytes_of(kind) as u64;
    let values = sizes.iter().try_fold(width, |product, &size| product.checked_mul(size));
    let Some(values) = values.filter(|&values| values <= MOST_VALUES) else {
        return Err(IdxProblem::TooLarge { dimensions });
    };
    let needed = values + header_bytes;

    // If the size is known, it is checked before values are read or memory is allocated.
    if let Some(found) = bytes.filter(|&found| found < needed) {
        return Err(IdxProblem::Truncated { dimensions, found, needed });
    }
    if bytes.is_some_and(|found| found > needed) {
        return Err(IdxProblem::TrailingBytes { dimensions, needed });
    }
    let mut data = Vec::new();
    data.try_reserve_exact(values.min(room) as usize)
        .map_err(|error| IdxProblem::Io(error.into()))?;
    // Reading one byte more shows whether other bytes follow, and makes gzip check its checksum.
    let broke_off = read_up_to(&mut reader, values.saturating_add(1), &mut data)?;
    let found = data.len() as u64;
    if found < values {
        return Err(IdxProblem::Truncated { dimensions, found: header_bytes + found, needed });
    }
    if found > values {
        return Err(IdxProblem::TrailingBytes { dimensions, needed });
    }
    if broke_off {
        // All values are there, but the checksum after them is missing.
        return Err(IdxProblem::Io(io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(Values { kind, sizes, bytes: data })
}

/// Appends up to `limit` bytes to `data`. Returns whether the stream broke off: gzip reports this
/// if its end is missing.
fn read_up_to(reader: &mut impl Read, limit: u64, data: &mut Vec<u8>) -> Result<bool, IdxProblem> {
    match reader.take(limit).read_to_end(data) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
        Err(error) => Err(IdxProblem::Io(error)),
    }
}

#[cfg(test)]
mod tests;
