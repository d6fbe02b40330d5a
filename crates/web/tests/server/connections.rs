//! Many connections, and slow ones.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::{serve, serve_within};

#[test]
fn two_hundred_slow_readers_hold_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let host = client.address;
    let mut open: Vec<TcpStream> = Vec::new();
    for index in 0..200 {
        let mut stream = client.connect();
        let request = match index % 3 {
            // Follows events, and reads none of them.
            0 => format!("GET /runs/events HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            // Asks for a page, and reads nothing of it.
            1 => format!("GET /runs/overview HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            // Never says all that it wants.
            _ => "GET /runs/over".to_owned(),
        };
        stream.write_all(request.as_bytes()).unwrap();
        open.push(stream);
    }
    let began = Instant::now();
    assert_eq!(client.get("/runs/overview").status, 200);
    // Far from a measurement: it only tells a server that waits for its slow readers from one that does not.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    // Those that wait get their answers all the same.
    let mut first = [0; 15];
    open[1].read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");
}

#[test]
fn a_picture_that_never_arrives_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve_within(dir.path(), None, Duration::from_millis(300));
    let mut stream = client.connect();
    let (host, origin) = (client.address, client.own_origin());
    let head = format!(
        "POST /runs/predict HTTP/1.1\r\nHost: {host}\r\n{origin}Content-Length: 1000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 408");
}

#[test]
fn the_stream_tells_of_a_change_within_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let client = serve(dir.path(), None);
    let mut stream = client.connect();
    let host = client.address;
    stream
        .write_all(format!("GET /runs/events HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        .unwrap();
    let mut seen = String::new();
    let mut read_until = |wanted: &dyn Fn(&str) -> bool| {
        let began = Instant::now();
        while !wanted(&seen) {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).unwrap();
            seen += &String::from_utf8_lossy(&part[..count]);
            assert!(count > 0 && began.elapsed() < Duration::from_secs(30), "{seen}");
        }
        seen.clear();
    };
    read_until(&|seen| seen.contains("\"version\":"));
    // The page is opened, so that the server knows what it has shown.
    assert_eq!(client.get("/runs/overview").status, 200);
    std::thread::sleep(Duration::from_millis(1500));
    let path = dir.path().join("runs.csv");
    let longer = std::fs::read_to_string(&path).unwrap() + "plain,9,4,0.85\n";
    std::fs::write(&path, longer).unwrap();
    read_until(&|seen| seen.contains("\"version\":"));
    assert!(client.get("/runs/overview").text().contains("25 runs"));
}
