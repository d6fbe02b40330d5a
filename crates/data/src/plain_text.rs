//! Which text is safe to show on one line of a terminal, a title or a table.

/// Whether text is safe to show on one line: it has no line breaks, no control characters, which
/// could move a terminal's cursor, and no characters that change the direction of writing. Names of
/// data sets, networks and studies are held to it where they are written first and where they are
/// read back.
pub fn is_plain(text: &str) -> bool {
    text.chars().all(is_plain_char)
}

/// [`is_plain`] of one character.
pub fn is_plain_char(c: char) -> bool {
    let breaks_or_turns =
        matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !c.is_control() && !breaks_or_turns
}

/// Whether text shows anything: it is not of blanks and characters without width alone.
pub fn is_visible(text: &str) -> bool {
    let has_no_width = |c| {
        matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
    };
    text.chars().any(|c| !c.is_whitespace() && !c.is_control() && !has_no_width(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_breaks_or_turns_a_line_is_not_plain() {
        for text in ["", "plain", "größer 0.5 ×", "日本語", "a\u{200b}b"] {
            assert!(is_plain(text), "{text:?}");
        }
        for text in ["a\nb", "\u{1b}[2J", "\u{9b}", "a\u{2028}b", "im\u{202e}g", "\u{2066}"] {
            assert!(!is_plain(text), "{text:?}");
        }
    }

    #[test]
    fn text_without_width_is_not_visible() {
        for text in ["a", " a", "\u{200b}a", "日", "×"] {
            assert!(is_visible(text), "{text:?}");
        }
        for text in ["", " ", "\u{200b}", "\u{2060}\u{feff} ", "\u{3164}", "\u{ad}", "\u{fe0f}"] {
            assert!(!is_visible(text), "{text:?}");
        }
    }
}
