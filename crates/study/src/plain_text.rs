//! Text for people: what may stand in a message or a title, and the words that hints share.

/// Whether text stays on its line and is seen as it is: nothing in it breaks the line, moves a
/// terminal's cursor or turns the direction of writing.
pub(crate) fn is_plain(text: &str) -> bool {
    let breaks_or_turns = |c| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.chars().any(|c| c.is_control() || breaks_or_turns(c))
}

/// Leaves text that can be shown in a terminal, on one line.
pub(crate) fn make_plain(text: &mut String) {
    if !is_plain(text) {
        let plain = |c: char| {
            if is_plain(c.encode_utf8(&mut [0; 4])) { c } else { char::REPLACEMENT_CHARACTER }
        };
        *text = text.chars().map(plain).collect();
    }
}

/// `a`, `b`, `c`
pub(crate) fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Lines of a message that may quote a file, for a terminal: what is no text is shown as U+FFFD,
/// and a line that goes on and on is cut.
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
