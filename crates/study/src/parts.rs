//! `[parts]` of a study file: names for layers that are written more than once.
//!
//! ```toml
//! [parts]
//! block = "conv {f} 3x3 pad same, batchnorm, relu"
//!
//! [[network]]
//! layers = "block f=16, maxpool 2x2, block f=32, flatten"
//! ```
//!
//! A name is replaced by its layers, and each `{f}` in them by the value that `f=` gives. Nothing of this is
//! stored: a study's own file holds the layers.

use std::collections::BTreeMap;

use fitroom_nearest::{did_you_mean, nearest};
use fitroom_nn::{BlockKind, LayerSpec};
use thiserror::Error;

/// The most parts that are within each other.
const DEEPEST: usize = 32;
/// The most bytes of a network's layers once parts are replaced.
const LONGEST: usize = 1 << 20;

/// The parts of a study file, by name.
#[derive(Debug, Default)]
pub(crate) struct Parts(BTreeMap<String, String>);

/// Why a part can't be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PartError {
    /// The name can't be told from a layer, or has other characters.
    #[error(
        "a part can't be called `{name}`\n\
         hint: a name is of letters, digits, `-` and `_`, begins with a letter, and is no layer's"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// The layers of a part hold a name in braces for which no value is given.
    #[error(
        "`{written}` gives no value for {{{missing}}}\nhint: write it like `{name} {missing}=16`"
    )]
    Missing {
        /// The part as it is used.
        written: String,
        /// The part's name.
        name: String,
        /// The name in braces.
        missing: String,
    },
    /// A value is given that the part's layers do not use.
    #[error("`{written}`: the part `{name}` has no {{{word}}}{}", did_you_mean(nearest))]
    Unused {
        /// The part as it is used.
        written: String,
        /// The part's name.
        name: String,
        /// The name that was given a value.
        word: String,
        /// A similar name in the part.
        nearest: Option<String>,
    },
    /// A word after a part's name is no value.
    #[error("`{written}`: unexpected `{word}`\nhint: values are written like `{name} f=16`")]
    Unexpected {
        /// The part as it is used.
        written: String,
        /// The part's name.
        name: String,
        /// The word.
        word: String,
    },
    /// Parts are within each other without an end, or too deep.
    #[error("the part `{name}` is within itself, or within more than {DEEPEST} others")]
    TooDeep {
        /// The part's name.
        name: String,
    },
    /// The layers are too long.
    #[error("the layers have more than {LONGEST} bytes once parts are replaced")]
    TooLong,
}

impl Parts {
    /// Adds a part.
    ///
    /// # Errors
    /// The name is no name for a part.
    pub fn add(&mut self, name: &str, layers: &str) -> Result<(), PartError> {
        let mut letters = name.chars();
        let is_name = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
        let lower = name.to_lowercase();
        let is_layer = LayerSpec::NAMES.iter().chain(BlockKind::NAMES).any(|layer| *layer == lower);
        if !is_name || is_layer {
            return Err(PartError::Name { name: name.to_owned() });
        }
        self.0.insert(name.to_owned(), layers.to_owned());
        Ok(())
    }

    /// The layers with each part's name replaced.
    ///
    /// # Errors
    /// A part is used without one of its values or with another, or parts have no end.
    pub fn replaced(&self, layers: &str) -> Result<String, PartError> {
        let mut replaced = String::new();
        self.replace(layers, 0, &mut replaced)?;
        Ok(replaced)
    }

    /// Adds `layers` to `to`, which are within `depth` parts.
    fn replace(&self, layers: &str, depth: usize, to: &mut String) -> Result<(), PartError> {
        for piece in layers.split_inclusive([',', '(', ')']) {
            let (written, end) = match piece.strip_suffix([',', '(', ')']) {
                Some(written) => (written, &piece[written.len()..]),
                None => (piece, ""),
            };
            let mut words = written.split_whitespace();
            match words.next().and_then(|name| self.0.get_key_value(name)) {
                Some((name, body)) if end != "(" => {
                    if depth == DEEPEST {
                        return Err(PartError::TooDeep { name: name.clone() });
                    }
                    let body = filled(name, body, written.trim(), words)?;
                    self.replace(&body, depth + 1, to)?;
                }
                _ => to.push_str(written),
            }
            to.push_str(end);
            if to.len() > LONGEST {
                return Err(PartError::TooLong);
            }
        }
        Ok(())
    }
}

/// The layers of a part with the values that `words` give.
fn filled<'a>(
    name: &str,
    body: &str,
    written: &str,
    words: impl Iterator<Item = &'a str>,
) -> Result<String, PartError> {
    let (name, written) = (|| name.to_owned(), || written.to_owned());
    let mut body = body.to_owned();
    for word in words {
        let Some((key, value)) = word.split_once('=') else {
            let (name, written, word) = (name(), written(), word.to_owned());
            return Err(PartError::Unexpected { written, name, word });
        };
        let braces = format!("{{{key}}}");
        if !body.contains(&braces) {
            let nearest = nearest(key, names(&body)).map(str::to_owned);
            let (name, written, word) = (name(), written(), key.to_owned());
            return Err(PartError::Unused { written, name, word, nearest });
        }
        body = body.replace(&braces, value);
    }
    let missing = names(&body).next().map(str::to_owned);
    match missing {
        Some(missing) => Err(PartError::Missing { written: written(), name: name(), missing }),
        None => Ok(body),
    }
}

/// The names in braces.
fn names(body: &str) -> impl Iterator<Item = &str> {
    body.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(parts: &[(&str, &str)]) -> Parts {
        let mut all = Parts::default();
        parts.iter().for_each(|(name, layers)| all.add(name, layers).unwrap());
        all
    }

    #[test]
    fn names_are_replaced_by_their_layers_wherever_layers_stand() {
        let parts = parts(&[
            ("block", "conv {f} 3x3 pad {pad}, relu"),
            ("two", "block f={n} pad=1, residual (block f={n} pad=same)"),
            ("end", "flatten"),
        ]);
        assert_eq!(
            parts.replaced("repeat 2 (two n=8), end,dense 3").unwrap(),
            "repeat 2 (conv 8 3x3 pad 1, relu, residual (conv 8 3x3 pad same, relu)),flatten,dense 3"
        );
        assert_eq!(parts.replaced("dense 3, relu").unwrap(), "dense 3, relu");
    }

    #[test]
    fn mistakes_say_what_was_wrong_and_what_would_be_right() {
        let used = parts(&[
            ("block", "conv {filters} 3x3"),
            ("self", "relu, self"),
            ("long", "relu, long2, long2"),
            ("long2", &"dense 128, ".repeat(50_000)),
        ]);
        for (layers, message) in [
            (
                "block",
                "`block` gives no value for {filters}\nhint: write it like `block filters=16`",
            ),
            (
                "block filtres=8",
                "`block filtres=8`: the part `block` has no {filtres}\nhint: did you mean `filters`?",
            ),
            (
                "relu, block 8",
                "`block 8`: unexpected `8`\nhint: values are written like `block f=16`",
            ),
            ("self", "the part `self` is within itself, or within more than 32 others"),
            ("long", "the layers have more than 1048576 bytes once parts are replaced"),
        ] {
            assert_eq!(used.replaced(layers).unwrap_err().to_string(), message, "{layers}");
        }
        for name in ["conv", "Residual", "3x", "", "a b", "é"] {
            assert!(Parts::default().add(name, "relu").is_err(), "{name}");
        }
    }
}
