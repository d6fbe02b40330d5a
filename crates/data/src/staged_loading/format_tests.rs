//! A data set of every format is the same from copies as from its own files.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use super::StagingError;
use crate::fixture::{idx, small_folder};
use crate::{DataError, Dataset, Places, ReadOptions, Source};

fn write(path: PathBuf, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn png(value: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[value, 9]).unwrap();
    bytes
}

/// An array of bytes, as NumPy writes it.
fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), values]
        .concat()
}

fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Two images of two pixels, and their labels.
fn images(first: u8) -> [Vec<u8>; 2] {
    [npy("(2, 1, 2)", &[first, 2, 3, 200]), npy("(2,)", &[0, 1])]
}

fn load(name: &str) -> Result<Dataset, DataError> {
    let source: Source = name.parse().unwrap();
    source.load(&ReadOptions::default(), &Places::default(), &mut |_| {})
}

fn load_staged(name: &str, stage: &Path) -> Result<Dataset, DataError> {
    let source: Source = name.parse().unwrap();
    source.load_staged(&ReadOptions::default(), &Places::default(), stage, &mut |_| {})
}

/// The directories of copies.
fn copies(stage: &Path) -> Vec<PathBuf> {
    let own = fs::read_dir(stage).unwrap().next().unwrap().unwrap().path();
    let entries = fs::read_dir(own).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir() && !path.ends_with("decoded")).collect()
}

/// Loads the data set from copies twice, the second time without its own files' content.
fn is_the_same(name: &str) {
    let stage = tempfile::tempdir().unwrap();
    let original = load(name).unwrap();
    for _ in 0..2 {
        // Names, origin, notes, classes and findings too.
        assert_eq!(load_staged(name, stage.path()).unwrap(), original, "{name}");
        assert_eq!(copies(stage.path()).len(), 1, "{name}");
    }
    // The copies are what is read: a change of them changes the result.
    let mut open = copies(stage.path());
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                fs::write(&path, vec![b'?'; bytes.len()]).unwrap();
            }
        }
    }
    match load_staged(name, stage.path()) {
        Err(DataError::Staging(error @ StagingError::Damaged { .. })) => {
            let start = format!("the staged copy of {name} is damaged: ");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn idx_files() {
    let dir = small_folder();
    write(dir.path().join("classes.txt"), "hat\nshoe\n");
    is_the_same(&format!("idx:{}", dir.path().display()));

    // Of several sets in a directory, the one whose names begin so is meant.
    let prefix = dir.path().join("emnist-letters-");
    let named = |end: &str| PathBuf::from(format!("{}{end}", prefix.display()));
    write(named("train-images-idx3-ubyte"), idx(0x803, &[2, 2, 2], &[1, 2, 3, 4, 5, 6, 7, 8]));
    write(named("train-labels-idx1-ubyte"), idx(0x801, &[2], &[1, 2]));
    write(named("test-images-idx3-ubyte"), idx(0x803, &[1, 2, 2], &[4, 3, 2, 1]));
    write(named("test-labels-idx1-ubyte"), idx(0x801, &[1], &[2]));
    write(named("mapping.txt"), "1 65 97\n2 66 98\n");
    fs::remove_file(dir.path().join("classes.txt")).unwrap();
    let name = format!("idx:{}/EMNIST-letters", dir.path().display());
    assert_eq!(load(&name).unwrap().classes, ["A/a", "B/b"]);
    is_the_same(&name);
}

#[test]
fn csv_files() {
    let dir = tempfile::tempdir().unwrap();
    let [train, test] = ["train", "test"].map(|part| dir.path().join(part).join("images.csv"));
    write(train.clone(), "label,p\nshoe,7\nhat,80\n");
    write(test.clone(), "label,p\nhat,9\n");
    is_the_same(&format!("csv:{},{}", train.display(), test.display()));
    let lines = (0..24).map(|i| format!("{},{}\n", ["shoe", "hat"][i % 2], i * 9));
    write(train.clone(), format!("label,p\n{}", lines.collect::<String>()));
    is_the_same(&format!("csv:{}", train.display()));
}

#[test]
fn npz_files() {
    let dir = tempfile::tempdir().unwrap();
    let ([x, y], [x_test, y_test]) = (images(1), images(7));
    let all = [("x_train", x), ("y_train", y), ("x_test", x_test), ("y_test", y_test)];
    write(dir.path().join("one.npz"), npz(&all));
    is_the_same(&format!("npz:{}/one.npz", dir.path().display()));
    for (part, first) in [("train", 1), ("test", 7)] {
        let [x, y] = images(first);
        write(dir.path().join(part).join("a.npz"), npz(&[("x", x.clone()), ("y", y.clone())]));
        write(dir.path().join("all").join(format!("{part}-imgs.npz")), npz(&[("arr_0", x)]));
        write(dir.path().join("all").join(format!("{part}-labels.npz")), npz(&[("arr_0", y)]));
    }
    let at = dir.path().display();
    is_the_same(&format!("npz:{at}/train/a.npz,{at}/test/a.npz"));
    write(dir.path().join("all/classes.txt"), "hat\nshoe\n");
    let name = format!("npz:{at}/all");
    assert_eq!(load(&name).unwrap().classes, ["hat", "shoe"]);
    is_the_same(&name);
}

#[test]
fn cifars_files() {
    let dir = tempfile::tempdir().unwrap();
    let record = |label: u8, value: u8| [vec![label], vec![value; 3072]].concat();
    let files = [
        ("data_batch_1.bin", [record(1, 10), record(0, 20)].concat()),
        ("test_batch.bin", record(0, 40)),
        ("batches.meta.txt", b"airplane\nautomobile\n".to_vec()),
    ];
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in &files {
        write(dir.path().join("cifar-10-batches-bin").join(name), bytes);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        archive.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    is_the_same(&format!("cifar:{}", dir.path().display()));
    write(dir.path().join("cifar.tar"), archive.into_inner().unwrap());
    is_the_same(&format!("cifar:{}/cifar.tar", dir.path().display()));
}

#[test]
fn folders_of_pictures() {
    let dir = tempfile::tempdir().unwrap();
    for (name, value) in
        [("train/cat/1.png", 1), ("train/dog/deep/2.png", 2), ("test/dog/3.png", 3)]
    {
        write(dir.path().join(name), png(value));
    }
    // What is counted or left out is told, although it is not copied.
    write(dir.path().join("train/cat/text.txt"), "no picture");
    write(dir.path().join("train/stray.png"), png(4));
    write(dir.path().join("other/a/5.png"), png(5));
    write(dir.path().join("train/cat/.hidden"), "");
    #[cfg(unix)]
    {
        // Links are followed, and no folder is entered twice.
        let elsewhere = dir.path().join("other");
        std::os::unix::fs::symlink(elsewhere.join("a/5.png"), dir.path().join("test/dog/6.png"))
            .unwrap();
        std::os::unix::fs::symlink(elsewhere.join("a"), dir.path().join("train/cat/linked"))
            .unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("train/dog/circle")).unwrap();
    }
    let name = format!("folder:{}", dir.path().display());
    let origin = load(&name).unwrap().origin;
    for part in ["1 files outside", "the folder other", "1 file that is no picture"] {
        assert!(origin.contains(part), "{origin}");
    }
    is_the_same(&name);
}

#[test]
fn drawn_garments_need_no_directory() {
    let dir = tempfile::tempdir().unwrap();
    let stage = dir.path().join("nothing");
    assert_eq!(load_staged("drawn", &stage).unwrap().train.len(), 60_000);
    assert!(!stage.exists());
}

#[test]
fn what_is_wrong_with_a_file_is_said_of_the_file_and_not_of_its_copy() {
    let dir = small_folder();
    let stage = tempfile::tempdir().unwrap();
    let labels = dir.path().join("t10k-labels-idx1-ubyte");
    write(labels.clone(), idx(0x801, &[2], &[1]));
    let name = format!("idx:{}", dir.path().display());
    let [staged, original] = [load_staged(&name, stage.path()), load(&name)];
    let message = staged.unwrap_err().to_string();
    assert!(message.starts_with(&labels.display().to_string()), "{message}");
    assert_eq!(message, original.unwrap_err().to_string());
    // Once it is right, the old copy is not used again.
    write(labels, idx(0x801, &[1], &[1]));
    assert_eq!(load_staged(&name, stage.path()).unwrap(), load(&name).unwrap());
}
