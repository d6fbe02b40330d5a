//! Checks the facts that a study's directory stores about its data and its machine. The directory
//! may come from anybody.

use std::path::Path;

use crate::plain_text::{is_plain, make_plain};
use crate::{DatasetFacts, Host, StoreError};

/// More values per image than any data set has that this program reads.
const MOST_VALUES: usize = 1 << 28;
/// More images than any data set has that this program reads.
const MOST_IMAGES: usize = 1 << 32;
/// More warnings than there are kinds.
const MOST_WARNINGS: usize = 100;
/// Most classes: a label is a byte.
const MOST_CLASSES: usize = 256;

impl DatasetFacts {
    /// Checks these facts, which were read from `path`, and makes their texts plain. Fails if they
    /// can't be true.
    pub(crate) fn checked(mut self, path: &Path) -> Result<Self, StoreError> {
        let damaged = |problem: String| Err(StoreError::damaged(path, problem));
        let DatasetFacts { channels, height, width, .. } = self;
        let values = channels.checked_mul(height).and_then(|values| values.checked_mul(width));
        if values.is_none_or(|values| !(1..=MOST_VALUES).contains(&values)) {
            return damaged(format!("images of {channels} x {height} x {width} values"));
        }
        if !(1..=MOST_CLASSES).contains(&self.classes.len()) {
            return damaged(format!("{} classes", self.classes.len()));
        }
        if let Some(images) =
            [self.train_images, self.test_images].into_iter().find(|&images| images > MOST_IMAGES)
        {
            return damaged(format!("{images} images"));
        }
        // Data sets are compared by name and fingerprint, so these must not be changed.
        if !is_plain(&self.name) || !is_plain(&self.fingerprint) {
            return damaged("a data set's name and fingerprint are text on one line".to_owned());
        }
        if self.warnings.len() > MOST_WARNINGS {
            return damaged(format!("{} warnings", self.warnings.len()));
        }
        let texts = [&mut self.title, &mut self.origin].into_iter();
        texts
            .chain(&mut self.classes)
            .chain(&mut self.stands_in_because)
            .chain(&mut self.warnings)
            .for_each(make_plain);
        Ok(self)
    }
}

impl Host {
    /// This host with plain texts.
    pub(crate) fn checked(mut self) -> Self {
        let Host { name, program, system, processor, cores: _ } = &mut self;
        [name, program, system, processor].into_iter().for_each(make_plain);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_data::dataset;

    fn facts() -> DatasetFacts {
        DatasetFacts::from(&dataset(24, 8))
    }

    #[test]
    fn possible_facts_are_not_changed() {
        assert_eq!(facts().checked(Path::new("dataset.json")).unwrap(), facts());
        let host = Host::here();
        assert_eq!(host.clone().checked(), host);
    }

    #[test]
    fn impossible_facts_are_damage() {
        for (facts, problem) in [
            (DatasetFacts { height: 0, ..facts() }, "images of 1 x 0 x 6 values"),
            (
                DatasetFacts { height: usize::MAX, width: usize::MAX, ..facts() },
                "images of 1 x 18446744073709551615 x 18446744073709551615 values",
            ),
            (DatasetFacts { channels: 1 << 25, ..facts() }, "images of 33554432 x 6 x 6 values"),
            (DatasetFacts { classes: Vec::new(), ..facts() }, "0 classes"),
            (DatasetFacts { classes: vec![String::new(); 257], ..facts() }, "257 classes"),
            (DatasetFacts { test_images: usize::MAX, ..facts() }, "18446744073709551615 images"),
            (
                DatasetFacts { name: "\u{1b}[2J".to_owned(), ..facts() },
                "a data set's name and fingerprint",
            ),
            (
                DatasetFacts { fingerprint: "a\nb".to_owned(), ..facts() },
                "a data set's name and fingerprint",
            ),
        ] {
            let error = facts.checked(Path::new("dataset.json")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("dataset.json is damaged: {problem}")), "{error}");
        }
    }

    #[test]
    fn texts_lose_their_control_characters() {
        let text = || "\u{1b}]0;owned\u{7} a\nb \u{9b}31m\u{202e}c é 漢".to_owned();
        let plain = "\u{fffd}]0;owned\u{fffd} a\u{fffd}b \u{fffd}31m\u{fffd}c é 漢";
        let facts = DatasetFacts {
            title: text(),
            origin: text(),
            classes: vec![text()],
            stands_in_because: Some(text()),
            warnings: vec![text()],
            ..facts()
        };
        let facts = facts.checked(Path::new("dataset.json")).unwrap();
        let texts = [
            &facts.title,
            &facts.origin,
            &facts.classes[0],
            facts.stands_in_because.as_ref().unwrap(),
            &facts.warnings[0],
        ];
        assert_eq!(texts, [plain; 5]);
        let host =
            Host { name: text(), program: text(), system: text(), processor: text(), cores: 1 }
                .checked();
        assert_eq!([host.program, host.system, host.processor], [plain; 3]);
    }
}
