//! Run until clear: looks at the results whenever all runs have ended, says which comparisons are
//! decided, and which runs the open ones need next.
//!
//! A look replays all decisions from the first seed on. So it depends on nothing but the stored runs
//! and the margin: an interrupted study decides the same at the same seeds.

use std::collections::BTreeSet;

use fitroom_report::Comparison;
use fitroom_results::{Results, RunStatus};
use fitroom_stats::sequential::SequentialVerdict;
use fitroom_study::Study;

use crate::{Decided, SessionEvent, Waiting};

/// What a look at the results finds.
#[derive(Debug)]
pub(crate) struct Look {
    /// The event that says which comparisons are decided and which wait.
    pub event: SessionEvent,
    /// The runs that the open comparisons need next: networks, as positions in the results, with a
    /// seed each.
    pub runs: Vec<(usize, u64)>,
}

/// Looks at the results of a study that runs until clear. `asked` is the study that is run now: only
/// its networks get runs, and at most its seeds. Runs that are left out are not asked for, so the
/// comparisons that need them stay open. `None` if no network has a baseline.
pub(crate) fn look(
    results: &Results,
    asked: &Study,
    left_out: &BTreeSet<(usize, u64)>,
    margin: f64,
) -> Option<Look> {
    let comparisons = Comparison::of_results(results, margin);
    let all: Vec<(&Comparison, &SequentialVerdict)> = comparisons
        .iter()
        .filter_map(|comparison| Some((comparison, comparison.judged.sequential.as_ref()?)))
        .collect();
    let seeds = all.iter().map(|(_, verdict)| verdict.seeds).max()?;
    let open: Vec<_> = all.iter().filter(|(_, verdict)| !verdict.is_decided()).collect();

    // All open comparisons wait for the same seed, since each waits for the others.
    let next = seeds as u64 + 1;
    let position = |name: &str| results.networks.iter().position(|other| other.name == *name);
    let may_train = |name: &str| {
        next <= u64::from(asked.seeds) && asked.networks.iter().any(|plan| plan.name == *name)
    };
    let needs = |network: usize| {
        let run = results.run(network, next);
        run.is_none_or(|run| run.status == RunStatus::Pending)
    };
    let runs: BTreeSet<(usize, u64)> = open
        .iter()
        .filter(|(both, _)| may_train(&both.network) && may_train(&both.baseline))
        .flat_map(|(both, _)| [&both.network, &both.baseline])
        .filter_map(|name| position(name))
        .filter(|&network| needs(network))
        .map(|network| (network, next))
        .filter(|run| !left_out.contains(run))
        .collect();

    let waiting = |(both, verdict): &&(&Comparison, &SequentialVerdict)| Waiting {
        network: both.network.clone(),
        baseline: both.baseline.clone(),
        seeds: verdict.seeds,
        seeds_to_go: verdict.seeds_to_go,
    };
    let decided = |(both, verdict): &(&Comparison, &SequentialVerdict)| Decided {
        network: both.network.clone(),
        baseline: both.baseline.clone(),
        verdict: verdict.verdict.name().to_owned(),
        seeds: verdict.seeds,
    };
    let event = SessionEvent::SeedsAdded {
        seeds,
        runs: runs.len(),
        waiting: open.iter().map(waiting).collect(),
        decided: all.iter().filter(|(_, verdict)| verdict.is_decided()).map(decided).collect(),
    };
    Some(Look { event, runs: runs.into_iter().collect() })
}

#[cfg(test)]
mod tests;
