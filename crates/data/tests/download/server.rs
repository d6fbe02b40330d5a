//! A web server on loopback for tests, which answers as its handler says, well or badly. It takes
//! one request per connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A request to the server.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    /// The `Range` header.
    range: Option<String>,
}

impl Request {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// The first byte that the request asks for, if it asks for the rest of a file.
    pub fn range_start(&self) -> Option<usize> {
        let start = self.range.as_deref()?.strip_prefix("bytes=")?.strip_suffix('-')?;
        Some(start.parse().unwrap())
    }
}

/// One piece of an answer. The connection is closed after the last one.
pub enum Piece {
    Bytes(Vec<u8>),
    Pause(Duration),
    /// Sends nothing until the client closes the connection.
    Hang,
}

pub struct Server {
    /// `http://127.0.0.1:PORT/`
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Vec<Piece> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, handler) = (requests.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, handler) = (seen.clone(), handler.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let request = read_request(&stream);
                    seen.lock().unwrap().push(request.clone());
                    // An error means that the client closed the connection, which is fine.
                    let _ =
                        handler(&request).into_iter().try_for_each(|piece| act(piece, &mut stream));
                });
            }
        });
        Server { address, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &TcpStream) -> Request {
    let lines: Vec<String> = BufReader::new(stream)
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.is_empty())
        .collect();
    let path = lines[0].split(' ').nth(1).unwrap().to_owned();
    let header = |line: &String| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("range").then(|| value.to_owned())
    };
    Request { path, range: lines.iter().find_map(header) }
}

fn act(piece: Piece, stream: &mut TcpStream) -> std::io::Result<()> {
    match piece {
        Piece::Bytes(bytes) => stream.write_all(&bytes),
        Piece::Pause(time) => {
            thread::sleep(time);
            Ok(())
        }
        Piece::Hang => stream.read(&mut [0]).map(|_| ()),
    }
}

/// The head of an answer.
pub fn head(status: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n").into_bytes()
}

/// An answer with its true length, unless the headers give another.
pub fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<Piece> {
    let length = body.len().to_string();
    let mut headers = headers.to_vec();
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        headers.push(("Content-Length", &length));
    }
    vec![Piece::Bytes(head(status, &headers)), Piece::Bytes(body.to_vec())]
}

/// An answer with the rest of a file of `bytes` bytes, from `start` on. A shorter `body` breaks
/// off.
pub fn partial(start: usize, bytes: usize, body: &[u8]) -> Vec<Piece> {
    let range = format!("bytes {start}-{}/{bytes}", bytes - 1);
    let length = (bytes - start).to_string();
    answer("206 Partial Content", &[("Content-Range", &range), ("Content-Length", &length)], body)
}

/// An answer with the part of a file that is asked for.
pub fn file_answer(request: &Request, file: &[u8]) -> Vec<Piece> {
    match request.range_start() {
        Some(start) => partial(start, file.len(), &file[start..]),
        None => answer("200 OK", &[], file),
    }
}

pub fn redirect(to: &str) -> Vec<Piece> {
    answer("302 Found", &[("Location", to)], b"")
}
