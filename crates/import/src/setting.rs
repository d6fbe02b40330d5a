//! The value of a setting of a run: text, a number, or true or false.

use std::cmp::Ordering;
use std::fmt;

use crate::limits::LONGEST_SETTING;

/// The value of a setting, such as a learning rate or the name of an optimizer.
///
/// Values are equal if they are of one kind and equal: `0.001` and `1e-3` are the same number, and
/// NaN is equal to itself, so that settings can be sorted and compared.
///
/// ```
/// use fitroom_import::Setting;
///
/// assert_eq!(Setting::read("1e-3"), Setting::Number(0.001));
/// assert_eq!(Setting::read("True"), Setting::Bool(true));
/// assert_eq!(Setting::read("adam"), Setting::Text("adam".into()));
/// ```
#[derive(Clone, Debug)]
pub enum Setting {
    /// Anything that is not one of the others. Python's `None` is the text `None`.
    Text(String),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
}

impl Setting {
    /// Reads a value as other tools write it as text. All text is a setting, so this can't fail.
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        match text {
            "true" | "True" => return Setting::Bool(true),
            "false" | "False" => return Setting::Bool(false),
            "null" | "None" | "~" => return Setting::none(),
            _ => {}
        }
        match finite_number(text) {
            Some(number) => Setting::Number(number),
            None => Setting::text(text),
        }
    }

    /// Text of at most [`LONGEST_SETTING`] characters.
    pub fn text(text: &str) -> Self {
        match text.char_indices().nth(LONGEST_SETTING) {
            Some((end, _)) => Setting::Text(format!("{}…", &text[..end])),
            None => Setting::Text(text.to_owned()),
        }
    }

    /// What stands for Python's `None` and JSON's `null`.
    pub fn none() -> Self {
        Setting::Text("None".to_owned())
    }

    /// Kinds in their order, when settings of different kinds are sorted.
    fn kind(&self) -> u8 {
        match self {
            Setting::Bool(_) => 0,
            Setting::Number(_) => 1,
            Setting::Text(_) => 2,
        }
    }
}

/// A finite number that is written as a number. Rust also reads `inf` and `nan`, which are words in
/// a setting.
pub(crate) fn finite_number(text: &str) -> Option<f64> {
    let is_start = |byte: &u8| byte.is_ascii_digit() || b"+-.".contains(byte);
    text.as_bytes().first().filter(|byte| is_start(byte))?;
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Text(text) => f.write_str(text),
            Setting::Number(number) if is_far_from_one(*number) => write!(f, "{number:e}"),
            Setting::Number(number) => write!(f, "{number}"),
            Setting::Bool(value) => write!(f, "{value}"),
        }
    }
}

/// Whether a number is shorter with an exponent.
fn is_far_from_one(number: f64) -> bool {
    number.is_finite() && number != 0.0 && !(1e-4..1e16).contains(&number.abs())
}

impl Ord for Setting {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Setting::Text(a), Setting::Text(b)) => a.cmp(b),
            // Adding zero turns -0 into 0.
            (Setting::Number(a), Setting::Number(b)) => (a + 0.0).total_cmp(&(b + 0.0)),
            (Setting::Bool(a), Setting::Bool(b)) => a.cmp(b),
            _ => self.kind().cmp(&other.kind()),
        }
    }
}

impl PartialOrd for Setting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Setting {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_what_it_looks_like() {
        for (text, expected) in [
            (" 12 ", Setting::Number(12.0)),
            ("-0.0", Setting::Number(0.0)),
            ("1E-4", Setting::Number(1e-4)),
            ("false", Setting::Bool(false)),
            ("null", Setting::none()),
            ("nan", Setting::Text("nan".into())),
            ("inf", Setting::Text("inf".into())),
            ("1e999", Setting::Text("1e999".into())),
            ("", Setting::Text(String::new())),
            ("3x3", Setting::Text("3x3".into())),
        ] {
            assert_eq!(Setting::read(text), expected, "{text}");
        }
    }

    #[test]
    fn values_are_shown_briefly() {
        for (value, expected) in [
            (Setting::Number(0.001), "0.001"),
            (Setting::Number(0.00001), "1e-5"),
            (Setting::Number(64.0), "64"),
            (Setting::Number(0.0), "0"),
            (Setting::Bool(true), "true"),
        ] {
            assert_eq!(value.to_string(), expected);
        }
        let long = Setting::text(&"ä".repeat(5000)).to_string();
        assert_eq!(long.chars().count(), LONGEST_SETTING + 1);
    }
}
