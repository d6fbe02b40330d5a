//! The bodies of the fuzz targets: what this crate's readers promise for any bytes, whoever made
//! them. `crates/hostile` runs them on stored inputs. This module is public for
//! them alone: it is no part of the API, and may change at any time.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::idx_problem::IdxProblem;
use crate::label::{Label, Labels};
use crate::unchecked::Images;
use crate::{Invert, ModelImages, NewImageSource, NewImages, Source, Surroundings};
use crate::{cifar, csv, folder, idx, new_picture, npz};

/// Deflate unpacks one byte to at most 1032 bytes.
const MOST_UNPACKED: usize = 1032;

/// A file of images or labels that is not gzipped. If it reads, the values are as many as the
/// header says, and they are the whole rest of the file.
pub fn idx(bytes: &[u8]) {
    if idx::is_gzip(bytes) {
        return;
    }
    let word =
        |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    if let Ok(Images { height, width, channels, pixels }) = images(bytes) {
        assert_eq!(pixels.len(), word(4) * height * width * channels);
        if bytes[3] == 3 {
            assert_eq!((height, width, channels), (word(8), word(12), 1));
            assert_eq!(pixels, bytes[16..]);
        } else {
            assert_eq!(height * width * channels, word(8) * word(12) * word(16));
            let sum = |values: &[u8]| values.iter().map(|&value| u64::from(value)).sum::<u64>();
            assert_eq!(sum(&pixels), sum(&bytes[20..]));
        }
    }
    if let Ok(labels) = labels(bytes) {
        assert_eq!(labels.ids.len(), word(4));
        let number = |&id: &u8| labels.known[usize::from(id)].clone();
        if bytes[2..4] == [8, 1] {
            let numbers = bytes[8..].iter().map(|&byte| Label::Number(byte.into()));
            assert!(labels.ids.iter().map(number).eq(numbers));
        }
    }
}

/// A gzipped file. Reading it must not give more bytes than it can hold. Bytes that are not gzipped
/// are gzipped here, and must then read to the same result.
pub fn gzip(bytes: &[u8]) {
    if idx::is_gzip(bytes) {
        let most = bytes.len().saturating_mul(MOST_UNPACKED);
        if let Ok(images) = images(bytes) {
            assert!(images.pixels.len() <= most);
        }
        if let Ok(labels) = labels(bytes) {
            assert!(labels.ids.len() <= most);
        }
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes everything");
    let packed = encoder.finish().expect("memory takes everything");
    assert_eq!(comparable(images(bytes)), comparable(images(&packed)));
    assert_eq!(comparable(labels(bytes)), comparable(labels(&packed)));
}

/// A CSV file. If it reads, every image has all pixels and every class occurs, and the images read
/// back to equal ones when they are written out.
pub fn csv(bytes: &[u8]) {
    let Ok((images, labels)) = csv::parse(bytes) else { return };
    let pixels = images.height * images.width;
    assert_eq!(images.pixels.len(), labels.ids.len() * pixels);
    assert!((0..labels.known.len()).all(|label| labels.ids.contains(&(label as u8))));
    let mut classes = labels.known.clone();
    classes.sort();
    let labels = labels.positions(&classes);
    let mut text = (1..=pixels).fold("label".to_owned(), |text, pixel| format!("{text},p{pixel}"));
    // A last image of 255 fixes the range.
    let white = vec![255; pixels];
    let rows = labels.iter().chain([&0]).zip(images.pixels.chunks(pixels).chain([&white[..]]));
    for (label, pixels) in rows {
        let pixels: Vec<_> = pixels.iter().map(u8::to_string).collect();
        text += &format!("\n{label},{}", pixels.join(","));
    }
    let (mut read, mut read_labels) = csv::parse(text.as_bytes()).expect("plain lines");
    assert_eq!(
        read_labels.ids.pop().map(usize::from),
        read_labels.known.iter().position(|label| *label == Label::Number(0))
    );
    assert_eq!(read.pixels.split_off(images.pixels.len()), white);
    let mut written: Vec<_> = read_labels.known.clone();
    written.sort();
    assert_eq!((read, read_labels.positions(&written)), (images, labels));
}

/// A PNG or a JPEG file. If it is decoded, its size is that of its header, and it has all pixels. As a
/// new picture for a network, it has the bytes of an image, or a short message says why not.
pub fn picture(bytes: &[u8]) {
    const MOST_PIXELS: usize = 1 << 22;
    for (channels, border, invert) in
        [(1, 10.0, Invert::Auto), (3, 128.0, Invert::Yes), (3, 250.0, Invert::Auto)]
    {
        let surroundings = Some(Surroundings { border, extent: 0.7 });
        let wanted = ModelImages { height: 7, width: 9, channels, surroundings };
        match new_picture::read_at_most(bytes, &wanted, invert, MOST_PIXELS) {
            Ok(read) => assert_eq!(read.pixels.len(), 7 * 9 * channels),
            Err(error) => {
                let message = error.to_string();
                let is_plain = message.chars().all(|c| c == '\n' || !c.is_control());
                assert!(is_plain && message.len() < 4000, "{message:?}");
            }
        }
    }
    let Some((size, channels, pixels)) = folder::for_hostile(bytes, MOST_PIXELS) else { return };
    assert!(channels == 1 || channels == 3);
    assert_eq!(pixels.len(), size.height * size.width * channels);
}

/// A file of new images. What can be listed can be read, each image with all pixels or with an error.
pub fn new_images(bytes: &[u8]) {
    const MOST_IMAGES: usize = 20;
    let surroundings = Some(Surroundings { border: 3.0, extent: 0.7 });
    let wanted = ModelImages { height: 7, width: 9, channels: 1, surroundings };
    let source = NewImageSource::Bytes { name: "input".to_owned(), bytes: bytes.to_vec() };
    match NewImages::list(vec![source]) {
        Ok(images) => {
            let read = images.read(0..images.len().min(MOST_IMAGES), &wanted, Invert::Auto);
            for (image, read) in read.into_iter().enumerate() {
                assert!(images.name(image).starts_with("input"));
                if let Ok(read) = read {
                    assert_eq!(read.pixels.len(), 7 * 9);
                }
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert!(message.chars().all(|c| c == '\n' || !c.is_control()), "{message:?}");
        }
    }
}

/// An archive of CIFAR. If it reads, every image has its label and all pixels, and no more comes out
/// than may be unpacked.
pub fn cifar(bytes: &[u8]) {
    const MOST_UNPACKED: u64 = 1 << 24;
    let Some(read) = cifar::for_hostile(bytes, MOST_UNPACKED) else { return };
    for part in [Some(read.train), read.test].into_iter().flatten() {
        assert_eq!(part.images.shape(), [32, 32, 3]);
        assert_eq!(part.images.pixels.len(), part.labels.ids.len() * 32 * 32 * 3);
        assert!(part.images.pixels.len() as u64 <= MOST_UNPACKED);
    }
}

/// An NPZ file. If it reads, every image has all pixels and every label occurs. A message is short
/// and has no control characters but line ends.
pub fn npz(bytes: &[u8]) {
    match npz::parse(Cursor::new(bytes)) {
        Ok((images, labels)) => {
            let count = images.count();
            assert!(count > 0 && !labels.ids.is_empty());
            assert_eq!(images.pixels.len(), count * images.len_of_one());
            assert!((0..labels.known.len()).all(|label| labels.ids.contains(&(label as u8))));
        }
        Err(problem) => {
            let message = problem.to_string();
            let is_plain = message.chars().all(|c| c == '\n' || !c.is_control());
            assert!(is_plain && message.len() < 4000, "{message:?}");
        }
    }
}

/// A data set's name, as in a study file or on the command line. If it reads, it must read back to
/// an equal name when it is written out.
pub fn source(bytes: &[u8]) {
    let Ok(name) = str::from_utf8(bytes) else { return };
    match name.parse::<Source>() {
        Ok(source) => {
            let written = source.to_string();
            assert!(!written.chars().any(char::is_control), "{written:?}");
            assert_eq!(written.parse(), Ok(source));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn images(bytes: &[u8]) -> Result<Images, IdxProblem> {
    idx::parse_images(Cursor::new(bytes), bytes.len() as u64)
}

fn labels(bytes: &[u8]) -> Result<Labels, IdxProblem> {
    idx::parse_labels(Cursor::new(bytes), bytes.len() as u64)
}

/// The result with its error as text, so that results can be compared.
fn comparable<T>(result: Result<T, IdxProblem>) -> Result<T, String> {
    result.map_err(|problem| problem.to_string())
}
