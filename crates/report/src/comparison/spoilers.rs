//! Sentences on what spoils a comparison: seeds that are missing, and several things that differ.

use std::collections::BTreeSet;

use fitroom_results::LayerFacts;

use super::{Comparison, MissingReason};
use crate::measure_words::difference;
use crate::number::{counted, counted_seeds, listed};

impl Comparison {
    /// The seeds that are in no pair or count as guessing; `None` where there are none. Networks whose
    /// runs diverged are named, since divergence says something about the network.
    pub fn missing_words(&self) -> Option<String> {
        let of = format!("of {}", counted_seeds(self.seeds));
        let of_reason =
            |reason| self.missing.iter().filter(move |missing| missing.reason == reason);
        let unfinished = |reason, words: &str| {
            let seeds: BTreeSet<u64> =
                of_reason(reason).flat_map(|missing| missing.seeds.iter().copied()).collect();
            let is = if seeds.len() == 1 { "is" } else { "are" };
            (!seeds.is_empty()).then(|| format!("{} {of} {is} {words}.", seeds.len()))
        };
        let diverged = of_reason(MissingReason::Diverged).map(|missing| {
            let counts = if missing.seeds.len() == 1 { "counts" } else { "count" };
            format!(
                "{} {of} diverged in {} and {counts} as guessing.",
                missing.seeds.len(),
                missing.network
            )
        });
        let finished = self.finished.map(|finished| {
            format!(
                "Over the {} that finished in both, the mean difference is {} points.",
                counted_seeds(finished.count),
                difference(&self.measure, finished.mean)
            )
        });
        let held_back = (self.held_back > 0).then(|| {
            let (seeds, do_not) = match self.held_back {
                1 => ("1 more seed is".to_owned(), "does not"),
                more => (format!("{more} more seeds are"), "do not"),
            };
            format!(
                "{seeds} finished and {do_not} count yet: another comparison of this study that is open lacks one of them."
            )
        });
        let words: Vec<String> = diverged
            .chain(finished)
            .chain(held_back)
            .chain(unfinished(MissingReason::Pending, "not finished in both networks"))
            .chain(unfinished(MissingReason::Unscored, "without a score in one of the two"))
            .chain(unfinished(MissingReason::Absent, "in only one of the two networks"))
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// The warning for a comparison in which more than one thing differs.
    pub fn confounded_words(&self) -> Option<String> {
        let things = self.things_that_differ();
        let which = if things.len() == 2 { "either" } else { "any one" };
        (things.len() > 1).then(|| {
            format!(
                "More than one thing differs ({}): this decides nothing about {which} of them.",
                listed(&things)
            )
        })
    }

    /// How the layers differ: `adds batchnorm (twice)`.
    pub fn layer_words(&self) -> Option<String> {
        let change = |verb: &str, layers: &[LayerFacts]| {
            (!layers.is_empty()).then(|| format!("{verb} {}", listed(&counted_layers(layers))))
        };
        let changes: Vec<String> =
            [change("adds", &self.layers.added), change("lacks", &self.layers.removed)]
                .into_iter()
                .flatten()
                .collect();
        (!changes.is_empty()).then(|| changes.join(", "))
    }
}

/// Each layer once, with how often it occurs: `batchnorm (twice)`.
fn counted_layers(layers: &[LayerFacts]) -> Vec<String> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for layer in layers.iter().map(|layer| layer.text.as_str()) {
        match counts.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, count)) => *count += 1,
            None => counts.push((layer, 1)),
        }
    }
    let words = counts.into_iter().map(|(layer, count)| match count {
        1 => layer.to_owned(),
        2 => format!("{layer} (twice)"),
        n => format!("{layer} ({})", counted(n, "time")),
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};
    use fitroom_stats::DEFAULT_MARGIN;

    fn against(seeds: u32, network: Plan) -> Comparison {
        let fixture = Fixture::new(seeds).with(Plan::new("plain")).with(network.vs("plain"));
        Comparison::of_results(&fixture.results(), DEFAULT_MARGIN).remove(0)
    }

    #[test]
    fn diverged_seeds_are_never_passed_over() {
        let diverged = Plan::new("other").diverged(3, 2).pending(9, 4).pending(10, 0);
        let comparison = against(10, diverged);
        assert_eq!(comparison.judged.pairs.len(), 8, "guessing counts");
        assert_eq!(
            comparison.missing_words().unwrap(),
            "1 of 10 seeds diverged in other and counts as guessing. Over the 7 seeds that finished in both, the mean \
             difference is +0.09 points. 2 of 10 seeds are not finished in both networks."
        );
        assert_eq!(against(10, Plan::new("other")).missing_words(), None);
    }

    #[test]
    fn several_differences_are_named_and_said_to_decide_nothing() {
        let words = |network: Plan| against(5, network).confounded_words();
        assert_eq!(
            words(Plan::new("other").softmax_twice().penalty(0.001, 0.0)).unwrap(),
            "More than one thing differs (loss and penalty): this decides nothing about either of them."
        );
        let three = Plan::new("other")
            .softmax_twice()
            .layers("dense 128, batchnorm, relu, dropout 0.5, dense 64, relu");
        assert_eq!(
            words(three).unwrap(),
            "More than one thing differs (batch normalisation, dropout and loss): this decides nothing about any one of them."
        );
        assert_eq!(words(Plan::new("other").penalty(0.001, 0.0)), None);
        let layers =
            Plan::new("other").layers("dense 256, batchnorm, relu, dense 64, batchnorm, relu");
        let comparison = against(5, layers);
        assert_eq!(
            comparison.layer_words().unwrap(),
            "adds dense 256 and batchnorm (twice), lacks dense 128"
        );
    }
}
