//! JSON as Python writes it, read as far as it goes.
//!
//! Python writes `NaN` and `Infinity`, which are not JSON; they are read as numbers here. If the
//! text is cut or broken, what came before is kept, and [`Parsed::problem`] says where it broke.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::Setting;

/// A JSON value. Numbers that are whole and not negative stay exact.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Json {
    #[default]
    Null,
    Bool(bool),
    Whole(u64),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// A value, as much as could be read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub value: Json,
    /// What stopped the reading, and its line.
    pub problem: Option<(u64, String)>,
}

/// Reads a value.
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = quote_words(bytes);
    let mut value = Json::Null;
    let mut reader = serde_json::Deserializer::from_slice(&bytes);
    let read = Fill(&mut value).deserialize(&mut reader).and_then(|()| reader.end());
    let problem = read.err().map(|error| {
        let text = error.to_string();
        let what = text.split(" at line ").next().unwrap_or(&text);
        (error.line() as u64, what.to_owned())
    });
    Parsed { value, problem }
}

impl Json {
    /// The value of a key of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The entries of an object. None of anything else.
    pub fn entries(&self) -> &[(String, Json)] {
        if let Json::Object(entries) = self { entries } else { &[] }
    }

    /// The values of a list. None of anything else.
    pub fn list(&self) -> &[Json] {
        if let Json::List(values) = self { values } else { &[] }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Json::Whole(number) => Some(*number as f64),
            Json::Number(number) => Some(*number),
            Json::Null | Json::Bool(_) | Json::Text(_) | Json::List(_) | Json::Object(_) => None,
        }
    }

    /// The value as a setting.
    pub fn setting(&self) -> Setting {
        match self {
            Json::Null => Setting::none(),
            Json::Bool(value) => Setting::Bool(*value),
            Json::Whole(number) => Setting::Number(*number as f64),
            Json::Number(number) => Setting::Number(*number),
            Json::Text(_) | Json::List(_) | Json::Object(_) => Setting::text(&self.text()),
        }
    }

    /// The value as a short text.
    pub fn text(&self) -> String {
        match self {
            Json::Null => "None".to_owned(),
            Json::Bool(value) => value.to_string(),
            Json::Whole(number) => number.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Text(text) => text.clone(),
            Json::List(values) => {
                let shown: Vec<_> = values.iter().take(20).map(Json::text).collect();
                let rest = if values.len() > 20 { ", …" } else { "" };
                format!("[{}{rest}]", shown.join(", "))
            }
            Json::Object(entries) => {
                let shown = entries.iter().take(20);
                let shown: Vec<_> = shown.map(|(key, v)| format!("{key}: {}", v.text())).collect();
                let rest = if entries.len() > 20 { ", …" } else { "" };
                format!("{{{}{rest}}}", shown.join(", "))
            }
        }
    }
}

/// Puts quotes and a mark around `NaN`, `Infinity` and `-Infinity` outside of texts.
fn quote_words(bytes: &[u8]) -> std::borrow::Cow<'_, [u8]> {
    let has_word = bytes.windows(3).any(|three| three == b"NaN" || three == b"Inf");
    if !has_word {
        return bytes.into();
    }
    let mut quoted = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let (mut is_text, mut position) = (false, 0);
    while let Some(&byte) = bytes.get(position) {
        if is_text {
            is_text = byte != b'"';
            if byte == b'\\' {
                quoted.push(byte);
                position += 1;
                quoted.extend(bytes.get(position));
                position += 1;
                continue;
            }
        } else if let Some(word) = [&b"NaN"[..], b"-Infinity", b"Infinity"]
            .into_iter()
            .find(|w| bytes[position..].starts_with(w))
        {
            quoted.extend_from_slice(b"\"\\u0000");
            quoted.extend_from_slice(word);
            quoted.push(b'"');
            position += word.len();
            continue;
        } else {
            is_text = byte == b'"';
        }
        quoted.push(byte);
        position += 1;
    }
    quoted.into()
}

/// Fills a value in place, so that what was read stays if the text ends.
struct Fill<'a>(&'a mut Json);

impl<'de> DeserializeSeed<'de> for Fill<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        *self.0 = Json::Bool(value);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        *self.0 = Json::Whole(number);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        *self.0 = Json::Number(number as f64);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        *self.0 = Json::Number(number);
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        *self.0 = match text.strip_prefix('\0').and_then(|word| word.parse().ok()) {
            Some(number) => Json::Number(number),
            None => Json::Text(text.to_owned()),
        };
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        *self.0 = Json::List(Vec::new());
        let Json::List(values) = self.0 else { return Ok(()) };
        loop {
            let mut value = Json::Null;
            match seq.next_element_seed(Fill(&mut value)) {
                Ok(Some(())) => values.push(value),
                Ok(None) => return Ok(()),
                Err(error) => {
                    // A list or object that was begun has something in it. A single value that was
                    // cut is not known.
                    if matches!(value, Json::List(_) | Json::Object(_)) {
                        values.push(value);
                    }
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        *self.0 = Json::Object(Vec::new());
        let Json::Object(entries) = self.0 else { return Ok(()) };
        while let Some(key) = map.next_key::<String>()? {
            let mut value = Json::Null;
            let read = map.next_value_seed(Fill(&mut value));
            if read.is_ok() || matches!(value, Json::List(_) | Json::Object(_)) {
                entries.push((key, value));
            }
            read?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_s_words_are_numbers() {
        let parsed =
            parse(br#"{"a": [NaN, -Infinity, 1e-3, 18446744073709551615], "NaN": "x \"NaN"}"#);
        assert!(parsed.problem.is_none(), "{parsed:?}");
        let a = parsed.value.get("a").unwrap().list();
        assert!(a[0].number().unwrap().is_nan());
        assert_eq!(
            a[1..],
            [Json::Number(f64::NEG_INFINITY), Json::Number(1e-3), Json::Whole(u64::MAX)]
        );
        assert_eq!(parsed.value.get("NaN"), Some(&Json::Text("x \"NaN".into())));
    }

    #[test]
    fn what_came_before_a_cut_is_kept() {
        let parsed = parse(b"{\"log\": [{\"loss\": 0.5},\n {\"loss\": 0.4, \"step\": 2");
        let log = parsed.value.get("log").unwrap().list();
        assert_eq!(log.len(), 2);
        assert_eq!(log[1].get("loss"), Some(&Json::Number(0.4)));
        let (line, problem) = parsed.problem.unwrap();
        assert_eq!(line, 2);
        assert!(problem.starts_with("EOF"), "{problem}");
    }

    #[test]
    fn deep_nesting_is_an_error() {
        assert!(parse("[".repeat(100_000).as_bytes()).problem.is_some());
    }
}
