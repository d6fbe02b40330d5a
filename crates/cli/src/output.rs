//! Standard output, which carries results and nothing else.

use std::io::{self, ErrorKind, Write};

use crate::Failure;

/// Writes `text` to standard output. That nobody reads it (`fitroom networks | head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}
