//! Pixels, shapes and labels of every type.

use super::*;

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
    assert_eq!(shape(&[2, 18], Some("2x3x3")).unwrap().2[..6], [0, 9, 1, 10, 2, 11]);
    assert_eq!(shape(&[1, 1, 1], None).unwrap().0, [1, 1, 1]);
    // A shape may say which axis holds the channels, and nothing else of a known shape.
    assert_eq!(shape(&[2, 3, 4, 3], Some("3x4x3")).unwrap().0, [3, 4, 3]);
    let turned = shape(&[2, 4, 4], Some("2x8")).unwrap_err();
    assert!(
        turned.contains("its images are 4 x 4, and not 2x8\nhint: leave `shape` out"),
        "{turned}"
    );
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
        (raw("<U2", false, "(1,)", &[97, 0, 0, 0, 27, 0, 0, 0]), "text with control characters"),
        (npy(&[257], &(0..257).collect::<Vec<i32>>()), "more than 256 different labels"),
    ] {
        let problem = labels(array).unwrap_err();
        assert!(problem.contains("array `y`: ") && problem.contains(expected), "{problem}");
    }
}
