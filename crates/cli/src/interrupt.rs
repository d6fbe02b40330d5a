//! Ctrl-C: the first one asks the session to stop, the second one ends the process at once.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::process;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use fitroom_session::{Interruption, SessionControl};

use crate::exit_code::INTERRUPTED;

const STOPPING: &str = "stopping after the current step; Ctrl-C again ends at once";
const REPORT_UNFINISHED: &str = "interrupted after training; the report may be unfinished: `fitroom report DIR` writes it again";

/// Engines send the same request several times: GNU parallel three times within half a second, HyperQueue
/// SIGINT and then SIGTERM. Each is one request to stop.
const ONE_REQUEST: Duration = Duration::from_secs(2);

/// From now on, the first Ctrl-C (or SIGTERM, SIGHUP) interrupts the session and calls `notice`. A
/// second one, and one after all training, may end the process at any point, because each file is
/// either written completely or not at all. Where nobody sits at a terminal, signals within two seconds
/// are one.
pub fn on_ctrl_c(control: &SessionControl, notice: impl Fn(&str) + Send + 'static) {
    let control = control.clone();
    let is_attended = io::stderr().is_terminal();
    let mut first: Option<Instant> = None;
    let handler = move || match control.interrupt() {
        Interruption::Stops => {
            first = Some(Instant::now());
            notice(STOPPING);
        }
        Interruption::Again
            if !is_attended && first.is_some_and(|at| at.elapsed() < ONE_REQUEST) => {}
        Interruption::Again => process::exit(INTERRUPTED.into()),
        Interruption::OnlyTheReportIsLeft => {
            notice(REPORT_UNFINISHED);
            process::exit(INTERRUPTED.into());
        }
    };
    ctrlc::set_handler(handler).expect("this process sets one handler only");
}

/// Waits until Ctrl-C, SIGTERM or SIGHUP.
pub fn wait_for_ctrl_c() {
    let (sender, receiver) = mpsc::channel();
    let handler = move || {
        let _ = sender.send(());
    };
    ctrlc::set_handler(handler).expect("this process sets one handler only");
    // The handler keeps the sender for as long as the process lives.
    let _ = receiver.recv();
}

/// A command line, quoted for a shell.
pub fn in_a_shell(words: &[OsString]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A command line with this value for an option, in place of the one that it may have.
pub fn with_option(words: &[OsString], option: &str, value: &str) -> Vec<OsString> {
    let mut kept: Vec<OsString> = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if text == option {
            words.next();
        } else if text.strip_prefix(option).is_none_or(|rest| !rest.starts_with('=')) {
            kept.push(word.clone());
        }
    }
    kept.extend([option, value].map(OsString::from));
    kept
}

fn quoted(argument: &OsStr) -> String {
    let Some(argument) = argument.to_str() else { return with_bytes(argument) };
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

/// An argument that is not UTF-8, as bash and zsh write such bytes: `$'bad\xff'`.
fn with_bytes(argument: &OsStr) -> String {
    let mut quoted = "$'".to_owned();
    for chunk in argument.as_encoded_bytes().utf8_chunks() {
        quoted += &chunk.valid().replace('\\', r"\\").replace('\'', r"\'");
        for byte in chunk.invalid() {
            write!(quoted, r"\x{byte:02x}").expect("a string takes all text");
        }
    }
    quoted + "'"
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
            assert_eq!(quoted(argument.as_ref()), expected);
        }
    }

    #[test]
    fn an_option_gets_another_value() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        let with = |line| in_a_shell(&with_option(&words(line), "--seeds", "7"));
        assert_eq!(with("fitroom run a.toml"), "fitroom run a.toml --seeds 7");
        assert_eq!(with("fitroom run --seeds 5 --quick"), "fitroom run --quick --seeds 7");
        assert_eq!(with("fitroom run --seeds=5 --seedsx 1"), "fitroom run --seedsx 1 --seeds 7");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_written_as_a_shell_reads_them() {
        use std::os::unix::ffi::OsStrExt;
        let quoted = |bytes| quoted(OsStr::from_bytes(bytes));
        assert_eq!(quoted(b"bad\xff"), r"$'bad\xff'");
        assert_eq!(quoted(b"it's \\ \xfe\xc3\xa9"), "$'it\\'s \\\\ \\xfeé'");
    }
}
