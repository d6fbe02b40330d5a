//! The exit codes of the program.

/// The command was carried out.
pub const DONE: u8 = 0;
/// The work failed: a download, a run, a write, or a damaged file.
pub const FAILED: u8 = 1;
/// The request was wrong, and nothing was begun. Clap ends the program with this code too if it
/// can't understand the arguments.
pub const WRONG_REQUEST: u8 = 2;
/// Ctrl-C ended the work: 128 + SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;
