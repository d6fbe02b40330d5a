//! Reads the tables of a study file key by key. Every error names its line and column, and a key
//! that was never asked for is an error.

use std::ops::{Range, RangeInclusive};

use fitroom_nearest::nearest;
use fitroom_nn::optimizer::SettingLimits;
use serde::de::DeserializeOwned;
use serde::de::value::{Error as WordError, StrDeserializer};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::plain_text::quoted;
use crate::{KeyHint, StudyError, StudyProblem};

/// How messages call the file's top-level table.
pub(crate) const THE_STUDY: &str = "the study";

/// A file's name and text, from which errors get line and column.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Text<'_> {
    pub fn error(&self, at: Range<usize>, problem: StudyProblem) -> StudyError {
        let before = &self.text[..self.text.floor_char_boundary(at.start)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        StudyError::InFile { file: self.file.to_owned(), line, column, problem: Box::new(problem) }
    }
}

/// Which numbers a setting allows.
#[derive(Clone, Copy)]
pub(crate) enum NumberLimits {
    Positive,
    NotNegative,
    BelowOne,
    /// An angle in degrees, up to half a turn.
    Angle,
}

impl From<SettingLimits> for NumberLimits {
    fn from(limits: SettingLimits) -> Self {
        match limits {
            SettingLimits::Positive => NumberLimits::Positive,
            SettingLimits::NotNegative => NumberLimits::NotNegative,
            SettingLimits::BelowOne => NumberLimits::BelowOne,
        }
    }
}

impl NumberLimits {
    fn hold(self, number: f32) -> bool {
        number.is_finite()
            && match self {
                NumberLimits::Positive => number > 0.0,
                NumberLimits::NotNegative => number >= 0.0,
                NumberLimits::BelowOne => (0.0..1.0).contains(&number),
                NumberLimits::Angle => (0.0..=180.0).contains(&number),
            }
    }

    fn must(self) -> &'static str {
        match self {
            NumberLimits::Positive => "a finite number above 0",
            NumberLimits::NotNegative => "a finite number, 0 or above",
            NumberLimits::BelowOne => "a number from 0 to below 1",
            NumberLimits::Angle => "a number from 0 to 180",
        }
    }
}

#[cfg(test)]
thread_local! {
    static ASKED: std::cell::RefCell<std::collections::BTreeSet<(String, &'static str)>> =
        Default::default();
}

/// Every key that this thread has asked for so far, as pairs of table and key.
#[cfg(test)]
pub(crate) fn asked_keys() -> std::collections::BTreeSet<(String, &'static str)> {
    ASKED.with_borrow(Clone::clone)
}

/// A table that is read key by key. A key is known once it has been asked for.
pub(crate) struct Keys<'a> {
    text: Text<'a>,
    /// The table's name in messages: `[training]`.
    name: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    pub fn new(
        text: Text<'a>,
        name: impl Into<String>,
        span: Range<usize>,
        table: &'a DeTable<'a>,
    ) -> Self {
        Keys { text, name: name.into(), span, table, known: Vec::new() }
    }

    /// The value of `key`, which becomes a known key.
    pub fn value(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        #[cfg(test)]
        ASKED.with_borrow_mut(|asked| asked.insert((self.name.clone(), key)));
        self.table.get(key)
    }

    /// Whether the table has `key`, which does not become a known key.
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub fn string(&mut self, key: &'static str) -> Result<Option<&'a str>, StudyError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        value.get_ref().as_str().map(Some).ok_or_else(|| self.wrong(key, value, "a string"))
    }

    /// One of the `known` words. `T` must deserialize from exactly these.
    pub fn word<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        known: &[&str],
    ) -> Result<Option<T>, StudyError> {
        let Some(word) = self.string(key)? else { return Ok(None) };
        match T::deserialize(StrDeserializer::<WordError>::new(word)) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(self.unknown_word(key, word, known)),
        }
    }

    pub fn unknown_word(&self, key: &'static str, word: &str, known: &[&str]) -> StudyError {
        self.at(
            key,
            StudyProblem::UnknownWord {
                key,
                word: word.to_owned(),
                table: self.name.clone(),
                nearest: nearest(word, known.iter().copied()).map(str::to_owned),
                known: quoted(known.iter().copied()),
            },
        )
    }

    pub fn flag(&mut self, key: &'static str) -> Result<Option<bool>, StudyError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        value.get_ref().as_bool().map(Some).ok_or_else(|| self.wrong(key, value, "true or false"))
    }

    /// A whole number in `range`.
    pub fn whole(
        &mut self,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Result<Option<u32>, StudyError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let number = value.get_ref().as_integer();
        number
            .and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| self.wrong(key, value, whole_number(&range)))
    }

    pub fn real(
        &mut self,
        key: &'static str,
        limits: NumberLimits,
    ) -> Result<Option<f32>, StudyError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let number = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().parse().ok(),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        number
            .filter(|&number| limits.hold(number))
            .map(Some)
            .ok_or_else(|| self.wrong(key, value, limits.must()))
    }

    /// The table under `key`.
    pub fn table(&mut self, key: &'static str) -> Result<Option<Keys<'a>>, StudyError> {
        let Some(value) = self.value(key) else { return Ok(None) };
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(key, value, "a table"))?;
        let name = match self.name.as_str() {
            THE_STUDY => format!("[{key}]"),
            outer => format!("`{key}` of {outer}"),
        };
        Ok(Some(Keys::new(self.text, name, value.span(), table)))
    }

    /// The value of `key`, or an error if it is missing.
    pub fn required<T>(&self, key: &'static str, value: Option<T>) -> Result<T, StudyError> {
        // A misspelled key is likelier than a missing one.
        value.ok_or_else(|| {
            match self.table.keys().find(|other| nearest(other.get_ref(), [key]).is_some()) {
                Some(other) => self.unknown_key(other, KeyHint::Nearest(Some(key.to_owned()))),
                None => self.text.error(
                    self.span.clone(),
                    StudyProblem::MissingKey { key, table: self.name.clone() },
                ),
            }
        })
    }

    /// The error of a key that stands for something else here, if the table has it: `instead` is what
    /// to write, and `reason` says why.
    pub fn refuse(
        &self,
        key: &str,
        instead: impl FnOnce() -> String,
        reason: &'static str,
    ) -> Result<(), StudyError> {
        let Some((key, _)) = self.table.get_key_value(key) else { return Ok(()) };
        Err(self.unknown_key(key, KeyHint::Foreign { instead: instead(), reason }))
    }

    /// Ends reading the table: a key that was never asked for is an error.
    pub fn finish(self) -> Result<(), StudyError> {
        let unknown =
            self.table.keys().filter(|key| !self.known.iter().any(|known| known == key.get_ref()));
        match unknown.min_by_key(|key| key.span().start) {
            None => Ok(()),
            Some(key) => {
                let missing =
                    self.known.iter().copied().filter(|known| !self.table.contains_key(*known));
                let nearest = nearest(key.get_ref(), missing).map(str::to_owned);
                Err(self.unknown_key(key, KeyHint::Nearest(nearest)))
            }
        }
    }

    /// The error of a wrong `value` of `key`.
    pub fn wrong(
        &self,
        key: &'static str,
        value: &Spanned<DeValue>,
        must: impl Into<String>,
    ) -> StudyError {
        let got = self.text.text.get(value.span()).unwrap_or_default().trim();
        let got = if got.chars().count() > 60 || got.contains('\n') {
            format!("a {}", value.get_ref().type_str())
        } else {
            got.to_owned()
        };
        self.at(key, StudyProblem::Value { key, table: self.name.clone(), must: must.into(), got })
    }

    /// Like [`wrong`](Self::wrong), for a caller that no longer has the value.
    pub fn wrong_value(&self, key: &'static str, must: impl Into<String>) -> StudyError {
        match self.table.get(key) {
            Some(value) => self.wrong(key, value, must),
            None => self.text.error(
                self.span.clone(),
                StudyProblem::MissingKey { key, table: self.name.clone() },
            ),
        }
    }

    /// The error of a `problem` at the place of the value of `key`.
    pub fn at(&self, key: &str, problem: StudyProblem) -> StudyError {
        let span = self.table.get(key).map_or(self.span.clone(), Spanned::span);
        self.text.error(span, problem)
    }

    fn unknown_key(&self, key: &Spanned<toml::de::DeString>, hint: KeyHint) -> StudyError {
        let name = key.get_ref().to_string();
        self.text.error(
            key.span(),
            StudyProblem::UnknownKey { key: name, table: self.name.clone(), hint },
        )
    }
}

/// Sets what the file sets, and leaves the rest as it is.
pub(crate) fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

/// `a whole number from 1 to 10000`
pub(crate) fn whole_number(range: &RangeInclusive<u32>) -> String {
    match *range.end() {
        u32::MAX => format!("a whole number, {} or above", range.start()),
        end => format!("a whole number from {} to {end}", range.start()),
    }
}
