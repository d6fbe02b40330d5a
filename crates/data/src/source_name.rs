//! Reads and writes the names of data sets.

use std::fmt;
use std::str::FromStr;

use fitroom_nearest::nearest;

use crate::image_files::{ImageFiles, SYNTAXES};
use crate::plain_text::is_plain;
use crate::{Source, SourceError};

/// The data sets that are named by a single word.
const NAMES: [&str; 4] = ["fashion-mnist", "mnist", "kmnist", "drawn"];

/// The data set that was probably meant by `name`, a misspelt name or the start of one. `None` if
/// `name` goes on after one of [`NAMES`]: `kmnist-49` and `mnist-1d` are other data sets.
fn meant(name: &str) -> Option<&'static str> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(|letter| !matches!(letter, '-' | '_' | ' '));
        letters.flat_map(char::to_lowercase).collect()
    };
    let word = plain(name);
    let goes_on = |known: &str| word != known && word.starts_with(known);
    nearest(name, NAMES).filter(|known| !goes_on(&plain(known)))
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(name: &str) -> Result<Self, SourceError> {
        let written = name.to_owned();
        if !is_plain(name) {
            return Err(SourceError::ControlCharacters { name: written });
        }
        if let Some(files) = ImageFiles::parse(name) {
            return files.map(Source::Files);
        }
        match name {
            "fashion-mnist" => Ok(Source::FashionMnist),
            "mnist" => Ok(Source::Mnist),
            "kmnist" => Ok(Source::Kmnist),
            "drawn" => Ok(Source::Drawn),
            _ => {
                let (last, others) = SYNTAXES.split_last().expect("there are formats");
                let known = format!("{}, {} and {last}", NAMES.join(", "), others.join(", "));
                Err(SourceError::Unknown { name: written, nearest: meant(name), known })
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::FashionMnist | Source::Mnist | Source::Kmnist | Source::Drawn => {
                f.write_str(self.remote().map_or("drawn", |remote| remote.name))
            }
            Source::Files(files) => files.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_break_or_turn_a_line_are_refused() {
        for name in
            ["idx:\u{1b}[2J", "csv:a\nb,c", "drawn\u{9b}", "idx:im\u{202e}g", "idx:a\u{2028}b"]
        {
            let error = name.parse::<Source>().unwrap_err();
            assert!(matches!(error, SourceError::ControlCharacters { .. }));
            assert!(is_plain(&error.to_string()), "{error}");
        }
    }

    #[test]
    fn names_are_read_and_written() {
        for name in [
            "fashion-mnist",
            "mnist",
            "kmnist",
            "drawn",
            "idx:some/dir",
            "csv:a.csv,b.csv",
            "npz:a.npz",
            "npz:a.npz,b.npz",
        ] {
            assert_eq!(name.parse::<Source>().unwrap().to_string(), name);
        }
        assert_eq!("csv: a.csv, b.csv".parse::<Source>().unwrap().to_string(), "csv:a.csv,b.csv");
    }

    #[test]
    fn errors_of_unknown_names_list_the_known_ones() {
        let nearest = |name: &str| match name.parse::<Source>() {
            Err(SourceError::Unknown { nearest, .. }) => nearest,
            other => panic!("{other:?}"),
        };
        assert_eq!(nearest("Fashion_MNIST"), Some("fashion-mnist"));
        assert_eq!(nearest("fashionmist"), Some("fashion-mnist"));
        assert_eq!(nearest("MNIST"), Some("mnist"));
        assert_eq!(nearest("kmist"), Some("kmnist"));
        assert_eq!(nearest("fashon-mnist"), Some("fashion-mnist"));
        assert_eq!(nearest("fashion"), Some("fashion-mnist"));
        assert_eq!(nearest("mnsit"), Some("mnist"));
        assert_eq!(nearest("imagenet"), None);
        for other in [
            "emnist",
            "EMNIST",
            "qmnist",
            "cifar10",
            "cifar-10",
            "cifar100",
            "svhn",
            "mnist-m",
            "mnist-c",
            "mnist-1d",
            "kmnist-49",
            "k49",
            "kannada-mnist",
            "notmnist",
            "medmnist",
            "fashion-mnist-c",
            "usps",
            "stl10",
        ] {
            assert_eq!(nearest(other), None, "{other}");
        }
        let message = "imagenet".parse::<Source>().unwrap_err().to_string();
        let hint = "hint: known are fashion-mnist, mnist, kmnist, drawn, idx:DIR, csv:TRAIN,TEST, folder:DIR";
        assert!(
            message.starts_with(&format!(
                "unknown data set `imagenet`
{hint}"
            )),
            "{message}"
        );
        assert!(message.ends_with(&format!(" and {}", SYNTAXES[SYNTAXES.len() - 1])), "{message}");
        assert!(matches!(
            "idx:".parse::<Source>(),
            Err(SourceError::NoDirectory { name, .. }) if name == "idx:"
        ));
        for (name, files) in [("npz:", 0), ("npz:a,b,c", 3)] {
            let error = name.parse::<Source>();
            assert!(matches!(error, Err(SourceError::OtherFiles { files: f, .. }) if f == files));
        }
        for (name, files) in [("csv:a", 1), ("csv:", 0), ("csv:a,b,c", 3)] {
            assert_eq!(
                name.parse::<Source>(),
                Err(SourceError::NotTwoFiles { name: name.into(), files })
            );
        }
    }
}
