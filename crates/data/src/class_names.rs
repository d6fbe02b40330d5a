//! Files that name the classes of a data set: `classes.txt`, with one name per line, and EMNIST's
//! mappings, with a label and its characters' codes per line.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use fitroom_files::regular_file;
use thiserror::Error;

use crate::DataError;
use crate::label::MOST_LABELS;
use crate::plain_text::{is_plain, is_visible};

/// The file of names in a data set's directory.
const FILE_NAME: &str = "classes.txt";

/// Most characters of a name.
const LONGEST_NAME: usize = 200;

/// Most bytes of a file: 256 names of 200 characters, of up to four bytes each, with line ends.
const MOST_BYTES: u64 = 1 << 18;

/// What is wrong with a file that names classes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ClassNamesProblem {
    /// No names.
    #[error("no names in it\nhint: write one name per line, in the order of the labels")]
    Empty,
    /// Bytes that are not text.
    #[error("not text in UTF-8")]
    NotText,
    /// More names than classes can be.
    #[error("more than {MOST_LABELS} names, and a data set has at most {MOST_LABELS} classes")]
    TooMany,
    /// A line that is no name.
    #[error("the name is {0}\nhint: write one name per line, in the order of the labels")]
    NotAName(&'static str),
    /// A name that stands twice.
    #[error("`{0}` is the name of a line before this one too")]
    Twice(String),
    /// A line of a mapping that is not as EMNIST's are.
    #[error(
        "not a label and its characters' codes, as in `1 65 97`\n\
         hint: remove the file, or write classes.txt with one name per line"
    )]
    NotAMapping,
    /// Labels of a mapping that do not count from 0 or 1.
    #[error(
        "label {found} follows, but {needed} should\nhint: labels count by one, from 0 or from 1"
    )]
    Gap {
        /// The label.
        found: i64,
        /// The label that should stand there.
        needed: i64,
    },
}

/// A problem, with the number of its line, from 1.
type Located = (Option<u64>, ClassNamesProblem);

/// A directory's `classes.txt`; `None` if there is no such file.
pub(crate) fn file_of(directory: &Path) -> Option<PathBuf> {
    Some(directory.join(FILE_NAME)).filter(|path| path.exists())
}

/// The names in a directory's `classes.txt`; `None` if there is no such file.
///
/// # Errors
/// If the file can't be read or has something else in it.
pub(crate) fn of_directory(directory: &Path) -> Result<Option<Vec<String>>, DataError> {
    read(&directory.join(FILE_NAME), names)
}

/// The names in the file of EMNIST's characters at `path`; `None` if there is no such file.
///
/// # Errors
/// If the file can't be read or has something else in it.
pub(crate) fn of_mapping(path: &Path) -> Result<Option<Vec<String>>, DataError> {
    read(path, mapped)
}

fn read(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<Vec<String>, Located>,
) -> Result<Option<Vec<String>>, DataError> {
    let file = match regular_file::open_followed(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DataError::io("open", path)(error)),
    };
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(DataError::io("read", path))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(DataError::wrong_file(path, ClassNamesProblem::TooMany));
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| DataError::wrong_file(path, ClassNamesProblem::NotText))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    parse(text).map(Some).map_err(|(line, problem)| match line {
        Some(line) => DataError::wrong_line(path, line, problem),
        None => DataError::wrong_file(path, problem),
    })
}

/// One name per line.
fn names(text: &str) -> Result<Vec<String>, Located> {
    checked((1..).zip(text.trim_end().lines().map(|line| line.trim().to_owned())))
}

/// Names with their lines. They must be fit to show, and differ.
///
/// # Errors
/// The line of the first that is not.
pub(crate) fn checked(lines: impl Iterator<Item = (u64, String)>) -> Result<Vec<String>, Located> {
    let (mut names, mut known) = (Vec::new(), HashSet::new());
    for (number, name) in lines {
        let wrong = |problem| Err((Some(number), problem));
        if names.len() == MOST_LABELS {
            return Err((None, ClassNamesProblem::TooMany));
        }
        if !is_visible(&name) {
            return wrong(ClassNamesProblem::NotAName("empty"));
        }
        if !is_plain(&name) {
            return wrong(ClassNamesProblem::NotAName("text with control characters"));
        }
        if name.chars().count() > LONGEST_NAME {
            return wrong(ClassNamesProblem::NotAName("too long"));
        }
        if !known.insert(name.clone()) {
            return wrong(ClassNamesProblem::Twice(name));
        }
        names.push(name);
    }
    if names.is_empty() { Err((None, ClassNamesProblem::Empty)) } else { Ok(names) }
}

/// The names in the text of a file of EMNIST's characters.
///
/// # Errors
/// If there is something else in it.
pub(crate) fn of_mapping_text(text: &str) -> Result<Vec<String>, ClassNamesProblem> {
    mapped(text).map_err(|(_, problem)| problem)
}

/// One label per line with the codes of its characters. A label of two characters is named `A/a`.
fn mapped(text: &str) -> Result<Vec<String>, Located> {
    let mut lines = Vec::new();
    let mut first = 0;
    for (number, line) in (1u64..).zip(text.trim_end().lines()) {
        let wrong = |problem| Err((Some(number), problem));
        let mut words = line.split_whitespace();
        let label: Option<i64> = words.next().and_then(|word| word.parse().ok());
        let code = |word: &str| word.parse().ok().and_then(char::from_u32);
        let characters: Option<Vec<char>> = words.map(code).collect();
        let (Some(label), Some(characters)) = (label, characters) else {
            return wrong(ClassNamesProblem::NotAMapping);
        };
        if lines.is_empty() && label == 1 {
            // Label 0 does not occur. Its name keeps the others at the positions of their labels.
            (first, lines) = (1, vec![(0, "0".to_owned())]);
        }
        let needed = lines.len() as i64;
        if label != needed {
            return wrong(ClassNamesProblem::Gap { found: label, needed });
        }
        let name: Vec<String> = characters.iter().map(char::to_string).collect();
        lines.push((number, name.join("/")));
        if lines.len() > MOST_LABELS + first {
            return Err((None, ClassNamesProblem::TooMany));
        }
    }
    let zero = lines.drain(..first.min(lines.len())).map(|(_, name)| name).collect::<Vec<_>>();
    let names = checked(lines.into_iter())?;
    Ok([zero, names].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name() {
        assert_eq!(names("Katze\r\nHund \nÄffchen\n\n\n").unwrap(), ["Katze", "Hund", "Äffchen"]);
        let many = |count: usize| (0..count).map(|i| format!("name {i}\n")).collect::<String>();
        assert_eq!(names(&many(256)).unwrap().len(), 256);
        assert_eq!(names(&many(257)), Err((None, ClassNamesProblem::TooMany)));
        for (text, line, problem) in [
            ("", None, ClassNamesProblem::Empty),
            ("\n\n", None, ClassNamesProblem::Empty),
            ("a\n\nb", Some(2), ClassNamesProblem::NotAName("empty")),
            ("a\n\u{1b}[2J", Some(2), ClassNamesProblem::NotAName("text with control characters")),
            (&"x".repeat(201), Some(1), ClassNamesProblem::NotAName("too long")),
            ("a\nb\na", Some(3), ClassNamesProblem::Twice("a".into())),
        ] {
            assert_eq!(names(text), Err((line, problem)), "{text:?}");
        }
    }

    #[test]
    fn characters_are_named_by_their_codes() {
        assert_eq!(mapped("0 48\n1 65\n2 97\n").unwrap(), ["0", "A", "a"]);
        assert_eq!(mapped("1 65 97\n2 66 98\n").unwrap(), ["0", "A/a", "B/b"]);
        let gap = ClassNamesProblem::Gap { found: 3, needed: 1 };
        assert_eq!(mapped("0 48\n3 49"), Err((Some(2), gap)));
        for text in ["a 65", "0 x", "0 55296", "0 -1"] {
            assert_eq!(mapped(text), Err((Some(1), ClassNamesProblem::NotAMapping)), "{text}");
        }
        for text in ["", "0", "0 7", "0 65\n1 65", "0 8238"] {
            assert!(mapped(text).is_err(), "{text}");
        }
        let many =
            |count: i64| (0..count).map(|i| format!("{i} {}\n", 300 + i)).collect::<String>();
        assert!(mapped(&many(256)).is_ok());
        assert_eq!(mapped(&many(257)), Err((None, ClassNamesProblem::TooMany)));
    }

    #[test]
    fn files_are_found_or_not() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(of_directory(dir.path()).unwrap(), None);
        let path = dir.path().join("classes.txt");
        std::fs::write(&path, "\u{feff}a\nb\n").unwrap();
        assert_eq!(of_directory(dir.path()).unwrap().unwrap(), ["a", "b"]);
        std::fs::write(&path, "a\na\n").unwrap();
        let message = of_directory(dir.path()).unwrap_err().to_string();
        assert!(message.contains("classes.txt, line 2: `a` is the name"), "{message}");
        std::fs::write(&path, b"a\n\xff").unwrap();
        assert!(of_directory(dir.path()).unwrap_err().to_string().contains("not text in UTF-8"));
        std::fs::write(&path, vec![b'a'; 1 << 20]).unwrap();
        assert!(of_directory(dir.path()).unwrap_err().to_string().contains("more than 256 names"));
        std::fs::write(&path, "1 65 97\n").unwrap();
        assert_eq!(of_mapping(&path).unwrap().unwrap(), ["0", "A/a"]);
    }
}
