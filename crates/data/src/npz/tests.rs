use std::io::{Cursor, Write};

use npyz::WriterBuilder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::PixelRange;
use crate::label::Label;

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
    write("kmnist-test-imgs.npz", &[("arr_0", images.clone()), ("more", labels.clone())]);
    let problem = format.read(&ReadOptions::default()).unwrap_err().to_string();
    assert!(
        problem.contains("no array of training images; the arrays are arr_0, more"),
        "{problem}"
    );
    write("kmnist-test-imgs.npz", &[("arr_0", images.clone())]);
    write("kmnist-test-labels.npz", &[("arr_0", npy(&[1], &["x".len() as f32]))]);
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
fn pixels_of_any_type_and_order_are_read() {
    let pixels = |array: Vec<u8>| with(Some(array), None).map(|files| files.train.images.pixels);
    let whole = [0i16, 50, 100, 150, 200, 250, 1, 2];
    let bytes = [0u8, 50, 100, 150, 200, 250, 1, 2];
    assert_eq!(pixels(npy(&[2, 2, 2], &whole)).unwrap(), bytes);
    assert_eq!(pixels(npy(&[2, 2, 2], &whole.map(f64::from))).unwrap(), bytes);
    let big: Vec<u8> = whole.iter().flat_map(|&v| f32::from(v).to_be_bytes()).collect();
    assert_eq!(pixels(raw(">f4", false, "(2, 2, 2)", &big)).unwrap(), bytes);
    // The axes the other way round.
    let turned = [0u8, 200, 100, 1, 50, 250, 150, 2];
    assert_eq!(pixels(raw("|u1", true, "(2, 2, 2)", &turned)).unwrap(), bytes);
    // Halves: 0, 0.5 and 1.
    let halves: Vec<u8> =
        [0u16, 0x3800, 0x3c00, 0, 0, 0, 0, 0].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(
        pixels(raw("<f2", false, "(2, 2, 2)", &halves)).unwrap(),
        [0, 128, 255, 0, 0, 0, 0, 0]
    );
    assert_eq!(
        pixels(raw("|b1", false, "(2, 2, 2)", &[0, 1, 0, 1, 0, 0, 0, 1])).unwrap(),
        [0, 255, 0, 255, 0, 0, 0, 255]
    );
    let files = with(Some(npy(&[2, 2, 2], &[0u8, 8, 16, 0, 0, 0, 0, 0])), None).unwrap();
    assert_eq!(files.train.images.pixels[..3], [0, 128, 255]);
    assert_eq!(files.notes, ["pixels from 0 to 16, multiplied by 255/16"]);
}

#[test]
fn values_that_are_no_pixels_are_refused() {
    let problem = |values: [f64; 8]| with(Some(npy(&[2, 2, 2], &values)), None).unwrap_err();
    for (value, expected) in [
        (f64::NAN, "a pixel of image 1 (from 0) is NaN"),
        (f64::INFINITY, "is inf"),
        (-0.5, "is -0.5, which is negative: the images were normalised\nhint: map pixels to 0..1"),
        (256.0, "is 256\nhint: pixels are from 0 to 255"),
        (1.5, "there are fractions beside pixels above 1"),
    ] {
        let problem = problem([0.0, 0.5, 1.0, 0.0, value, 0.0, 0.0, 0.0]);
        assert!(problem.contains("array `x`: ") && problem.contains(expected), "{problem}");
    }
    for array in [raw("<c8", false, "(2,)", &[0; 16]), raw("|S1", false, "(2, 2, 2)", b"abcdefgh")]
    {
        assert!(with(Some(array), None).is_err());
    }
    let problem =
        with(Some(raw("|O", false, "(2,)", b"cos\nsystem\n(S'ls'\ntR.")), None).unwrap_err();
    assert!(
        problem.contains("pickle, which can run code\nhint: save again with np.savez"),
        "{problem}"
    );
}

#[test]
fn all_parts_have_one_range() {
    let images = |a: f32, b: f32| npy(&[1, 1, 2], &[a, b]);
    let label = || npy(&[1], &[1u8]);
    let all = |train: Vec<u8>, val: Vec<u8>, test: Vec<u8>, options: &ReadOptions| {
        let arrays = [
            ("x_train", train),
            ("y_train", label()),
            ("x_val", val),
            ("y_val", label()),
            ("x_test", test),
            ("y_test", label()),
        ];
        read_with(&arrays, options).map(|files| {
            (files.train.images.pixels, files.test.unwrap().images.pixels, files.notes)
        })
    };
    let default = ReadOptions::default();
    let (train, test, notes) =
        all(images(0.0, 1.0), images(1.0, 1.0), images(0.5, 0.0), &default).unwrap();
    assert_eq!((train, test), (vec![0, 255, 255, 255], vec![128, 0]));
    assert_eq!(notes[0], "pixels from 0 to 1, multiplied by 255");
    let problem = all(images(0.0, 1.0), images(9.0, 1.0), images(0.5, 0.0), &default).unwrap_err();
    assert!(
        problem.contains("(x_val): a pixel of image 0 (from 0) is 9, but another array"),
        "{problem}"
    );
    let byte = ReadOptions { pixels: Some(PixelRange::Byte), ..default.clone() };
    let (train, ..) = all(images(0.0, 1.0), images(1.0, 1.0), images(12.0, 0.0), &byte).unwrap();
    assert_eq!(train, [0, 1, 1, 1]);
    let sixteen = ReadOptions { pixels: Some(PixelRange::Sixteen), ..default };
    let problem = all(images(0.0, 1.0), images(1.0, 1.0), images(17.0, 0.0), &sixteen).unwrap_err();
    assert!(
        problem.contains("(x_test): a pixel is 17, which is not in the range 0..16"),
        "{problem}"
    );
}

#[test]
fn shapes_are_recognised_or_given() {
    let shape = |dims: &[u64], given: Option<&str>| {
        let values = dims.iter().product::<u64>() as usize;
        let options =
            ReadOptions { shape: given.map(|s| s.parse().unwrap()), ..ReadOptions::default() };
        let labels = npy(&[dims[0]], &vec![1u8; dims[0] as usize]);
        let images = npy(dims, &(0..values).map(|v| v as u8).collect::<Vec<_>>());
        read_with(&[("x", images), ("y", labels)], &options)
            .map(|files| (files.train.images.shape(), files.notes, files.train.images.pixels))
    };
    assert_eq!(shape(&[3, 4, 5], None).unwrap().0, [4, 5, 1]);
    assert_eq!(shape(&[3, 4, 5, 3], None).unwrap().0, [4, 5, 3]);
    let (sizes, _, pixels) = shape(&[1, 3, 4, 5], None).unwrap();
    assert_eq!((sizes, &pixels[..6]), ([4, 5, 3], &[0, 20, 40, 1, 21, 41][..]));
    let (sizes, notes, _) = shape(&[3, 16], None).unwrap();
    assert_eq!((sizes, &notes[0][..]), ([4, 4, 1], "rows of 16 values are images of 4x4"));
    assert_eq!(shape(&[3, 12], Some("2x6")).unwrap().0, [2, 6, 1]);
    assert_eq!(shape(&[2, 12], Some("3x2x2")).unwrap().2[..6], [0, 4, 8, 1, 5, 9]);
    assert_eq!(shape(&[1, 1, 1], None).unwrap().0, [1, 1, 1]);
    for (dims, given, expected) in [
        (&[3, 12][..], None, "12 values an image, which is no square image"),
        (&[3, 12], Some("3x3"), "12 values an image, but images of 3x3 have 9"),
        (&[12], None, "the shape 12, which is not that of images"),
        (&[2, 28, 3, 28], None, "the shape 2 x 28 x 3 x 28"),
        (&[2, 2, 2, 2, 2], None, "the shape 2 x 2 x 2 x 2 x 2"),
    ] {
        let problem = shape(dims, given).unwrap_err();
        assert!(problem.contains(expected), "{problem}");
    }
    let problem = with(Some(raw("|u1", false, "()", &[1])), None).unwrap_err();
    assert!(problem.contains("the shape ()") || problem.contains("the shape ,"), "{problem}");
}

#[test]
fn labels_of_any_kind_are_read() {
    let labels = |array: Vec<u8>| {
        with(None, Some(array)).map(|files| (numbers(&files.train.labels), files.notes))
    };
    let whole = |a: i64, b: i64| [a, b].map(Label::Number).to_vec();
    assert_eq!(labels(npy(&[2], &[-1i32, 70_000])).unwrap().0, whole(-1, 70_000));
    assert_eq!(labels(npy(&[2, 1], &[3u64, 1])).unwrap().0, whole(3, 1));
    assert_eq!(labels(npy(&[2], &[3.0f32, 1.0])).unwrap().0, whole(3, 1));
    assert_eq!(labels(raw("|b1", false, "(2,)", &[1, 0])).unwrap().0, whole(1, 0));
    let names = ["cat", "7"].map(|name| Label::read(name).unwrap());
    assert_eq!(labels(raw("|S3", false, "(2,)", b"cat7\0\0")).unwrap().0, names);
    let (one_hot, notes) = labels(npy(&[2, 3], &[0.0f32, 0.0, 1.0, 1.0, 0.0, 0.0])).unwrap();
    assert_eq!((one_hot, notes), (whole(2, 0), vec!["labels are one-hot".to_owned()]));
    assert_eq!(labels(raw("|u1", true, "(2, 3)", &[0, 1, 0, 0, 1, 0])).unwrap().0, whole(2, 0));
    for (array, expected) in [
        (npy(&[2], &[0.5f32, 1.0]), "the label of image 0 (from 0) is not a whole number"),
        (npy(&[2], &[1.0f64, f64::NAN]), "the label of image 1 (from 0) is not a whole number"),
        (npy(&[2], &[0, u64::MAX]), "a number of 2^63 or more"),
        (
            npy(&[2, 3], &[0.0f32, 0.0, 1.0, 0.5, 0.5, 0.0]),
            "image 1 (from 0) is of several numbers",
        ),
        (npy(&[2, 2], &[0u8, 0, 1, 0]), "image 0 (from 0) has 0 classes"),
        (npy(&[2, 2, 2], &[0u8; 8]), "its shape is 2 x 2 x 2, which is not that of labels"),
        (raw("|S1", false, "(2,)", b"a\0"), "the label of image 1 (from 0) is empty"),
        (raw("<U1", false, "(2,)", &[27, 0, 0, 0, 97, 0, 0, 0]), "text with control characters"),
        (npy(&[257], &(0..257).collect::<Vec<i32>>()), "more than 256 different labels"),
    ] {
        let problem = labels(array).unwrap_err();
        assert!(problem.contains("array `y`: ") && problem.contains(expected), "{problem}");
    }
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
