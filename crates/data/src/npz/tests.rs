//! Whole files, as people have them and damaged.

mod values;

use std::io::{Cursor, Write};

use npyz::WriterBuilder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::PixelRange;
use crate::label::{Label, Labels};

/// An array's file, as NumPy writes it.
fn npy<T: npyz::AutoSerialize + Clone>(shape: &[u64], values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape);
    let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().cloned()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// An array's file of any type and header.
fn raw(descr: &str, is_fortran: bool, shape: &str, values: &[u8]) -> Vec<u8> {
    let order = if is_fortran { "True" } else { "False" };
    let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
    let len = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &len[..], header.as_bytes(), values].concat()
}

fn archive(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (index, (name, bytes)) in arrays.iter().enumerate() {
        let method = [CompressionMethod::Stored, CompressionMethod::Deflated][index % 2];
        let options = SimpleFileOptions::default().compression_method(method);
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Reads a file with these arrays.
fn read_with(arrays: &[(&str, Vec<u8>)], options: &ReadOptions) -> Result<ReadFiles, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.npz");
    std::fs::write(&path, archive(arrays)).unwrap();
    let format = NpzFiles { path, test: None };
    let read = format.read(options).map_err(|error| error.to_string());
    let status = format.verify(options).unwrap();
    // What is wrong with a single array is found by itself too.
    let checked = status.iter().all(|status| status.problem.is_none());
    assert!(checked || read.is_err(), "{:?}", status[0].problem);
    read
}

fn read(arrays: &[(&str, Vec<u8>)]) -> Result<ReadFiles, String> {
    read_with(arrays, &ReadOptions::default())
}

/// Reads two grey images of 2x2 pixels, with this array of images or of labels.
fn with(images: Option<Vec<u8>>, labels: Option<Vec<u8>>) -> Result<ReadFiles, String> {
    let images = images.unwrap_or_else(|| npy(&[2, 2, 2], &[0u8, 50, 100, 150, 200, 250, 1, 2]));
    read(&[("x", images), ("y", labels.unwrap_or_else(|| npy(&[2], &[1u8, 0])))])
}

fn numbers(labels: &Labels) -> Vec<Label> {
    labels.ids.iter().map(|&id| labels.known[usize::from(id)].clone()).collect()
}

#[test]
fn kerass_file_is_read() {
    let files = read(&[
        ("x_test", npy(&[1, 2, 2], &[9u8, 8, 7, 255])),
        ("x_train", npy(&[2, 2, 2], &[1u8, 2, 3, 4, 5, 6, 7, 8])),
        ("y_train", npy(&[2], &[3u8, 7])),
        ("y_test", npy(&[1], &[7i64])),
        ("class_names", raw("<U1", false, "(2,)", &[97, 0, 0, 0, 98, 0, 0, 0])),
    ])
    .unwrap();
    assert_eq!(files.train.images.shape(), [2, 2, 1]);
    assert_eq!(files.train.images.pixels, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(numbers(&files.train.labels), [3, 7].map(Label::Number));
    assert_eq!(files.test.unwrap().images.pixels, [9, 8, 7, 255]);
    assert_eq!(files.class_names.unwrap(), ["a", "b"]);
    assert!(files.notes.is_empty(), "{:?}", files.notes);
}

#[test]
fn medmnists_validation_images_are_joined() {
    let part = |value: u8, count: u64| npy(&[count, 1, 2, 3], &vec![value; 6 * count as usize]);
    let labels = |labels: &[u8]| npy(&[labels.len() as u64, 1], labels);
    let arrays = [
        ("train_images", part(100, 2)),
        ("train_labels", labels(&[5, 6])),
        ("val_images", part(200, 1)),
        ("val_labels", labels(&[8])),
        ("test_images", part(50, 1)),
        ("test_labels", labels(&[6])),
    ];
    let files = read(&arrays).unwrap();
    assert_eq!((files.train.images.count(), files.train.images.shape()), (3, [2, 3, 1]));
    assert_eq!(files.train.images.pixels[12..], [200; 6]);
    assert_eq!(numbers(&files.train.labels), [5, 6, 8].map(Label::Number));
    assert_eq!(files.notes, ["1 validation images are joined to the training images"]);
    // Without a test part, the validation images are that.
    let files = read(&arrays[..4]).unwrap();
    assert_eq!((files.train.images.count(), files.test.unwrap().images.count()), (2, 1));
    assert_eq!(files.notes, ["the validation images are the test images"]);
    assert!(read(&arrays[..2]).unwrap().test.is_none());
    let problem = read(&arrays[..5]).unwrap_err();
    assert!(problem.contains("no array of test labels"), "{problem}");
    let mut several = arrays.clone();
    several[1].1 = npy(&[2, 3], &[0u8, 1, 0, 1, 0, 1]);
    let problem = read(&several).unwrap_err();
    assert!(problem.contains("image 1 (from 0) has 2 classes"), "{problem}");
    let mut other = arrays.clone();
    other[2].1 = npy(&[1, 3, 2], &[0u8; 6]);
    let problem = read(&other).unwrap_err();
    assert!(problem.contains("(val_images) holds images of 3x2"), "{problem}");
    let mut fewer = arrays;
    fewer[3].1 = labels(&[8, 8]);
    let problem = read(&fewer).unwrap_err();
    assert!(problem.contains("(val_images) holds 1 images, but "), "{problem}");
}

#[test]
fn kmnists_directory_and_two_files_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, arrays: &[(&str, Vec<u8>)]| {
        let path = dir.path().join(name);
        std::fs::write(&path, archive(arrays)).unwrap();
        path
    };
    let (images, labels) = (npy(&[1, 1, 2], &[8u8, 99]), npy(&[1], &[4u8]));
    write("kmnist-train-imgs.npz", &[("arr_0", images.clone())]);
    write("kmnist-train-labels.npz", &[("arr_0", labels.clone())]);
    let format = NpzFiles::parse(dir.path().to_str().unwrap()).unwrap();
    let read = |format: &NpzFiles| format.read(&ReadOptions::default()).unwrap();
    assert!(read(&format).test.is_none());
    write("kmnist-test-labels.npz", &[("arr_0", npy(&[1], &[1.0f32]))]);
    write("kmnist-test-imgs.npz", &[("arr_0", images.clone()), ("more", labels.clone())]);
    let problem = format.read(&ReadOptions::default()).unwrap_err().to_string();
    assert!(
        problem.contains("no array of training images; the arrays are arr_0, more"),
        "{problem}"
    );
    write("kmnist-test-imgs.npz", &[("arr_0", images.clone())]);
    std::fs::write(dir.path().join("classes.txt"), "a\nb\nc\nd\ne\n").unwrap();
    let files = read(&format);
    assert_eq!(numbers(&files.test.unwrap().labels), [Label::Number(1)]);
    assert_eq!(files.class_names.unwrap().len(), 5);
    assert_eq!(format.directory(), Some(dir.path()));
    let status = format.verify(&ReadOptions::default()).unwrap();
    assert_eq!(status.iter().filter(|status| status.problem.is_none()).count(), 4);

    let train = write("a.npz", &[("images", images.clone()), ("labels", labels.clone())]);
    let test = write("b.npz", &[("X_test", images.clone()), ("Y_test", labels)]);
    let name = format!("{}, {}", train.display(), test.display());
    let format = NpzFiles::parse(&name).unwrap();
    assert_eq!(format.paths(), format!("{},{}", train.display(), test.display()));
    assert_eq!(read(&format).test.unwrap().images.pixels, [8, 99]);
    std::fs::write(&test, "text").unwrap();
    let status = format.verify(&ReadOptions::default()).unwrap();
    let problems: Vec<_> = status.iter().map(|status| status.problem.is_some()).collect();
    assert_eq!(problems, [false, true]);
}

#[test]
fn files_of_other_kinds_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.npz");
    let problem = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        let format = NpzFiles { path: path.clone(), test: None };
        format.read(&ReadOptions::default()).unwrap_err().to_string()
    };
    assert!(problem(&npy(&[1], &[1u8])).contains("this is a single array (.npy)"));
    assert!(problem(b"\x1f\x8b\x08").contains("this is a gzipped file"));
    assert!(problem(b"").contains("no ZIP archive"));
    assert!(problem(b"PK\x03\x04 and no more").contains("not a whole NPZ file"));
    assert!(problem(&archive(&[])).contains("no arrays in it"));
    let problem = problem(&archive(&[("weights", npy(&[1], &[1u8]))]));
    assert!(
        problem.contains("no array of training images; the arrays are weights\nhint: "),
        "{problem}"
    );
}

#[test]
fn every_truncation_and_flipped_byte_is_found() {
    let images = npy(&[1, 4, 4], &(0..16).map(|v| v * v).collect::<Vec<u8>>());
    let whole = archive(&[("y", npy(&[1], &[1u8])), ("x", images)]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data.npz");
    let format = NpzFiles { path: path.clone(), test: None };
    let read = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        format.read(&ReadOptions::default()).map(|files| files.train)
    };
    let right = read(&whole).unwrap();
    for kept in 0..whole.len() {
        assert!(read(&whole[..kept]).is_err(), "{kept} of {}", whole.len());
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        // Some bits have no effect, such as those of times.
        let found = read(&damaged).ok();
        assert!(
            found.is_none_or(|found| found.images == right.images && found.labels == right.labels),
            "byte {at}"
        );
    }
}

#[test]
fn sizes_are_checked_before_memory_is_requested() {
    let problem = |array: Vec<u8>| with(Some(array), None).unwrap_err();
    assert!(
        problem(raw("|u1", false, "(65536, 65536)", &[0; 9]))
            .contains("says 4294967374 bytes, but it has ")
    );
    assert!(
        problem(raw("|u1", false, "(65536, 65537)", &[0; 9]))
            .contains("more than 4294967296 values")
    );
    assert!(problem(raw("|u1", false, "(2, 2, 2)", &[0; 9])).contains("but it has"));
    assert!(
        problem(raw("|u1", false, "(0, 2, 2)", &[]))
            .contains("nothing in it: its shape is 0 x 2 x 2")
    );
    let deep = "(".repeat(9000);
    assert!(problem(raw("|u1", false, &deep, &[])).contains("no dictionary of Python"));
    // The archive's directory and the header say 4 GiB, and some kilobytes are there.
    let mut bytes = archive(&[
        ("x", raw("|u1", false, "(65536, 256, 256)", &[7; 3000])),
        ("y", npy(&[1], &[1u8])),
    ]);
    let (small, large) =
        (3000 + raw("|u1", false, "(65536, 256, 256)", &[]).len() as u32, u32::MAX - 1);
    let positions: Vec<usize> =
        (0..bytes.len() - 4).filter(|&at| bytes[at..at + 4] == small.to_le_bytes()).collect();
    assert_eq!(positions.len(), 4, "packed and unpacked sizes, at both places");
    for at in positions {
        bytes[at..at + 4].copy_from_slice(&large.to_le_bytes());
    }
    let mut archive = match arrays::Archive::open(Cursor::new(&bytes)) {
        Ok(archive) => archive,
        Err(_) => return,
    };
    assert!(archive.images("x", None).is_err());
}

#[test]
fn encrypted_and_strangely_packed_arrays_are_refused() {
    let whole = archive(&[("x", npy(&[1, 1, 1], &[9u8])), ("y", npy(&[1], &[1u8]))]);
    let central = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    let problem = |at: usize, value: u8| {
        let mut bytes = whole.clone();
        bytes[at] = value;
        let mut archive =
            arrays::Archive::open(Cursor::new(&bytes)).map_err(|error| error.to_string())?;
        archive.images("x", None).map(|_| ()).map_err(|error| error.to_string())
    };
    let encrypted = problem(central + 8, 1).unwrap_err();
    assert!(encrypted.contains("array `x`: it is encrypted"), "{encrypted}");
    let packed = problem(central + 10, 12).unwrap_err();
    assert!(packed.contains("array `x`: it is compressed in a way"), "{packed}");
}

/// Made by `tests/numpy/small.py` with NumPy.
#[test]
fn a_file_of_numpys_is_read() {
    let bytes = include_bytes!("../../tests/numpy/small.npz");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("small.npz");
    std::fs::write(&path, bytes).unwrap();
    let files = NpzFiles { path, test: None }.read(&ReadOptions::default()).unwrap();
    assert_eq!(files.train.images.shape(), [2, 3, 1]);
    let expected: Vec<u8> = (0..24).map(|v| (v as f64 / 23.0 * 255.0).round() as u8).collect();
    assert_eq!(files.train.images.pixels, expected);
    let names = ["Äpfel", "Birnen", "Äpfel", "Birnen"].map(|name| Label::Name(name.to_owned()));
    assert_eq!(numbers(&files.train.labels), names);
}
