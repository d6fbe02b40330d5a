//! The part of an address behind the question mark, which holds all of a view's state.

use std::str::FromStr;

use crate::error::WebError;

/// Keys and values of an address, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(pub Vec<(String, String)>);

impl Query {
    /// The value of a key. An empty value is none, because a form sends one for each empty field.
    ///
    /// # Errors
    /// The key stands there twice.
    pub fn one(&self, key: &str) -> Result<Option<&str>, WebError> {
        let mut values = self.all(key);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(WebError::Wrong(format!("`{key}` stands twice in the address"))),
        }
    }

    /// All values of a key that are not empty.
    pub fn all<'q>(&'q self, key: &str) -> impl Iterator<Item = &'q str> {
        let pairs = self.0.iter().filter(move |(name, value)| name == key && !value.is_empty());
        pairs.map(|(_, value)| value.as_str())
    }

    /// The value of a key as a number or another type; `None` if the key is not there.
    ///
    /// # Errors
    /// The key stands there twice, or its value is of another type.
    pub fn parsed<T: FromStr>(&self, key: &str) -> Result<Option<T>, WebError> {
        let Some(word) = self.one(key)? else { return Ok(None) };
        let wrong =
            |_| WebError::Wrong(format!("`{key}={}` in the address can't be used", shown(word)));
        word.parse().map(Some).map_err(wrong)
    }

    /// Whether the key has a value, as a ticked box has.
    pub fn is_set(&self, key: &str) -> bool {
        self.all(key).next().is_some()
    }

    /// Two numbers with a comma between them: `x=3,20`.
    ///
    /// # Errors
    /// The key stands there twice, or its value is anything else.
    pub fn range(&self, key: &str) -> Result<Option<(f64, f64)>, WebError> {
        let Some(word) = self.one(key)? else { return Ok(None) };
        let numbers = word
            .split_once(',')
            .and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?)));
        let wrong = || {
            WebError::Wrong(format!(
                "`{key}={}` in the address is no range, such as `{key}=3,20`",
                shown(word)
            ))
        };
        numbers.ok_or_else(wrong).map(Some)
    }

    /// The query as text, with `key` set to `value`, or left out.
    pub fn with(&self, key: &str, value: Option<&str>) -> String {
        let others = self.0.iter().filter(|(name, value)| name != key && !value.is_empty());
        let pairs = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs = pairs.chain(value.map(|value| (key, value)));
        let pairs: Vec<String> =
            pairs.map(|(key, value)| format!("{}={}", escaped(key), escaped(value))).collect();
        pairs.join("&")
    }
}

/// A word for a message, cut if it is long.
fn shown(word: &str) -> String {
    let cut: String = word.chars().take(40).collect();
    if cut.len() < word.len() { cut + "…" } else { cut }
}

/// A word as a part of an address: everything but letters, digits and `-_.~` is written as `%20`.
pub fn escaped(word: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let byte = |byte: u8| match plain(&byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    word.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> Query {
        Query(pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
    }

    #[test]
    fn values_are_read_once_or_all() {
        let query =
            query(&[("network", "a"), ("network", "b"), ("x", "3,20"), ("log", ""), ("n", "7")]);
        assert_eq!(query.all("network").collect::<Vec<_>>(), ["a", "b"]);
        assert!(query.one("network").is_err());
        assert_eq!(query.range("x").unwrap(), Some((3.0, 20.0)));
        assert_eq!(query.parsed::<u32>("n").unwrap(), Some(7));
        assert!(query.range("n").is_err() && query.parsed::<u32>("x").is_err());
        assert!(!query.is_set("log") && query.one("absent").unwrap().is_none());
    }

    #[test]
    fn an_address_keeps_what_is_not_changed() {
        let query = query(&[("a", "1"), ("b", "x y&z"), ("c", "")]);
        assert_eq!(query.with("a", Some("2")), "b=x%20y%26z&a=2");
        assert_eq!(query.with("b", None), "a=1");
        assert_eq!(escaped("ü/"), "%C3%BC%2F");
    }
}
