//! Downloads that continue what an earlier process began.

use std::fs;

use fitroom_data::MirrorProblem;
use tempfile::TempDir;

use crate::server::{Server, answer, file_answer, partial};
use crate::{TIMEOUTS, assert_complete, bad_first, contents, download, good, the_problem};

#[test]
fn a_partial_file_is_continued_if_the_server_can() {
    let can = good();
    let cannot = Server::start(|request| answer("200 OK", &[], &contents(request.name())));
    for (server, keeps) in [(can, true), (cannot, false)] {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("a.gz.part"), &contents("a.gz")[..99_000]).unwrap();
        let seen = download(&[&server], dir.path(), &TIMEOUTS).unwrap();
        assert_complete(dir.path());
        assert_eq!(server.requests()[0].range_start(), Some(99_000));
        let least =
            seen.iter().filter(|(file, _)| file == "a.gz").map(|(_, bytes)| *bytes).nth(1).unwrap();
        assert_eq!(least > 99_000, keeps, "{least}");
    }
}

#[test]
fn a_partial_file_is_not_trusted() {
    let (server, dir) = (good(), TempDir::new().unwrap());
    fs::write(dir.path().join("a.gz.part"), [7; 50_000]).unwrap();
    fs::write(dir.path().join("b.gz.part"), [7; 200_000]).unwrap();
    download(&[&server], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());

    // If the server begins anew and stops early, no old bytes may remain after the new ones.
    let server = bad_first(|request| match request.range_start() {
        Some(50_000) => {
            answer("200 OK", &[("Content-Length", "100000")], &contents("a.gz")[..10_000])
        }
        _ => file_answer(request, &contents("a.gz")),
    });
    let dir = TempDir::new().unwrap();
    let part = dir.path().join("a.gz.part");
    fs::write(&part, [7; 50_000]).unwrap();
    let error = download(&[&server], dir.path(), &TIMEOUTS).unwrap_err();
    assert!(matches!(the_problem(error), MirrorProblem::BrokeOff { found: 10_000, .. }));
    assert!(fs::read(&part).unwrap() == contents("a.gz")[..10_000]);
}

#[test]
fn an_answer_that_begins_before_the_missing_bytes_is_used() {
    let early = bad_first(|request| {
        let start = request.range_start().unwrap_or(0) / 4096 * 4096;
        partial(start, 100_000, &contents("a.gz")[start..])
    });
    let late = bad_first(|_| partial(60_000, 100_000, &contents("a.gz")[60_000..]));
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a.gz.part"), &contents("a.gz")[..50_000]).unwrap();
    let error = download(&[&late], dir.path(), &TIMEOUTS).unwrap_err();
    assert!(matches!(the_problem(error), MirrorProblem::Status(_)), "a gap is of no use");
    download(&[&early], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
    assert_eq!(early.requests().iter().filter(|request| request.name() == "a.gz").count(), 1);
}

#[test]
fn a_complete_partial_file_is_not_downloaded_again() {
    let (server, dir) = (good(), TempDir::new().unwrap());
    fs::write(dir.path().join("a.gz.part"), contents("a.gz")).unwrap();
    download(&[&server], dir.path(), &TIMEOUTS).unwrap();
    assert_complete(dir.path());
    assert_eq!(server.requests().len(), 3);
}
