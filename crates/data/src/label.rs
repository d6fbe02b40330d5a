//! Labels of images as files have them: whole numbers or names.

use std::collections::HashMap;
use std::fmt;

use thiserror::Error;

use crate::plain_text::{is_plain, is_visible};

/// Most classes of a data set: a class is a byte.
pub(crate) const MOST_LABELS: usize = 256;

/// Most characters of a name.
const LONGEST_NAME: usize = 200;

/// A label. Numbers come before names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Label {
    /// A whole number.
    Number(i64),
    /// Any other text.
    Name(String),
}

impl Label {
    /// Reads a text: a whole number if it is one, else a name.
    ///
    /// # Errors
    /// Why the text is neither.
    pub(crate) fn read(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        match text.parse() {
            Ok(number) => Ok(Label::Number(number)),
            Err(_) if !is_visible(text) => Err("empty"),
            Err(_) if !is_plain(text) => Err("text with control characters"),
            Err(_) if text.chars().count() > LONGEST_NAME => Err("too long"),
            Err(_) => Ok(Label::Name(text.to_owned())),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Label::Number(number) => number.fmt(f),
            Label::Name(name) => f.write_str(name),
        }
    }
}

/// The labels of images in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Labels {
    /// For each image, a position in `known`.
    pub(crate) ids: Vec<u8>,
    /// Every label that occurs, each once, in any order.
    pub(crate) known: Vec<Label>,
}

/// More labels than classes can be.
#[derive(Debug, Error)]
#[error(
    "more than {MOST_LABELS} different labels, and a data set has at most {MOST_LABELS} classes"
)]
pub struct TooManyLabels;

impl Labels {
    /// Collects labels.
    ///
    /// # Errors
    /// If there are too many different ones.
    pub(crate) fn collect(labels: impl IntoIterator<Item = Label>) -> Result<Self, TooManyLabels> {
        let (mut collected, mut ids) = (Labels::default(), HashMap::new());
        for label in labels {
            let id = match ids.get(&label) {
                Some(&id) => id,
                None => {
                    let id = u8::try_from(collected.known.len()).map_err(|_| TooManyLabels)?;
                    collected.known.push(label.clone());
                    ids.insert(label, id);
                    id
                }
            };
            collected.ids.push(id);
        }
        Ok(collected)
    }

    /// The labels of images whose numbers are bytes.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Self {
        let mut occurs = [false; MOST_LABELS];
        bytes.iter().for_each(|&byte| occurs[usize::from(byte)] = true);
        let numbers: Vec<u8> = (0..=u8::MAX).filter(|&byte| occurs[usize::from(byte)]).collect();
        let id = |byte: u8| numbers.partition_point(|&number| number < byte) as u8;
        let id_of: Vec<u8> = (0..=u8::MAX).map(id).collect();
        let ids = bytes.into_iter().map(|byte| id_of[usize::from(byte)]).collect();
        let known = numbers.into_iter().map(|number| Label::Number(number.into())).collect();
        Labels { ids, known }
    }

    /// The position in `classes` of each image's label. `classes` are sorted, and have each label.
    pub(crate) fn positions(&self, classes: &[Label]) -> Vec<u8> {
        let position = |label| classes.binary_search(label).expect("every label is a class") as u8;
        let position_of: Vec<u8> = self.known.iter().map(position).collect();
        self.ids.iter().map(|&id| position_of[usize::from(id)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbers_or_names_or_refused() {
        assert_eq!(Label::read(" 7 "), Ok(Label::Number(7)));
        assert_eq!(Label::read("-1"), Ok(Label::Number(-1)));
        assert_eq!(Label::read("T-shirt top"), Ok(Label::Name("T-shirt top".to_owned())));
        for text in ["", " ", "\u{200b}", "a\u{1b}[2J", &"x".repeat(201)] {
            assert!(Label::read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn labels_are_collected_once_each() {
        let names = ["b", "a", "b", "7"].map(|text| Label::read(text).unwrap());
        let labels = Labels::collect(names).unwrap();
        assert_eq!(labels.ids, [0, 1, 0, 2]);
        let mut sorted = labels.known.clone();
        sorted.sort();
        assert_eq!(labels.positions(&sorted), [2, 1, 2, 0]);
        assert!(Labels::collect((0..256).map(Label::Number)).is_ok());
        assert!(Labels::collect((0..257).map(Label::Number)).is_err());
    }

    #[test]
    fn bytes_with_gaps_are_labels() {
        let labels = Labels::of_bytes(vec![9, 1, 255, 9]);
        assert_eq!(labels.known, [1, 9, 255].map(Label::Number));
        assert_eq!(labels.ids, [1, 0, 2, 1]);
    }
}
