//! Tests with files of a few images.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::members::read_archive;
use super::*;
use crate::label::Label;

/// A record whose planes are `value`, `value + 1` and `value + 2`.
fn record(labels: &[u8], value: u8) -> Vec<u8> {
    let planes = (0..3).flat_map(|channel| vec![value + channel; SIDE * SIDE]);
    labels.iter().copied().chain(planes).collect()
}

fn cifar10() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("data_batch_1.bin", [record(&[1], 10), record(&[0], 20)].concat()),
        ("data_batch_2.bin", record(&[1], 30)),
        ("test_batch.bin", record(&[0], 40)),
        ("batches.meta.txt", b"airplane\nautomobile\n\n".to_vec()),
        ("readme.html", b"text".to_vec()),
    ]
}

fn directory(within: &str, files: &[(&str, Vec<u8>)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join(within)).unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(within).join(name), bytes).unwrap();
    }
    dir
}

fn tar(within: &str, files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        builder.append_data(&mut header, format!("{within}/{name}"), &bytes[..]).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn error(path: &Path) -> String {
    read(path).unwrap_err().to_string()
}

fn check(read: ReadFiles) {
    assert_eq!(read.train.images.shape(), [32, 32, 3]);
    let first = |images: &Images, at: usize| images.pixels[at * 3072..][..3].to_vec();
    assert_eq!([0, 1, 2].map(|at| first(&read.train.images, at)[0]), [10, 20, 30]);
    assert_eq!(first(&read.train.images, 2), [30, 31, 32]);
    assert_eq!(read.train.labels.known, [0, 1].map(Label::Number));
    assert_eq!(read.train.labels.ids, [1, 0, 1]);
    let test = read.test.unwrap();
    assert_eq!((first(&test.images, 0), test.labels.ids), (vec![40, 41, 42], vec![0]));
    assert_eq!(read.class_names.unwrap(), ["airplane", "automobile"]);
    assert!(read.notes.is_empty());
}

#[test]
fn a_directory_the_one_around_it_and_the_archive_are_alike() {
    check(read(directory("", &cifar10()).path()).unwrap());
    check(read(directory("cifar-10-batches-bin", &cifar10()).path()).unwrap());
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cifar-10-binary.tar.gz");
    let archive = tar("cifar-10-batches-bin", &cifar10());
    for bytes in [gzip(&archive), archive] {
        fs::write(&path, bytes).unwrap();
        check(read(&path).unwrap());
        let status = CifarFiles(path.clone()).verify(&ReadOptions::default()).unwrap();
        assert!(status[0].problem.is_none());
    }
    assert_eq!(CifarFiles(path).directory(), Some(dir.path()));
}

#[test]
fn the_fine_labels_of_cifar_100_are_used() {
    let files = [
        ("train.bin", [record(&[19, 7], 1), record(&[3, 99], 2)].concat()),
        ("test.bin", record(&[3, 99], 3)),
    ];
    let read = read(directory("cifar-100-binary", &files).path()).unwrap();
    assert_eq!(read.train.labels.known, [7, 99].map(Label::Number));
    assert_eq!((read.train.images.pixels[3072], read.class_names), (2, None));
    assert_eq!(read.notes, ["the fine labels"]);
}

#[test]
fn batches_are_taken_by_their_numbers() {
    let mut files = vec![("test_batch.bin", record(&[0], 0))];
    let names: Vec<String> = (1..=11).map(|number| format!("data_batch_{number}.bin")).collect();
    files.extend(names.iter().zip(1..).map(|(name, value)| (name.as_str(), record(&[0], value))));
    let dir = directory("", &files);
    let pixels = read(dir.path()).unwrap().train.images.pixels;
    let firsts: Vec<u8> = pixels.chunks(3072).map(|image| image[0]).collect();
    assert_eq!(firsts, (1..=11).collect::<Vec<u8>>());
    fs::remove_file(dir.path().join("data_batch_4.bin")).unwrap();
    assert!(error(dir.path()).contains("there is no data_batch_4.bin\nhint: "));
}

#[test]
fn wrong_files_are_refused() {
    let with = |name: &str, bytes: &[u8]| {
        let dir = directory("", &cifar10());
        fs::write(dir.path().join(name), bytes).unwrap();
        error(dir.path())
    };
    let cut = with("data_batch_2.bin", &[0; 3072]);
    let expected = "data_batch_2.bin has 3072 bytes, which is no multiple of 3073, the bytes of an \
                    image and its label: it is truncated, or of another format";
    assert!(cut.ends_with(expected), "{cut}");
    assert!(with("test_batch.bin", b"").ends_with("test_batch.bin is empty"));
    assert!(with("train.bin", &[0; 3074]).contains("files of CIFAR-10 and of CIFAR-100"));
    for names in [&b""[..], b"\xff", b"a\x1b[2J", &b"a\n".repeat(257), &[b'a'; 70_000]] {
        assert!(with("batches.meta.txt", names).contains("is no list of class names"));
    }
    let dir = directory("", &cifar10());
    fs::remove_file(dir.path().join("test_batch.bin")).unwrap();
    assert!(error(dir.path()).contains("there is no test_batch.bin"));
    assert!(error(tempfile::tempdir().unwrap().path()).contains("no CIFAR files"));
    let dir = directory("cifar-10-batches-bin", &cifar10());
    fs::create_dir(dir.path().join("cifar-100-binary")).unwrap();
    assert!(error(dir.path()).contains("are both there"));
    assert!(error(&dir.path().join("nowhere")).starts_with("cannot open"));
    assert!(CifarFiles::parse(" ").is_err());
}

#[test]
fn pickles_are_refused() {
    let python = [("data_batch_1", vec![0x80, 2]), ("batches.meta", vec![0x80, 2])];
    for within in ["cifar-10-batches-py", ""] {
        let message = error(directory(within, &python).path());
        assert!(message.contains("the version for Python"), "{message}");
    }
    let archive = gzip(&tar("cifar-10-batches-py", &python));
    let problem = read_archive(&archive[..], 1 << 20).unwrap_err().to_string();
    assert!(problem.contains("(cifar-10-batches-py)") && problem.contains("binary version"));
}

#[test]
fn truncated_and_damaged_archives_are_refused() {
    let archive = tar("x", &cifar10());
    let whole = gzip(&archive);
    let read = |bytes: &[u8]| -> Result<ReadFiles, String> {
        let members = read_archive(bytes, 1 << 20).map_err(|problem| problem.to_string())?;
        parse(members, Path::new("x")).map_err(|problem| problem.to_string())
    };
    check(read(&whole).unwrap());
    for kept in 0..whole.len() - 8 {
        assert!(read(&whole[..kept]).is_err(), "{kept} of {}", whole.len());
    }
    for kept in (0..archive.len() - 4000).step_by(511) {
        assert!(read(&archive[..kept]).is_err(), "{kept} of {}", archive.len());
    }
    let twice = tar("x", &[cifar10(), cifar10()].concat());
    assert!(read(&twice).unwrap_err().ends_with("is in the archive twice"));
    assert!(read(b"no archive").is_err());
}

#[test]
fn bombs_are_not_unpacked() {
    let zeros = vec![0; 1 << 20];
    for name in ["data_batch_1.bin", "movie.mp4"] {
        let bomb = gzip(&tar("x", &[(name, zeros.clone())]));
        assert!(matches!(read_archive(&bomb[..], 1 << 18), Err(CifarProblem::TooLarge)), "{name}");
    }
    // A header that says more bytes than there are: no memory may be requested for them.
    let mut header = tar::Header::new_gnu();
    header.set_path("x/data_batch_1.bin").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    assert!(read_archive(header.as_bytes().as_slice(), u64::MAX / 4).is_err());
}
