//! The exit codes of the program.

/// The command was carried out.
pub const DONE: u8 = 0;
/// The work failed: a download, a run, the report, standard output, or a damaged file.
pub const FAILED: u8 = 1;
/// The request was wrong, and no training was started. This is also the code if the file of
/// `--csv` or `--sheet` can't be written, and clap's code for arguments that it can't parse.
pub const WRONG_REQUEST: u8 = 2;
/// `fitroom judge`: a verdict does not pass `--fail-if` or `--require`.
pub const NOT_PASSED: u8 = 3;
/// Ctrl-C ended the work: 128 + SIGINT, as in shells.
pub const INTERRUPTED: u8 = 130;
