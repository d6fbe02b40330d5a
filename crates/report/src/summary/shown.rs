//! Which networks a report shows by themselves. A sweep may have thousands, and a page with a figure for
//! each could not be opened.

use std::collections::HashSet;

use fitroom_results::{Metric, Results, Subset};

use super::{NetworkSummary, Summary};
use crate::comparison::Comparison;
use crate::number::count;

/// Most networks that a study's report shows by themselves.
pub const MOST_SHOWN: usize = 100;

/// Most of these that are shown because others are compared with them.
const MOST_BASELINES: usize = MOST_SHOWN / 2;

/// Chooses the networks that are shown: all, if there are no more than [`MOST_SHOWN`]. Otherwise the
/// baselines, then those with the highest mean accuracy on the images that networks are judged by;
/// of equals, the first. Runs from elsewhere are not concerned: their networks have no figures.
pub(super) fn choose(results: &Results, networks: &mut [NetworkSummary]) {
    if networks.len() <= MOST_SHOWN || !results.measures.is_empty() {
        return;
    }
    let baselines: HashSet<&str> =
        results.networks.iter().filter_map(|network| network.baseline.as_deref()).collect();
    let subset = results.judged_by();
    let mean = |network: &NetworkSummary| {
        let best = network.score(Metric::Accuracy, subset).best;
        best.map_or(f64::NEG_INFINITY, |best| best.mean)
    };
    let is_baseline = |index: &usize| baselines.contains(results.networks[*index].name.as_str());
    let mut chosen: Vec<usize> =
        (0..networks.len()).filter(is_baseline).take(MOST_BASELINES).collect();
    let mut others: Vec<usize> =
        (0..networks.len()).filter(|index| !chosen.contains(index)).collect();
    others.sort_by(|&a, &b| mean(&networks[b]).total_cmp(&mean(&networks[a])));
    chosen.extend(others.into_iter().take(MOST_SHOWN - chosen.len()));
    networks.iter_mut().for_each(|network| network.is_shown = false);
    chosen.into_iter().for_each(|index| networks[index].is_shown = true);
}

/// Chooses [`MOST_SHOWN`] of more comparisons: those of the networks that are shown, then the first.
pub(super) fn choose_comparisons<'c>(
    summary: &Summary,
    comparisons: &[&'c Comparison],
) -> Vec<&'c Comparison> {
    if comparisons.len() <= MOST_SHOWN || !summary.results.measures.is_empty() {
        return comparisons.to_vec();
    }
    let names: HashSet<&str> =
        summary.shown().map(|(_, network)| network.facts.name.as_str()).collect();
    let is_shown = |&index: &usize| names.contains(comparisons[index].network.as_str());
    let (mut chosen, others): (Vec<usize>, Vec<usize>) = (0..comparisons.len()).partition(is_shown);
    chosen.extend(others.into_iter().take(MOST_SHOWN.saturating_sub(chosen.len())));
    chosen.sort_unstable();
    chosen.into_iter().map(|index| comparisons[index]).collect()
}

/// Which networks are shown, and where the others are; `None` if all are shown.
pub(super) fn words(summary: &Summary) -> Option<String> {
    let (shown, all) = (summary.shown().count(), summary.networks.len());
    let judged_by = match summary.results.judged_by() {
        Subset::Test => "test",
        Subset::Train | Subset::Fit | Subset::Validation => "validation",
    };
    (shown < all).then(|| {
        format!(
            " This page shows {} of {} networks by themselves: baselines, and those with the highest accuracy on {judged_by} \
             images. Figures of sweeps, counts and adjustments for several comparisons are of all networks. So are the \
             files: summary.csv has every run, epochs.csv every epoch, and comparisons.csv every comparison.",
            count(shown as u64),
            count(all as u64)
        )
    })
}

#[cfg(test)]
mod tests {
    use fitroom_stats::DEFAULT_MARGIN;

    use super::*;
    use crate::fixture::{Fixture, Plan};

    /// Networks `n0` to the last, each better than the one before; the first is the baseline of all.
    fn results(networks: usize) -> Results {
        let mut fixture = Fixture::new(2).epochs(1).with(Plan::new("n0"));
        for index in 1..networks {
            let plan = Plan::new(&format!("n{index}")).vs("n0").shifted(index as f64 * 1e-4);
            fixture = fixture.with(plan);
        }
        fixture.results()
    }

    #[test]
    fn the_baseline_and_the_best_are_shown_of_many_networks() {
        let results = results(MOST_SHOWN + 30);
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        let mut best: Vec<&NetworkSummary> = summary.networks[1..].iter().collect();
        let mean =
            |it: &NetworkSummary| it.score(Metric::Accuracy, Subset::Validation).best.unwrap().mean;
        best.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        let shown: HashSet<&str> =
            summary.shown().map(|(_, network)| network.facts.name.as_str()).collect();
        assert!(shown.len() == MOST_SHOWN && shown.contains("n0"));
        let best = &best[..MOST_SHOWN - 1];
        assert!(best.iter().all(|network| shown.contains(network.facts.name.as_str())));
        let comparisons: Vec<_> = summary.comparisons.iter().collect();
        let of_shown = summary.shown_of(&comparisons);
        let is_shown = |it: &&&Comparison| shown.contains(it.network.as_str());
        assert_eq!(of_shown.len(), MOST_SHOWN);
        assert_eq!(of_shown.iter().filter(is_shown).count(), MOST_SHOWN - 1);
        assert!(summary.shown_words().unwrap().contains("shows 100 of 130 networks"));
    }

    #[test]
    fn a_study_of_a_hundred_networks_is_shown_whole() {
        let results = results(MOST_SHOWN);
        let summary = Summary::new(&results, DEFAULT_MARGIN);
        assert!(summary.networks.iter().all(|network| network.is_shown));
        assert_eq!(summary.shown_words(), None);
    }
}
