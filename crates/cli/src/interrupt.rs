//! Ctrl-C: the first one asks the study to stop, the second one ends the process at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::INTERRUPTED;

/// A flag that the first Ctrl-C (or SIGTERM, SIGHUP) sets, after which `notice` is called once.
/// Everything that is written is written whole or not at all, so the second one may end the process
/// wherever it is.
pub fn stop_flag(notice: impl Fn() + Send + 'static) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let handler = move || {
        if flag.swap(true, Ordering::Relaxed) {
            process::exit(INTERRUPTED.into());
        }
        notice();
    };
    ctrlc::set_handler(handler).expect("the only handler of this process");
    stop
}

/// The command line that this process was started with, as a shell takes it.
pub fn command_line() -> String {
    std::env::args().map(|argument| quoted(&argument)).collect::<Vec<_>>().join(" ")
}

fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_where_a_shell_would_change_them() {
        let cases = [
            ("--only=L1,L2", "--only=L1,L2"),
            ("batch norm", "'batch norm'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ];
        for (argument, expected) in cases {
            assert_eq!(quoted(argument), expected);
        }
    }
}
