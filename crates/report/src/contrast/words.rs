//! Comparisons in plain sentences, for the report and for the terminal.

use super::{Contrast, Effect, Missing, MissingReason, Test, Verdict};
use crate::number::{count, counted, listed, p_value, points, unsigned_points};
use crate::score::Subset;

/// A sentence whose beginning says it all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The verdict: `batch norm is better than two hidden layers:`.
    pub lead: String,
    /// The numbers, and what may spoil them, with a space before.
    pub rest: String,
}

impl Sentence {
    /// The whole of it.
    pub fn text(&self) -> String {
        format!("{}{}", self.lead, self.rest)
    }
}

impl Contrast {
    /// What is concluded in one measure. `comparisons` is how many are made together.
    pub fn sentence(&self, subset: Subset, effect: &Effect, comparisons: usize) -> Sentence {
        Sentence { lead: self.lead(effect), rest: format!(" {}", numbers(subset, effect, comparisons)) }
    }

    fn lead(&self, effect: &Effect) -> String {
        let (network, baseline) = (&self.network, &self.baseline);
        match effect.verdict {
            Some(verdict @ (Verdict::Better | Verdict::Worse)) => {
                let little = match effect.is_within_margin() {
                    true => format!(", by less than {}", points_of(effect.margin)),
                    false => String::new(),
                };
                format!("{network} is {} than {baseline}{little}:", verdict.name())
            }
            Some(Verdict::Equivalent) => {
                format!("{network} and {baseline} are equivalent, to within {}:", points_of(effect.margin))
            }
            Some(Verdict::Undecided) => format!("{network} against {baseline} is undecided:"),
            Some(Verdict::Exploratory) => format!("{network} against {baseline}, exploratory:"),
            None => format!("{network} against {baseline}:"),
        }
    }

    /// Seeds that are in no pair, each network for itself; `None` where none is missing.
    pub fn missing_words(&self) -> Option<String> {
        let words = |missing: &Missing| {
            let what = match missing.reason {
                MissingReason::Diverged => "diverged in",
                MissingReason::Pending if missing.seeds.len() == 1 => "is not finished in",
                MissingReason::Pending => "are not finished in",
                MissingReason::Absent if missing.seeds.len() == 1 => "is not among those of",
                MissingReason::Absent => "are not among those of",
            };
            format!("{} of {} {what} {}", missing.seeds.len(), counted_seeds(self.seeds), missing.network)
        };
        let words: Vec<String> = self.missing.iter().map(words).collect();
        (!words.is_empty()).then(|| format!("{}; only seeds that both finished are compared.", words.join(", ")))
    }

    /// The warning that belongs to a comparison in which more than one thing differs.
    pub fn confounded_words(&self) -> Option<String> {
        let things = self.things_that_differ();
        let which = if things.len() == 2 { "either" } else { "any one" };
        (things.len() > 1).then(|| {
            format!("More than one thing differs ({}): this decides nothing about {which} of them.", listed(&things))
        })
    }

    /// What differs between the layers: `adds batchnorm (twice)`.
    pub fn layer_words(&self) -> Option<String> {
        let part = |verb: &str, layers: &[String]| {
            (!layers.is_empty()).then(|| format!("{verb} {}", listed(&counted_layers(layers))))
        };
        let parts: Vec<String> =
            [part("adds", &self.layers.added), part("lacks", &self.layers.removed)].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// Which tests say what, and how much the pairs have in common.
pub fn details(effect: &Effect) -> Option<String> {
    let tests = [(Test::SignFlip, effect.sign_flip_p), (Test::PairedT, effect.t_p)];
    let mut parts: Vec<String> =
        tests.into_iter().filter_map(|(test, p)| Some(format!("{}: {}", test.name(), p_value(p?)))).collect();
    parts.extend(effect.correlation.map(|r| format!("correlation of the pairs: {r:.2}").replace('-', "−")));
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What no number of seeds makes smaller: `error` is [`Contrast::test_error`].
pub fn test_error_words(error: f64, images: usize) -> Sentence {
    let images = count(images as u64);
    Sentence {
        lead: "The test images' own sampling error is not in these intervals.".into(),
        rest: format!(
            " They say what other seeds would change on these {images} test images. Another {images} images of the same \
             kind would move one network's test accuracy by up to about {} (one standard error, √(p·(1 − p)/images)), and \
             the difference of two networks by at most 1.4 times as much: by less, the more often both are wrong on the \
             same images.",
            points_of(error)
        ),
    }
}

/// `+1.17 points of validation accuracy (95% interval +0.85 to +1.49, 10 seeds, p = 0.014 after Holm).`
fn numbers(subset: Subset, effect: &Effect, comparisons: usize) -> String {
    let Some(difference) = effect.difference else { return "no seed is finished in both.".into() };
    let of = format!("points of {} accuracy", subset.name());
    let seeds = counted_seeds(difference.count);
    let (Some((low, high)), Some(sd)) = (effect.interval, difference.sd) else {
        return format!("one seed, so nothing can be concluded ({} {of}).", points(difference.mean));
    };
    let mean = points(difference.mean);
    if effect.verdict == Some(Verdict::Exploratory) {
        let needed = effect.seeds_needed().map_or(String::new(), |(seeds, _)| format!("; a verdict needs {seeds}"));
        return format!("{mean} {of} on average over {seeds} (standard deviation {}){needed}.", unsigned_points(sd));
    }
    let p = match (effect.p_holm, comparisons) {
        (None, _) => String::new(),
        (Some(p), 1) => format!(", {}", p_value(p)),
        (Some(p), _) => format!(", {} after Holm", p_value(p)),
    };
    let needed = effect.seeds_needed().map_or(String::new(), |(seeds, to_find)| {
        format!(" To find a difference of {} takes {seeds}.", points_of(to_find))
    });
    format!("{mean} {of} (95% interval {} to {}, {seeds}{p}).{needed}", points(low), points(high))
}

/// `0.5 points`, `1 point`: as short as it can be said to two decimals.
pub fn points_of(fraction: f64) -> String {
    let number = unsigned_points(fraction);
    let number = number.trim_end_matches('0').trim_end_matches('.');
    let number = if number.is_empty() { "0" } else { number };
    format!("{number} point{}", if number == "1" { "" } else { "s" })
}

pub fn counted_seeds(seeds: usize) -> String {
    format!("{seeds} seed{}", if seeds == 1 { "" } else { "s" })
}

/// `batchnorm (twice)`: layers that come several times are said once.
fn counted_layers(layers: &[String]) -> Vec<String> {
    let mut counts: Vec<(&String, usize)> = Vec::new();
    for layer in layers {
        match counts.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, count)) => *count += 1,
            None => counts.push((layer, 1)),
        }
    }
    let words = counts.into_iter().map(|(layer, count)| match count {
        1 => layer.clone(),
        2 => format!("{layer} (twice)"),
        n => format!("{layer} ({})", counted(n, "time")),
    });
    words.collect()
}
