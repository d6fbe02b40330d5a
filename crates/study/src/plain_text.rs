//! Makes text safe to show in messages and titles.

pub(crate) use fitroom_data::{is_plain, is_plain_char, is_visible};

/// Replaces all characters that are not [plain](is_plain) by U+FFFD.
pub(crate) fn make_plain(text: &mut String) {
    if !is_plain(text) {
        let plain = |c: char| if is_plain_char(c) { c } else { char::REPLACEMENT_CHARACTER };
        *text = text.chars().map(plain).collect();
    }
}

/// A list of names for a message: `` `a`, `b`, `c` ``.
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Makes a message that may quote a file safe for a terminal: all characters that are not
/// [plain](is_plain) become U+FFFD, and long lines are cut. Line breaks stay.
pub(crate) fn harmless(message: &str) -> String {
    const LONGEST_LINE: usize = 1000;
    let line = |line: &str| {
        let mut text: String = line.chars().take(LONGEST_LINE).collect();
        if text.len() < line.len() {
            text.push('…');
        }
        make_plain(&mut text);
        text
    };
    message.lines().map(line).collect::<Vec<_>>().join("\n")
}
