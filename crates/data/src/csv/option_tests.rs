//! What the user says of CSV files: the column of labels, the shape and the range of the pixels.

use super::*;
use crate::PixelRange;
use crate::label::Label;

/// Reads a file as both files, with options.
fn read_with(text: &str, options: &ReadOptions) -> Result<ReadFiles, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("FILE");
    std::fs::write(&path, text).unwrap();
    let files = CsvFiles { train: path.clone(), test: Some(path.clone()) };
    files.read(options).map_err(|error| error.to_string().replace(&*path.to_string_lossy(), "FILE"))
}

#[test]
fn the_only_column_that_is_no_pixel_holds_the_labels() {
    let text = "pixel0,pixel1,pixel2,pixel3,kind\n1,2,3,40,10\n5,6,7,80,4\n9,9,9,9,1\n";
    let train = read_with(text, &ReadOptions::default()).unwrap();
    assert_eq!(train.train.labels.known, [10, 4, 1].map(Label::Number));
    assert_eq!(train.notes, ["labels from the column `kind`"]);
}

#[test]
fn a_file_may_stand_alone() {
    let dir = tempfile::tempdir().unwrap();
    let train = dir.path().join("all.csv");
    std::fs::write(&train, "0,12\n1,3\n").unwrap();
    let files = CsvFiles { train, test: None };
    let read = files.read(&ReadOptions::default()).unwrap();
    assert!(read.test.is_none());
    assert_eq!(read.train.images.pixels, [191, 48]);
    assert_eq!(files.verify(&ReadOptions::default()).unwrap().len(), 1);
}

#[test]
fn the_user_may_name_the_column_of_labels() {
    let options = ReadOptions { label: Some("kind".into()), ..ReadOptions::default() };
    for header in ["p1,p2,kind,p3,p4", "p1,p2,Kind,p3,p4", "label,p2,kind,p3,p4"] {
        let text = format!("{header}\n1,2,7,3,40\n5,6,8,7,80\n");
        let train = read_with(&text, &options).unwrap().train;
        assert_eq!(train.images.pixels, [1, 2, 3, 40, 5, 6, 7, 80]);
        assert_eq!(train.labels.known, [7, 8].map(Label::Number));
    }
    let error = read_with("label,p1\n7,2\n8,3\n", &options).unwrap_err();
    let problem = "FILE, line 2: no column is called `kind`\nhint: the columns are `label`, `p1`";
    assert_eq!(error, problem);
    let error = read_with("7,2\n8,3\n", &options).unwrap_err();
    assert!(
        error.ends_with("`kind`\nhint: the first line names no columns; add a line of names"),
        "{error}"
    );
}

#[test]
fn the_user_may_give_the_shape_and_the_range() {
    let with_shape = |text: &str, shape: &str| {
        let options = ReadOptions { shape: Some(shape.parse().unwrap()), ..Default::default() };
        read_with(text, &options)
    };
    let rows = "0,1,2,3,4,5,60\n1,7,8,9,10,11,12\n";
    let images = |shape: &str| with_shape(rows, shape).unwrap().train.images;
    assert_eq!((images("2x3").shape(), images("2x3").pixels[5]), ([2, 3, 1], 60));
    assert_eq!(images("3x1x2").shape(), [3, 1, 2]);
    let planes = images("3x2x1");
    assert_eq!(planes.pixels[..6], [1, 2, 3, 4, 5, 60]);
    let error = with_shape(rows, "2x2").unwrap_err();
    assert!(error.contains("6 pixels a line, but images of 2x2 have 4"), "{error}");
    let colour = format!("0{}\n", ",7".repeat(3 * 32 * 32));
    let error = read_with(&colour, &ReadOptions::default()).unwrap_err();
    assert!(error.contains("as in 32x32x3, or 3x32x32 if one colour stands after"), "{error}");

    let options = ReadOptions { pixels: Some(PixelRange::Byte), ..ReadOptions::default() };
    let read = read_with("0,12\n1,3\n", &options).unwrap();
    assert_eq!(read.train.images.pixels, [12, 3]);
    assert_eq!(read.notes, ["pixels from 0 to 255, as given"]);
    let options = ReadOptions { pixels: Some(PixelRange::Unit), ..ReadOptions::default() };
    let error = read_with("0,12\n1,3\n", &options).unwrap_err();
    assert!(error.starts_with("FILE: a pixel is 12, which is not in the range 0..1"), "{error}");
}
