//! A terminal in memory, for tests of what is drawn.
//!
//! indicatif has one too. Its feature would be on wherever tests are built and off elsewhere, so
//! that indicatif and this crate would be compiled twice.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use indicatif::{ProgressDrawTarget, TermLike};
use vt100::Parser;

/// A terminal of a fixed size. Clones are the same terminal.
#[derive(Clone)]
pub(super) struct TestTerminal {
    parser: Arc<Mutex<Parser>>,
}

impl TestTerminal {
    pub(super) fn new(rows: u16, columns: u16) -> Self {
        Self { parser: Arc::new(Mutex::new(Parser::new(rows, columns, 0))) }
    }

    /// Where bars are drawn to be seen on this terminal.
    pub(super) fn target(&self) -> ProgressDrawTarget {
        ProgressDrawTarget::term_like(Box::new(self.clone()))
    }

    /// What is to be seen, without the empty rest of each line and of the screen.
    pub(super) fn contents(&self) -> String {
        let columns = self.width();
        let parser = self.parser.lock().unwrap();
        let rows = parser.screen().rows(0, columns);
        let lines: Vec<String> = rows.map(|row| row.trim_end().to_owned()).collect();
        lines.join("\n").trim_end_matches('\n').to_owned()
    }

    /// Rows and columns.
    fn size(&self) -> (u16, u16) {
        self.parser.lock().unwrap().screen().size()
    }

    fn write(&self, text: &str) -> io::Result<()> {
        self.parser.lock().unwrap().write_all(text.as_bytes())
    }

    /// Moves the cursor by `n` in the direction of a command's letter. (0 would mean 1.)
    fn move_cursor(&self, n: usize, direction: char) -> io::Result<()> {
        if n == 0 { Ok(()) } else { self.write(&format!("\x1b[{n}{direction}")) }
    }
}

impl fmt::Debug for TestTerminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestTerminal").finish_non_exhaustive()
    }
}

impl TermLike for TestTerminal {
    fn width(&self) -> u16 {
        self.size().1
    }

    fn height(&self) -> u16 {
        self.size().0
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write(text)?;
        self.write("\r\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
