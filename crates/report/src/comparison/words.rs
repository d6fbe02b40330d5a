//! Comparisons in plain sentences, for the report and for the terminal.

use fitroom_results::Subset;
use fitroom_stats::{PairedEffect, Test, Verdict, unseen_failure_share};

use super::Comparison;
use crate::number::{listed, p_value, points, signed, unsigned_points, whole_percent};

/// A sentence whose first words are the conclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// The conclusion: `batch norm is better than two hidden layers:`.
    pub lead: String,
    /// The numbers, and what may spoil them, after a space.
    pub rest: String,
}

impl Sentence {
    /// The whole sentence.
    pub fn text(&self) -> String {
        format!("{}{}", self.lead, self.rest)
    }
}

impl Comparison {
    /// All that is said of the comparison: the conclusion from the measure that the verdict is on,
    /// what test images say of it, and what spoils it. `comparisons` is the number of comparisons
    /// that are made together.
    pub fn conclusion(&self, comparisons: usize) -> Sentence {
        let (subset, effect) = self.primary();
        let Sentence { lead, rest } = self.sentence(subset, effect, comparisons);
        let more = [
            self.test_words().filter(|_| self.test_answer().is_some()),
            self.missing_words(),
            self.confounded_words(),
        ];
        let rest = more.into_iter().flatten().fold(rest, |rest, words| rest + " " + &words);
        Sentence { lead, rest }
    }

    /// The conclusion from one effect. `comparisons` is the number of comparisons that are made
    /// together.
    pub fn sentence(&self, subset: Subset, effect: &PairedEffect, comparisons: usize) -> Sentence {
        Sentence {
            lead: self.lead(effect),
            rest: format!(" {}", numbers(subset, effect, comparisons)),
        }
    }

    fn lead(&self, effect: &PairedEffect) -> String {
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
                format!(
                    "{network} and {baseline} are equivalent, to within {}:",
                    points_of(effect.margin)
                )
            }
            Some(Verdict::Undecided) => format!("{network} against {baseline} is undecided:"),
            Some(Verdict::Exploratory) => format!("{network} against {baseline}, exploratory:"),
            None => format!("{network} against {baseline}:"),
        }
    }
}

/// How often a seed of the network beats a seed of the baseline, and the effect in standard
/// deviations.
pub fn superiority_words(comparison: &Comparison) -> Option<String> {
    let found = comparison.superiority()?;
    let (low, high) = found.interval;
    let size = comparison.effect_size().map_or(String::new(), |size| {
        format!("; the difference is {} standard deviations", signed(size))
    });
    Some(format!(
        "a seed of {} beats a seed of {} with a probability of {} (95% interval {} to {}){size}",
        comparison.network,
        comparison.baseline,
        whole_percent(found.probability),
        whole_percent(low),
        whole_percent(high)
    ))
}

/// The p of each test, and the correlation of the pairs.
pub fn details(effect: &PairedEffect) -> Option<String> {
    let tests = [(Test::SignFlip, effect.sign_flip_p), (Test::PairedT, effect.t_p)];
    let mut parts: Vec<String> = tests
        .into_iter()
        .filter_map(|(test, p)| Some(format!("{}: {}", test.name(), p_value(p?))))
        .collect();
    parts.extend(
        effect.correlation.map(|r| format!("correlation of the pairs: {r:.2}").replace('-', "−")),
    );
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `+1.17 points of validation accuracy (95% interval +0.85 to +1.49, 10 seeds, p = 0.014 after
/// Holm).`
fn numbers(subset: Subset, effect: &PairedEffect, comparisons: usize) -> String {
    let Some(difference) = effect.difference else { return "no seed is finished in both.".into() };
    let of = format!("points of {} accuracy", subset.name());
    let seeds = counted_seeds(difference.count);
    let Some(sd) = difference.sd else {
        return format!(
            "one seed, so nothing can be concluded ({} {of}).",
            points(difference.mean)
        );
    };
    let mean = points(difference.mean);
    let Some((low, high)) = effect.interval.filter(|_| !is_exploratory(effect)) else {
        let needed = effect
            .seeds_needed()
            .map_or(String::new(), |(seeds, _)| format!("; a verdict needs {seeds}"));
        return format!(
            "{mean} {of} on average over {seeds} (standard deviation {}){needed}.",
            unsigned_points(sd)
        );
    };
    let p = match (effect.p_holm, comparisons) {
        (None, _) => String::new(),
        (Some(p), 1) => format!(", {}", p_value(p)),
        (Some(p), _) => format!(", {} after Holm", p_value(p)),
    };
    let level = effect.confidence_percent();
    let remarks = [
        zero_in_interval(effect),
        far_seeds(effect),
        not_worse(effect),
        unseen_failures(effect),
        needed(effect),
    ];
    let remarks: String = remarks.into_iter().flatten().collect();
    format!(
        "{mean} {of} ({level}% interval {} to {}, {seeds}{p}).{remarks}",
        points(low),
        points(high)
    )
}

fn is_exploratory(effect: &PairedEffect) -> bool {
    effect.verdict == Some(Verdict::Exploratory)
}

/// How many seeds an open comparison needs.
fn needed(effect: &PairedEffect) -> Option<String> {
    let (seeds, to_find) = effect.seeds_needed()?;
    Some(match effect.sequential.as_ref().map(|found| found.seeds_to_go) {
        None => format!(" To find a difference of {} takes {seeds}.", points_of(to_find)),
        Some(Some(more)) => {
            format!(
                " If it goes on like this, it is clear after about {} more.",
                counted_seeds(more)
            )
        }
        Some(None) => " The seeds so far speak neither for a difference nor against one.".into(),
    })
}

/// Many changes only have to do no harm: that an undecided one does none may be shown already.
fn not_worse(effect: &PairedEffect) -> Option<String> {
    (effect.verdict == Some(Verdict::Undecided) && effect.is_not_worse() && effect.margin > 0.0)
        .then(|| format!(" It is not worse by {} or more.", points_of(effect.margin)))
}

/// "Equivalent" speaks of the seeds that were seen. What strikes few seeds may not have struck yet.
fn unseen_failures(effect: &PairedEffect) -> Option<String> {
    let seeds = effect.pairs.len();
    (effect.verdict == Some(Verdict::Equivalent)).then(|| {
        format!(
            " A failure that strikes up to {} of seeds may not have shown in {}.",
            whole_percent(unseen_failure_share(seeds)),
            counted_seeds(seeds)
        )
    })
}

/// Why a difference is real although its interval contains zero: the seeds agree on its sign, but
/// they differ in its size.
fn zero_in_interval(effect: &PairedEffect) -> Option<String> {
    let ((low, high), mean) = (effect.interval?, effect.difference?.mean);
    let agree = effect.pairs.iter().filter(|pair| pair.difference() * mean > 0.0).count();
    (effect.is_significant() && low <= 0.0 && high >= 0.0).then(|| {
        let seeds = counted_seeds(effect.pairs.len());
        format!(" The interval contains zero because seeds differ in how much, but {agree} of {seeds} agree on the sign.")
    })
}

/// Seeds that lie far from the others, where they leave the verdict open or the interval around
/// zero.
fn far_seeds(effect: &PairedEffect) -> Option<String> {
    let contains_zero = effect.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0);
    let is_of_interest =
        effect.verdict == Some(Verdict::Undecided) || effect.is_significant() && contains_zero;
    let far: Vec<String> = effect
        .far_pairs()
        .map(|pair| format!("{} ({})", pair.seed, points(pair.difference())))
        .collect();
    let words = match far.len() {
        1 => format!(" Seed {} lies far from the others.", far[0]),
        _ => format!(" Seeds {} lie far from the others.", listed(&far)),
    };
    (is_of_interest && !far.is_empty()).then_some(words)
}

/// `0.5 points`, `1 point`: two decimals at most.
pub fn points_of(fraction: f64) -> String {
    let number = unsigned_points(fraction);
    let number = number.trim_end_matches('0').trim_end_matches('.');
    let number = if number.is_empty() { "0" } else { number };
    format!("{number} point{}", if number == "1" { "" } else { "s" })
}

/// `one seed` in digits: `1 seed`, `10 seeds`.
pub fn counted_seeds(seeds: usize) -> String {
    format!("{seeds} seed{}", if seeds == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
