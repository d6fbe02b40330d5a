//! The words of a layer in a study file, such as `conv 32 3x3 stride 1 pad 1`: how one layer reads
//! its settings from them, and what can be wrong with them.

use std::fmt;

use fitroom_nearest::did_you_mean;
use thiserror::Error;

use super::per_axis::PerAxis;

/// How a kind of layer is written in a study file.
pub(crate) trait LayerSyntax: Sized {
    /// The first word, in lower case.
    const NAME: &'static str;
    /// A layer of this kind with all its settings, for hints.
    const EXAMPLE: &'static str;

    /// Reads the settings, which are the words after the name. Words that this function leaves over
    /// are an error.
    fn parse(words: &mut Words) -> Result<Self, LayerSpecError>;

    /// Writes the settings as [`parse`](Self::parse) reads them, each after a space. Settings that
    /// are the defaults are left out.
    fn write_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Why the words of a layer describe no layer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LayerSpecError {
    /// No layer has this name.
    #[error("unknown layer `{name}`{}", did_you_mean(nearest))]
    UnknownLayer {
        /// The name as written.
        name: String,
        /// The layer that was probably meant: a similar name, or the same layer's name elsewhere.
        nearest: Option<&'static str>,
    },
    /// The layer has no such setting.
    #[error("`{layer}`: unexpected `{word}`\nhint: write it like `{example}`")]
    Unexpected {
        /// The layer as written.
        layer: String,
        /// The word that was not understood.
        word: String,
        /// A correct layer of this kind.
        example: &'static str,
    },
    /// A required setting is missing.
    #[error("`{layer}`: {what} is missing\nhint: write it like `{example}`")]
    Missing {
        /// The layer as written.
        layer: String,
        /// The missing setting.
        what: &'static str,
        /// A correct layer of this kind.
        example: &'static str,
    },
    /// The value of a setting is not allowed.
    #[error("`{layer}`: {what} must be {bounds}, got `{value}`")]
    OutOfRange {
        /// The layer as written.
        layer: String,
        /// The setting.
        what: &'static str,
        /// The values that are allowed.
        bounds: &'static str,
        /// The value as written.
        value: String,
    },
    /// `pad same` together with a stride.
    #[error(
        "`{layer}`: `pad same` needs stride 1, got stride {stride}\n\
         hint: write `stride 1`, or the padding in numbers such as `pad 1`"
    )]
    SameNeedsStride1 {
        /// The layer as written.
        layer: String,
        /// The layer's stride.
        stride: PerAxis,
    },
    /// The network has too many layers.
    #[error("{count} layers and blocks, and a network may have {limit}")]
    TooMany {
        /// Layers of this network.
        count: usize,
        /// The most layers that a network may have.
        limit: usize,
    },
    /// Too many blocks are within each other.
    #[error("more than {limit} blocks are nested\nhint: write fewer blocks within blocks")]
    TooDeep {
        /// The most blocks that are nested.
        limit: usize,
    },
    /// A block has no parentheses.
    #[error(
        "`{block}` has no layers\n\
         hint: write them in parentheses, like `residual (conv 32 3x3 pad same, relu)`"
    )]
    NoBody {
        /// The block as written.
        block: String,
    },
    /// Parentheses follow a word that is no block.
    #[error("`{head}` is no block\nhint: blocks are `residual`, `concat` and `repeat 3`")]
    NoBlock {
        /// What stands before the parentheses.
        head: String,
    },
    /// A parenthesis is not closed.
    #[error("`{block}` is not closed\nhint: write `)` after its last layer")]
    NotClosed {
        /// The block up to its parenthesis.
        block: String,
    },
    /// A parenthesis is closed that was not opened.
    #[error(
        "`)` after `{before}` closes nothing\n\
         hint: blocks are written like `residual (conv 32 3x3 pad same, relu)`"
    )]
    NotOpened {
        /// What stands before it.
        before: String,
    },
    /// Something follows the parenthesis that closes a block.
    #[error("unexpected `{text}` after a block\nhint: separate layers by commas")]
    AfterBlock {
        /// What follows.
        text: String,
    },
    /// Nothing stands between two commas.
    #[error("an empty layer in `{layers}`\nhint: separate layers by one comma")]
    Empty {
        /// The whole list.
        layers: String,
    },
}

/// The words of one layer that are not read yet.
pub(crate) struct Words<'a> {
    layer: &'a str,
    example: &'static str,
    rest: Vec<&'a str>,
}

impl<'a> Words<'a> {
    /// The words after the first of `layer`. Errors show `example`.
    pub(crate) fn after_name(layer: &'a str, example: &'static str) -> Self {
        Words { layer, example, rest: layer.split_whitespace().skip(1).collect() }
    }

    /// Whether all words are read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// # Errors
    /// A word that nothing has read.
    pub(crate) fn finish(self) -> Result<(), LayerSpecError> {
        match self.rest.first() {
            None => Ok(()),
            Some(word) => Err(LayerSpecError::Unexpected {
                layer: self.layer.to_owned(),
                word: (*word).to_owned(),
                example: self.example,
            }),
        }
    }

    /// The next word. `what` names the setting that it holds.
    pub(crate) fn next(&mut self, what: &'static str) -> Result<&'a str, LayerSpecError> {
        if self.rest.is_empty() {
            return Err(self.missing(what));
        }
        Ok(self.rest.remove(0))
    }

    /// The word after `key`, wherever `key` stands; `None` without `key`.
    pub(crate) fn named(&mut self, key: &'static str) -> Result<Option<&'a str>, LayerSpecError> {
        let Some(at) = self.rest.iter().position(|&word| word == key) else { return Ok(None) };
        self.rest.remove(at);
        if at == self.rest.len() {
            return Err(self.missing("the value at the end"));
        }
        Ok(Some(self.rest.remove(at)))
    }

    /// Whether `word` stands somewhere. It is then read.
    pub(crate) fn flag(&mut self, word: &str) -> bool {
        let at = self.rest.iter().position(|&other| other == word);
        at.is_some_and(|at| self.rest.remove(at) == word)
    }

    /// The next word as a whole number from 1.
    pub(crate) fn next_count(&mut self, what: &'static str) -> Result<usize, LayerSpecError> {
        let word = self.next(what)?;
        self.count(what, 1, word)
    }

    /// `word` as a whole number from `least`, which is 0 or 1.
    pub(crate) fn count(
        &self,
        what: &'static str,
        least: usize,
        word: &str,
    ) -> Result<usize, LayerSpecError> {
        let bounds = if least == 0 {
            "a whole number from 0 to 65536"
        } else {
            "a whole number from 1 to 65536"
        };
        match word.parse() {
            Ok(n) if (least..=65_536).contains(&n) => Ok(n),
            _ => Err(self.out_of_range(what, bounds, word)),
        }
    }

    /// `word` as a number for each axis, such as `2x1`, or one for both. Each is from `least`, which
    /// is 0 or 1.
    pub(crate) fn per_axis(
        &self,
        what: &'static str,
        least: usize,
        word: &str,
    ) -> Result<PerAxis, LayerSpecError> {
        let bounds = if least == 0 {
            "a whole number from 0 to 65536, or rows x columns such as 1x0"
        } else {
            "a whole number from 1 to 65536, or rows x columns such as 2x1"
        };
        let (rows, columns) = word.split_once('x').unwrap_or((word, word));
        let axis =
            |axis| self.count(what, least, axis).map_err(|_| self.out_of_range(what, bounds, word));
        Ok(PerAxis { rows: axis(rows)?, columns: axis(columns)? })
    }

    /// The error about `pad same` together with a stride.
    pub(crate) fn same_needs_stride_1(&self, stride: PerAxis) -> LayerSpecError {
        LayerSpecError::SameNeedsStride1 { layer: self.layer.to_owned(), stride }
    }

    /// `word` as a number that is `allowed`; `bounds` says in words which numbers are.
    pub(crate) fn real(
        &self,
        what: &'static str,
        bounds: &'static str,
        allowed: fn(f32) -> bool,
        word: &str,
    ) -> Result<f32, LayerSpecError> {
        match word.parse() {
            Ok(x) if allowed(x) => Ok(x),
            _ => Err(self.out_of_range(what, bounds, word)),
        }
    }

    /// The error about a setting whose value is not within `bounds`.
    pub(crate) fn out_of_range(
        &self,
        what: &'static str,
        bounds: &'static str,
        value: &str,
    ) -> LayerSpecError {
        LayerSpecError::OutOfRange {
            layer: self.layer.to_owned(),
            what,
            bounds,
            value: value.to_owned(),
        }
    }

    fn missing(&self, what: &'static str) -> LayerSpecError {
        LayerSpecError::Missing { layer: self.layer.to_owned(), what, example: self.example }
    }
}
