//! Downloads from servers on loopback that are good, slow or silent, break off, redirect, or send
//! wrong files or none; and downloads that are resumed.

mod hostile_servers;
mod resumed;
mod server;
mod unknown_size;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use fitroom_data::{
    Checksum, DataError, FASHION_MNIST, MirrorProblem, Remote, RemoteFile, Timeouts,
};
use server::{Piece, Request, Server, answer, file_answer, partial, redirect};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

const NAMES: [&str; 4] = ["a.gz", "b.gz", "c.gz", "d.gz"];
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(5),
    stall: Duration::from_secs(5),
    pace: Duration::from_secs(60),
};
/// For servers that are silent on purpose.
const IMPATIENT: Timeouts = Timeouts { stall: Duration::from_millis(300), ..TIMEOUTS };

/// The content of file `name`: 100,000 bytes, different for each file.
fn contents(name: &str) -> Vec<u8> {
    let mut state = u32::from(name.as_bytes()[0]);
    let byte = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..100_000).map(byte).collect()
}

/// Downloads the four files from `mirrors` into `directory`. Returns the progress that was
/// reported, as pairs of file name and bytes.
fn download(
    mirrors: &[&Server],
    directory: &Path,
    timeouts: &Timeouts,
) -> Result<Vec<(String, u64)>, DataError> {
    let sums = NAMES.map(|name| {
        Sha256::digest(contents(name)).iter().map(|b| format!("{b:02x}")).collect::<String>()
    });
    let file = |i: usize| RemoteFile {
        name: NAMES[i],
        bytes: Some(100_000),
        checksum: Checksum::Sha256(&sums[i]),
        unpacked_sha256: None,
    };
    let addresses: Vec<&str> = mirrors.iter().map(|server| server.address.as_str()).collect();
    let remote = Remote {
        mirrors: &addresses,
        files: &[file(0), file(1), file(2), file(3)],
        ..FASHION_MNIST
    };
    let mut seen = Vec::new();
    remote.download(directory, timeouts, &mut |progress| {
        assert_eq!(progress.bytes_total, Some(100_000));
        seen.push((progress.file.to_owned(), progress.bytes_done));
    })?;
    Ok(seen)
}

/// Asserts that the directory holds the four files and no unfinished ones.
fn assert_complete(directory: &Path) {
    for name in NAMES {
        assert!(fs::read(directory.join(name)).unwrap() == contents(name), "{name}");
        assert!(!directory.join(format!("{name}.part")).exists(), "{name}");
    }
}

fn good() -> Server {
    Server::start(|request| file_answer(request, &contents(request.name())))
}

/// Answers requests for `a.gz` by `reply`, and others correctly.
fn bad_first(reply: impl Fn(&Request) -> Vec<Piece> + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.name() {
        "a.gz" => reply(request),
        name => file_answer(request, &contents(name)),
    })
}

fn the_problem(error: DataError) -> MirrorProblem {
    match error {
        DataError::Download(mut error) => {
            assert_eq!((error.file.as_str(), error.failures.len()), ("a.gz", 1));
            error.failures.remove(0).problem
        }
        other => panic!("{other}"),
    }
}

#[test]
fn files_are_downloaded_once() {
    let (server, dir) = (good(), TempDir::new().unwrap());
    let directory = dir.path().join("made/on/the/way");
    let seen = download(&[&server], &directory, &TIMEOUTS).unwrap();
    assert_complete(&directory);
    assert_eq!(seen.first(), Some(&("a.gz".to_owned(), 0)));
    for name in NAMES {
        assert!(seen.contains(&(name.to_owned(), 100_000)), "{name}");
    }
    assert_eq!(server.requests().len(), 4);
    assert_eq!(download(&[&server], &directory, &TIMEOUTS).unwrap(), []);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_slow_server_is_waited_for() {
    // The answer takes two seconds in total, but is never silent for more than 0.2 seconds.
    let server = bad_first(|request| {
        let mut pieces = file_answer(request, &contents("a.gz")[..10_000]);
        pieces[0] = Piece::Bytes(server::head("200 OK", &[("Content-Length", "100000")]));
        for chunk in contents("a.gz")[10_000..].chunks(9_000) {
            pieces.extend([Piece::Pause(Duration::from_millis(200)), Piece::Bytes(chunk.to_vec())]);
        }
        pieces
    });
    let dir = TempDir::new().unwrap();
    download(&[&server], dir.path(), &Timeouts { stall: Duration::from_millis(1500), ..TIMEOUTS })
        .unwrap();
    assert_complete(dir.path());
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_transfer_that_is_cut_short_is_resumed() {
    let server = bad_first(|request| match request.range_start() {
        None => answer("200 OK", &[("Content-Length", "100000")], &contents("a.gz")[..40_000]),
        Some(_) => file_answer(request, &contents("a.gz")),
    });
    let dir = TempDir::new().unwrap();
    download(&[&server], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
    let starts: Vec<_> = server.requests().iter().map(Request::range_start).collect();
    assert_eq!(starts, [None, Some(40_000), None, None, None]);
}

#[test]
fn a_mirror_that_sends_nothing_more_is_not_asked_again() {
    let server = bad_first(|request| match request.range_start() {
        None => answer("200 OK", &[("Content-Length", "100000")], &contents("a.gz")[..40_000]),
        Some(start) => partial(start, 100_000, &[]),
    });
    let dir = TempDir::new().unwrap();
    match the_problem(download(&[&server], dir.path(), &TIMEOUTS).unwrap_err()) {
        MirrorProblem::BrokeOff { found: 40_000, needed: 100_000, .. } => {}
        other => panic!("{other}"),
    }
    // Another mirror continues where the first ended, in this process or the next.
    let other = good();
    download(&[&other], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
    assert_eq!(other.requests()[0].range_start(), Some(40_000));
}

#[test]
fn wrong_bytes_never_get_the_name() {
    let wrong = || bad_first(|request| file_answer(request, &[7; 100_000]));
    let (server, dir) = (wrong(), TempDir::new().unwrap());
    match the_problem(download(&[&server], dir.path(), &TIMEOUTS).unwrap_err()) {
        MirrorProblem::WrongBytes { found, needed, .. } => assert_ne!(found, needed),
        other => panic!("{other}"),
    }
    assert!(!dir.path().join("a.gz").exists());
    download(&[&wrong(), &good()], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
}

#[test]
fn a_missing_file_is_taken_from_the_next_mirror() {
    let (empty, full) = (Server::start(|_| answer("404 Not Found", &[], b"no such file")), good());
    let dir = TempDir::new().unwrap();
    download(&[&empty, &full], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
    assert_eq!((empty.requests().len(), full.requests().len()), (4, 4));
}

#[test]
fn a_silent_mirror_is_followed_by_the_next() {
    let silent = Server::start(|_| vec![Piece::Hang]);
    let dir = TempDir::new().unwrap();
    let error = download(&[&silent], dir.path(), &IMPATIENT).unwrap_err();
    assert!(matches!(the_problem(error), MirrorProblem::Unreachable(_)));
    // A server that stalls halfway is asked for the rest.
    let tired = bad_first(|request| match request.range_start() {
        None => {
            let mut pieces =
                answer("200 OK", &[("Content-Length", "100000")], &contents("a.gz")[..60_000]);
            pieces.push(Piece::Hang);
            pieces
        }
        Some(_) => file_answer(request, &contents("a.gz")),
    });
    download(&[&silent, &tired], dir.path(), &IMPATIENT).unwrap();
    assert_complete(dir.path());
}

#[test]
fn a_login_page_is_not_the_file() {
    let network = Server::start(|request| match request.name() {
        "login" => answer(
            "200 OK",
            &[("Content-Type", "text/html; charset=utf-8")],
            b"<html>Welcome!</html>",
        ),
        _ => redirect("/login"),
    });
    let dir = TempDir::new().unwrap();
    let part = dir.path().join("a.gz.part");
    fs::write(&part, &contents("a.gz")[..10_000]).unwrap();
    let error = download(&[&network], dir.path(), &TIMEOUTS).unwrap_err();
    assert!(matches!(the_problem(error), MirrorProblem::WebPage));
    assert_eq!(fs::metadata(&part).unwrap().len(), 10_000, "what was there is kept");
    // A redirection to the file is followed.
    let moved = Server::start(|request| match request.path.strip_prefix("/new/") {
        Some(name) => file_answer(request, &contents(name)),
        None => redirect(&format!("/new/{}", request.name())),
    });
    download(&[&moved], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
}

#[test]
fn no_more_is_read_than_the_file_has() {
    let large = bad_first(|_| answer("200 OK", &[], &[7; 300_000]));
    let dir = TempDir::new().unwrap();
    match the_problem(download(&[&large], dir.path(), &TIMEOUTS).unwrap_err()) {
        MirrorProblem::WrongSize { found: 300_000, needed: 100_000 } => {}
        other => panic!("{other}"),
    }
    // A server that does not announce a size, and sends far more than the file has.
    let endless = bad_first(|_| {
        let head = server::head("200 OK", &[]);
        std::iter::once(Piece::Bytes(head))
            .chain((0..1_000).map(|_| Piece::Bytes(vec![7; 100_000])))
            .collect()
    });
    let error = download(&[&endless], dir.path(), &TIMEOUTS).unwrap_err();
    assert!(matches!(the_problem(error), MirrorProblem::WrongBytes { .. }));
    assert!(!dir.path().join("a.gz.part").exists(), "nothing of it is worth keeping");
}

#[test]
fn two_at_once_download_each_file_once() {
    let (server, dir) = (good(), TempDir::new().unwrap());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| download(&[&server], dir.path(), &TIMEOUTS).unwrap());
        }
    });
    assert_complete(dir.path());
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn the_error_names_each_mirror_and_the_way_out() {
    let (missing, broken) = (
        Server::start(|_| answer("404 Not Found", &[], b"")),
        Server::start(|_| answer("503 Service Unavailable", &[], b"")),
    );
    let dir = TempDir::new().unwrap();
    let message = download(&[&missing, &broken], dir.path(), &TIMEOUTS).unwrap_err().to_string();
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "a.gz could not be downloaded:");
    assert_eq!(lines[1], format!("  {}a.gz: answered 404 Not Found", missing.address));
    assert_eq!(lines[2], format!("  {}a.gz: answered 503 Service Unavailable", broken.address));
    assert!(
        lines[3].starts_with(&format!("hint: put the files into {}", dir.path().display())),
        "{}",
        lines[3]
    );
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let (server, dir) = (good(), TempDir::new().unwrap());
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = download(&[&server], &file.join("below"), &TIMEOUTS).unwrap_err();
    assert!(
        error.to_string().starts_with(&format!("cannot create {}", file.join("below").display())),
        "{error}"
    );
    assert_eq!(server.requests().len(), 0);
}
