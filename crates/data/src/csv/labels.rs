//! The labels of a CSV file: whole numbers or names.

use std::collections::HashMap;

use super::problem::CsvProblem;
use super::separator::Row;
use crate::label::{self, Label, MOST_LABELS};

/// Reads the label in a column of a row.
fn read(row: &Row<'_>, column: usize) -> Result<Label, CsvProblem> {
    let wrong = |reason| Err(CsvProblem::NotALabel { value: row.shown(column), reason });
    if let Some(number) = row.number(column) {
        // Above this, not every whole number has a float of its own. `3` and `3.0` are the same label.
        let is_whole = number.fract() == 0.0 && number.abs() < (1i64 << 53) as f64;
        return if is_whole { Ok(Label::Number(number as i64)) } else { wrong("a fraction") };
    }
    match std::str::from_utf8(row.field(column)) {
        Err(_) => wrong("not text in UTF-8"),
        Ok(name) => Label::read(name).or_else(wrong),
    }
}

/// The labels of a file in the order of its lines.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// For each image, a position in `known`.
    pub(crate) ids: Vec<u8>,
    /// Every label that occurs, with the first line that has it and how often it occurs.
    known: Vec<(Label, u64, usize)>,
    /// The labels as written.
    written: HashMap<Vec<u8>, u8>,
}

impl Labels {
    /// Adds the label in this column of a row.
    pub(crate) fn push(
        &mut self,
        row: &Row<'_>,
        column: usize,
        line: u64,
    ) -> Result<(), CsvProblem> {
        let field = row.field(column);
        let id = match self.written.get(field) {
            Some(&id) => id,
            None => {
                let label = read(row, column)?;
                let known = self.known.iter().position(|(known, _, _)| *known == label);
                let id = known.unwrap_or(self.known.len());
                if id == self.known.len() {
                    self.known.push((label, line, 0));
                }
                let Some(id) = u8::try_from(id).ok().filter(|&id| usize::from(id) < MOST_LABELS)
                else {
                    return Err(CsvProblem::TooManyLabels);
                };
                // A label can be written in endlessly many ways.
                if self.written.len() < 4 * MOST_LABELS {
                    self.written.insert(field.to_vec(), id);
                }
                id
            }
        };
        self.known[usize::from(id)].2 += 1;
        self.ids.push(id);
        Ok(())
    }

    /// Every label that occurs, sorted.
    pub(crate) fn sorted(&self) -> Vec<Label> {
        let mut labels: Vec<_> = self.known.iter().map(|(label, _, _)| label.clone()).collect();
        labels.sort_unstable();
        labels
    }

    /// The labels without their lines.
    pub(crate) fn finish(self) -> label::Labels {
        let known = self.known.into_iter().map(|(label, _, _)| label).collect();
        label::Labels { ids: self.ids, known }
    }

    /// If both names and numbers occur: the first line that has a name, and the name.
    pub(crate) fn name_among_numbers(&self) -> Option<(u64, String)> {
        let is_number = |label: &Label| matches!(label, Label::Number(_));
        let name = self.known.iter().find(|(label, _, _)| !is_number(label));
        let (name, line, _) =
            name.filter(|_| self.known.iter().any(|known| is_number(&known.0)))?;
        Some((*line, name.to_string()))
    }

    /// How many labels occur.
    pub(crate) fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether all labels are names.
    pub(crate) fn are_names(&self) -> bool {
        self.known.iter().all(|(label, _, _)| matches!(label, Label::Name(_)))
    }

    /// The share of the most frequent label.
    pub(crate) fn largest_share(&self) -> f64 {
        let most = self.known.iter().map(|&(_, _, times)| times).max().unwrap_or(0);
        most as f64 / self.ids.len().max(1) as f64
    }

    /// Whether the labels are numbers without a gap, from 0 or from 1.
    pub(crate) fn are_counted(&self) -> bool {
        let number = |(label, _, _): &(Label, u64, usize)| match label {
            Label::Number(number) => Some(*number),
            Label::Name(_) => None,
        };
        let numbers: Option<Vec<_>> = self.known.iter().map(number).collect();
        let Some(numbers) = numbers else { return false };
        let least = numbers.iter().copied().min();
        let most = numbers.iter().copied().max();
        least.zip(most).is_some_and(|(least, most)| {
            matches!(least, 0 | 1) && most - least + 1 == numbers.len() as i64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::separator::Splitter;
    use super::*;

    fn labels(texts: &[&str]) -> Result<Labels, CsvProblem> {
        let mut labels = Labels::default();
        let mut splitter = Splitter::new(b"a,b");
        for (line, text) in (1..).zip(texts) {
            labels.push(&splitter.split(format!("{text},1").as_bytes())?, 0, line)?;
        }
        Ok(labels)
    }

    #[test]
    fn classes_are_the_labels_that_occur() {
        let classes = |texts: &[&str]| -> (Vec<String>, Vec<u8>) {
            let labels = labels(texts).unwrap();
            let sorted = labels.sorted();
            let names = sorted.iter().map(Label::to_string).collect();
            (names, labels.finish().positions(&sorted))
        };
        for (texts, names, expected) in [
            (&["10", "9", "2.0", "2"][..], &["2", "9", "10"][..], &[2, 1, 0, 0][..]),
            (&["-1", "1"], &["-1", "1"], &[0, 1]),
            (&["b", "T-shirt top", "B", "7"], &["7", "B", "T-shirt top", "b"], &[3, 2, 1, 0]),
        ] {
            let (found, classes) = classes(texts);
            assert_eq!(
                (found, classes),
                (names.iter().map(|n| (*n).to_owned()).collect(), expected.to_vec())
            );
        }
    }

    #[test]
    fn texts_that_are_no_labels_are_refused() {
        for (text, reason) in [
            ("", "empty"),
            ("0.5", "a fraction"),
            ("1e300", "a fraction"),
            ("a\u{1b}[2Jb", "control"),
        ] {
            let problem = labels(&[text]).unwrap_err().to_string();
            assert!(problem.contains(reason), "{text:?}: {problem}");
        }
        let many: Vec<_> = (0..257).map(|label| label.to_string()).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        assert_eq!(labels(&many[..256]).unwrap().count(), 256);
        assert!(matches!(labels(&many), Err(CsvProblem::TooManyLabels)));
    }

    #[test]
    fn counted_labels_have_no_gap() {
        let counted = |texts: &[&str]| labels(texts).unwrap().are_counted();
        assert!(counted(&["1", "0", "2"]) && counted(&["2", "1"]) && counted(&["0"]));
        assert!(!counted(&["0", "2"]) && !counted(&["2", "3"]) && !counted(&["0", "a"]));
        assert!((labels(&["0", "0", "0", "1"]).unwrap().largest_share() - 0.75).abs() < 1e-12);
    }
}
