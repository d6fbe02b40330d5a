//! A client that sends exactly what a test says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A client of one server.
pub struct Client {
    pub address: SocketAddr,
}

/// An answer: its status, its headers, and its body.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Client {
    /// The client of the server that printed this link.
    pub fn of_link(link: &str) -> Self {
        let rest = link.strip_prefix("http://").unwrap();
        Client { address: rest.split('/').next().unwrap().parse().unwrap() }
    }

    /// A connection that gives up after ten seconds.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends these bytes, and reads until the server closes the connection.
    pub fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // A server that refuses a large request may close the connection before it has read all of it.
        let _ = stream.write_all(bytes);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        let end = all.windows(4).position(|at| at == b"\r\n\r\n").unwrap_or(all.len());
        let head = String::from_utf8_lossy(&all[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let body = all.get(end + 4..).unwrap_or_default().to_vec();
        Answer { status, head, body }
    }

    /// A GET with further headers.
    pub fn get_with(&self, path: &str, headers: &str) -> Answer {
        let host = self.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        self.send(request.as_bytes())
    }

    /// A GET as a browser sends it.
    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    /// A POST with exactly these headers beside `Host`, and this body.
    pub fn post(&self, path: &str, headers: &str, body: &[u8]) -> Answer {
        let (host, length) = (self.address, body.len());
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// The `Origin` of the server's own page.
    pub fn own_origin(&self) -> String {
        format!("Origin: http://{}\r\n", self.address)
    }
}
