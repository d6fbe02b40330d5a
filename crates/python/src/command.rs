//! The command `fitroom`, as the Python package installs it.

use std::ffi::OsString;

use pyo3::prelude::*;

/// Carries out a command line, whose first word is the program's name, and returns the exit code.
/// It handles Ctrl-C itself.
#[pyfunction]
pub fn command_line(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| fitroom_cli::run(words))
}
