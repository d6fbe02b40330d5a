//! Ctrl-C: the first one asks the session to stop, the second one ends the process at once.

use std::process;

use fitroom_session::SessionControl;

use crate::exit_code::INTERRUPTED;

/// From now on, the first Ctrl-C (or SIGTERM, SIGHUP) interrupts the session and calls `notice`. A
/// second one may end the process at any point, because each file is either written completely or
/// not at all.
pub fn on_ctrl_c(control: &SessionControl, notice: impl Fn() + Send + 'static) {
    let control = control.clone();
    let handler = move || {
        if control.interrupt() {
            process::exit(INTERRUPTED.into());
        }
        notice();
    };
    ctrlc::set_handler(handler).expect("this process sets one handler only");
}

/// The command line that this process was started with, quoted for a shell.
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
    fn arguments_are_quoted_if_a_shell_would_change_them() {
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
