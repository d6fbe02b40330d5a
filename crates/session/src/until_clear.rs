//! Run until clear: looks at the results whenever all runs have ended, says which comparisons are
//! decided, and which runs the open ones need next.
//!
//! A look replays all decisions from the first seed on. So it depends on nothing but the stored runs
//! and the margin: an interrupted study decides the same at the same seeds.

use std::collections::{BTreeSet, HashMap};

use fitroom_results::{Metric, Results, RunStatus, Subset};
use fitroom_stats::Verdict;
use fitroom_stats::sequential::{
    SeedDifference, SequentialVerdict, SignBets, paired_difference, replay, seeds_to_go,
};
use fitroom_study::Study;

use crate::{Decided, SessionEvent, Waiting};

/// The least margin of the bets, which divide by the margin. It is far below one image of any data
/// set.
const LEAST_MARGIN: f64 = 1e-9;

/// What a look at the results finds.
#[derive(Debug)]
pub(crate) struct Look {
    /// The event that says which comparisons are decided and which wait.
    pub event: SessionEvent,
    /// The runs that the open comparisons need next: networks, as positions in the results, with a
    /// seed each.
    pub runs: Vec<(usize, u64)>,
}

/// A network against its baseline, as positions in the results.
struct Compared {
    network: usize,
    baseline: usize,
    /// The differences from seed 1 on, up to the first seed that is not finished in both.
    differences: Vec<SeedDifference>,
}

/// Looks at the results of a study that runs until clear. `asked` is the study that is run now: only
/// its networks get runs, and at most its seeds. `None` if no network has a baseline.
pub(crate) fn look(results: &Results, asked: &Study, margin: f64) -> Option<Look> {
    let comparisons = comparisons(results);
    let bets = SignBets::new(margin.max(LEAST_MARGIN));
    let differences: Vec<_> = comparisons.iter().map(|both| both.differences.clone()).collect();
    let verdicts = replay(&differences, &bets, 1.0 / judging_images(results) as f64);
    let seeds = verdicts.iter().map(|verdict| verdict.seeds).max()?;
    let all: Vec<(&Compared, &SequentialVerdict)> = comparisons.iter().zip(&verdicts).collect();
    let is_open = |verdict: &SequentialVerdict| verdict.verdict == Verdict::Undecided;
    let open: Vec<_> = all.iter().filter(|(_, verdict)| is_open(verdict)).collect();

    // All open comparisons wait for the same seed, since each waits for the others.
    let next = seeds as u64 + 1;
    let may_train = |network: usize| {
        let name = &results.networks[network].name;
        next <= u64::from(asked.seeds) && asked.networks.iter().any(|plan| plan.name == *name)
    };
    let needs = |network: usize| {
        let run = results.run(network, next);
        run.is_none_or(|run| run.status == RunStatus::Pending)
    };
    let runs: BTreeSet<(usize, u64)> = open
        .iter()
        .filter(|(both, _)| may_train(both.network) && may_train(both.baseline))
        .flat_map(|(both, _)| [both.network, both.baseline])
        .filter(|&network| needs(network))
        .map(|network| (network, next))
        .collect();

    let name = |network: usize| results.networks[network].name.clone();
    let waiting = |(both, verdict): &&(&Compared, &SequentialVerdict)| {
        let used: Vec<f64> = both.differences[..verdict.seeds].iter().flatten().copied().collect();
        Waiting {
            network: name(both.network),
            baseline: name(both.baseline),
            seeds: verdict.seeds,
            seeds_to_go: seeds_to_go(&used, open.len(), &bets),
        }
    };
    let decided = |(both, verdict): &(&Compared, &SequentialVerdict)| Decided {
        network: name(both.network),
        baseline: name(both.baseline),
        verdict: verdict.verdict.name().to_owned(),
        seeds: verdict.seeds,
    };
    let event = SessionEvent::SeedsAdded {
        seeds,
        runs: runs.len(),
        waiting: open.iter().map(waiting).collect(),
        decided: all.iter().filter(|(_, verdict)| !is_open(verdict)).map(decided).collect(),
    };
    Some(Look { event, runs: runs.into_iter().collect() })
}

/// Every network that has a baseline against it, in the results' order.
fn comparisons(results: &Results) -> Vec<Compared> {
    let judged_by = results.judged_by();
    let ended = results.runs.iter().filter_map(|run| match run.status {
        RunStatus::Pending => None,
        RunStatus::Diverged => Some(((run.network, run.seed), None)),
        RunStatus::Finished => {
            Some(((run.network, run.seed), run.best(Metric::Accuracy, judged_by)))
        }
    });
    let ended: HashMap<(usize, u64), Option<f64>> = ended.collect();
    let guess = 1.0 / results.dataset.classes.len().max(1) as f64;
    let compared = |network: usize| {
        let baseline = results.networks[network].baseline.as_ref()?;
        let baseline = results.networks.iter().position(|other| other.name == *baseline)?;
        let difference = |seed: u64| {
            let [candidate, baseline] =
                [network, baseline].map(|network| ended.get(&(network, seed)).copied());
            Some(paired_difference(candidate?, baseline?, guess))
        };
        Some(Compared { network, baseline, differences: (1..).map_while(difference).collect() })
    };
    (0..results.networks.len()).filter_map(compared).collect()
}

/// How many images a network's accuracy is measured on.
fn judging_images(results: &Results) -> usize {
    let images = match results.judged_by() {
        Subset::Validation => results.validation,
        Subset::Test | Subset::Train | Subset::Fit => results.dataset.test_images,
    };
    images.unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests;
