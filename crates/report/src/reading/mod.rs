//! Readings of a network's curves in words: best epoch, no improvement after epoch N, the gap
//! between training and validation, over-confidence, underfitting, instability, divergence.
//!
//! `curves` holds the input, and `noise` decides which changes count. `trend`, `gap` and `seeds`
//! apply the rules, which [`Rule`] lists and defines. `words` and `course_words` turn the
//! observations into sentences.

mod course_words;
mod curves;
mod gap;
mod noise;
mod observation;
mod rule;
mod section;
mod seeds;
#[cfg(test)]
mod tests;
mod trend;
mod words;

use crate::summary::{NetworkSummary, Summary};
use curves::Curves;
use gap::Yardstick;

pub use curves::{Diverged, Stretch};
pub use observation::{Drawback, Observation, SeedGroup, Trend};
pub use rule::Rule;
pub use section::{network_blocks, section};

/// Every observation on a network of the results, the most important first.
pub fn read_network(summary: &Summary, network: &NetworkSummary) -> Vec<Observation> {
    let curves = Curves::of(summary, network);
    let peers = summary.networks.iter().filter(|other| other.facts.loss == network.facts.loss);
    let peers =
        peers.filter(|other| other.slug != network.slug && other.finished().next().is_some());
    let others: Vec<_> = peers
        .filter_map(|peer| Yardstick::of(&peer.facts.name, &Curves::of(summary, peer)))
        .collect();
    read(&curves, &others)
}

/// Every observation on a network's reference curve; none where it has no such curve.
pub fn read_reference(summary: &Summary, network: &NetworkSummary) -> Vec<Observation> {
    let curve = network.reference.filter(|curve| !curve.epochs.is_empty());
    let observations =
        curve.map(|curve| read(&Curves::reference(summary, network.facts, curve), &[]));
    observations.unwrap_or_default()
}

/// Every observation on a network's curves, the most important first. `others` are the validation
/// accuracies of networks that were trained on the same loss.
fn read(curves: &Curves, others: &[Yardstick]) -> Vec<Observation> {
    let mut found = Vec::new();
    found.extend(seeds::divergence(curves));
    if curves.runs.is_empty() {
        return found;
    }
    if !curves.is_validated() {
        found.push(Observation::NoValidation);
        return found;
    }
    found.extend(
        [
            seeds::groups(curves),
            seeds::best_epoch(curves),
            trend::improvement(curves),
            trend::overfitting(curves),
            trend::over_confidence(curves),
            trend::instability(curves),
            gap::underfitting(curves, others),
            gap::as_trained(curves),
            gap::gap(curves),
        ]
        .into_iter()
        .flatten(),
    );
    found.sort_by_key(Observation::rule);
    found
}
