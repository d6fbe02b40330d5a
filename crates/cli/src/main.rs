//! The program `fitroom`. The library beside it does the work.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(fitroom_cli::run(env::args_os()))
}
