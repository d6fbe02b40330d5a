//! The networks of a sweep: their values, their accuracies, their baseline, and the best of them.

use fitroom_results::{Metric, Subset, Sweep, SweepPoint};
use fitroom_stats::Spread;

use crate::number::MISSING;
use crate::summary::{NetworkSummary, Summary};

/// A network's accuracies at its best epochs, in percent, one for each seed.
pub fn accuracies(network: &NetworkSummary, subset: Subset) -> Vec<f64> {
    network
        .finished()
        .map(|(run, outcome)| 100.0 * run.score_at(&outcome.best, Metric::Accuracy, subset))
        .collect()
}

/// A network's place in its sweep.
pub fn point<'a>(network: &NetworkSummary<'a>) -> &'a SweepPoint {
    network.facts.swept.as_ref().expect("the network belongs to a sweep")
}

/// A network's value of one of the swept names.
pub fn value_of<'a>(network: &NetworkSummary<'a>, name: usize) -> &'a str {
    point(network).at.get(name).map_or(MISSING, |(_, value)| value.as_str())
}

/// The baseline that all networks of a sweep share, unless it belongs to the sweep.
pub fn baseline<'a, 'b>(summary: &'b Summary<'a>, sweep: &Sweep) -> Option<&'b NetworkSummary<'a>> {
    let facts = |network: usize| &summary.results.networks[network];
    let shared = facts(sweep.networks[0]).baseline.as_ref()?;
    let all =
        sweep.networks.iter().all(|&network| facts(network).baseline.as_ref() == Some(shared));
    let index = summary.networks.iter().position(|network| network.facts.name == *shared)?;
    (all && !sweep.networks.contains(&index)).then(|| &summary.networks[index])
}

/// The network with the highest mean accuracy among those that finished with every seed. Among
/// equals, it is the first.
pub fn best<'a, 'b>(
    networks: &[&'b NetworkSummary<'a>],
    subset: Subset,
) -> Option<(&'b NetworkSummary<'a>, Spread)> {
    let is_whole = |network: &&&NetworkSummary| network.finished().count() == network.runs.len();
    let scored = networks.iter().filter(is_whole);
    let scored = scored
        .filter_map(|&network| Some((network, network.score(Metric::Accuracy, subset).best?)));
    scored.reduce(|best, other| if other.1.mean > best.1.mean { other } else { best })
}
