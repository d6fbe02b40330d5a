//! Which runs are paired, and what a run that diverged counts as.

use std::collections::BTreeSet;

use fitroom_results::{Results, Subset};
use fitroom_stats::{Pair, Samples, Spread};

use super::ComparedNetwork;
use super::compared_network::JudgedBy;

/// The seeds that either network has, ascending.
pub(super) fn seeds((network, baseline): &(ComparedNetwork, ComparedNetwork)) -> BTreeSet<u64> {
    network.runs().chain(baseline.runs()).map(|run| run.seed).collect()
}

/// The pair of one seed. `None`: one of the runs has not ended. `Some(None)`: both diverged, so
/// there is nothing to compare.
fn pair(
    (network, baseline): &(ComparedNetwork, ComparedNetwork),
    seed: u64,
    by: JudgedBy,
) -> Option<Option<Pair>> {
    let (network, baseline) = (network.score(seed, by)?, baseline.score(seed, by)?);
    let pair = Pair { seed, candidate: network.value(), baseline: baseline.value() };
    Some((!network.is_diverged() || !baseline.is_diverged()).then_some(pair))
}

/// The pairs of all seeds.
pub(super) fn pairs(both: &(ComparedNetwork, ComparedNetwork), by: JudgedBy) -> Vec<Pair> {
    seeds(both).into_iter().filter_map(|seed| pair(both, seed, by)?).collect()
}

/// The seeds of a comparison in the order in which a sequential test takes them. Those of a study
/// go up to the first that is missing or with which a run has not ended, since that one is still to
/// come. Of other runs, which nobody goes on with, every seed counts that both have.
pub(super) fn seeds_in_order(
    both: &(ComparedNetwork, ComparedNetwork),
    by: JudgedBy,
) -> Vec<Option<Pair>> {
    match by {
        JudgedBy::Measure(_) => pairs(both, by).into_iter().map(Some).collect(),
        JudgedBy::Accuracy(_) => {
            let seeds = seeds(both);
            let range = seeds.first().copied().unwrap_or(1)..=seeds.last().copied().unwrap_or(0);
            range.map_while(|seed| pair(both, seed, by)).collect()
        }
    }
}

/// All scores of both sides, whatever their seeds.
pub(super) fn samples(
    (network, baseline): &(ComparedNetwork, ComparedNetwork),
    measure: usize,
) -> Samples {
    Samples { candidate: network.all_measured(measure), baseline: baseline.all_measured(measure) }
}

/// The difference over those of `pairs` of which both runs finished; `None` if all of them did.
pub(super) fn finished_difference(
    (network, baseline): &(ComparedNetwork, ComparedNetwork),
    pairs: &[Pair],
) -> Option<Spread> {
    let both = |seed| network.finished_run(seed).is_some() && baseline.finished_run(seed).is_some();
    let finished: Vec<f64> =
        pairs.iter().filter(|pair| both(pair.seed)).map(Pair::difference).collect();
    Spread::of(finished.iter().copied()).filter(|_| finished.len() < pairs.len())
}

/// How many images an accuracy is measured on, of several results the fewest.
pub(super) fn images(
    compared: &[(ComparedNetwork, ComparedNetwork)],
    subset: Subset,
) -> Option<usize> {
    let images = |results: &Results| match subset {
        Subset::Validation => results.validation,
        Subset::Test => results.dataset.test_images,
        Subset::Train | Subset::Fit => results.dataset.train_images,
    };
    compared.iter().filter_map(|(network, _)| images(network.results)).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, Plan};

    /// Seed 2 diverges in both networks and seed 3 in the second one; seed 5 is not finished there.
    fn results() -> Results {
        let mut results = Fixture::new(6)
            .with(Plan::new("a").diverged(2, 3))
            .with(Plan::new("b").vs("a").diverged(2, 3))
            .results();
        let runs = &mut results.runs;
        (runs[8].status, runs[8].outcome) = (fitroom_results::RunStatus::Diverged, None);
        (runs[10].status, runs[10].outcome) = (fitroom_results::RunStatus::Pending, None);
        results
    }

    #[test]
    fn a_run_that_diverged_counts_as_guessing() {
        let results = results();
        let both = (ComparedNetwork::new(&results, 1), ComparedNetwork::new(&results, 0));
        let found = pairs(&both, JudgedBy::Accuracy(Subset::Validation));
        assert!(found.iter().map(|pair| pair.seed).eq([1, 3, 4, 6]));
        let baseline = results.runs[2].outcome.unwrap().best.val.accuracy;
        assert_eq!((found[1].candidate, found[1].baseline), (0.1, baseline), "one of ten classes");
        let finished = finished_difference(&both, &found).unwrap();
        assert_eq!(finished.count, 3);
        assert!(finished_difference(&both, &found[2..]).is_none(), "nothing diverged here");
    }

    #[test]
    fn seeds_count_in_order_up_to_the_first_that_has_not_ended() {
        let results = results();
        let both = (ComparedNetwork::new(&results, 1), ComparedNetwork::new(&results, 0));
        let found = seeds_in_order(&both, JudgedBy::Accuracy(Subset::Test));
        let mut gap = results.clone();
        gap.runs.retain(|run| run.seed != 3);
        let both_with_gap = (ComparedNetwork::new(&gap, 1), ComparedNetwork::new(&gap, 0));
        let by = JudgedBy::Accuracy(Subset::Test);
        assert_eq!(seeds_in_order(&both_with_gap, by).len(), 2, "seed 4 waits for 3");
        assert!(found.iter().map(|pair| pair.map(|pair| pair.seed)).eq([
            Some(1),
            None,
            Some(3),
            Some(4)
        ]));
    }
}
