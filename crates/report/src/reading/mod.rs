//! What a network's curves say, in words: best epoch, no improvement after epoch N, the gap between
//! training and validation, over-confidence, underfitting, instability, divergence.
//!
//! [`curves`] holds what is read, [`noise`] says what counts as a change, [`trend`], [`level`] and
//! [`seeds`] apply the rules, [`Rule`] lists and defines them, and [`words`] makes sentences of
//! what they find.

mod curves;
mod level;
mod noise;
mod observation;
mod rule;
mod section;
mod seeds;
#[cfg(test)]
mod tests;
mod trend;
mod words;

pub use section::{chapter_blocks, section};

use fitroom_study::RunStatus;

use crate::digest::{Digest, NetworkDigest};
use curves::Curves;
use level::Yardstick;
use observation::{Drawback, Observation, Trend};
use rule::Rule;

/// Every observation on a network's curves, the most important first. `others` are what networks
/// trained on the same loss reach on validation images.
pub fn read(curves: &Curves, others: &[Yardstick]) -> Vec<Observation> {
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
            level::underfitting(curves, others),
            level::as_trained(curves),
            level::gap(curves),
        ]
        .into_iter()
        .flatten(),
    );
    found.sort_by_key(Observation::rule);
    found
}

/// What the rules find in a network of a study.
pub fn read_network(digest: &Digest, network: &NetworkDigest) -> Vec<Observation> {
    let curves = Curves::of(digest, network);
    let peers = digest
        .networks
        .iter()
        .filter(|other| other.plan.training.loss == network.plan.training.loss);
    let peers =
        peers.filter(|other| other.slug != network.slug && other.finished().next().is_some());
    let others: Vec<_> = peers
        .filter_map(|peer| Yardstick::of(&peer.plan.name, &Curves::of(digest, peer)))
        .collect();
    read(&curves, &others)
}

/// What the rules find in the published curve that a network reproduces; nothing where there is
/// none.
pub fn read_published(network: &NetworkDigest) -> Vec<Observation> {
    match network.published.is_empty() {
        true => Vec::new(),
        false => read(&Curves::published(network.published), &[]),
    }
}

/// Seeds of runs that a network has, whatever became of them.
fn begun(network: &NetworkDigest) -> usize {
    network.runs.iter().filter(|run| run.status != RunStatus::Pending).count()
}
