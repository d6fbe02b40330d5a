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

use std::cell::Cell;
use std::collections::BTreeMap;
use std::iter;

use fitroom_nearest::{did_you_mean, nearest};
use fitroom_nn::{BlockKind, LayerSpec};
use thiserror::Error;

/// The most parts that are within each other.
const DEEPEST: usize = 32;
/// The most bytes that the parts of a study file's networks have together, each counted where it is replaced. So
/// no small file stands for endless memory or work.
const MOST_BYTES: usize = 4 << 20;

/// The parts of a study file, by name.
#[derive(Debug)]
pub(crate) struct Parts {
    layers: BTreeMap<String, String>,
    /// What is left of [`MOST_BYTES`].
    left: Cell<usize>,
}

impl Default for Parts {
    fn default() -> Self {
        Parts { layers: BTreeMap::new(), left: Cell::new(MOST_BYTES) }
    }
}

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
    /// A word is no layer and no part, but nearly a part.
    #[error("unknown layer or part `{name}`\nhint: did you mean `{nearest}`?")]
    Unknown {
        /// The word.
        name: String,
        /// The part that was probably meant.
        nearest: String,
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
    /// A value is given twice.
    #[error("`{written}` gives two values for {{{word}}}")]
    Twice {
        /// The part as it is used.
        written: String,
        /// The name in braces.
        word: String,
    },
    /// All parts together are too long.
    #[error("the networks' layers have more than {MOST_BYTES} bytes once parts are replaced")]
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
        if !is_name || layer_names().any(|layer| layer == lower) {
            return Err(PartError::Name { name: name.to_owned() });
        }
        self.layers.insert(name.to_owned(), layers.to_owned());
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
            let name = words.next().filter(|_| end != "(");
            match name.and_then(|name| self.layers.get_key_value(name)) {
                Some((name, body)) => {
                    if depth == DEEPEST {
                        return Err(PartError::TooDeep { name: name.clone() });
                    }
                    let body = self.filled(name, body, written.trim(), words)?;
                    self.replace(&body, depth + 1, to)?;
                }
                None => {
                    name.map_or(Ok(()), |name| self.check_unknown(name))?;
                    to.push_str(written);
                }
            }
            to.push_str(end);
        }
        Ok(())
    }

    /// An error for a word that is no part, if a part's name is nearer to it than any layer's.
    fn check_unknown(&self, name: &str) -> Result<(), PartError> {
        let lower = name.to_lowercase();
        if layer_names().any(|layer| layer == lower) {
            return Ok(());
        }
        let parts = self.layers.keys().map(String::as_str);
        match nearest(name, parts.chain(layer_names())) {
            Some(nearest) if self.layers.contains_key(nearest) => {
                Err(PartError::Unknown { name: name.to_owned(), nearest: nearest.to_owned() })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The layers of a part with the values that `words` give.
    fn filled<'a>(
        &self,
        name: &str,
        body: &str,
        written: &str,
        words: impl Iterator<Item = &'a str>,
    ) -> Result<String, PartError> {
        let (name, written) = (|| name.to_owned(), || written.to_owned());
        let mut values = BTreeMap::new();
        for word in words {
            let Some((key, value)) = word.split_once('=') else {
                let (name, written, word) = (name(), written(), word.to_owned());
                return Err(PartError::Unexpected { written, name, word });
            };
            if !names(body).any(|known| known == key) {
                let nearest = nearest(key, names(body)).map(str::to_owned);
                let (name, written, word) = (name(), written(), key.to_owned());
                return Err(PartError::Unused { written, name, word, nearest });
            }
            if values.insert(key, value).is_some() {
                return Err(PartError::Twice { written: written(), word: key.to_owned() });
            }
        }
        let mut filled = String::new();
        let mut add = |text: &str| {
            let left = self.left.get().checked_sub(text.len() + 1).ok_or(PartError::TooLong)?;
            self.left.set(left);
            filled.push_str(text);
            Ok(())
        };
        let mut rest = body;
        while let Some((before, key, after)) = split_at_name(rest) {
            let Some(value) = values.get(key) else {
                let (written, name, missing) = (written(), name(), key.to_owned());
                return Err(PartError::Missing { written, name, missing });
            };
            add(before)?;
            add(value)?;
            rest = after;
        }
        add(rest)?;
        Ok(filled)
    }
}

/// The names of all layers and blocks, which no part may have.
fn layer_names<'a>() -> impl Iterator<Item = &'a str> {
    LayerSpec::NAMES.iter().chain(BlockKind::NAMES).copied()
}

/// What stands before the first name in braces, the name, and what follows.
fn split_at_name(body: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = body.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// The names in braces.
fn names(mut body: &str) -> impl Iterator<Item = &str> {
    iter::from_fn(move || {
        let (_, name, after) = split_at_name(body)?;
        body = after;
        Some(name)
    })
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

    /// Each of these would take gigabytes, or hours.
    #[test]
    fn a_small_file_does_not_stand_for_endless_memory_or_work() {
        let grows: Vec<(String, String)> = (0..31)
            .map(|at| (format!("p{at}"), format!("p{} f={{f}}{{f}}{{f}}{{f}}", at + 1)))
            .chain([("p31".to_owned(), "dense {f}".to_owned())])
            .collect();
        let empty: Vec<(String, String)> = (1..31)
            .map(|at| (format!("d{at}"), format!("d{0},d{0}", at - 1)))
            .chain([("d0".to_owned(), String::new())])
            .collect();
        for (all, layers) in [(grows, "p0 f=1"), (empty, "d30")] {
            let mut parts = Parts::default();
            all.iter().for_each(|(name, layers)| parts.add(name, layers).unwrap());
            assert_eq!(parts.replaced(layers), Err(PartError::TooLong));
        }
        // What one network takes, the next lacks.
        let parts = parts(&[("wide", &"relu, ".repeat(400_000))]);
        assert!(parts.replaced("wide").is_ok());
        assert_eq!(parts.replaced("wide"), Err(PartError::TooLong));
    }

    #[test]
    fn mistakes_say_what_was_wrong_and_what_would_be_right() {
        let used = parts(&[
            ("block", "conv {filters} 3x3"),
            ("self", "relu, self"),
            ("long", "relu, long2, long2, long2, long2"),
            ("long2", &"dense 128, ".repeat(100_000)),
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
            ("relu, blck filters=8", "unknown layer or part `blck`\nhint: did you mean `block`?"),
            ("self", "the part `self` is within itself, or within more than 32 others"),
            (
                "block filters=8 filters=9",
                "`block filters=8 filters=9` gives two values for {filters}",
            ),
            ("long", "the networks' layers have more than 4194304 bytes once parts are replaced"),
        ] {
            assert_eq!(used.replaced(layers).unwrap_err().to_string(), message, "{layers}");
        }
        // These are for the layers to tell of.
        for layers in ["conw 8 3x3", "Conv 8 3x3", "something else", "blok (relu)"] {
            assert_eq!(used.replaced(layers).unwrap(), layers);
        }
        for name in ["conv", "Residual", "3x", "", "a b", "é"] {
            assert!(Parts::default().add(name, "relu").is_err(), "{name}");
        }
    }
}
