//! Reads IDX files, the format of MNIST: a magic number `00 00 TYPE DIMENSIONS`, each dimension as
//! a big-endian `u32`, then the values. Images are unsigned bytes of three dimensions (count, rows,
//! columns), labels of one.
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
use crate::idx_problem::{IdxProblem, MOST_VALUES};
use crate::unchecked::Images;

/// Reads a file of images.
pub(crate) fn read_images(path: &Path) -> Result<Images, DataError> {
    open(path, parse_images)
}

/// Reads a file of labels.
pub(crate) fn read_labels(path: &Path) -> Result<Vec<u8>, DataError> {
    open(path, parse_labels)
}

/// Reads images from `reader`, which holds `bytes` bytes in total.
pub(crate) fn parse_images(reader: impl BufRead, bytes: u64) -> Result<Images, IdxProblem> {
    let ([_, height, width], pixels) = parse("images", reader, bytes)?;
    Ok(Images { height: height as usize, width: width as usize, channels: 1, pixels })
}

/// Reads labels from `reader`, which holds `bytes` bytes in total.
pub(crate) fn parse_labels(reader: impl BufRead, bytes: u64) -> Result<Vec<u8>, IdxProblem> {
    let ([_], labels) = parse("labels", reader, bytes)?;
    Ok(labels)
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

fn parse<const D: usize>(
    content: &'static str,
    mut reader: impl BufRead,
    bytes: u64,
) -> Result<([u32; D], Vec<u8>), IdxProblem> {
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
fn parse_plain<const D: usize>(
    content: &'static str,
    mut reader: impl Read,
    bytes: Option<u64>,
    room: u64,
) -> Result<([u32; D], Vec<u8>), IdxProblem> {
    let header_bytes = 4 + 4 * D as u64;
    let mut header = Vec::new();
    read_up_to(&mut reader, header_bytes, &mut header)?;
    let word = |i: usize| Some(u32::from_be_bytes(header.get(4 * i..4 * i + 4)?.try_into().ok()?));

    let needed_magic = 0x0800 | D as u32;
    if let Some(found) = word(0).filter(|&found| found != needed_magic) {
        return Err(IdxProblem::WrongMagic { content, found, needed: needed_magic });
    }
    if (header.len() as u64) < header_bytes {
        let dimensions = format!("a header of {header_bytes}");
        return Err(IdxProblem::Truncated {
            dimensions,
            found: header.len() as u64,
            needed: header_bytes,
        });
    }
    let sizes: [u32; D] = std::array::from_fn(|i| word(i + 1).expect("the header is whole"));
    let dimensions = sizes.map(|size| size.to_string()).join(" x ");
    if sizes.contains(&0) {
        return Err(IdxProblem::Empty { dimensions });
    }
    let values = sizes.iter().try_fold(1u64, |product, &size| product.checked_mul(u64::from(size)));
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
    Ok((sizes, data))
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
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn idx(magic: u32, sizes: &[u32], values: &[u8]) -> Vec<u8> {
        let mut bytes = magic.to_be_bytes().to_vec();
        bytes.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
        bytes.extend(values);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn images(bytes: &[u8]) -> Result<Images, IdxProblem> {
        parse_images(bytes, bytes.len() as u64)
    }

    /// Reads the same bytes as they are and gzipped.
    fn both_ways(bytes: &[u8], check: impl Fn(Result<Images, IdxProblem>)) {
        check(images(bytes));
        check(images(&gzip(bytes)));
    }

    #[test]
    fn images_and_labels_are_read_gzipped_or_not() {
        both_ways(&idx(0x803, &[2, 1, 3], &[1, 2, 3, 4, 5, 6]), |read| {
            assert_eq!(
                read.unwrap(),
                Images { height: 1, width: 3, channels: 1, pixels: vec![1, 2, 3, 4, 5, 6] }
            );
        });
        let labels = idx(0x801, &[3], &[9, 0, 4]);
        assert_eq!(parse_labels(&labels[..], labels.len() as u64).unwrap(), [9, 0, 4]);
    }

    #[test]
    fn another_kind_of_file_is_named() {
        both_ways(&idx(0x801, &[4], &[0; 4]), |read| {
            let message = read.unwrap_err().to_string();
            assert_eq!(
                message,
                "not an IDX file of images: the magic number is 0x00000801, but should be 0x00000803 \
                 (that is a file of labels)"
            );
        });
        let html = b"<!DOCTYPE html><html></html>";
        assert!(matches!(images(html), Err(IdxProblem::WrongMagic { found: 0x3c21_444f, .. })));
    }

    #[test]
    fn every_truncation_is_found() {
        let whole = idx(0x803, &[2, 2, 2], &[7; 8]);
        for kept in 0..whole.len() {
            both_ways(&whole[..kept], |read| match read {
                Err(IdxProblem::Truncated { found, needed, .. }) => {
                    assert_eq!((found, needed), (kept as u64, if kept < 16 { 16 } else { 24 }));
                }
                other => panic!("{kept}: {other:?}"),
            });
        }
    }

    #[test]
    fn every_truncation_and_flipped_byte_of_gzip_is_found() {
        let values: Vec<u8> = (0..64u32).map(|i| ((i * i * 37) >> 3) as u8).collect();
        let original = idx(0x803, &[1, 8, 8], &values);
        let whole = gzip(&original);
        for kept in 0..whole.len() {
            assert!(images(&whole[..kept]).is_err(), "{kept} of {} bytes", whole.len());
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            // Some bits have no effect, such as those of the time in gzip's header.
            let read = images(&damaged).ok();
            assert!(read.is_none_or(|read| read.pixels == values), "byte {at}");
        }
    }

    #[test]
    fn trailing_bytes_are_found() {
        both_ways(&idx(0x803, &[1, 2, 2], &[1, 2, 3, 4, 5]), |read| {
            assert!(matches!(read, Err(IdxProblem::TrailingBytes { needed: 20, .. })));
        });
    }

    #[test]
    fn headers_that_promise_nothing_or_too_much_are_refused() {
        for sizes in [[0, 28, 28], [5, 0, 28], [5, 28, 0]] {
            both_ways(&idx(0x803, &sizes, &[]), |read| {
                assert!(matches!(read, Err(IdxProblem::Empty { .. })))
            });
        }
        // Nearly 2^96 values; 2^32 values, which are allowed; and 2^32 + 1.
        for sizes in [[u32::MAX; 3], [1 << 31, 2, 1], [641, 6_700_417, 1]] {
            let fits = sizes.iter().map(|&size| u128::from(size)).product::<u128>()
                <= u128::from(MOST_VALUES);
            both_ways(&idx(0x803, &sizes, &[0; 9]), |read| {
                assert_eq!(matches!(read, Err(IdxProblem::TooLarge { .. })), !fits, "{sizes:?}")
            });
        }
        // The header says 2^32 values, and nine follow: no memory may be allocated for all.
        both_ways(&idx(0x803, &[1 << 16, 1 << 16, 1], &[0; 9]), |read| {
            assert!(matches!(read, Err(IdxProblem::Truncated { found: 25, .. })));
        });
    }

    #[test]
    fn a_gzip_bomb_is_not_unpacked() {
        // 64 MiB of zeros after a header that says four values.
        let mut bomb = idx(0x803, &[1, 2, 2], &[]);
        bomb.resize(64 << 20, 0);
        let packed = gzip(&bomb);
        let mut reader = Counting { inner: &packed, taken: 0 };
        let read = parse_images(BufReader::with_capacity(512, &mut reader), packed.len() as u64);
        assert!(matches!(read, Err(IdxProblem::TrailingBytes { .. })));
        assert!(
            reader.taken < packed.len() / 4,
            "{} of {} bytes were read",
            reader.taken,
            packed.len()
        );
    }

    struct Counting<'a> {
        inner: &'a [u8],
        taken: usize,
    }

    impl Read for Counting<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.inner.read(into)?;
            self.taken += n;
            Ok(n)
        }
    }

    /// A stored study of a stranger may name any file of the user's as its data.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_at_once_and_a_link_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (pipe, file, link) =
            (dir.path().join("pipe"), dir.path().join("file"), dir.path().join("link"));
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = read_labels(&pipe).unwrap_err().to_string();
        assert!(error.contains("it is a pipe or a device and not a regular file"), "{error}");
        std::fs::write(&file, idx(0x801, &[2], &[4, 5])).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read_labels(&link).unwrap(), [4, 5]);
    }
}
