//! Turns names of networks into names of files and anchors.

use std::collections::HashSet;

/// Names that some systems reserve for devices, so that no file may have them.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Ids of the report's sections, and of sections that callers add.
const SECTIONS: [&str; 13] = [
    "again",
    "claims",
    "classes",
    "comparisons",
    "data",
    "differences",
    "files",
    "measured",
    "networks",
    "published",
    "reading",
    "reference",
    "weights",
];

/// `L1 & dropout` becomes `l1-dropout`; a second network that would get the same gets
/// `l1-dropout-2`.
pub fn unique_slug(name: &str, taken: &mut HashSet<String>) -> String {
    let mut slug = slug(name);
    if slug.is_empty()
        || DEVICES.contains(&slug.as_str())
        || slug.starts_with("overview")
        || SECTIONS.contains(&slug.as_str())
    {
        slug = format!("network-{slug}").trim_end_matches('-').to_owned();
    }
    free(slug, taken)
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

/// The slug, or the slug with the first number from 2 on that makes it one that is not taken.
pub fn free(slug: String, taken: &mut HashSet<String>) -> String {
    let candidates =
        std::iter::once(slug.clone()).chain((2..).map(|number| format!("{slug}-{number}")));
    let free = candidates.into_iter().find(|candidate| !taken.contains(candidate)).unwrap_or(slug);
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_unique_and_stay_in_their_directory() {
        let mut taken = HashSet::new();
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
        ]
        .map(|name| unique_slug(name, &mut taken));
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
        ];
        assert_eq!(slugs, expected);
    }
}
