//! Tests of new pictures.

use fitroom_memory::Bytes;

use super::*;
use crate::{Dataset, LabelledImages};

fn png(color: png::ColorType, height: u32, width: u32, data: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(color);
    encoder.write_header().unwrap().write_image_data(data).unwrap();
    file
}

fn grey(height: usize, width: usize, value: impl Fn(usize, usize) -> u8) -> Vec<u8> {
    let data: Vec<u8> = (0..height * width).map(|at| value(at / width, at % width)).collect();
    png(png::ColorType::Grayscale, height as u32, width as u32, &data)
}

/// A network whose images have this border and extent.
fn wanted(channels: usize, border: f64, extent: f64) -> ModelImages {
    let surroundings = Some(Surroundings { border, extent });
    ModelImages { height: 12, width: 12, channels, surroundings }
}

#[test]
fn a_dark_thing_on_paper_becomes_a_bright_one_on_black_that_fills_the_image() {
    // The paper is uneven, and the thing is 20 rows high and 10 columns wide.
    let is_thing = |row, column| (70..90).contains(&row) && (15..25).contains(&column);
    let photo =
        grey(120, 90, |row, column| if is_thing(row, column) { 40 } else { 215 + (row % 8) as u8 });
    let read = read_picture(&photo, &wanted(1, 10.0, 1.0), Invert::Auto).unwrap();
    assert!(read.inverted && read.cropped);
    assert_eq!(read.size, Size { height: 120, width: 90 });
    for (at, &value) in read.pixels.iter().enumerate() {
        let is_thing = (3..9).contains(&(at % 12));
        assert!(if is_thing { value > 190 } else { value < 20 }, "{at}: {value}");
    }
    // Half as large on images whose things are.
    let small = read_picture(&photo, &wanted(1, 10.0, 0.5), Invert::Auto).unwrap();
    let bright = small.pixels.iter().filter(|&&value| value > 190).count();
    assert_eq!(bright, 6 * 3);
    // Nothing is cut out for a network that knows no plain background.
    let photos = read_picture(&photo, &wanted(1, 120.0, 1.0), Invert::Auto).unwrap();
    assert!(!photos.inverted && !photos.cropped);
    assert!(photos.pixels[0] > 200);
}

#[test]
fn a_picture_of_the_right_size_is_taken_as_it_is() {
    let value = |row: usize, column: usize| (row * 12 + column) as u8;
    let expected: Vec<u8> = (0..144).collect();
    let file = grey(12, 12, value);
    let read = |invert| read_picture(&file, &wanted(1, 10.0, 0.7), invert).unwrap();
    assert_eq!(read(Invert::No).pixels, expected);
    assert_eq!(read(Invert::Auto).pixels, expected, "its border is dark already");
    let inverted: Vec<u8> = expected.iter().map(|value| 255 - value).collect();
    assert_eq!(read(Invert::Yes).pixels, inverted);
    let unknown = ModelImages { surroundings: None, ..wanted(1, 0.0, 1.0) };
    let error = read_picture(&file, &unknown, Invert::Auto).unwrap_err();
    assert_eq!(error, NewPictureError::UnknownSurroundings);
    assert_eq!(read_picture(&file, &unknown, Invert::No).unwrap().pixels, expected);
}

#[test]
fn colours_alpha_and_aspect_ratio() {
    // Transparent black is white paper; red is opaque.
    let rgba = [[0, 0, 0, 0], [255, 0, 0, 255]].repeat(72).concat();
    let file = png(png::ColorType::Rgba, 12, 12, &rgba);
    let colour = read_picture(&file, &wanted(3, 120.0, 1.0), Invert::Auto).unwrap();
    assert_eq!(colour.pixels[..6], [255, 255, 255, 255, 0, 0]);
    let one = read_picture(&file, &wanted(1, 120.0, 1.0), Invert::Auto).unwrap();
    assert_eq!(one.pixels[..2], [255, 76]);
    // A wide grey picture lies in the middle, on the colour of its border.
    let wide = grey(10, 40, |row, _| if (3..7).contains(&row) { 200 } else { 100 });
    let wide = read_picture(&wide, &wanted(3, 120.0, 1.0), Invert::No).unwrap();
    assert_eq!(wide.pixels.len(), 12 * 12 * 3);
    assert_eq!((wide.pixels[0], wide.pixels[3 * 12 * 11]), (100, 100));
    // It is three rows high there, of which the middle one is bright.
    assert!(wide.pixels[3 * (5 * 12 + 6)] > 150);
}

#[test]
fn what_is_no_picture_is_refused_with_a_reason() {
    let read = |bytes: &[u8], channels| {
        read_picture(bytes, &wanted(channels, 10.0, 1.0), Invert::Auto).unwrap_err()
    };
    let file = |name: &str| {
        let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/picture/");
        std::fs::read(format!("{corpus}{name}")).unwrap()
    };
    assert_eq!(read(b"text", 1), NewPictureError::NoPicture { found: None });
    assert_eq!(read(b"GIF89a", 1), NewPictureError::NoPicture { found: Some("GIF") });
    assert_eq!(read(&file("four-inks.jpg"), 1), NewPictureError::FourInks);
    assert_eq!(read(&file("grey.png"), 2), NewPictureError::Channels { found: 1, channels: 2 });
    assert!(matches!(read(&file("cut-off.jpg"), 1), NewPictureError::Damaged { .. }));
    let large = vec![0; MOST_PICTURE_BYTES + 1];
    assert_eq!(read(&large, 1), NewPictureError::TooManyBytes { bytes: large.len() });
    let huge = read(&file("size-2^60.png"), 1);
    assert!(matches!(huge, NewPictureError::TooManyPixels { .. }), "{huge:?}");
    let wide = wanted(1, 10.0, 1.0);
    let error = read_at_most(&grey(5, 5, |_, _| 0), &wide, Invert::Auto, 24).unwrap_err();
    assert!(error.to_string().contains("5x5 pixels"), "{error}");
}

#[test]
fn training_images_tell_their_border_and_how_large_things_are() {
    // Things of 2 rows and 3 columns on black, 4x4 pixels.
    let image: Vec<u8> =
        (0..16).map(|at| if (1..3).contains(&(at / 4)) && at % 4 < 3 { 240 } else { 0 }).collect();
    let images: Bytes = image.repeat(3).into();
    let part = LabelledImages { images, labels: vec![0; 3] };
    let dataset = Dataset {
        name: "x".into(),
        title: "x".into(),
        classes: vec!["0".into()],
        channels: 1,
        height: 4,
        width: 4,
        train: part.clone(),
        test: part,
        fingerprint: String::new(),
        origin: "x".into(),
        stands_in_because: None,
        findings: Vec::new(),
    };
    let around = ModelImages::of(&dataset).surroundings.unwrap();
    assert_eq!(around, Surroundings { border: 2.0 * 240.0 / 12.0, extent: 0.75 });
    let none = Dataset { train: LabelledImages::default(), ..dataset };
    assert_eq!(ModelImages::of(&none).surroundings, None);
}
