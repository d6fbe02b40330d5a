//! Names of data sets, read and written.

use std::fmt;
use std::str::FromStr;

use fitroom_nearest::nearest;
use thiserror::Error;

use crate::Source;

/// A name that is no data set's.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SourceError {
    /// No data set is called so.
    #[error("unknown data set `{name}`\nhint: {}", match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known are {}, idx:DIR and csv:TRAIN,TEST", NAMES.join(", ")),
    })]
    Unknown {
        /// As written.
        name: String,
        /// A name that differs little.
        nearest: Option<&'static str>,
    },
    /// `idx:` without a directory.
    #[error("`{name}` names no directory\nhint: write idx:DIR, where DIR holds the four IDX files")]
    NoDirectory {
        /// As written.
        name: String,
    },
    /// A name with a character that moves a terminal's cursor or ends a line.
    #[error("{name:?} is no data set's name: it has control characters in it")]
    ControlCharacters {
        /// As written.
        name: String,
    },
    /// `csv:` without two files.
    #[error(
        "`{name}` should name two files, but names {files}\nhint: write csv:TRAIN,TEST, with no comma in either name"
    )]
    NotTwoFiles {
        /// As written.
        name: String,
        /// How many there are.
        files: usize,
    },
}

/// Data sets that have a name alone.
const NAMES: [&str; 4] = ["fashion-mnist", "mnist", "kmnist", "drawn"];

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(name: &str) -> Result<Self, SourceError> {
        let written = name.to_owned();
        if name.contains(char::is_control) {
            return Err(SourceError::ControlCharacters { name: written });
        }
        if let Some(directory) = name.strip_prefix("idx:") {
            let is_named = !directory.trim().is_empty();
            return is_named
                .then(|| Source::Idx(directory.into()))
                .ok_or(SourceError::NoDirectory { name: written });
        }
        if let Some(files) = name.strip_prefix("csv:") {
            let files: Vec<_> =
                files.split(',').map(str::trim).filter(|file| !file.is_empty()).collect();
            return match files[..] {
                [train, test] => Ok(Source::Csv { train: train.into(), test: test.into() }),
                _ => Err(SourceError::NotTwoFiles { name: written, files: files.len() }),
            };
        }
        match name {
            "fashion-mnist" => Ok(Source::FashionMnist),
            "mnist" => Ok(Source::Mnist),
            "kmnist" => Ok(Source::Kmnist),
            "drawn" => Ok(Source::Drawn),
            _ => Err(SourceError::Unknown { name: written, nearest: nearest(name, NAMES) }),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::FashionMnist | Source::Mnist | Source::Kmnist | Source::Drawn => {
                f.write_str(self.remote().map_or("drawn", |remote| remote.name))
            }
            Source::Idx(directory) => write!(f, "idx:{}", directory.display()),
            Source::Csv { train, test } => write!(f, "csv:{},{}", train.display(), test.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_commands_to_a_terminal() {
        for name in ["idx:\u{1b}[2J", "csv:a\nb,c", "drawn\u{9b}"] {
            let error = name.parse::<Source>().unwrap_err();
            assert!(matches!(error, SourceError::ControlCharacters { .. }));
            assert!(!error.to_string().contains(char::is_control), "{error}");
        }
    }

    #[test]
    fn names_are_read_and_written() {
        for name in ["fashion-mnist", "mnist", "kmnist", "drawn", "idx:some/dir", "csv:a.csv,b.csv"]
        {
            assert_eq!(name.parse::<Source>().unwrap().to_string(), name);
        }
        assert_eq!("csv: a.csv, b.csv".parse::<Source>().unwrap().to_string(), "csv:a.csv,b.csv");
    }

    #[test]
    fn unknown_names_are_told_what_is_known() {
        let nearest = |name: &str| match name.parse::<Source>() {
            Err(SourceError::Unknown { nearest, .. }) => nearest,
            other => panic!("{other:?}"),
        };
        assert_eq!(nearest("Fashion_MNIST"), Some("fashion-mnist"));
        assert_eq!(nearest("fashionmist"), Some("fashion-mnist"));
        assert_eq!(nearest("MNIST"), Some("mnist"));
        assert_eq!(nearest("kmist"), Some("kmnist"));
        assert_eq!(nearest("imagenet"), None);
        let message = "imagenet".parse::<Source>().unwrap_err().to_string();
        let hint =
            "hint: known are fashion-mnist, mnist, kmnist, drawn, idx:DIR and csv:TRAIN,TEST";
        assert_eq!(message, format!("unknown data set `imagenet`\n{hint}"));
        assert_eq!("idx:".parse::<Source>(), Err(SourceError::NoDirectory { name: "idx:".into() }));
        for (name, files) in [("csv:a", 1), ("csv:", 0), ("csv:a,b,c", 3)] {
            assert_eq!(
                name.parse::<Source>(),
                Err(SourceError::NotTwoFiles { name: name.into(), files })
            );
        }
    }
}
