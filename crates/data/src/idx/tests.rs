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
    assert_eq!(numbers(&labels).unwrap(), [9, 0, 4]);
}

/// The numbers of a file of labels.
fn numbers(bytes: &[u8]) -> Result<Vec<i64>, IdxProblem> {
    let labels = parse_labels(bytes, bytes.len() as u64)?;
    let number = |&id: &u8| match &labels.known[usize::from(id)] {
        Label::Number(number) => *number,
        Label::Name(name) => panic!("{name}"),
    };
    Ok(labels.ids.iter().map(number).collect())
}

#[test]
fn images_may_have_channels_last_or_first() {
    both_ways(&idx(0x804, &[1, 2, 1, 1], &[1, 2]), |read| {
        let pixels = vec![1, 2];
        assert_eq!(read.unwrap(), Images { height: 2, width: 1, channels: 1, pixels });
    });
    both_ways(&idx(0x804, &[1, 3, 4, 5], &[7; 60]), |read| {
        assert_eq!(read.unwrap().shape(), [4, 5, 3]);
    });
    both_ways(
        &idx(0x804, &[1, 2, 2, 4], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        |read| {
            let read = read.unwrap();
            assert_eq!((read.shape(), &read.pixels[..4]), ([2, 4, 2], &[1, 9, 2, 10][..]));
        },
    );
    both_ways(&idx(0x804, &[1, 28, 3, 28], &[0; 28 * 84]), |read| {
        let message = read.unwrap_err().to_string();
        assert!(message.contains("has the shape 1 x 28 x 3 x 28"), "{message}");
    });
}

#[test]
fn labels_may_be_whole_numbers_of_other_types() {
    let words =
        |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    assert_eq!(numbers(&idx(0x901, &[2], &[0xff, 7])).unwrap(), [-1, 7]);
    assert_eq!(numbers(&idx(0x801, &[2], &[0xff, 7])).unwrap(), [255, 7]);
    assert_eq!(numbers(&idx(0xb01, &[2], &[1, 2, 0xff, 0xfe])).unwrap(), [258, -2]);
    assert_eq!(numbers(&idx(0xc01, &[2], &words(&[70_000, -3]))).unwrap(), [70_000, -3]);
    // QMNIST: the class is the first of eight columns.
    let qmnist = words(&[5, 0, 1, 2, 3, 4, 5, 6, 9, 1, 1, 1, 1, 1, 1, 1]);
    assert_eq!(numbers(&idx(0xc02, &[2, 8], &qmnist)).unwrap(), [5, 9]);
    assert_eq!(numbers(&idx(0x802, &[2, 1], &[4, 3])).unwrap(), [4, 3]);
    let many = words(&(0..257).collect::<Vec<_>>());
    assert!(matches!(numbers(&idx(0xc01, &[257], &many)), Err(IdxProblem::TooManyLabels(_))));
    let wrong = numbers(&idx(0x802, &[2, 10], &[0; 20])).unwrap_err().to_string();
    assert!(wrong.contains("2 x 10: a label has 10 columns"), "{wrong}");
    for magic in [0xd01, 0x1_0801, 0x803, 0xe01] {
        let wrong = numbers(&idx(magic, &[1], &[0; 8]));
        assert!(matches!(wrong, Err(IdxProblem::WrongMagic { .. })), "{magic:#x}");
    }
    for kept in 8..12 + qmnist.len() {
        let cut = &idx(0xc02, &[2, 8], &qmnist)[..kept];
        assert!(matches!(numbers(cut), Err(IdxProblem::Truncated { .. })), "{kept}");
    }
    // 2^30 numbers are 2^32 bytes, and one more is too many.
    assert!(matches!(numbers(&idx(0xc01, &[1 << 30], &[0; 9])), Err(IdxProblem::Truncated { .. })));
    assert!(matches!(
        numbers(&idx(0xc01, &[(1 << 30) + 1], &[0; 9])),
        Err(IdxProblem::TooLarge { .. })
    ));
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
        let fits =
            sizes.iter().map(|&size| u128::from(size)).product::<u128>() <= u128::from(MOST_VALUES);
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
    assert_eq!(read_labels(&link).unwrap(), Labels::of_bytes(vec![4, 5]));
}
