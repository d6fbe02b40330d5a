//! Text as Python source. Names come from files of strangers, and must stay names.

/// A string literal of Python. Letters and digits of all languages stay readable. Whatever else is not
/// ASCII, and what ends a literal or a line, is escaped.
pub(super) fn string(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            ' '..='~' => literal.push(c),
            _ if c.is_alphanumeric() => literal.push(c),
            '\0'..='\u{ff}' => literal.push_str(&format!("\\x{:02x}", u32::from(c))),
            '\u{100}'..='\u{ffff}' => literal.push_str(&format!("\\u{:04x}", u32::from(c))),
            '\u{10000}'.. => literal.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    literal.push('"');
    literal
}

/// A list of Python, an item per line.
pub(super) fn lines(open: char, items: impl IntoIterator<Item = String>, close: char) -> String {
    let items = items.into_iter().map(|item| format!("    {item},\n"));
    format!("{open}\n{}{close}", items.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_ends_a_literal_or_a_line() {
        for (text, literal) in [
            ("T-shirt/top", r#""T-shirt/top""#),
            (r#""]; import os #"#, r#""\"]; import os #""#),
            (r"a\", r#""a\\""#),
            (r#"\""#, r#""\\\"""#),
            ("a\nb\r\0\t", r#""a\nb\x0d\x00\t""#),
            ("größer 日本語 ٣", r#""größer 日本語 ٣""#),
            ("\u{2028}\u{202e}\u{85}😀'{x}", r#""\u2028\u202e\x85\U0001f600'{x}""#),
            ("", r#""""#),
        ] {
            assert_eq!(string(text), literal);
        }
        // Every character by itself: one line, which only the last quote ends.
        for c in (0..=0x10_ffff).filter_map(char::from_u32) {
            let literal = string(&c.to_string());
            let inner = &literal[1..literal.len() - 1];
            assert!(!inner.contains(['\n', '\r', '\u{c}', '\0', '\u{2028}', '\u{2029}']), "{c:?}");
            assert!(!inner.replace("\\\\", "").replace("\\\"", "").contains('"'), "{c:?}");
            assert!(!inner.replace("\\\\", "").ends_with('\\'), "{c:?}");
        }
    }

    #[test]
    fn an_item_stands_on_a_line() {
        assert_eq!(lines('[', ["1".to_owned(), "2".to_owned()], ']'), "[\n    1,\n    2,\n]");
        assert_eq!(lines('{', [], '}'), "{\n}");
    }
}
