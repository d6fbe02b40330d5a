//! The confirmation of a sweep's winner, on seeds that had no part in its choice.

use fitroom_results::{Confirmation, Metric, Results, Run, RunStatus, SeedPlan, Subset, Sweep};
use fitroom_stats::Spread;
use fitroom_stats::sequential::LOOK;

use crate::comparison::{ComparedNetwork, Comparison};
use crate::document::{Block, Text};
use crate::number::{MISSING, capitalised, counted, spread_percent};
use crate::summary::Summary;

/// The result of the sweep's winner on fresh seeds, or the reason why there is none. `against`
/// holds the comparisons of all winners with their baselines.
pub fn confirmation(summary: &Summary, sweep: &Sweep, against: &[FreshComparison]) -> Vec<Block> {
    let results = summary.results;
    let count = counted(sweep.networks.len(), "network");
    let Some(confirmation) =
        results.confirmations.iter().find(|confirmation| confirmation.sweep == sweep.name)
    else {
        let ended = |&network: &usize| {
            let of = results.runs_of(network).iter();
            of.filter(|run| run.status != RunStatus::Pending).count() as u64
                >= choosing_seeds(results)
        };
        let is_over = sweep.networks.iter().all(ended);
        let words = match (results.validation, sweep.networks.len()) {
            (Some(0), _) => {
                "Nothing is held out, so no network can be chosen here: the test images are for judging, not for choosing."
            }
            (_, 1) => return Vec::new(),
            _ if is_over => "No network finished with every seed, so none is chosen.",
            _ => {
                "Once every run has ended, the best network is trained once more on fresh seeds. Until then, its lead is partly luck."
            }
        };
        return vec![Block::paragraph(words)];
    };
    let winner = &summary.networks[confirmation.network];
    let finished = |run: &&Run| run.status == RunStatus::Finished;
    let fresh: Vec<&Run> = confirmation.runs.iter().filter(finished).collect();
    let seeds: Vec<u64> = confirmation.runs.iter().map(|run| run.seed).collect();
    let range = match (seeds.first(), seeds.last()) {
        (Some(first), Some(last)) if first < last => format!("seeds {first} to {last}"),
        _ => seeds.first().map_or(String::new(), |seed| format!("seed {seed}")),
    };
    let lead = format!(
        "{} is best of {count}, and the best of many looks better than it is.",
        winner.facts.name
    );
    if confirmation.runs.iter().any(|run| run.status == RunStatus::Pending) {
        let words = format!(
            " It is trained once more on {range}, which had no part in the choice. That is not finished yet."
        );
        return vec![Block::Note(Text::strong(lead).then(words))];
    }
    let of = |subset: Subset| {
        let accuracies = fresh.iter().filter_map(|run| {
            Some(run.score_at(&run.outcome.as_ref()?.best, Metric::Accuracy, subset))
        });
        Spread::of(accuracies).map_or(MISSING.into(), |spread| spread_percent(&spread))
    };
    let choosing = results.runs_of(confirmation.network).iter();
    let choosing = choosing.filter(|run| run.seed <= choosing_seeds(results));
    let chosen =
        Spread::of(choosing.filter_map(|run| run.best(Metric::Accuracy, Subset::Validation)));
    let mut words = format!(
        " On {range}, which had no part in the choice, its accuracy is {} on validation images ({} with the seeds that it was chosen \
         by) and {} on test images.",
        of(Subset::Validation),
        chosen.map_or(MISSING.into(), |spread| spread_percent(&spread)),
        of(Subset::Test),
    );
    if fresh.len() < confirmation.runs.len() {
        words += &format!(
            " With {} of these it diverged.",
            counted(confirmation.runs.len() - fresh.len(), "seed")
        );
    }
    if let Some(FreshComparison { comparison, .. }) =
        against.iter().find(|fresh| fresh.sweep == sweep.name)
    {
        let conclusion = comparison.conclusion(against.len()).text();
        words += &format!(" On these fresh seeds, {conclusion}");
        let baseline = confirmation.baseline.map(|baseline| &results.networks[baseline]);
        if baseline.is_some_and(|baseline| baseline.swept.is_none()) {
            words += &format!(
                " {count} were tried against one baseline: sweep the baseline too, and both winners are compared.",
                count = capitalised(&count)
            );
        }
    }
    vec![Block::Note(Text::strong(lead).then(words))]
}

/// A sweep's winner is chosen by seeds 1 to this. If seeds are added until comparisons are clear,
/// these are the seeds before the first look, so that the winner stays.
fn choosing_seeds(results: &Results) -> u64 {
    match results.seed_plan {
        SeedPlan::Declared | SeedPlan::Extended { .. } | SeedPlan::Unknown => results.seeds.into(),
        SeedPlan::UntilClear => LOOK as u64,
    }
}

/// A sweep's winner compared with its baseline, on fresh seeds only.
pub struct FreshComparison {
    sweep: String,
    comparison: Comparison,
}

/// All winners compared with their baselines. These comparisons are corrected together.
pub fn on_fresh_seeds(summary: &Summary) -> Vec<FreshComparison> {
    let results = summary.results;
    let confirmed = results.confirmations.iter();
    let mut runs: Vec<Run> =
        confirmed.flat_map(|one| one.runs.iter().chain(&one.baseline_runs)).cloned().collect();
    runs.sort_by_key(|run| (run.network, run.seed));
    // Two sweeps may share a baseline.
    runs.dedup_by_key(|run| (run.network, run.seed));
    // A study that gets more seeds gets more fresh ones too, perhaps for what was seen of them. One
    // that runs until clear has ten fresh seeds from the start.
    let seed_plan = match results.seed_plan {
        SeedPlan::Declared | SeedPlan::UntilClear => SeedPlan::Declared,
        other @ (SeedPlan::Extended { .. } | SeedPlan::Unknown) => other,
    };
    let fresh = Results { runs, seed_plan, ..results.without_runs() };
    let compare = |network| ComparedNetwork::new(&fresh, network);
    let compared = results.confirmations.iter().filter_map(|one| Some((one, one.baseline?)));
    let compared: Vec<(&Confirmation, usize)> = compared.collect();
    let pairs: Vec<(ComparedNetwork, ComparedNetwork)> =
        compared.iter().map(|(one, baseline)| (compare(one.network), compare(*baseline))).collect();
    let mut comparisons = Comparison::family(&pairs, summary.margin);
    for (comparison, (one, baseline)) in comparisons.iter_mut().zip(&compared) {
        let inspected = &summary.inspection.networks;
        if let (Some(network), Some(baseline)) =
            (inspected.get(one.network), inspected.get(*baseline))
        {
            comparison.set_test_images(&network.right, &baseline.right);
        }
    }
    compared
        .into_iter()
        .zip(comparisons)
        .map(|((one, _), comparison)| FreshComparison { sweep: one.sweep.clone(), comparison })
        .collect()
}
