//! Text of a stranger's file, as messages show it.

use fitroom_data::is_plain_char;

/// A name: at most 60 characters, none of which controls a terminal or turns the direction of writing.
pub(crate) fn shown(name: &str) -> String {
    cut(name, 60)
}

/// The message of a library, which may quote the file: at most 300 such characters.
pub(crate) fn shown_message(message: &str) -> String {
    cut(message, 300)
}

fn cut(text: &str, most: usize) -> String {
    let plain = |c: char| if is_plain_char(c) { c } else { '\u{fffd}' };
    let mut shown: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_short_and_controls_no_terminal() {
        assert_eq!(shown("größer `0`"), "größer `0`");
        assert_eq!(shown("\u{1b}[2J\n\u{202e}x"), "\u{fffd}[2J\u{fffd}\u{fffd}x");
        assert_eq!(shown(&"é".repeat(61)), "é".repeat(60) + "…");
        assert_eq!(shown_message(&"é\n".repeat(150)), "é\u{fffd}".repeat(150));
    }
}
