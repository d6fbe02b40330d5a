//! Tests of decoding. The PNG files are made here; the JPEG files by `fixtures/make.py`.

use png::{BitDepth, ColorType};

use super::picture::*;
use crate::Size;

const GREY: (&[u8], &[u8]) =
    (include_bytes!("fixtures/grey.jpg"), include_bytes!("fixtures/grey.bin"));
const COLOUR: (&[u8], &[u8]) =
    (include_bytes!("fixtures/colour.jpg"), include_bytes!("fixtures/colour.bin"));

type Made<'a> = (u32, u32, ColorType, BitDepth, &'a [u8]);

/// A PNG of `data`, which is as PNG stores it.
pub(super) fn png(made: Made, more: impl FnOnce(&mut png::Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let (height, width, color, depth, data) = made;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    more(&mut encoder);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    bytes
}

fn decode_plain(bytes: &[u8]) -> Result<Picture, PictureProblem> {
    decode(bytes, Alpha::LeftOut)
}

fn pixels(bytes: &[u8]) -> (usize, Vec<u8>) {
    let picture = decode_plain(bytes).unwrap();
    (picture.channels, picture.pixels)
}

#[test]
fn every_kind_of_png_is_decoded() {
    use BitDepth::*;
    let plain = |height, width, color, depth, data: &[u8]| {
        pixels(&png((height, width, color, depth, data), |_| {}))
    };
    assert_eq!(plain(1, 3, ColorType::Grayscale, Eight, &[1, 2, 3]), (1, vec![1, 2, 3]));
    assert_eq!(plain(2, 1, ColorType::Grayscale, One, &[0x80, 0]), (1, vec![255, 0]));
    assert_eq!(plain(1, 3, ColorType::Grayscale, Two, &[0b00_01_11_00]), (1, vec![0, 85, 255]));
    assert_eq!(plain(1, 2, ColorType::Grayscale, Four, &[0x3f]), (1, vec![51, 255]));
    let sixteen = [0x12, 0x12, 0xff, 0xff, 0x00, 0x80, 0x00, 0x81];
    assert_eq!(plain(1, 4, ColorType::Grayscale, Sixteen, &sixteen), (1, vec![0x12, 255, 0, 1]));
    assert_eq!(plain(1, 2, ColorType::GrayscaleAlpha, Eight, &[9, 0, 8, 255]), (1, vec![9, 8]));
    assert_eq!(plain(1, 1, ColorType::Rgb, Eight, &[1, 2, 3]), (3, vec![1, 2, 3]));
    assert_eq!(plain(1, 1, ColorType::Rgba, Eight, &[1, 2, 3, 4]), (3, vec![1, 2, 3]));
    let rgb16 = [1, 1, 2, 2, 3, 3];
    assert_eq!(plain(1, 1, ColorType::Rgb, Sixteen, &rgb16), (3, vec![1, 2, 3]));
    let palette = png((1, 2, ColorType::Indexed, One, &[0x40]), |encoder| {
        encoder.set_palette(vec![7, 8, 9, 4, 5, 6]);
        encoder.set_trns(vec![0]);
    });
    let picture = decode_plain(&palette).unwrap();
    assert_eq!((picture.channels, &picture.pixels[..]), (3, &[7, 8, 9, 4, 5, 6][..]));
    assert!(picture.has_alpha && picture.is_stored_in_colour);
}

#[test]
fn colours_that_are_all_grey_are_one_channel() {
    let grey =
        decode_plain(&png((1, 2, ColorType::Rgb, BitDepth::Eight, &[5, 5, 5, 9, 9, 9]), |_| {}));
    let grey = grey.unwrap();
    assert_eq!((grey.channels, grey.pixels, grey.is_stored_in_colour), (1, vec![5, 9], true));
    assert_eq!(grey.size, Size { height: 1, width: 2 });
}

/// Adam7: the rows of seven passes, each of every 8th to every 2nd pixel.
#[test]
fn interlaced_pictures_are_decoded() {
    let value = |x: usize, y: usize| (5 * x + 20 * y) as u8;
    let passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];
    let mut rows = Vec::new();
    for (left, top, across, down) in passes {
        for y in (top..8).step_by(down) {
            rows.push(0);
            rows.extend((left..8).step_by(across).map(|x| value(x, y)));
        }
    }
    let expected: Vec<u8> = (0..64).map(|at| value(at % 8, at / 8)).collect();
    assert_eq!(pixels(&raw_png([8, 8], 8, 0, 1, &rows)), (1, expected));
}

/// A PNG of filtered rows, with any header.
pub(super) fn raw_png(
    [height, width]: [u32; 2],
    depth: u8,
    color: u8,
    interlace: u8,
    rows: &[u8],
) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(rows).unwrap();
    let header =
        [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, color, 0, 0, interlace]];
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header.concat()));
    bytes.extend(chunk(b"IDAT", &packed.finish().unwrap()));
    bytes.extend(chunk(b"IEND", &[]));
    bytes
}

/// A chunk of PNG: its length, name, data and checksum.
fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(name);
    sum.update(data);
    let len = (data.len() as u32).to_be_bytes();
    [&len[..], name, data, &sum.sum().to_be_bytes()].concat()
}

#[test]
fn jpegs_are_decoded_as_pillow_decodes_them() {
    for (channels, (file, expected)) in [(1, GREY), (3, COLOUR)] {
        let picture = decode_plain(file).unwrap();
        assert_eq!((picture.size.height, picture.size.width, picture.channels), (9, 13, channels));
        assert_eq!(picture.is_stored_in_colour, channels == 3);
        assert_eq!(picture.pixels.len(), expected.len());
        let worst = picture.pixels.iter().zip(expected).map(|(&a, &b)| a.abs_diff(b)).max();
        assert!(worst <= Some(2), "{worst:?}");
    }
}

#[test]
fn every_truncation_is_found() {
    let data: Vec<u8> = (0..600).map(|at| (at * at / 7) as u8).collect();
    let made = png((10, 20, ColorType::Rgb, BitDepth::Eight, &data), |_| {});
    for file in [&made[..], GREY.0, COLOUR.0] {
        assert!(decode_plain(file).is_ok());
        for kept in 0..file.len() {
            assert!(decode_plain(&file[..kept]).is_err(), "{kept} of {} bytes", file.len());
        }
    }
}

#[test]
fn a_damaged_byte_of_png_is_found_or_has_no_effect() {
    let data: Vec<u8> = (0..200).map(|at| (at * at / 7) as u8).collect();
    let made = png((10, 20, ColorType::Grayscale, BitDepth::Eight, &data), |_| {});
    for at in 0..made.len() {
        let mut damaged = made.clone();
        damaged[at] ^= 0x10;
        assert!(decode_plain(&damaged).ok().is_none_or(|read| read.pixels == data), "byte {at}");
    }
}

#[test]
fn a_palette_that_ends_within_a_colour_is_refused() {
    let file = |palette: &[u8]| {
        let (mut made, row) = (Vec::new(), raw_png([1, 1], 8, 3, 0, &[0, 0]));
        made.extend(&row[..33]);
        made.extend(chunk(b"PLTE", palette));
        made.extend(&row[33..]);
        decode_plain(&made).map(|picture| picture.pixels)
    };
    assert_eq!(file(&[1, 2, 3]).unwrap(), [1, 2, 3]);
    for len in [0, 1, 2, 4, 5] {
        assert!(file(&vec![7; len]).is_err(), "{len} bytes");
    }
}

#[test]
fn headers_that_promise_too_much_are_refused_before_memory_is_requested() {
    let rows = [0; 100];
    for (size, expected) in [
        ([1 << 30, 1 << 30], "more than 268435456"),
        ([1 << 14, (1 << 14) + 1], "more than 268435456"),
        ([1 << 14, 1 << 14], "in a file of"),
        ([1, 1 << 28], "in a file of"),
    ] {
        for (depth, color) in [(1, 0), (8, 2), (16, 6)] {
            let file = raw_png(size, depth, color, 0, &rows);
            let error = decode_plain(&file).unwrap_err().to_string();
            assert!(error.contains(expected), "{size:?}: {error}");
        }
    }
    // The same for JPEG: the height and the width stand after the mark of the frame.
    let mut file = GREY.0.to_vec();
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    file[frame + 5..frame + 9].fill(0xff);
    let error = decode_plain(&file).unwrap_err().to_string();
    assert!(error.contains("65535x65535 pixels: more than"), "{error}");
    file[frame + 5..frame + 9].copy_from_slice(&[0x3f, 0xff, 0x3f, 0xff]);
    let error = decode_plain(&file).unwrap_err().to_string();
    assert!(error.contains("in a file of 194 bytes"), "{error}");
}

#[test]
fn contents_are_recognised_by_their_first_bytes() {
    for (bytes, expected) in [
        (&b"GIF89a"[..], Content::Foreign("GIF")),
        (b"RIFF\0\0\0\0WEBPVP8 ", Content::Foreign("WebP")),
        (b"BM\x10\0\0\0\0\0\0\0\x36", Content::Foreign("BMP")),
        (b"BM is a text", Content::Other),
        (b"MM\0*", Content::Foreign("TIFF")),
        (b"\0\0\0\x20ftypavif", Content::Foreign("AVIF")),
        (b"", Content::Other),
        (b"\xff\xd8", Content::Other),
    ] {
        assert_eq!(content(bytes), expected, "{bytes:?}");
    }
    assert_eq!(content(GREY.0), Content::Jpeg);
    assert_eq!(decode_plain(b"").unwrap_err().to_string(), "an empty file");
    assert!(decode_plain(b"text").unwrap_err().to_string().starts_with("not a PNG or JPEG file"));
}

/// The same bytes on every machine: with the widest instructions and with none.
#[test]
fn jpegs_decode_alike_with_every_instruction_set() {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::options::DecoderOptions;
    for (file, _) in [GREY, COLOUR] {
        let decoded = [true, false].map(|is_fast| {
            let options = DecoderOptions::new_fast().set_use_unsafe(is_fast);
            JpegDecoder::new_with_options(std::io::Cursor::new(file), options).decode().unwrap()
        });
        assert_eq!(decoded[0], decoded[1]);
    }
}
