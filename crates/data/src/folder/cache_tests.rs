//! Tests of the cache of decoded pictures.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use png::{BitDepth, ColorType};

use super::cache;
use super::listing::list;
use super::picture_tests::png;
use super::reading::Reading;
use crate::{DataError, ReadOptions, Size};

fn grey(value: u8) -> Vec<u8> {
    png((2, 2, ColorType::Grayscale, BitDepth::Eight, &[value; 4]), |_| {})
}

fn options() -> ReadOptions {
    let resize = Some(Size { height: 1, width: 1 });
    ReadOptions { resize, skip_corrupt: true, ..ReadOptions::default() }
}

fn pictures() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("train/a/1.png", grey(1)),
        ("train/a/2.png", grey(2)[..40].to_vec()),
        ("train/a/3.txt", b"text".to_vec()),
        ("val/a/4.png", grey(4)),
        ("train/b/5.png", png((1, 1, ColorType::Rgb, BitDepth::Eight, &[1, 2, 3]), |_| {})),
        ("test/b/6.png", grey(6)),
    ] {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

fn read(root: &Path, options: &ReadOptions, directory: Option<&Path>) -> Reading {
    cache::read(root, &list(root).unwrap(), options, directory).unwrap()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn text(reading: &Reading) -> String {
    let corrupt: Vec<_> =
        reading.corrupt.iter().map(|(index, problem)| (index, problem.to_string())).collect();
    format!("{:?} {corrupt:?} {:?}", reading.collection, reading.others)
}

/// Makes the entry say that the first value is another one, with a right hash of itself.
fn mark(entry: &Path) {
    use sha2::{Digest, Sha256};
    let mut bytes = fs::read(entry).unwrap();
    bytes[0] ^= 0xff;
    let end = bytes.len() - 32;
    let sum = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum);
    fs::write(entry, bytes).unwrap();
}

#[test]
fn the_second_reading_comes_from_the_cache_and_is_the_same() {
    let (dir, cache) = (pictures(), tempfile::tempdir().unwrap());
    let directory = cache.path().join("fitroom/decoded");
    let plain = read(dir.path(), &options(), None);
    assert_eq!(text(&read(dir.path(), &options(), Some(&directory))), text(&plain));
    let entry = entries(&directory).pop().unwrap();
    assert_eq!(text(&read(dir.path(), &options(), Some(&directory))), text(&plain));
    // Another value in the entry shows that it is the entry that is read.
    mark(&entry);
    let read_again = read(dir.path(), &options(), Some(&directory));
    assert_eq!(read_again.collection.pixels[0], plain.collection.pixels[0] ^ 0xff);
    // The folder may move.
    let moved = cache.path().join("moved");
    fs::rename(dir.path(), &moved).unwrap();
    assert_eq!(text(&read(&moved, &options(), Some(&directory))), text(&read_again));
    fs::rename(&moved, dir.path()).unwrap();
}

#[test]
fn an_entry_of_other_pictures_or_options_is_not_used() {
    let (dir, cache) = (pictures(), tempfile::tempdir().unwrap());
    let cached = |options: &ReadOptions| {
        let plain = read(dir.path(), options, None);
        assert_eq!(text(&read(dir.path(), options, Some(cache.path()))), text(&plain));
    };
    cached(&options());
    mark(&entries(cache.path())[0]);
    fs::write(dir.path().join("train/a/1.png"), grey(9)).unwrap();
    cached(&options());
    assert_eq!(entries(cache.path()).len(), 1, "it replaces the entry");
    mark(&entries(cache.path())[0]);
    cached(&ReadOptions { resize: Some(Size { height: 1, width: 2 }), ..options() });
    fs::copy(dir.path().join("train/a/1.png"), dir.path().join("train/b/1.png")).unwrap();
    cached(&options());
    assert_eq!(entries(cache.path()).len(), 3);
}

#[test]
fn a_damaged_entry_is_not_used_and_an_unwritable_cache_is_no_error() {
    let (dir, cache) = (pictures(), tempfile::tempdir().unwrap());
    let plain = text(&read(dir.path(), &options(), Some(cache.path())));
    let entry = entries(cache.path()).pop().unwrap();
    let whole = fs::read(&entry).unwrap();
    for kept in 0..whole.len() {
        fs::write(&entry, &whole[..kept]).unwrap();
        assert_eq!(text(&read(dir.path(), &options(), Some(cache.path()))), plain, "{kept}");
    }
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&entry, damaged).unwrap();
        assert_eq!(text(&read(dir.path(), &options(), Some(cache.path()))), plain, "{at}");
    }
    assert_eq!(fs::read(&entry).unwrap(), whole, "it is written anew");
    let file = cache.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(text(&read(dir.path(), &options(), Some(&file.join("decoded")))), plain);
}

#[test]
fn a_kept_picture_is_refused_if_it_is_larger_than_allowed_now() {
    let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir(dir.path().join("a")).unwrap();
    fs::write(dir.path().join("a/1.png"), grey(1)).unwrap();
    read(dir.path(), &ReadOptions::default(), Some(cache.path()));
    assert_eq!(entries(cache.path()).len(), 1);
    let strict = ReadOptions { max_side: 1, ..ReadOptions::default() };
    let listing = list(dir.path()).unwrap();
    let read = cache::read(dir.path(), &listing, &strict, Some(cache.path()));
    assert!(matches!(read, Err(DataError::ImagesTooLarge { .. })));
}

#[test]
fn the_oldest_entries_make_room() {
    let cache = tempfile::tempdir().unwrap();
    let now = SystemTime::now();
    for (age, name) in [(3, "c.pictures"), (2, "b.pictures.Xy12ab.partial"), (1, "a.pictures")] {
        let path = cache.path().join(name);
        fs::write(&path, [0; 10]).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(now - Duration::from_secs(age * 60)).unwrap();
    }
    fs::write(cache.path().join("other"), [0; 99]).unwrap();
    let names = || {
        let mut names: Vec<_> = entries(cache.path())
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    cache::make_room(cache.path(), 30).unwrap();
    assert_eq!(names().len(), 4);
    cache::make_room(cache.path(), 20).unwrap();
    assert_eq!(names(), ["a.pictures", "b.pictures.Xy12ab.partial", "other"]);
    cache::make_room(cache.path(), 0).unwrap();
    assert_eq!(names(), ["other"]);
}
