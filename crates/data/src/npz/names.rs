//! What arrays and files hold, by their names.

use std::collections::BTreeMap;

use super::problem::NpzProblem;

/// A part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Train,
    Validation,
    Test,
    /// The name says no part.
    Whole,
}

/// What an array holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Images(Part),
    Labels(Part),
    ClassNames,
}

/// Most names of arrays in a message.
const MOST_SHOWN: usize = 12;

/// Words for images; those that come first are preferred.
const IMAGES: [&[&str]; 3] =
    [&["images", "image", "imgs", "img"], &["x"], &["data", "features", "pixels"]];

/// Words for labels.
const LABELS: [&[&str]; 3] =
    [&["labels", "label"], &["y"], &["targets", "target", "class", "digit", "digits"]];

impl Part {
    fn read(word: &str) -> Option<Self> {
        match word {
            "train" | "training" | "tr" => Some(Part::Train),
            "val" | "valid" | "validation" | "dev" => Some(Part::Validation),
            "test" | "testing" | "te" | "t10k" => Some(Part::Test),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Part::Train | Part::Whole => "training ",
            Part::Validation => "validation ",
            Part::Test => "test ",
        }
    }
}

impl Role {
    /// What the array holds, for people.
    pub(crate) fn what(self) -> String {
        match self {
            Role::Images(part) => format!("{}images", part.name()),
            Role::Labels(part) => format!("{}labels", part.name()),
            Role::ClassNames => "the names of the classes".to_owned(),
        }
    }

    /// Reads an array's name, such as `x_train`. Returns a rank too: of arrays with one role, the one of
    /// the lowest rank is taken.
    fn read(key: &str) -> Option<(Self, usize)> {
        let lower = key.to_lowercase();
        if ["classes", "class_names", "label_names", "target_names"].contains(&&lower[..]) {
            return Some((Role::ClassNames, 0));
        }
        let separators = ['_', '-', '.', ' '];
        let mut words: Vec<&str> =
            lower.split(separators).filter(|word| !word.is_empty()).collect();
        // `xtrain` and `Xtest`.
        if let [word] = words[..]
            && word.starts_with(['x', 'y'])
            && Part::read(&word[1..]).is_some()
        {
            words = vec![&word[..1], &word[1..]];
        }
        let part = words.iter().position(|word| Part::read(word).is_some());
        let part = part.and_then(|at| Part::read(words.remove(at))).unwrap_or(Part::Whole);
        let [word] = words[..] else { return None };
        let rank = |of: &[&[&str]]| of.iter().position(|words| words.contains(&word));
        match (rank(&IMAGES), rank(&LABELS)) {
            (Some(rank), _) => Some((Role::Images(part), rank)),
            (None, Some(rank)) => Some((Role::Labels(part), rank)),
            (None, None) => None,
        }
    }
}

/// The arrays of an archive by what they hold.
#[derive(Debug)]
pub(crate) struct Keys {
    roles: BTreeMap<Role, (usize, String)>,
    all: String,
}

impl Keys {
    /// Finds out what arrays of these names hold.
    ///
    /// # Errors
    /// If two are called alike.
    pub(crate) fn of(keys: &[String]) -> Result<Self, NpzProblem> {
        let mut roles: BTreeMap<Role, (usize, String)> = BTreeMap::new();
        for key in keys {
            let Some((role, rank)) = Role::read(key) else { continue };
            match roles.get(&role) {
                Some((known, first)) if *known == rank => {
                    let (first, second) = (first.clone(), key.clone());
                    return Err(NpzProblem::Twice { first, second, what: role.what() });
                }
                Some((known, _)) if *known < rank => {}
                _ => {
                    roles.insert(role, (rank, key.clone()));
                }
            }
        }
        // np.savez(file, images, labels) calls its arrays arr_0 and arr_1.
        if let (true, [first, second]) = (roles.is_empty(), keys)
            && [&first[..], &second[..]] == ["arr_0", "arr_1"]
        {
            roles.insert(Role::Images(Part::Whole), (0, first.clone()));
            roles.insert(Role::Labels(Part::Whole), (0, second.clone()));
        }
        Ok(Keys { roles, all: shown(keys) })
    }

    /// The arrays of images and labels of a part; `None` if there are neither.
    ///
    /// # Errors
    /// If there is only one of them.
    pub(crate) fn pair(&self, part: Part) -> Result<Option<[String; 2]>, NpzProblem> {
        let key = |role| self.roles.get(&role).map(|(_, key)| key.clone());
        let (images, labels) = (Role::Images(part), Role::Labels(part));
        match (key(images), key(labels)) {
            (Some(images), Some(labels)) => Ok(Some([images, labels])),
            (None, None) => Ok(None),
            (None, Some(_)) => Err(self.missing(images)),
            (Some(_), None) => Err(self.missing(labels)),
        }
    }

    /// The first of `parts` that is there.
    ///
    /// # Errors
    /// If none is there.
    pub(crate) fn first(&self, parts: &[Part]) -> Result<[String; 2], NpzProblem> {
        for &part in parts {
            if let Some(pair) = self.pair(part)? {
                return Ok(pair);
            }
        }
        Err(self.missing(Role::Images(parts.first().copied().unwrap_or(Part::Whole))))
    }

    /// The array of the classes' names.
    pub(crate) fn class_names(&self) -> Option<&String> {
        self.roles.get(&Role::ClassNames).map(|(_, key)| key)
    }

    /// The array of images, of the test images if there are several parts.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn images(&self) -> Result<&String, NpzProblem> {
        let parts = [Part::Whole, Part::Test, Part::Validation, Part::Train];
        let found = parts.iter().find_map(|&part| self.roles.get(&Role::Images(part)));
        found.map(|(_, key)| key).ok_or_else(|| NpzProblem::NoImages { keys: self.all.clone() })
    }

    /// All arrays that hold something known.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (Role, &String)> {
        self.roles.iter().map(|(&role, (_, key))| (role, key))
    }

    /// The error of an array that is missing.
    pub(crate) fn missing(&self, role: Role) -> NpzProblem {
        NpzProblem::Missing { what: role.what(), keys: self.all.clone() }
    }
}

/// Names of arrays for a message. They may be anybody's.
fn shown(keys: &[String]) -> String {
    let name = |key: &String| -> String {
        let plain = key.chars().filter(|&c| crate::plain_text::is_plain_char(c));
        plain.take(40).collect()
    };
    let more = if keys.len() > MOST_SHOWN { ", ..." } else { "" };
    let names: Vec<_> = keys.iter().take(MOST_SHOWN).map(name).collect();
    format!("{}{more}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str]) -> Result<Keys, NpzProblem> {
        Keys::of(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn arrays_are_known_by_their_names() {
        for (names, part, expected) in [
            (&["x_test", "x_train", "y_test", "y_train"][..], Part::Train, ["x_train", "y_train"]),
            (&["X_train", "Y_train"], Part::Train, ["X_train", "Y_train"]),
            (&["Xtrain", "ytrain"], Part::Train, ["Xtrain", "ytrain"]),
            (
                &["test_images", "test_labels", "val_images", "val_labels"],
                Part::Validation,
                ["val_images", "val_labels"],
            ),
            (&["data", "images", "target"], Part::Whole, ["images", "target"]),
            (&["x", "y"], Part::Whole, ["x", "y"]),
            (&["arr_0", "arr_1"], Part::Whole, ["arr_0", "arr_1"]),
            (&["test-imgs", "test-labels"], Part::Test, ["test-imgs", "test-labels"]),
        ] {
            let pair = keys(names).unwrap().pair(part).unwrap().unwrap();
            assert_eq!(pair, expected, "{names:?}");
        }
        assert_eq!(keys(&["class_names", "x", "y"]).unwrap().class_names().unwrap(), "class_names");
        assert_eq!(keys(&["arr_0", "arr_1", "arr_2"]).unwrap().pair(Part::Whole).unwrap(), None);
        let problem = keys(&["Image", "image", "label"]).unwrap_err().to_string();
        assert!(problem.starts_with("`Image` and `image` both hold training images"), "{problem}");
        let problem =
            keys(&["weights", "x_test"]).unwrap().pair(Part::Test).unwrap_err().to_string();
        assert!(
            problem.starts_with("no array of test labels; the arrays are weights, x_test\n"),
            "{problem}"
        );
        let many: Vec<String> = (0..20).map(|i| format!("a{i}\u{1b}")).collect();
        let problem = Keys::of(&many).unwrap().first(&[Part::Train]).unwrap_err().to_string();
        assert!(problem.contains("a11, ...") && !problem.contains('\u{1b}'), "{problem}");
    }
}
