//! Files whose size is not published, and whose checksum is an MD5: those of MedMNIST.

use std::fs;
use std::path::Path;

use fitroom_data::{
    Checksum, ChecksumKind, DataError, FASHION_MNIST, MirrorProblem, Remote, RemoteFile,
};
use tempfile::TempDir;

use crate::server::{Piece, Server, answer, file_answer, head};
use crate::{TIMEOUTS, contents, the_problem};

/// MD5 of the content of `a.gz`, computed by `md5sum`.
const MD5: &str = "85030bad2e9bffbe06fc0abd72701d33";

/// Downloads `a.gz` from an address that ends with a question.
fn fetch(server: &Server, directory: &Path) -> Result<(), DataError> {
    let file = RemoteFile {
        name: "a.gz",
        bytes: None,
        checksum: Checksum::Md5(MD5),
        unpacked_sha256: None,
    };
    let address = format!("{}*?download=1", server.address);
    let remote = Remote { mirrors: &[&address], files: &[file], ..FASHION_MNIST };
    remote.download(directory, &TIMEOUTS, &mut |_| {})
}

fn assert_is_there(directory: &Path) {
    assert!(fs::read(directory.join("a.gz")).unwrap() == contents("a.gz"));
}

#[test]
fn a_file_of_unknown_size_is_downloaded_and_checked() {
    let server = Server::start(|request| {
        assert_eq!(request.path, "/a.gz?download=1");
        answer("200 OK", &[], &contents("a.gz"))
    });
    let dir = TempDir::new().unwrap();
    fetch(&server, dir.path()).unwrap();
    assert_is_there(dir.path());
    // Without a length in the answer, too.
    let server =
        Server::start(|_| vec![Piece::Bytes(head("200 OK", &[])), Piece::Bytes(contents("a.gz"))]);
    let dir = TempDir::new().unwrap();
    fetch(&server, dir.path()).unwrap();
    assert_is_there(dir.path());
}

#[test]
fn a_partial_file_of_unknown_size_is_continued() {
    let server = Server::start(|request| file_answer(request, &contents("a.gz")));
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.gz.part"), &contents("a.gz")[..99_000]).unwrap();
    fetch(&server, dir.path()).unwrap();
    assert_is_there(dir.path());
    assert_eq!(server.requests()[0].range_start(), Some(99_000));
    // A whole one is not asked for again.
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.gz.part"), contents("a.gz")).unwrap();
    fetch(&server, dir.path()).unwrap();
    assert_is_there(dir.path());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn other_bytes_are_thrown_away() {
    let server = Server::start(|_| answer("200 OK", &[], b"something else"));
    let dir = TempDir::new().unwrap();
    match the_problem(fetch(&server, dir.path()).unwrap_err()) {
        MirrorProblem::WrongBytes { kind, needed, .. } => {
            assert_eq!((kind, needed.as_str()), (ChecksumKind::Md5, MD5));
        }
        other => panic!("{other}"),
    }
    assert_eq!(
        fs::read_dir(dir.path())
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name() != ".lock" })
            .count(),
        0
    );
    let endless = Server::start(|_| answer("200 OK", &[("Content-Length", "99999999999")], b"x"));
    match the_problem(fetch(&endless, dir.path()).unwrap_err()) {
        MirrorProblem::WrongSize { found, .. } => assert_eq!(found, 99_999_999_999),
        other => panic!("{other}"),
    }
}
