//! Turns names of networks into names of files and anchors.

use std::collections::{HashMap, HashSet};

/// Names that some systems reserve for devices, so that no file may have them.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Ids of the report's sections, and of sections that callers add.
const SECTIONS: [&str; 14] = [
    "again",
    "claims",
    "classes",
    "comparisons",
    "data",
    "differences",
    "ensembles",
    "files",
    "measured",
    "networks",
    "published",
    "reading",
    "reference",
    "weights",
];

/// Slugs that are taken.
#[derive(Default)]
pub struct Slugs {
    taken: HashSet<String>,
    /// Of slugs that were wanted more than once, the number with which the search goes on. Thousands of
    /// networks may share their first 48 characters.
    next: HashMap<String, u32>,
}

impl Slugs {
    /// Slugs of which these are taken.
    pub fn without(taken: impl IntoIterator<Item = String>) -> Self {
        Slugs { taken: taken.into_iter().collect(), next: HashMap::new() }
    }

    /// `L1 & dropout` becomes `l1-dropout`; a second network that would get the same gets
    /// `l1-dropout-2`.
    pub fn unique(&mut self, name: &str) -> String {
        let mut slug = slug(name);
        if slug.is_empty()
            || DEVICES.contains(&slug.as_str())
            || slug.starts_with("overview")
            || SECTIONS.contains(&slug.as_str())
        {
            slug = format!("network-{slug}").trim_end_matches('-').to_owned();
        }
        self.free(slug)
    }

    /// The slug, or the slug with the first number from 2 on that makes it one that is not taken.
    pub fn free(&mut self, slug: String) -> String {
        if self.taken.insert(slug.clone()) {
            return slug;
        }
        let next = self.next.entry(slug.clone()).or_insert(2);
        loop {
            let candidate = format!("{slug}-{next}");
            *next += 1;
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}

/// The words of a name in lower case, with hyphens between them; empty if it has no letter or digit
/// of ASCII.
pub fn slug(name: &str) -> String {
    let words = name.to_lowercase();
    let words: Vec<&str> =
        words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut slug = words.join("-");
    slug.truncate(48);
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_stay_in_their_directory() {
        let mut taken = Slugs::default();
        let slugs = [
            "L1",
            "l1",
            "L1 2",
            "../../etc/passwd",
            "Größe, λ=0.1",
            "純",
            "∀",
            "con",
            "overview test",
            "a/b\\c",
            "Weights",
            "overview-sweep-1",
            "l1",
            "L1-2",
            "L1",
        ]
        .map(|name| taken.unique(name));
        let expected = [
            "l1",
            "l1-2",
            "l1-2-2",
            "etc-passwd",
            "gr-e-0-1",
            "network",
            "network-2",
            "network-con",
            "network-overview-test",
            "a-b-c",
            "network-weights",
            "network-overview-sweep-1",
            "l1-3",
            "l1-2-3",
            "l1-4",
        ];
        assert_eq!(slugs, expected);
    }
}
