//! Tests of whole folders of small pictures.

use std::fs;

use png::{BitDepth, ColorType};
use tempfile::TempDir;

use super::*;
use crate::folder::picture_tests::{png, raw_png};
use crate::plain_text::is_plain;

/// A grey picture of this size and value.
fn grey([height, width]: [u32; 2], value: u8) -> Vec<u8> {
    let data = vec![value; (height * width) as usize];
    png((height, width, ColorType::Grayscale, BitDepth::Eight, &data), |_| {})
}

/// A picture of one pixel in colour.
fn colour(rgb: [u8; 3]) -> Vec<u8> {
    png((1, 1, ColorType::Rgb, BitDepth::Eight, &rgb), |_| {})
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    add(&dir, files);
    dir
}

fn add(dir: &TempDir, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn read_with(dir: &TempDir, options: &ReadOptions) -> Result<ReadFiles, DataError> {
    PictureFolder(dir.path().to_owned()).read(options)
}

fn files(dir: &TempDir) -> ReadFiles {
    read_with(dir, &ReadOptions::default()).unwrap()
}

fn error(dir: &TempDir) -> String {
    let error = read_with(dir, &ReadOptions::default()).unwrap_err().to_string();
    let first = dir.path().display().to_string();
    let error = error.strip_prefix(&first).unwrap_or(&error).trim_start_matches([':', ' ']);
    assert!(error.lines().all(is_plain), "{error:?}");
    error.to_owned()
}

fn labels(part: &UncheckedImages) -> Vec<String> {
    let labels = &part.labels;
    labels.ids.iter().map(|&id| labels.known[usize::from(id)].to_string()).collect()
}

#[test]
fn training_and_test_pictures_are_read_in_the_order_of_classes_and_paths() {
    let picture = |value| grey([1, 1], value);
    let dir = folder(&[
        ("train/10/b.png", &picture(3)),
        ("train/10/a/z.png", &picture(2)),
        ("train/9/x.PNG", &picture(1)),
        ("train/cat/no-extension", &picture(4)),
        ("test/cat/1.png", &picture(6)),
        ("test/9/1.png", &picture(5)),
    ]);
    let read = files(&dir);
    assert_eq!(read.train.images.pixels, [1, 2, 3, 4]);
    assert_eq!(labels(&read.train), ["9", "10", "10", "cat"]);
    let test = read.test.unwrap();
    assert_eq!(
        (&test.images.pixels[..], labels(&test)),
        (&[5, 6][..], vec!["9".into(), "cat".into()])
    );
    assert_eq!(test.images_path, dir.path().join("test"));
    assert_eq!((read.train.images.shape(), read.notes), ([1, 1, 1], vec![]));
}

#[test]
fn a_folder_without_test_pictures_has_none() {
    let dir = folder(&[("dog/a.png", &grey([2, 3], 7)), ("cat/a.png", &grey([2, 3], 9))]);
    let read = files(&dir);
    assert!(read.test.is_none());
    assert_eq!(read.train.images.shape(), [2, 3, 1]);
    assert_eq!(labels(&read.train), ["cat", "dog"]);
}

#[test]
fn pictures_for_validation_are_joined_to_the_training_pictures() {
    let picture = |value| grey([1, 1], value);
    let dir = folder(&[
        ("train/a/1.png", &picture(1)),
        ("train/b/1.png", &picture(2)),
        ("val/a/1.png", &picture(3)),
        ("val/b/1.png", &picture(4)),
        ("val/b/list.txt", b"text"),
        ("test/a/1.png", &picture(5)),
    ]);
    let read = files(&dir);
    assert_eq!(read.train.images.pixels, [1, 3, 2, 4]);
    assert_eq!(read.test.unwrap().images.pixels, [5]);
    assert_eq!(
        read.notes,
        [
            "2 pictures for validation joined to the training images",
            "1 file that is no picture is ignored"
        ]
    );
}

#[test]
fn pictures_for_validation_are_the_test_pictures_if_there_are_no_others() {
    let picture = |value| grey([1, 1], value);
    let dir = folder(&[
        ("train/a/1.png", &picture(1)),
        ("train/b/1.png", &picture(2)),
        ("val/a/1.png", &picture(3)),
    ]);
    let read = files(&dir);
    assert_eq!(read.train.images.pixels, [1, 2]);
    assert_eq!(read.test.unwrap().images.pixels, [3]);
    assert_eq!(read.notes, ["the validation images are the test images"]);
}

#[test]
fn flat_folders_train_and_test_among_others_are_classes() {
    let picture = |value| grey([1, 1], value);
    let dir = folder(&[
        ("train/1.png", &picture(1)),
        ("test/1.png", &picture(2)),
        ("bus/1.png", &picture(3)),
    ]);
    let read = files(&dir);
    assert_eq!(labels(&read.train), ["bus", "test", "train"]);
    assert!(read.test.is_none());
}

#[test]
fn hidden_files_are_ignored_and_others_are_counted() {
    let picture = grey([1, 1], 1);
    let dir = folder(&[
        ("train/a/1.png", &picture),
        ("train/a/.DS_Store", &picture),
        ("train/a/Thumbs.db", &picture),
        ("train/.hidden/1.png", &picture),
        ("__MACOSX/a/1.png", &picture),
        ("train/b/1.png", &picture),
        ("train/labels.csv", b"1,2"),
        ("test/a/1.png", &picture),
        ("readme.md", b"text"),
        ("unlabelled/x/1.png", &picture),
    ]);
    let read = files(&dir);
    assert_eq!(read.train.labels.ids.len(), 2);
    assert_eq!(
        read.notes,
        ["2 files outside the class folders are left out", "the folder unlabelled is left out"]
    );
}

#[test]
fn grey_pictures_are_one_channel_and_three_among_colours() {
    let (red, pale) = (colour([200, 0, 0]), colour([9, 9, 9]));
    let dir = folder(&[("a/1.png", &grey([1, 1], 5)), ("b/1.png", &pale)]);
    let read = files(&dir);
    assert_eq!((read.train.images.channels, read.train.images.pixels), (1, vec![5, 9]));
    assert_eq!(read.notes, ["1 picture stored in colour, but all are grey"]);
    add(&dir, &[("b/2.png", &red), ("b/3.png", &grey([1, 1], 6))]);
    let read = files(&dir);
    assert_eq!(read.train.images.channels, 3);
    assert_eq!(read.train.images.pixels, [5, 5, 5, 9, 9, 9, 200, 0, 0, 6, 6, 6]);
    assert_eq!(read.notes, ["3 pictures of 4 grey, their values repeated for three colours"]);
    let alpha = png((1, 1, ColorType::Rgba, BitDepth::Eight, &[1, 2, 3, 0]), |_| {});
    add(&dir, &[("b/4.png", &alpha)]);
    assert_eq!(files(&dir).notes[1], "1 picture with transparency, which is left out");
}

#[test]
fn pictures_of_any_size_are_scaled_and_else_must_be_of_one_size() {
    let dir = folder(&[("a/1.png", &grey([4, 6], 5)), ("b/1.png", &grey([9, 3], 8))]);
    let message = error(&dir);
    let start =
        "pictures differ in size: a/1.png is 4x6, but b/1.png is 9x3 (rows x columns)\nhint: ";
    assert!(message.starts_with(start) && message.contains("--resize 32x32"), "{message}");
    let resize = Some(Size { height: 2, width: 3 });
    let read = read_with(&dir, &ReadOptions { resize, ..ReadOptions::default() }).unwrap();
    assert_eq!(read.train.images.shape(), [2, 3, 1]);
    assert_eq!(read.train.images.pixels, [[5; 6], [8; 6]].concat());
}

#[test]
fn large_pictures_are_refused_by_their_header_and_scaled_on_request() {
    // The header says 100x65, and the rest is not there.
    let header = &grey([100, 65], 1)[..45];
    let dir = folder(&[("a/1.png", header)]);
    let message = error(&dir);
    assert!(message.contains("a/1.png holds images of 100x65"), "{message}");
    fs::write(dir.path().join("a/1.png"), grey([100, 65], 3)).unwrap();
    let resize = Some(Size { height: 1, width: 2 });
    let read = read_with(&dir, &ReadOptions { resize, ..ReadOptions::default() }).unwrap();
    assert_eq!(read.train.images.pixels, [3, 3]);
    let options = ReadOptions { max_side: 100, ..ReadOptions::default() };
    assert_eq!(read_with(&dir, &options).unwrap().train.images.shape(), [100, 65, 1]);
    let resize = Some(Size { height: 65_535, width: 65_535 });
    let error = read_with(&dir, &ReadOptions { resize, ..ReadOptions::default() }).unwrap_err();
    assert!(error.to_string().contains("more than 4294967296 bytes of pixels"), "{error}");
}

#[test]
fn corrupt_pictures_are_all_found_and_left_out_on_request() {
    let good = grey([5, 5], 1);
    let dir = folder(&[("a/0.png", &good), ("b/0.png", &good)]);
    for number in 1..8 {
        add(&dir, &[(&format!("a/{number}.png"), &good[..good.len() - number])]);
    }
    add(&dir, &[("b/1.jpg", b""), ("b/2.jpeg", b"text")]);
    let message = error(&dir);
    assert!(
        message.starts_with("9 of 11 pictures can't be decoded: a/1.png (truncated or damaged: ")
    );
    assert!(message.contains("a/5.png") && !message.contains("a/6.png"), "{message}");
    assert!(message.contains(" (and 4 other ones)\nhint: ") && message.contains("--skip-corrupt"));
    let status = PictureFolder(dir.path().to_owned()).verify(&ReadOptions::default()).unwrap();
    assert_eq!(status.len(), 9);
    assert_eq!(status[7].path, dir.path().join("b/1.jpg"));
    assert!(status[7].problem.as_ref().unwrap().to_string().ends_with("an empty file"));
    let options = ReadOptions { skip_corrupt: true, ..ReadOptions::default() };
    let read = read_with(&dir, &options).unwrap();
    assert_eq!(read.train.images.count(), 2);
    let note = "9 corrupt pictures left out: first a/1.png, truncated or damaged: ";
    assert!(read.notes[0].starts_with(note), "{:?}", read.notes);
    fs::remove_file(dir.path().join("b/0.png")).unwrap();
    let error = read_with(&dir, &options).unwrap_err().to_string();
    assert!(error.contains("class folder b holds no readable picture"), "{error}");
}

#[test]
fn a_right_folder_has_one_status() {
    let dir = folder(&[("a/1.png", &grey([1, 1], 5)), ("b/1.png", &grey([1, 1], 5))]);
    let folder = PictureFolder(dir.path().to_owned());
    let status = folder.verify(&ReadOptions::default()).unwrap();
    assert!(matches!(&status[..], [FileStatus { problem: None, .. }]));
    add(&dir, &[("b/2.png", &grey([1, 2], 5))]);
    let status = folder.verify(&ReadOptions::default()).unwrap();
    assert!(matches!(&status[..], [FileStatus { problem: Some(_), .. }]));
}

#[test]
fn folders_that_are_laid_out_otherwise_are_refused() {
    let picture = grey([1, 1], 5);
    let dir = folder(&[("1.png", &picture)]);
    assert!(error(&dir).starts_with("no class folders in this folder\nhint: "));
    let dir = folder(&[("train/1.png", &picture), ("test/1.png", &picture)]);
    assert!(error(&dir).starts_with("no class folders in `test`\nhint: "));
    let dir = folder(&[("a/1.png", &picture), ("b/1.txt", b"")]);
    assert!(error(&dir).starts_with("class folder b holds no picture\nhint: "));
    let dir = folder(&[("1/1.png", &picture), ("01/1.png", &picture)]);
    assert!(error(&dir).starts_with("folders 01 and 1 have the same number"));
    let dir = folder(&[("a/1.png", &picture), ("a/2", b"GIF89a"), ("a/3.png", b"GIF89a")]);
    let message = error(&dir);
    assert!(message.starts_with("a/2 is a GIF picture (and 1 other such picture)\nhint: PNG"));
    assert!(PictureFolder::parse(" ").is_err());
    let dir = tempfile::tempdir().unwrap();
    for class in 0..257 {
        add(&dir, &[(&format!("{class}/1.png"), &picture)]);
    }
    assert!(error(&dir).starts_with("more than 256 different labels"));
    assert!(error(&tempfile::tempdir().unwrap()).starts_with("no class folders"));
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_and_names_are_shown_safely() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    let picture = grey([1, 1], 5);
    let dir = folder(&[("a/1.png", &picture), ("elsewhere/b/1.png", &picture)]);
    symlink(dir.path().join("a"), dir.path().join("a/again")).unwrap();
    symlink(dir.path(), dir.path().join("a/around")).unwrap();
    symlink(dir.path().join("elsewhere/b"), dir.path().join("b")).unwrap();
    let read = files(&dir);
    // The links to `a` itself and to the folder around it add nothing.
    assert_eq!(labels(&read.train), ["a", "b", "elsewhere"]);
    let name = OsStr::from_bytes(b"\x1b[2J\xff.png");
    fs::write(dir.path().join("b").join(name), b"").unwrap();
    let message = error(&dir);
    assert!(message.contains("b/?[2J\u{fffd}.png (an empty file)"), "{message}");
    fs::create_dir(dir.path().join(OsStr::from_bytes(b"\xff"))).unwrap();
    assert!(error(&dir).starts_with("the folder's name \u{fffd} is no name of a class"));
    let dir = folder(&[("a/1.png", &picture)]);
    let pipe = dir.path().join("a/2.png");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(error(&dir).contains("a pipe or a device"));
}

#[test]
fn folders_in_each_other_have_a_limit() {
    let dir = tempfile::tempdir().unwrap();
    let deep = "x/".repeat(40);
    add(&dir, &[(&format!("a/{deep}1.png"), &grey([1, 1], 5))]);
    assert!(error(&dir).contains("lies more than 32 folders deep"));
}

#[test]
fn the_result_does_not_depend_on_threads() {
    let dir = tempfile::tempdir().unwrap();
    for number in 0..70u8 {
        let bytes =
            if number % 9 == 8 { raw_png([3, 2], 8, 0, 0, &[0; 2]) } else { grey([3, 2], number) };
        add(&dir, &[(&format!("{}/{number}.png", number % 3), &bytes)]);
    }
    let options = ReadOptions { skip_corrupt: true, ..ReadOptions::default() };
    let read_on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| read_with(&dir, &options)).unwrap()
    };
    let (one, many) = (read_on(1), read_on(7));
    assert_eq!((one.train.images, one.notes), (many.train.images, many.notes));
}
