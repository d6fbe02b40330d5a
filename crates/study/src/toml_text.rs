//! Writes values as TOML.

use serde::Serialize;

/// A value on one line of TOML.
pub(crate) fn inline<T: Serialize + ?Sized>(value: &T) -> String {
    let mut out = String::new();
    value
        .serialize(toml::ser::ValueSerializer::new(&mut out))
        .expect("settings are strings, numbers and tables");
    out
}
