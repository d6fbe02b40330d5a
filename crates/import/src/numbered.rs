//! Seeds in names that do not say so: `cnn_s42`, `42`, `cnn_42`, when all names beside each other do.

use std::collections::{BTreeMap, BTreeSet};

/// Most digits of a number that may be a seed. Dates and times have more.
const MOST_DIGITS: usize = 6;

/// What is left of each name, and the seed. `None` if the names do not all end in a seed.
///
/// Names that are nothing but a number, or end in `s` and a number, are clear. `cnn_42` is so only if
/// several names have the same numbers, since `resnet_18` is no seed.
pub(crate) fn split_all<'a>(
    names: &BTreeSet<&'a str>,
) -> Option<BTreeMap<&'a str, (&'a str, u64)>> {
    let split = |is_such: &dyn Fn(&str) -> bool| -> Option<BTreeMap<&'a str, (&'a str, u64)>> {
        let all = names.iter().map(|&name| {
            let rest = name.trim_end_matches(|c: char| c.is_ascii_digit());
            let digits = &name[rest.len()..];
            let is_seed = (1..=MOST_DIGITS).contains(&digits.len()) && is_such(rest);
            let rest =
                rest.strip_suffix(['s', 'S']).unwrap_or(rest).trim_end_matches(['_', '-', '.']);
            Some((name, (rest, digits.parse().ok().filter(|_| is_seed)?)))
        });
        all.collect()
    };
    if names.len() < 2 {
        return None;
    }
    let ends_in_s = |rest: &str| {
        let before = rest.strip_suffix(['s', 'S']);
        before.is_some_and(|before| before.is_empty() || before.ends_with(['_', '-', '.']))
    };
    let clear = split(&|rest| rest.is_empty()).or_else(|| split(&ends_in_s));
    clear.or_else(|| split(&|rest| rest.ends_with(['_', '-'])).filter(are_crossed))
}

/// Whether several names have at least two numbers, and have them in common.
fn are_crossed(all: &BTreeMap<&str, (&str, u64)>) -> bool {
    let mut numbers: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for &(rest, number) in all.values() {
        numbers.entry(rest).or_default().insert(number);
    }
    let common = numbers.values().cloned().reduce(|a, b| &a & &b).unwrap_or_default();
    numbers.len() > 1 && common.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_found_only_if_all_names_have_them() {
        let split = |names: &[&'static str]| {
            let found = split_all(&names.iter().copied().collect());
            found.map(|found| found.into_values().collect::<Vec<_>>())
        };
        assert_eq!(split(&["42", "7"]), Some(vec![("", 42), ("", 7)]));
        assert_eq!(split(&["cnn_s0", "mlp-s1"]), Some(vec![("cnn", 0), ("mlp", 1)]));
        let four = ["a_1", "a_2", "b_1", "b_2"];
        assert_eq!(split(&four), Some(vec![("a", 1), ("a", 2), ("b", 1), ("b", 2)]));
        for names in [
            &["42"][..],
            &["42", "final"],
            &["20240101", "20240102"],
            &["cnn_s0", "cnn"],
            &["resnet_18", "resnet_50"],
            &["resnet_18", "resnet_50", "vit_16", "vit_32"],
            &["classes1", "classes2"],
        ] {
            assert_eq!(split(names), None, "{names:?}");
        }
    }
}
