//! Servers that waste time or memory on purpose, or redirect elsewhere. The download must go on to
//! the next mirror, and a wrong file must never get the name of the right one.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use fitroom_data::{
    Checksum, DataError, FASHION_MNIST, MirrorProblem, Remote, RemoteFile, Timeouts,
};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::server::{Piece, Request, Server, answer, file_answer, head, redirect};

const BYTES: usize = 200_000;
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(5),
    stall: Duration::from_millis(700),
    pace: Duration::from_millis(1500),
};

/// The content of each of the four files.
fn contents() -> Vec<u8> {
    (0..BYTES as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Downloads the four files from `mirrors` into `directory`. If no mirror delivers, returns the
/// problem of each.
fn download(mirrors: &[&Server], directory: &Path) -> Result<(), Vec<MirrorProblem>> {
    let sum: String = Sha256::digest(contents()).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = |name| RemoteFile {
        name,
        bytes: Some(BYTES as u64),
        checksum: Checksum::Sha256(&sum),
        unpacked_sha256: None,
    };
    let addresses: Vec<&str> = mirrors.iter().map(|server| server.address.as_str()).collect();
    let files = [file("a.gz"), file("b.gz"), file("c.gz"), file("d.gz")];
    let remote = Remote { mirrors: &addresses, files: &files, ..FASHION_MNIST };
    match remote.download(directory, &TIMEOUTS, &mut |_| {}) {
        Ok(()) => Ok(()),
        Err(DataError::Download(error)) => {
            Err(error.failures.into_iter().map(|failure| failure.problem).collect())
        }
        Err(error) => panic!("{error}"),
    }
}

fn good() -> Server {
    Server::start(|request| file_answer(request, &contents()))
}

/// Asserts that a download from `bad` alone fails within `most`, and that a good mirror repairs
/// what it leaves. Returns the problem of `bad`.
fn refused(bad: &Server, most: Duration) -> MirrorProblem {
    let dir = TempDir::new().unwrap();
    let begun = Instant::now();
    let mut problems = download(&[bad], dir.path()).unwrap_err();
    assert!(begun.elapsed() < most, "{:?}", begun.elapsed());
    assert!(!dir.path().join("a.gz").exists(), "a wrong file has the name");
    download(&[bad, &good()], dir.path()).unwrap();
    for name in ["a.gz", "b.gz", "c.gz", "d.gz"] {
        assert!(fs::read(dir.path().join(name)).unwrap() == contents(), "{name}");
        assert!(!dir.path().join(format!("{name}.part")).exists(), "{name}");
    }
    assert_eq!(problems.len(), 1);
    problems.remove(0)
}

/// Answers requests for `a.gz` by `reply`, and others correctly.
fn bad_first(reply: impl Fn(&Request) -> Vec<Piece> + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.name() {
        "a.gz" => reply(request),
        "b.gz" | "c.gz" | "d.gz" => file_answer(request, &contents()),
        _ => answer("404 Not Found", &[], b""),
    })
}

/// Sends `first`, then `piece` every 100 ms, which is too often to be a stall.
fn trickle(first: Vec<u8>, piece: &[u8]) -> Vec<Piece> {
    let mut pieces = vec![Piece::Bytes(first)];
    for _ in 0..1000 {
        pieces.extend([Piece::Pause(Duration::from_millis(100)), Piece::Bytes(piece.to_vec())]);
    }
    pieces
}

#[test]
fn a_byte_at_a_time_is_too_slow() {
    let slow = bad_first(|request| {
        let start = request.range_start().unwrap_or(0);
        let range = format!("bytes {start}-{}/{BYTES}", BYTES - 1);
        let head = match start {
            0 => head("200 OK", &[("Content-Length", &BYTES.to_string())]),
            _ => head(
                "206 Partial Content",
                &[("Content-Range", &range), ("Content-Length", &(BYTES - start).to_string())],
            ),
        };
        trickle(head, &contents()[start..start + 1])
    });
    match refused(&slow, Duration::from_secs(20)) {
        MirrorProblem::TooSlow { found, needed: 200_000, pace } => {
            assert!((1..100).contains(&found), "{found}");
            assert_eq!(pace, TIMEOUTS.pace);
        }
        other => panic!("{other}"),
    }
}

#[test]
fn bytes_from_a_slow_mirror_are_kept() {
    let slow = bad_first(|_| {
        let mut first = head("200 OK", &[("Content-Length", &BYTES.to_string())]);
        first.extend(&contents()[..150_000]);
        trickle(first, &[])
    });
    let dir = TempDir::new().unwrap();
    // The mirror stalls. It is asked for the rest, but begins anew each time.
    let problem = download(&[&slow], dir.path()).unwrap_err().remove(0);
    assert!(matches!(problem, MirrorProblem::BrokeOff { found: 150_000, .. }), "{problem}");
    let good = good();
    download(&[&good], dir.path()).unwrap();
    assert_eq!(good.requests()[0].range_start(), Some(150_000));
}

#[test]
fn an_endless_head_is_not_waited_for() {
    let slow = bad_first(|_| trickle(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: yes\r\n"));
    let problem = refused(&slow, Duration::from_secs(20));
    assert!(matches!(problem, MirrorProblem::Unreachable(_)), "{problem}");
    let large = bad_first(|_| {
        let line = format!("X-More: {}\r\n", "x".repeat(1000)).into_bytes();
        let lines = (0..100_000).map(|_| Piece::Bytes(line.clone()));
        std::iter::once(Piece::Bytes(b"HTTP/1.1 200 OK\r\n".to_vec())).chain(lines).collect()
    });
    let problem = refused(&large, Duration::from_secs(20));
    assert!(matches!(problem, MirrorProblem::Unreachable(_)), "{problem}");
}

#[test]
fn redirects_in_a_circle_end() {
    let circle = bad_first(|_| redirect("/a.gz"));
    let problem = refused(&circle, Duration::from_secs(20));
    assert!(
        matches!(problem, MirrorProblem::Unreachable(_) | MirrorProblem::Status(_)),
        "{problem}"
    );
    let asked = circle.requests().iter().filter(|request| request.name() == "a.gz").count();
    assert!((2..=50).contains(&asked), "{asked}");
}

#[test]
fn redirects_to_nowhere_and_to_files_end() {
    for to in ["http://127.0.0.1:1/a.gz", "file:///etc/hostname", "ftp://127.0.0.1/a.gz"] {
        let elsewhere = bad_first(move |_| redirect(to));
        let problem = refused(&elsewhere, Duration::from_secs(20));
        assert!(
            matches!(problem, MirrorProblem::Unreachable(_) | MirrorProblem::Status(_)),
            "{to}: {problem}"
        );
    }
}

#[test]
fn login_pages_of_all_kinds_are_not_the_file() {
    // The page is sent as HTML, as HTML in capitals, as text, and as bytes of the file's own size.
    let page = |kind: &'static str, body: Vec<u8>| {
        Server::start(move |request| match request.name() {
            "login" => answer("200 OK", &[("Content-Type", kind)], &body),
            _ => redirect("/login"),
        })
    };
    let sized = || b"<html>Welcome!</html>".repeat(BYTES)[..BYTES].to_vec();
    for (server, is_known) in [
        (page("text/html; charset=utf-8", b"<html>".to_vec()), true),
        (page("Text/HTML", sized()), true),
        (page("text/plain", b"<html>".to_vec()), false),
        (page("application/octet-stream", sized()), false),
        (page("", sized()), false),
    ] {
        let problem = refused(&server, Duration::from_secs(20));
        match problem {
            MirrorProblem::WebPage => assert!(is_known),
            MirrorProblem::WrongSize { .. } | MirrorProblem::WrongBytes { .. } => {
                assert!(!is_known)
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn invalid_answers_are_refused() {
    let ranged = |range: &'static str, status: &'static str| {
        bad_first(move |_| answer(status, &[("Content-Range", range)], &contents()))
    };
    for server in [
        bad_first(|_| vec![Piece::Bytes(vec![0; 10_000])]),
        bad_first(|_| vec![Piece::Bytes(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())]),
        bad_first(|_| vec![]),
        bad_first(|_| answer("204 No Content", &[], b"")),
        bad_first(|_| answer("500 Internal Server Error", &[], &contents())),
        // Ranges that were not asked for, or that are invalid.
        ranged("bytes 5-199999/200000", "206 Partial Content"),
        ranged("bytes 18446744073709551615-0/0", "206 Partial Content"),
        ranged("bytes", "206 Partial Content"),
        bad_first(|_| answer("200 OK", &[("Content-Length", "18446744073709551615")], &contents())),
    ] {
        let problem = refused(&server, Duration::from_secs(20));
        assert!(!matches!(problem, MirrorProblem::WebPage), "{problem}");
    }
}

#[test]
fn a_partial_file_that_is_too_long_is_deleted_unread() {
    let (server, dir) = (good(), TempDir::new().unwrap());
    let part = fs::File::create(dir.path().join("a.gz.part")).unwrap();
    // A sparse file: it takes no room on the disk, but reading it would take memory.
    part.set_len(1 << 40).unwrap();
    download(&[&server], dir.path()).unwrap();
    assert!(fs::read(dir.path().join("a.gz")).unwrap() == contents());
}
