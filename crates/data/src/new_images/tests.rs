//! Tests of new images.

use std::io::Write;

use super::*;
use crate::Surroundings;

const WANTED: ModelImages = ModelImages {
    height: 2,
    width: 3,
    channels: 1,
    surroundings: Some(Surroundings { border: 100.0, extent: 1.0 }),
};

fn png(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(pixels).unwrap();
    bytes
}

fn idx(count: u8, height: u8, width: u8, pixels: &[u8]) -> Vec<u8> {
    [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, height, 0, 0, 0, width][..], pixels].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// An NPZ file with arrays of bytes: names, shapes and values.
fn npz(arrays: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, shape, values) in arrays {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(format!("{name}.npy"), options).unwrap();
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({shape}), }}\n");
        archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
        archive.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
        archive.write_all(header.as_bytes()).unwrap();
        archive.write_all(values).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn bytes(name: &str, bytes: Vec<u8>) -> NewImageSource {
    NewImageSource::Bytes { name: name.to_owned(), bytes }
}

fn pixels(images: &NewImages) -> Vec<Vec<u8>> {
    let read = images.read(0..images.len(), &WANTED, Invert::Auto);
    read.into_iter().map(|picture| picture.unwrap().pixels).collect()
}

#[test]
fn files_folders_and_arrays_follow_each_other_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir_all(path("folder/inner")).unwrap();
    std::fs::write(path("folder/b.png"), png(3, 2, &[1; 6])).unwrap();
    std::fs::write(path("folder/inner/c.PNG"), png(3, 2, &[2; 6])).unwrap();
    std::fs::write(path("folder/.hidden.png"), b"").unwrap();
    std::fs::write(path("folder/notes.txt"), b"").unwrap();
    // What a file holds decides, and not its name.
    std::fs::write(path("one"), png(3, 2, &[3; 6])).unwrap();
    std::fs::write(path("two"), gzip(&idx(2, 2, 3, &[4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5])))
        .unwrap();
    std::fs::write(path("three"), npz(&[("x", "1, 2, 3", &[60; 6]), ("y", "1", &[0])])).unwrap();
    let sources = [path("folder"), path("one"), path("two"), path("three")]
        .map(NewImageSource::Path)
        .into_iter()
        .chain([bytes("standard input", png(3, 2, &[7; 6]))]);
    let images = NewImages::list(sources.collect()).unwrap();
    assert_eq!((images.len(), images.left_out()), (7, 1));
    let firsts: Vec<u8> = pixels(&images).iter().map(|pixels| pixels[0]).collect();
    assert_eq!(firsts, [1, 2, 3, 4, 5, 60, 7]);
    let names: Vec<String> = (0..7).map(|image| images.name(image)).collect();
    for (name, end) in names.iter().zip([
        "b.png",
        "inner/c.PNG",
        "one",
        "two[0]",
        "two[1]",
        "three:x[0]",
        "standard input",
    ]) {
        assert!(name.ends_with(end), "{name} {end}");
    }
    assert_eq!(images.read(3..5, &WANTED, Invert::Yes)[1].as_ref().unwrap().pixels, [250; 6]);
}

#[test]
fn an_array_of_the_networks_own_images_is_inverted_only_if_asked_for() {
    let dark =
        ModelImages { surroundings: Some(Surroundings { border: 3.0, extent: 1.0 }), ..WANTED };
    let read = |file: Vec<u8>, invert| {
        let images = NewImages::list(vec![bytes("given", file)]).unwrap();
        let picture = images.read(0..1, &dark, invert).remove(0).unwrap();
        (picture.pixels[0], picture.inverted)
    };
    assert_eq!(read(idx(1, 2, 3, &[200; 6]), Invert::Auto), (200, false));
    assert_eq!(read(idx(1, 2, 3, &[200; 6]), Invert::Yes), (55, true));
    assert_eq!(
        read(png(3, 2, &[200; 6]), Invert::Auto),
        (55, true),
        "a picture may come from anywhere"
    );
}

#[test]
fn images_of_an_array_are_scaled_and_get_the_networks_channels() {
    let colour = npz(&[("images", "1, 4, 6, 3", &[200; 72])]);
    let images = NewImages::list(vec![bytes("colour", colour)]).unwrap();
    assert_eq!(pixels(&images), [[200; 6]]);
}

#[test]
fn test_images_are_taken_and_labels_are_not() {
    let parts = npz(&[
        ("x_train", "2, 2, 3", &[100; 12]),
        ("y_train", "2", &[0, 1]),
        ("x_test", "1, 2, 3", &[120; 6]),
        ("y_test", "1", &[0]),
    ]);
    let images = NewImages::list(vec![bytes("mnist", parts)]).unwrap();
    assert_eq!((images.name(0).as_str(), pixels(&images)), ("mnist:x_test[0]", vec![vec![120; 6]]));
    let unit = npz(&[("anything", "1, 2, 3", &[0, 1, 1, 1, 1, 1])]);
    let images = NewImages::list(vec![bytes("unit", unit)]).unwrap();
    assert_eq!(pixels(&images), [[0, 255, 255, 255, 255, 255]]);
    assert!(images.notes()[0].contains("multiplied by 255"), "{:?}", images.notes());
}

#[test]
fn what_holds_no_images_is_named_with_a_cure() {
    let dir = tempfile::tempdir().unwrap();
    let error = |source| NewImages::list(vec![source]).unwrap_err().to_string();
    let folder = error(NewImageSource::Path(dir.path().to_owned()));
    assert!(folder.contains("there is no picture in") && folder.contains("hint: "), "{folder}");
    let missing = error(NewImageSource::Path(dir.path().join("missing.png")));
    assert!(missing.contains("missing.png"), "{missing}");
    for (given, says) in [
        (vec![], "is empty"),
        (b"hello".to_vec(), "holds no images"),
        (idx(9, 2, 3, &[0; 6]), "9 x 2 x 3"),
        (gzip(b"hello"), "images"),
        (npz(&[("a", "1, 2, 3", &[0; 6]), ("b", "1", &[0])]), "no array of images"),
        (npz(&[("x", "6", &[0; 6])]), "is not that of images"),
        (b"PK\x03\x04broken".to_vec(), "not a whole NPZ file"),
    ] {
        let error = error(bytes("given", given));
        assert!(error.starts_with("given") && error.contains(says), "{error}");
    }
}

#[test]
fn a_broken_picture_does_not_hide_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let whole = png(3, 2, &[9; 6]);
    std::fs::write(dir.path().join("a.png"), &whole[..whole.len() - 20]).unwrap();
    std::fs::write(dir.path().join("b.png"), &whole).unwrap();
    std::fs::write(dir.path().join("c.png"), b"no picture").unwrap();
    std::fs::create_dir(dir.path().join("d.png")).unwrap();
    let images = NewImages::list(vec![NewImageSource::Path(dir.path().to_owned())]).unwrap();
    let read = images.read(0..images.len(), &WANTED, Invert::Auto);
    assert!(read[0].as_ref().unwrap_err().to_string().contains("damaged"));
    assert_eq!(read[1].as_ref().unwrap().pixels, [9; 6]);
    assert!(read[2].as_ref().unwrap_err().to_string().contains("no picture"));
    assert_eq!(read.len(), 3);
}
