//! What is read from pairs of CSV files, and what is refused.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::problem::LONGEST_LINE;
use super::*;
use crate::label::Label;

/// Reads a training file and a test file. Messages call them TRAIN and TEST.
fn load(train: impl AsRef<[u8]>, test: impl AsRef<[u8]>) -> Result<ReadFiles, String> {
    let dir = tempfile::tempdir().unwrap();
    let test_path = dir.path().join("test.csv");
    std::fs::write(&test_path, test).unwrap();
    let files = CsvFiles { train: dir.path().join("train.csv"), test: Some(test_path.clone()) };
    std::fs::write(&files.train, train).unwrap();
    let named = |error: DataError| {
        let text = error.to_string().replace(&*files.train.to_string_lossy(), "TRAIN");
        text.replace(&*test_path.to_string_lossy(), "TEST")
    };
    files.read(&ReadOptions::default()).map_err(named)
}

/// Reads a file as both files: pixels, classes of the images, names of the classes, notes.
fn read(text: impl AsRef<[u8]>) -> (Vec<u8>, Vec<u8>, String, String) {
    let shown = String::from_utf8_lossy(text.as_ref()).into_owned();
    let files = load(&text, &text).unwrap_or_else(|error| panic!("{shown:?}: {error}"));
    let (train, test) = (files.train, files.test.expect("a test file"));
    assert_eq!((&train.images, &train.labels), (&test.images, &test.labels));
    let mut classes = train.labels.known.clone();
    classes.sort();
    let names: Vec<_> = classes.iter().map(ToString::to_string).collect();
    let positions = train.labels.positions(&classes);
    (train.images.pixels, positions, names.join(" "), files.notes.join("; "))
}

fn refusal(text: &str) -> String {
    load(text, text).expect_err(text)
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn files_are_read_as_people_write_them() {
    let expected = (vec![1, 2, 3, 4, 5, 6, 7, 255], vec![1, 0], "0 9".to_owned(), String::new());
    for text in [
        "9,1,2,3,4\n0,5,6,7,255\n",
        "label,pixel1,pixel2,pixel3,pixel4\n9,1,2,3,4\n0,5,6,7,255",
        "label,1x1,1x2,2x1,2x2\r\n9, 1, 2, 3, 4\r\n\r\n0,5,6,7,255\r\n",
        "label,p1,p2,p3,p4\r9,1,2,3,4\r0,5,6,7,255\r",
        "\u{feff}9,1,2,3,4\n0,5,6,7,255\n",
        "\"9\",1,2,3,4\n0,5,6,\"7\",255\n",
        "\"label\",\"a\",\"b\",\"c\",\"d\"\n\"9\",\"1\",\"2\",\"3\",\"4\"\n0,5,6,7,255\n",
        "0,1,2,3,4\n9,1,2,3,4\n0,5,6,7,255\n",
        "label,0,1,2,3\n9,1,2,3,4\n0,5,6,7,255\n",
        "9;1;2;3;4\n0;5;6;7;255\n",
        "9\t1\t2\t3\t4\n0\t5\t6\t7\t255\n",
        "9 1 2 3 4\n0 5 6 7 255\n",
        "  9   1 2  3 4 \n  0   5 6  7 255 \n",
        "# label first\n9,1,2,3,4\n # more\n0,5,6,7,255\n#",
        "9,1,2,3,4,\n0,5,6,7,255,\n,,,,,\n",
        "9.0,1.0,2.0,3.0,4.0\n0.0,5.0,6.0,7.0,255.0\n",
        "9.0e+00 1.0e+00 2.0e+00 3.0e+00 4.0e+00\n0.0e+00 5.0e+00 6e0 7e0 2.55e+02\n",
        "9;1,0;2,0;3,0;4,0\n0;5,0;6,0;7,0;255,0\n",
    ] {
        assert_eq!(read(text), expected, "{text:?}");
        // Gzipped files are recognised by their content.
        assert_eq!(read(gzipped(text)), expected, "{text:?}");
    }
}

#[test]
fn labels_are_found_by_name_by_text_and_by_values() {
    let pixels = vec![1, 2, 3, 4, 5, 6, 7, 255, 9, 9, 9, 9];
    let column = |text: &str, names: &str, note: &str| {
        let expected = (pixels.clone(), vec![1, 0, 2], names.to_owned(), note.to_owned());
        assert_eq!(read(text), expected, "{text:?}");
    };
    for name in ["label", "Class", "target", "y"] {
        let last = format!("a,b,c,d,{name}\n1,2,3,4,1\n5,6,7,255,0\n9,9,9,9,2\n");
        column(&last, "0 1 2", &format!("labels from the column `{name}`"));
        let middle = format!("a,b,{name},c,d\n1,2,8,3,4\n5,6,7,7,255\n9,9,30,9,9\n");
        column(&middle, "7 8 30", &format!("labels from the column `{name}`"));
    }
    column(
        "0,1,2,3,label\n1,2,3,4,1\n5,6,7,255,0\n9,9,9,9,2\n",
        "0 1 2",
        "labels from the column `label`",
    );
    column(
        "1,2,3,4,dog\n5,6,7,255,cat\n9,9,9,9,red fox\n",
        "cat dog red fox",
        "labels from the last column",
    );
    column("1,2,dog,3,4\n5,6,a cat,7,255\n9,9,eel,9,9\n", "a cat dog eel", "labels from column 3");
    column("dog,1,2,3,4\n\"a, cat\",5,6,7,255\neel,9,9,9,9\n", "a, cat dog eel", "");
    column(
        "p1,p2,p3,p4,animal\n1,2,3,4,dog\n5,6,7,255,cat\n9,9,9,9,eel\n",
        "cat dog eel",
        "labels from the column `animal`",
    );

    // Background in the first column, and labels that count from 0 or 1 in the last one.
    let last = read("0,2,3,4,1\n0,6,7,255,0\n0,9,9,9,2\n");
    assert_eq!(last.0, [0, 2, 3, 4, 0, 6, 7, 255, 0, 9, 9, 9]);
    assert_eq!((last.1, &*last.3), (vec![1, 0, 2], "labels from the last column"));
    // A binary corner is no label, and neither is a corner beside labels with a gap.
    assert_eq!(read("3,0,1,1,0\n7,1,1,1,1\n3,0,0,0,0\n").2, "3 7");
    assert_eq!(read("3,0,9,9,0\n7,9,9,9,2\n3,0,0,0,1\n").2, "3 7");
}

#[test]
fn a_column_that_numbers_the_images_is_left_out() {
    let expected = (vec![1, 2, 3, 40, 5, 6, 7, 8], vec![1, 0]);
    for (text, place) in [
        (",label,p1,p2,p3,p4\n0,9,1,2,3,40\n1,4,5,6,7,8\n", 1),
        (",0,1,2,3,4\n0,9,1,2,3,40\n1,4,5,6,7,8\n", 1),
        ("Unnamed: 0,label,p1,p2,p3,p4\n17,9,1,2,3,40\n3,4,5,6,7,8\n", 1),
        ("7,9,1,2,3,40\n8,4,5,6,7,8\n", 1),
        ("file name,p1,p2,p3,p4,y\nx.png,1,2,3,40,9\ny.png,5,6,7,8,4\n", 1),
        ("label,id,p1,p2,p3,p4\n9,a,1,2,3,40\n4,b,5,6,7,8\n", 2),
    ] {
        let (pixels, labels, names, notes) = read(text);
        assert_eq!((pixels, labels), expected, "{text:?}");
        assert_eq!(names, "4 9");
        assert!(notes.contains(&format!("column {place} numbers the images")), "{text:?}: {notes}");
    }
    let shuffled = refusal("7,9,1,2,3,40\n3,4,5,6,7,8\n");
    assert!(
        shuffled.starts_with("TRAIN, line 2: 5 pixels a line, which is no square"),
        "{shuffled}"
    );
}

#[test]
fn pixel_ranges_are_decided_over_both_files_and_said() {
    let range = |train: &str, test: &str| {
        let files = load(train, test).unwrap();
        (files.train.images.pixels, files.test.unwrap().images.pixels, files.notes.join("; "))
    };
    let unit = "pixels from 0 to 1, multiplied by 255";
    let binary = "pixels are 0 or 1, multiplied by 255";
    let sixteen = "pixels from 0 to 16, multiplied by 255/16";
    for (train, test, pixels, note) in [
        ("0,0\n1,1\n", "1,1\n", ([0, 255], 255), binary),
        ("0,0\n1,0.98\n", "1,1\n", ([0, 250], 255), unit),
        ("0,0\n1,1\n", "1,0.50\n", ([0, 255], 128), unit),
        ("0,1\n1,12\n", "1,16\n", ([16, 191], 255), sixteen),
        ("0,1\n1,0\n", "1,200\n", ([1, 0], 200), ""),
        ("0,0\n1,255\n", "1,1\n", ([0, 255], 1), ""),
    ] {
        let expected = (pixels.0.to_vec(), vec![pixels.1], note.to_owned());
        assert_eq!(range(train, test), expected, "{train:?} and {test:?}");
    }
}

#[test]
fn fractions_beside_larger_numbers_are_refused() {
    let message = |train: &str, test: &str| load(train, test).unwrap_err();
    let mixed = message("0,0\n1,0.5\n", "1,1\n0,200\n1,7\n");
    assert!(
        mixed.starts_with(
            "TEST, line 2: a pixel is 200, but line 2 of the other file has a fraction\nhint: "
        ),
        "{mixed}"
    );
    let mixed = message("0,0\n1,200\n", "1,1\n0,0.5\n");
    assert!(mixed.starts_with("TRAIN, line 2: a pixel is 200, but line 2 of the other"), "{mixed}");
    let mixed = message("label,p1,p2,p3,p4\n0,0.5,1,1,1\n1,1,1,1,30\n", "");
    assert!(mixed.starts_with("TRAIN, line 3: a pixel is 30, but line 2 of this file"), "{mixed}");
    let iris = message("label,p1,p2,p3,p4\n0,5.1,3.5,1.4,0.2\n", "");
    let problem = "TRAIN, line 2: pixel 1 is `5.1`, but should be a whole number from 0 to 255\n";
    assert!(iris.starts_with(problem) && iris.contains("hint: fractions are read if"), "{iris}");
}

#[test]
fn classes_are_the_labels_that_occur() {
    let four = "1,0\n2,250\n4,3\n";
    assert_eq!(read(four).2, "1 2 4");
    let test = load(four, "4,9\n\n3,9\n").unwrap().test.unwrap();
    assert_eq!(test.labels.known, [4, 3].map(Label::Number));
    let one = load("5,9\n5,8\n", "5,7\n").unwrap_err();
    assert!(
        one.starts_with("TRAIN: every image has the label `5`, so there is nothing to learn"),
        "{one}"
    );
}

#[test]
fn a_test_file_without_labels_is_named() {
    let train = "label,p1,p2,p3,p4\n0,0,250,250,250\n1,0,250,250,250\n";
    for test in ["p1,p2,p3,p4\n0,250,250,250\n", "0,250,250,250\n", "1,2,3,4\n0,250,250,250\n"] {
        let error = load(train, test).unwrap_err();
        let problem = "4 columns, but the training file has 5: the column of labels is missing\nhint: test images need labels";
        assert!(error.starts_with("TEST, line ") && error.contains(problem), "{error}");
    }
    // The competition's test file numbers the images instead.
    let error = load(train, "id,p1,p2,p3,p4\n1,0,250,250,250\n").unwrap_err();
    assert!(error.contains("the column of labels is missing"), "{error}");
    let alone = refusal("id,p1,p2,p3,p4\n1,0,250,250,250\n");
    assert!(
        alone.contains("a column called `id` and 4 pixels, but no column of labels"),
        "{alone}"
    );
    let indexed = ",label,p1,p2,p3,p4\n0,3,0,250,250,250\n1,4,0,250,250,250\n";
    let error = load(indexed, ",p1,p2,p3,p4\n0,0,250,250,250\n").unwrap_err();
    assert!(error.contains("the column of labels is missing"), "{error}");
}

#[test]
fn the_test_file_may_have_its_columns_in_another_order() {
    let train = "p1,p2,p3,p4,label\n0,250,250,250,0\n0,1,250,250,1\n";
    let files = load(train, "label,p1,p2,p3,p4\n1,0,2,3,4\n").unwrap();
    let test = files.test.unwrap();
    assert_eq!((test.labels.known, test.images.pixels), (vec![Label::Number(1)], vec![0, 2, 3, 4]));
    // Without names of its own it has the training file's.
    let files = load(train, "0,2,3,4,1\n").unwrap();
    let test = files.test.unwrap();
    assert_eq!((test.labels.known, test.images.pixels), (vec![Label::Number(1)], vec![0, 2, 3, 4]));
}

#[test]
fn errors_name_file_and_line() {
    let range = "but should be a whole number from 0 to 255";
    for (text, message) in [
        (
            "1,2,3,4,5\n2,2,3,4,5\n1,2,3,4\n",
            "line 3: 4 values, but the lines before have 5".to_owned(),
        ),
        ("#\n7,2,3,4,5\n\n1,2,300,4,25\n", format!("line 4: pixel 2 is `300`, {range}")),
        ("7,2,3,4,5\n1,2,3,4,256\n", format!("line 2: pixel 4 is `256`, {range}")),
        ("l,a,b,c,d\n1,2,-3,4,6\n", format!("line 2: pixel 2 is `-3`, {range}")),
        (
            "label,a,b,c,d\n1,\u{1b}[2J,3,4,5\n",
            format!("line 2: pixel 1 is `\u{fffd}[2J`, {range}"),
        ),
        ("1,x,3,4,5\n2,2,3,4,5\n", format!("line 1: pixel 1 is `x`, {range}")),
        ("1,,3,4,5\n2,2,3,4,5\n", format!("line 1: pixel 1 is ``, {range}")),
        ("a,b,label,c,d\n1,2,0,3,4\n1,2,0,x,4\n", format!("line 3: pixel 3 is `x`, {range}")),
        ("7,2,3,4,5\n\"1,2,3,4,5\n", "line 2: a quote is left open".to_owned()),
        (
            "label,a,b,c,d\n0.5,1,1,1,1\n",
            "line 2: the label is `0.5`, which is a fraction".to_owned(),
        ),
        (
            "7,2,3,4\n",
            "line 1: 3 pixels a line, which is no square image\nhint: with the first".to_owned(),
        ),
        (
            "7,2,3\n",
            "line 1: 2 pixels a line, which is no square image\nhint: say the shape".to_owned(),
        ),
        ("1\n", "line 1: 0 pixels a line, which is no".to_owned()),
        (
            "age,height,weight,income,y\n1,2,3,4,5\n",
            "line 2: the columns are called `age`, `height`, `weight` and so on: this is a table"
                .to_owned(),
        ),
    ] {
        let error = refusal(text);
        assert!(error.starts_with(&format!("TRAIN, {message}")), "{text:?}: {error}");
    }
    for text in ["label,a,b,c,d\n", "", "# nothing\n", ",,,,\n"] {
        assert_eq!(refusal(text), "TRAIN: no images in it", "{text:?}");
    }
    let cut = gzipped(&"7,2,3,4,5\n".repeat(100));
    let error = load(&cut[..cut.len() - 9], "").unwrap_err();
    assert!(
        error.starts_with("TRAIN, line 101: cannot be read: the gzipped data is damaged"),
        "{error}"
    );
    let missing = super::read(Path::new("no-such.csv"), None, &ReadOptions::default())
        .unwrap_err()
        .to_string();
    assert!(missing.starts_with("cannot open no-such.csv: "), "{missing}");
}

#[test]
fn each_file_is_verified() {
    let dir = tempfile::tempdir().unwrap();
    let [train, test] = ["a", "b"].map(|name| dir.path().join(name));
    std::fs::write(&train, "7,1\n8,2\n").unwrap();
    std::fs::write(&test, "1\n").unwrap();
    let files = CsvFiles { train, test: Some(test) };
    let problems: Vec<_> = files
        .verify(&ReadOptions::default())
        .unwrap()
        .into_iter()
        .map(|status| status.problem.is_some())
        .collect();
    assert_eq!(problems, [false, true]);
}

#[test]
fn an_endless_line_is_an_error() {
    for text in ["1,2,3,4,5,", "#", " ", "\""] {
        let mut taken = 0;
        let endless = text.bytes().cycle().inspect(|_| taken += 1);
        let (line, problem) =
            Table::read(Endless(endless), None, &ReadOptions::default(), MOST_VALUES).unwrap_err();
        assert!(matches!(problem, CsvProblem::LineTooLong), "{line:?}: {problem}");
        assert!(taken <= LONGEST_LINE + (1 << 20), "{taken}");
    }
    // The limit counts each line by itself.
    let line = "9,2,3,4,5\n";
    let lines = LONGEST_LINE / line.len() + 100;
    let text = Cursor::new(line).chain(Cursor::new("8,2,3,4,5\n".repeat(lines)));
    let table = Table::read(text, None, &ReadOptions::default(), MOST_VALUES).unwrap();
    assert_eq!(table.labels.ids.len(), lines + 1);
}

#[test]
fn endlessly_many_lines_are_an_error() {
    for header in ["", "label,a,b,c,d\n"] {
        let text = "9,2,3,4,5\n";
        let ten = format!("{header}{}", text.repeat(10));
        assert_eq!(
            Table::read(ten.as_bytes(), None, &ReadOptions::default(), 40)
                .unwrap()
                .labels
                .ids
                .len(),
            10
        );
        let endless = Endless(header.bytes().chain(text.bytes().cycle()));
        let (line, problem) = Table::read(endless, None, &ReadOptions::default(), 40).unwrap_err();
        assert!(matches!(problem, CsvProblem::TooLarge { limit: 40 }), "{problem}");
        assert_eq!(line, Some(11 + u64::from(!header.is_empty())));
    }
}

/// A file that never ends.
struct Endless<I>(I);

impl<I: Iterator<Item = u8>> Read for Endless<I> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        Ok(into.iter_mut().zip(&mut self.0).map(|(to, byte)| *to = byte).count())
    }
}
