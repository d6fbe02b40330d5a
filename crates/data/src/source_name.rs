//! Reads and writes the names of data sets.

use std::fmt;
use std::str::FromStr;

use fitroom_nearest::nearest;

use crate::image_files::{ImageFiles, SYNTAXES};
use crate::plain_text::is_plain;
use crate::published::{CIFAR, EMNIST, MEDMNIST, MNIST_FAMILY, published};
use crate::{Remote, Source, SourceError};

/// The data set that the program draws.
const DRAWN: &str = "drawn";

/// The names of single data sets.
fn names() -> impl Iterator<Item = &'static str> {
    published().map(|remote| remote.name).chain([DRAWN])
}

/// The names as a message lists them: families of data sets by what their names have in common.
fn listed() -> String {
    let single = MNIST_FAMILY.iter().chain(&CIFAR).map(|remote| remote.name).chain([DRAWN]);
    let single: Vec<_> = single.collect();
    format!("{}, emnist-SPLIT, a set of MedMNIST", single.join(", "))
}

/// A name of several data sets: what they are called together, and what each is called.
fn family(name: &str) -> Option<(&'static str, Vec<&'static str>)> {
    let names = |sets: &'static [Remote<'static>]| sets.iter().map(|remote| remote.name).collect();
    match plain(name).as_str() {
        "emnist" => Some(("EMNIST has six splits", names(&EMNIST))),
        "cifar" => Some(("CIFAR is two data sets", names(&CIFAR))),
        "medmnist" => Some(("MedMNIST is many data sets", names(&MEDMNIST))),
        _ => None,
    }
}

/// Lower-case letters and digits.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| !matches!(letter, '-' | '_' | ' '));
    letters.flat_map(char::to_lowercase).collect()
}

/// The data set that was probably meant by `name`, a misspelt name or the start of one. `None` if
/// `name` goes on after a known one: `kmnist-49` and `mnist-1d` are other data sets.
fn meant(name: &str) -> Option<&'static str> {
    let word = plain(name);
    let goes_on = |known: &str| word != known && word.starts_with(known);
    nearest(name, names()).filter(|known| !goes_on(&plain(known)))
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
        if name == DRAWN {
            return Ok(Source::Drawn);
        }
        if let Some(remote) = published().find(|remote| remote.name == name) {
            return Ok(Source::Published(remote));
        }
        if let Some((what, sets)) = family(name) {
            return Err(SourceError::Several { name: written, what, sets: sets.join(", ") });
        }
        if plain(name) == "chestmnist" {
            return Err(SourceError::SeveralLabels { name: written });
        }
        let (last, others) = SYNTAXES.split_last().expect("there are formats");
        let known = format!("{}, {} and {last}", listed(), others.join(", "));
        Err(SourceError::Unknown { name: written, nearest: meant(name), known })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Published(remote) => f.write_str(remote.name),
            Source::Drawn => f.write_str(DRAWN),
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
    fn families_of_data_sets_list_their_members() {
        let message = |name: &str| name.parse::<Source>().unwrap_err().to_string();
        let emnist = message("EMNIST");
        assert!(
            emnist.contains("EMNIST has six splits") && emnist.contains("emnist-letters"),
            "{emnist}"
        );
        assert!(message("cifar").ends_with("hint: name one: cifar10, cifar100"));
        assert!(message("medmnist").contains("bloodmnist"));
        assert!(message("ChestMNIST").contains("several labels"), "{}", message("ChestMNIST"));
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
        assert_eq!(nearest("CIFAR-10"), Some("cifar10"));
        assert_eq!(nearest("cifar_100"), Some("cifar100"));
        assert_eq!(nearest("emnist_letters"), Some("emnist-letters"));
        assert_eq!(nearest("BloodMNIST"), Some("bloodmnist"));
        for other in [
            "qmnist",
            "cifar-10-c",
            "cifar10.1",
            "organmnist",
            "organmnist3d",
            "svhn",
            "mnist-m",
            "mnist-c",
            "mnist-1d",
            "kmnist-49",
            "k49",
            "kannada-mnist",
            "notmnist",
            "fashion-mnist-c",
            "usps",
            "stl10",
        ] {
            assert_eq!(nearest(other), None, "{other}");
        }
        let message = "imagenet".parse::<Source>().unwrap_err().to_string();
        let hint = "hint: known are fashion-mnist, mnist, kmnist, cifar10, cifar100, drawn, emnist-SPLIT, a set of MedMNIST, idx:DIR";
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
        for (name, count) in [("csv:", 0), ("csv:a,b,c", 3)] {
            match name.parse::<Source>() {
                Err(SourceError::OtherFiles { files, .. }) => assert_eq!(files, count),
                other => panic!("{other:?}"),
            }
        }
    }
}
