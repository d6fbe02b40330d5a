//! Messages to the user, on standard error: failures and warnings, with each `hint:` on its own
//! line.

use console::Style;
use fitroom_session::data::is_plain_char;

use crate::Failure;
use crate::output::say;

/// Prints the failure that ends the program.
pub fn tell(failure: &Failure) {
    let (word, style) = match failure.is_interruption() {
        true => ("interrupted", Style::new().yellow()),
        false => ("error", Style::new().red()),
    };
    say(&labelled(word, style.bold(), &failure.to_string()));
}

/// Prints what is wrong with one thing of many. The work continues after it, and fails at its end.
pub fn complain(text: &str) {
    say(&labelled("error", Style::new().red().bold(), text));
}

/// Prints a warning. The work continues after it.
pub fn warn(text: &str) {
    say(&labelled("warning", Style::new().yellow().bold(), text));
}

/// A text without characters that steer a terminal: a file may be called anything.
pub fn plain(text: &str) -> String {
    let shown = |c: char| if c == '\n' || is_plain_char(c) { c } else { '\u{fffd}' };
    text.chars().map(shown).collect()
}

fn labelled(word: &str, style: Style, text: &str) -> String {
    let text = plain(text);
    let hint = Style::new().cyan().for_stderr().apply_to("hint: ");
    let lines = text.lines().map(|line| match line.strip_prefix("hint: ") {
        Some(rest) => format!("{hint}{rest}"),
        None => line.to_owned(),
    });
    format!("{}: {}", style.for_stderr().apply_to(word), lines.collect::<Vec<_>>().join("\n"))
}
