//! Comparisons in plain sentences, for the report and for the terminal.

use fitroom_results::Subset;
use fitroom_stats::{PairedEffect, Test, Verdict};

use super::Comparison;
use crate::number::{count, listed, p_value, points, unsigned_points};

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

/// The error that no number of seeds makes smaller: `error` is [`Comparison::test_error`].
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

/// `+1.17 points of validation accuracy (95% interval +0.85 to +1.49, 10 seeds, p = 0.014 after
/// Holm).`
fn numbers(subset: Subset, effect: &PairedEffect, comparisons: usize) -> String {
    let Some(difference) = effect.difference else { return "no seed is finished in both.".into() };
    let of = format!("points of {} accuracy", subset.name());
    let seeds = counted_seeds(difference.count);
    let (Some((low, high)), Some(sd)) = (effect.interval, difference.sd) else {
        return format!(
            "one seed, so nothing can be concluded ({} {of}).",
            points(difference.mean)
        );
    };
    let mean = points(difference.mean);
    if effect.verdict == Some(Verdict::Exploratory) {
        let needed = effect
            .seeds_needed()
            .map_or(String::new(), |(seeds, _)| format!("; a verdict needs {seeds}"));
        return format!(
            "{mean} {of} on average over {seeds} (standard deviation {}){needed}.",
            unsigned_points(sd)
        );
    }
    let p = match (effect.p_holm, comparisons) {
        (None, _) => String::new(),
        (Some(p), 1) => format!(", {}", p_value(p)),
        (Some(p), _) => format!(", {} after Holm", p_value(p)),
    };
    let needed = effect.seeds_needed().map_or(String::new(), |(seeds, to_find)| {
        format!(" To find a difference of {} takes {seeds}.", points_of(to_find))
    });
    let (agreement, far) =
        (zero_in_interval(effect).unwrap_or_default(), far_seeds(effect).unwrap_or_default());
    format!(
        "{mean} {of} (95% interval {} to {}, {seeds}{p}).{agreement}{far}{needed}",
        points(low),
        points(high)
    )
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
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_stats::DEFAULT_MARGIN;

    fn comparisons(fixture: Fixture) -> Vec<Comparison> {
        Comparison::of_results(&fixture.results(), DEFAULT_MARGIN)
    }

    /// Sentences on the first measure of each comparison.
    fn sentences(fixture: Fixture) -> Vec<String> {
        let comparisons = comparisons(fixture);
        let sentence = |comparison: &Comparison| {
            let (subset, effect) = comparison.primary();
            comparison.sentence(subset, effect, comparisons.len()).text()
        };
        comparisons.iter().map(sentence).collect()
    }

    fn against(seeds: u32, network: Plan) -> Fixture {
        Fixture::new(seeds).with(Plan::new("plain")).with(network.vs("plain"))
    }

    fn sentence(seeds: u32, shift: f64) -> String {
        sentences(against(seeds, Plan::new("other").shifted(shift))).remove(0)
    }

    #[test]
    fn a_verdict_comes_first_and_its_numbers_behind() {
        let better = sentence(10, 0.02);
        assert!(better.starts_with("other is better than plain: +2."), "{better}");
        assert!(
            better.contains(" points of validation accuracy (95% interval +1.")
                && better.ends_with(", 10 seeds, p = 0.002)."),
            "{better}"
        );
        assert!(sentence(10, -0.02).starts_with("other is worse than plain: −"));
        let small = sentence(20, 0.002);
        assert!(
            small.starts_with("other is better than plain, by less than 0.5 points: +0."),
            "{small}"
        );
        let equal = sentence(20, 0.0);
        assert!(
            equal.starts_with("other and plain are equivalent, to within 0.5 points:"),
            "{equal}"
        );
    }

    #[test]
    fn few_seeds_have_no_verdict() {
        let exploratory = sentence(3, 0.02);
        assert!(exploratory.starts_with("other against plain, exploratory: +"), "{exploratory}");
        assert!(
            exploratory.contains("on average over 3 seeds (standard deviation 0."),
            "{exploratory}"
        );
        assert!(exploratory.ends_with("; a verdict needs about 7 seeds."), "{exploratory}");
        let one = sentence(1, 0.02);
        assert!(
            one.starts_with("other against plain: one seed, so nothing can be concluded (+"),
            "{one}"
        );
        let none = sentences(against(1, Plan::new("other").pending(1, 2))).remove(0);
        assert_eq!(none, "other against plain: no seed is finished in both.");
    }

    #[test]
    fn p_is_said_to_be_adjusted_where_there_are_several_comparisons() {
        let two = sentences(
            against(10, Plan::new("a").shifted(0.02))
                .with(Plan::new("b").vs("plain").shifted(0.001)),
        );
        assert!(two[0].ends_with(", 10 seeds, p = 0.004 after Holm)."), "{}", two[0]);
    }

    #[test]
    fn an_open_question_says_what_would_answer_it() {
        let mut results = against(10, Plan::new("other")).results();
        for run in results.runs.iter_mut().filter(|run| run.network == 1) {
            let sign = if run.seed % 2 == 0 { 1.0 } else { -0.7 };
            run.outcome.as_mut().unwrap().best.val.accuracy += 0.02 * sign;
        }
        let comparison = Comparison::of_results(&results, DEFAULT_MARGIN).remove(0);
        let (subset, effect) = comparison.primary();
        let words = comparison.sentence(subset, effect, 1).text();
        assert!(words.starts_with("other against plain is undecided: +0."), "{words}");
        assert!(
            words.contains(" To find a difference of 0.5 points takes about ")
                && words.ends_with(" seeds."),
            "{words}"
        );
    }

    #[test]
    fn a_real_difference_whose_interval_contains_zero_is_explained() {
        let mut results = against(10, Plan::new("other").shifted(0.01)).results();
        results.runs[10].outcome.as_mut().unwrap().best.val.accuracy += 0.1;
        let comparison = Comparison::of_results(&results, DEFAULT_MARGIN).remove(0);
        let (subset, effect) = comparison.primary();
        let words = comparison.sentence(subset, effect, 1).text();
        assert!(
            words.starts_with("other is better than plain: +") && words.contains("interval −"),
            "{words}"
        );
        let reason = " The interval contains zero because seeds differ in how much, but 10 of 10 seeds agree on the sign. \
                      Seed 1 (+11.";
        assert!(
            words.contains(reason) && words.ends_with(") lies far from the others."),
            "{words}"
        );
        assert!(!sentence(10, 0.02).contains("contains zero"));
    }

    #[test]
    fn without_validation_test_accuracy_decides() {
        let fixture = Fixture::new(6).without_validation().with(Plan::new("plain"));
        let comparison = comparisons(fixture.with(Plan::new("other").vs("plain"))).remove(0);
        assert!(comparison.validation.is_none() && comparison.primary().0 == Subset::Test);
    }
}
