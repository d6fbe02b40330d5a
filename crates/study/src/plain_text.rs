//! Makes text safe to show in messages and titles.

/// Whether text is safe to show on one line: it has no line breaks, no control characters, which
/// could move a terminal's cursor, and no characters that change the direction of writing.
pub(crate) fn is_plain(text: &str) -> bool {
    let breaks_or_turns = |c| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| c.is_control() || breaks_or_turns(c))
}

/// Replaces all characters that are not [plain](is_plain) by U+FFFD.
pub(crate) fn make_plain(text: &mut String) {
    if !is_plain(text) {
        let plain = |c: char| {
            if is_plain(c.encode_utf8(&mut [0; 4])) { c } else { char::REPLACEMENT_CHARACTER }
        };
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
