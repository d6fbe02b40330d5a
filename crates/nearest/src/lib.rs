//! Finds the known name that was probably meant by a misspelled one.
//!
//! Every "did you mean" of Fitting Room comes from this crate: for layers, keys of a study file,
//! networks, data sets and instruction sets. No hint is better than a wrong one, so [`nearest`]
//! returns nothing if two known names are equally near.
//!
//! ```
//! use fitroom_nearest::{did_you_mean, nearest};
//!
//! let layers = ["dense", "conv", "maxpool", "relu"];
//! assert_eq!(nearest("conv2d", layers), Some("conv"));
//! assert_eq!(nearest("linear", layers), None);
//!
//! let message = format!("unknown layer `dens`{}", did_you_mean(&nearest("dens", layers)));
//! assert_eq!(message, "unknown layer `dens`\nhint: did you mean `dense`?");
//! ```

use std::fmt::Display;

/// Longer words have no nearest name. A word may come from any file, and comparing takes time.
const LONGEST_WORD: usize = 64;

/// Fewest letters of a word that counts as the start of another.
const SHORTEST_START: usize = 3;

/// The name in `known` that was probably meant by `word`.
///
/// Upper case, hyphens, underscores and spaces don't count. A name is near if it starts with the
/// same letter and differs by at most one typing mistake: a letter too many, too few, wrong, or
/// exchanged with its neighbour. From 9 letters on, two mistakes are allowed; below 4 letters,
/// none. Names that differ only in digits (`avx2` and `avx3`) are not near. If no name is near, one
/// that begins with `word`, or that `word` begins with, is returned (`conv` for `conv2d`).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    if word.is_empty() || word.chars().count() > LONGEST_WORD {
        return None;
    }
    let ranked = known.into_iter().filter_map(|name| Some((rank(&word, &plain(name))?, name)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    match ranked[..] {
        [(first, _), (second, _), ..] if first == second => None,
        [(_, name), ..] => Some(name),
        [] => None,
    }
}

/// A hint to append to a message: a line break and ``hint: did you mean `NAME`?``, or nothing.
pub fn did_you_mean(nearest: &Option<impl Display>) -> String {
    nearest.as_ref().map(|name| format!("\nhint: did you mean `{name}`?")).unwrap_or_default()
}

/// The distance of `name` from `word`, both plain. `None` if `name` was not meant.
fn rank(word: &str, name: &str) -> Option<usize> {
    if word == name {
        return Some(0);
    }
    let length = name.chars().count();
    if length > LONGEST_WORD || word.chars().next() != name.chars().next() {
        return None;
    }
    let longest = word.chars().count().max(length);
    let most_mistakes = match longest {
        0..4 => 0,
        4..9 => 1,
        _ => 2,
    };
    let differ_in_digits = letters(word).eq(letters(name));
    let mistakes = strsim::damerau_levenshtein(word, name);
    if mistakes <= most_mistakes && !differ_in_digits {
        return Some(mistakes);
    }
    let shortest = word.chars().count().min(length);
    let is_start = word.starts_with(name) || name.starts_with(word);
    let both_have_digits = has_digits(word) && has_digits(name);
    let was_meant =
        is_start && shortest >= SHORTEST_START && !(differ_in_digits && both_have_digits);
    // Ranks after all names that are near.
    was_meant.then_some(LONGEST_WORD)
}

fn plain(name: &str) -> String {
    let is_letter = |letter: &char| !matches!(letter, '-' | '_' | ' ');
    name.chars().filter(is_letter).flat_map(char::to_lowercase).collect()
}

fn has_digits(name: &str) -> bool {
    name.contains(|letter: char| letter.is_ascii_digit())
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|letter| !letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYERS: [&str; 12] = [
        "dense",
        "conv",
        "maxpool",
        "avgpool",
        "batchnorm",
        "dropout",
        "relu",
        "leakyrelu",
        "gelu",
        "tanh",
        "sigmoid",
        "flatten",
    ];

    #[test]
    fn layers_are_right_or_absent() {
        let right = [
            ("dens", "dense"),
            ("Dense", "dense"),
            ("conv2d", "conv"),
            ("convolution", "conv"),
            ("max_pool", "maxpool"),
            ("maxpool2d", "maxpool"),
            ("max", "maxpool"),
            ("batch-norm", "batchnorm"),
            ("batchnorm1d", "batchnorm"),
            ("droput", "dropout"),
            ("drop", "dropout"),
            ("LeakyReLU", "leakyrelu"),
            ("leaky", "leakyrelu"),
            ("rleu", "relu"),
            ("sigmod", "sigmoid"),
            ("flat", "flatten"),
        ];
        for (word, name) in right {
            assert_eq!(nearest(word, LAYERS), Some(name), "{word}");
        }
        // The names of other frameworks' layers are not misspellings of these.
        let others = [
            "linear",
            "elu",
            "selu",
            "silu",
            "celu",
            "prelu",
            "softmax",
            "softplus",
            "layernorm",
            "groupnorm",
            "meanpool",
            "minpool",
            "embedding",
            "lstm",
            "fc",
            "x",
            "",
            "µ",
        ];
        for word in others {
            assert_eq!(nearest(word, LAYERS), None, "{word}");
        }
    }

    #[test]
    fn words_of_other_kinds_are_right_or_absent() {
        let cases: [(&str, &[&str], Option<&str>); 18] = [
            ("adm", &["sgd", "adam", "rmsprop"], Some("adam")),
            ("Adam", &["sgd", "adam", "rmsprop"], Some("adam")),
            ("nadam", &["sgd", "adam", "rmsprop"], None),
            ("mae", &["mse", "cross-entropy"], None),
            ("los", &["accuracy", "loss"], Some("loss")),
            ("crossentropy", &["cross-entropy", "mse"], Some("cross-entropy")),
            ("optimiser", &["optimizer", "loss", "epochs"], Some("optimizer")),
            ("avx-512", &["avx512", "avx2", "neon", "portable"], Some("avx512")),
            ("AVX-512", &["avx512", "avx2", "neon", "portable"], Some("avx512")),
            ("avx5l2", &["avx512", "avx2", "neon", "portable"], Some("avx512")),
            ("avx51", &["avx512", "avx2", "neon", "portable"], None),
            ("avx3", &["avx512", "avx2", "neon", "portable"], None),
            ("avx", &["avx512", "avx2", "neon", "portable"], None),
            ("fast", &["avx512", "avx2", "neon", "portable"], None),
            ("Fashion_MNIST", &["fashion-mnist", "mnist", "kmnist"], Some("fashion-mnist")),
            ("kmist", &["fashion-mnist", "mnist", "kmnist"], Some("kmnist")),
            ("imagenet", &["fashion-mnist", "mnist", "kmnist"], None),
            ("all sort", &["plain", "all sorts"], Some("all sorts")),
        ];
        for (word, known, name) in cases {
            assert_eq!(nearest(word, known.iter().copied()), name, "{word}");
        }
    }

    #[test]
    fn two_names_that_are_equally_near_give_no_hint() {
        assert_eq!(nearest("width 9", ["width 8", "width 10"]), None);
        assert_eq!(nearest("plan", ["plain", "plane"]), None);
        assert_eq!(nearest("plan", ["plain", "planner"]), Some("plain"));
    }

    #[test]
    fn long_words_are_not_compared() {
        let long = "a".repeat(1 << 20);
        assert_eq!(nearest(&long, ["a", "dense"]), None);
        assert_eq!(nearest("dens", [long.as_str(), "dense"]), Some("dense"));
    }

    #[test]
    fn a_hint_is_a_separate_line_or_nothing() {
        assert_eq!(did_you_mean(&Some("adam")), "\nhint: did you mean `adam`?");
        assert_eq!(did_you_mean(&None::<&str>), "");
    }
}
