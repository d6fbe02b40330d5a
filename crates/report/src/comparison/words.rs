//! Comparisons in plain sentences, for the report and for the terminal.

use fitroom_results::JudgedMeasure;
use fitroom_stats::{Effect, Test, Verdict, unseen_failure_share};

use super::Comparison;
use crate::measure_words::{amount, counted_runs, difference, direction_words, interval, of, size};
use crate::number::{counted_seeds, listed, p_value, signed, whole_percent};

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
        let Sentence { lead, rest } = self.sentence(comparisons);
        let more = [
            self.no_verdict_words(),
            self.over_all_words(),
            self.test_words().filter(|_| self.test_answer().is_some()),
            self.missing_words(),
            self.confounded_words(),
        ];
        let rest = more.into_iter().flatten().fold(rest, |rest, words| rest + " " + &words);
        Sentence { lead, rest }
    }

    /// The conclusion from the effect that the verdict is on. `comparisons` is the number of comparisons
    /// that are made together.
    pub fn sentence(&self, comparisons: usize) -> Sentence {
        Sentence {
            lead: self.lead(),
            rest: format!(" {}", numbers(&self.measure, &self.judged, comparisons)),
        }
    }

    fn lead(&self) -> String {
        let (network, baseline, effect) = (&self.network, &self.baseline, &self.judged);
        let margin = amount(&self.measure, effect.margin);
        match effect.verdict {
            Some(verdict @ (Verdict::Better | Verdict::Worse)) => {
                let little = match effect.is_within_margin() {
                    true => format!(", by less than {margin}"),
                    false => String::new(),
                };
                format!("{network} is {} than {baseline}{little}:", verdict.name())
            }
            Some(Verdict::Equivalent) => {
                format!("{network} and {baseline} are equivalent, to within {margin}:")
            }
            Some(Verdict::Undecided) => format!("{network} against {baseline} is undecided:"),
            Some(Verdict::Exploratory) => format!("{network} against {baseline}, exploratory:"),
            None => format!("{network} against {baseline}:"),
        }
    }
}

impl Comparison {
    /// Why runs from elsewhere have no verdict.
    fn no_verdict_words(&self) -> Option<String> {
        let effect = &self.judged;
        let has_some = effect.difference.is_some_and(|found| found.sd.is_some());
        if !has_some || effect.verdict.is_some() || self.judged_on.is_some() {
            return None;
        }
        Some(match effect.samples {
            Some(_) => "No verdict: tests of unpaired runs need a number of runs that was decided before the first look \
                        (--declared vouches for it)."
                .to_owned(),
            None if self.measure.margin == Some(0.0) => format!(
                "No verdict: nobody vouches for the number of seeds (--declared), and without that a margin of 0 in {} \
                 allows none.",
                self.measure.name
            ),
            None => format!(
                "No verdict: nobody vouches for the number of seeds (--declared), and without that a verdict on {} needs a \
                 margin: the smallest difference that matters (--margin).",
                self.measure.name
            ),
        })
    }

    /// The difference over all seeds, where the verdict took fewer.
    fn over_all_words(&self) -> Option<String> {
        let all = self.over_all?;
        let rest = all.count - self.judged.pairs.len();
        Some(format!(
            "The verdict stood after {}; over all {} the mean difference is {}.",
            counted_seeds(all.count - rest),
            all.count,
            difference(&self.measure, all.mean)
        ))
    }
}

/// How often a seed of the network beats a seed of the baseline, and the effect in standard
/// deviations.
pub fn superiority_words(comparison: &Comparison) -> Option<String> {
    let found = comparison.superiority()?;
    let (low, high) = found.interval;
    let of = if comparison.judged.samples.is_some() { "run" } else { "seed" };
    let size = comparison.effect_size().map_or(String::new(), |size| {
        let size = signed(comparison.measure.directed(size));
        format!("; the difference is {size} standard deviations")
    });
    Some(format!(
        "a {of} of {} beats a {of} of {} with a probability of {} (95% interval {} to {}){size}",
        comparison.network,
        comparison.baseline,
        whole_percent(found.probability),
        whole_percent(low),
        whole_percent(high)
    ))
}

/// That a pair, which the study does not compare itself, was chosen from so many, perhaps for its
/// difference. `None` where there was nothing to choose.
pub fn chosen_words(pairs: usize) -> Option<String> {
    (pairs > 1).then(|| {
        format!(
            "This pair was chosen from {pairs}: the study does not compare the two. If it was chosen for its difference, the \
             verdict is worth less than it says."
        )
    })
}

/// The p of each test, and the correlation of the pairs.
pub fn details(effect: &Effect) -> Option<String> {
    let t_test = if effect.samples.is_some() { Test::Welch } else { Test::PairedT };
    let tests = [(Test::SignFlip, effect.sign_flip_p), (t_test, effect.t_p)];
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
fn numbers(measure: &JudgedMeasure, effect: &Effect, comparisons: usize) -> String {
    let Some(found) = effect.difference else {
        return match effect.samples {
            Some(_) => "no run of both has a score.".into(),
            None => "no seed is finished in both.".into(),
        };
    };
    let (of, seeds, mean) = (of(measure), counted_runs(effect), difference(measure, found.mean));
    let Some(sd) = found.sd else {
        let one = if effect.samples.is_some() { "one run" } else { "one seed" };
        return format!("{one}, so nothing can be concluded ({mean} {of}).");
    };
    let Some(ends) = effect.interval.filter(|_| !is_exploratory(effect)) else {
        let needed = effect
            .seeds_needed()
            .map_or(String::new(), |(seeds, _)| format!("; a verdict needs {seeds}"));
        let needed = match effect.samples {
            Some(_) => needed.replace("seeds", "runs each"),
            None => needed,
        };
        return format!(
            "{mean} {of} on average over {seeds} (standard deviation {}){needed}.",
            size(measure, sd)
        );
    };
    let p = match (effect.p_holm, comparisons) {
        (None, _) => String::new(),
        (Some(p), 1) => format!(", {}", p_value(p)),
        (Some(p), _) => format!(", {} after Holm", p_value(p)),
    };
    let level = effect.confidence_percent();
    let remarks = [
        direction_words(measure).map(|words| format!(" {words}")),
        zero_in_interval(effect),
        far_seeds(measure, effect),
        not_worse(measure, effect),
        unseen_failures(effect),
        not_clear_together(effect, comparisons),
        needed(measure, effect),
    ];
    let remarks: String = remarks.into_iter().flatten().collect();
    format!("{mean} {of} ({level}% interval {}, {seeds}{p}).{remarks}", interval(measure, ends))
}

fn is_exploratory(effect: &Effect) -> bool {
    effect.verdict == Some(Verdict::Exploratory)
}

/// How many seeds an open comparison needs.
fn needed(measure: &JudgedMeasure, effect: &Effect) -> Option<String> {
    let (seeds, to_find) = effect.seeds_needed()?;
    Some(match effect.sequential.as_ref().map(|found| found.seeds_to_go) {
        None if effect.samples.is_some() => {
            let runs = seeds.to_string().replace("seeds", "runs");
            format!(" To find a difference of {} takes {runs} each.", amount(measure, to_find))
        }
        None => format!(" To find a difference of {} takes {seeds}.", amount(measure, to_find)),
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
fn not_worse(measure: &JudgedMeasure, effect: &Effect) -> Option<String> {
    (effect.verdict == Some(Verdict::Undecided) && effect.is_not_worse() && effect.margin > 0.0)
        .then(|| format!(" It is not worse by {} or more.", amount(measure, effect.margin)))
}

/// "Equivalent" speaks of the seeds that were seen. What strikes few seeds may not have struck yet.
fn unseen_failures(effect: &Effect) -> Option<String> {
    let (runs, of) = match &effect.samples {
        Some(samples) => (samples.fewest(), "runs"),
        None => (effect.pairs.len(), "seeds"),
    };
    (effect.verdict == Some(Verdict::Equivalent)).then(|| {
        format!(
            " A failure that strikes up to {} of {of} may not have shown in {}.",
            whole_percent(unseen_failure_share(runs)),
            counted_runs(effect)
        )
    })
}

/// Why a difference is real although its interval contains zero: the seeds agree on its sign, but
/// they differ in its size.
fn zero_in_interval(effect: &Effect) -> Option<String> {
    let ((low, high), mean) = (effect.interval?, effect.difference?.mean);
    let agree = effect.pairs.iter().filter(|pair| pair.difference() * mean > 0.0).count();
    let is_paired = effect.samples.is_none();
    (is_paired && effect.is_significant() && low <= 0.0 && high >= 0.0).then(|| {
        let seeds = counted_seeds(effect.pairs.len());
        let is_rounded = effect.difference.is_some_and(|it| it.sd.is_some_and(|sd| sd < effect.resolution));
        let reason = if is_rounded { "scores are rounded" } else { "seeds differ in how much" };
        format!(
            " The interval contains zero because {reason}, but {agree} of {seeds} agree on the sign."
        )
    })
}

/// Why a comparison is undecided although its own interval does not contain zero.
fn not_clear_together(effect: &Effect, comparisons: usize) -> Option<String> {
    let (low, high) = effect.interval?;
    let is_odd = effect.sequential.is_some()
        && effect.verdict == Some(Verdict::Undecided)
        && comparisons > 1
        && (low > 0.0 || high < 0.0);
    is_odd.then(|| {
        format!(" The interval is of this comparison alone; adjusted for all {comparisons}, it is not clear yet.")
    })
}

/// Seeds that lie far from the others, where they leave the verdict open or the interval around
/// zero.
fn far_seeds(measure: &JudgedMeasure, effect: &Effect) -> Option<String> {
    let contains_zero = effect.interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0);
    let is_of_interest =
        effect.verdict == Some(Verdict::Undecided) || effect.is_significant() && contains_zero;
    let far: Vec<String> = effect
        .far_pairs()
        .map(|pair| format!("{} ({})", pair.seed, difference(measure, pair.difference())))
        .collect();
    // Where many lie far from the others, none does.
    let is_few = 4 * far.len() <= effect.pairs.len().max(4);
    let words = match far.len() {
        1 => format!(" Seed {} lies far from the others.", far[0]),
        _ => format!(" Seeds {} lie far from the others.", listed(&far)),
    };
    (is_of_interest && is_few && !far.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests;
