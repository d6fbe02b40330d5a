//! Comparisons that are made together: what one of them says is adjusted for all of them.

use fitroom_results::{JudgedMeasure, Pairing, Results, Scale, SeedPlan, Subset};
use fitroom_stats::sequential::Behind;
use fitroom_stats::{
    DEFAULT_MARGIN, Effect, Measure, Pair, Spread, Verdict, effects, sequential_effects,
    unpaired_effects,
};

use super::compared_network::JudgedBy;
use super::pairing::{finished_difference, images, pairs, samples, seeds, seeds_in_order};
use super::setting::differing_settings;
use super::{ComparedNetwork, Comparison, LayerChange};
use crate::score_place::score_place;

type Both<'a> = (ComparedNetwork<'a>, ComparedNetwork<'a>);

impl Comparison {
    /// Comparisons of accuracies that are made together: what one of them says is adjusted for all of
    /// them. `margin` is a fraction.
    pub fn family(compared: &[(ComparedNetwork, ComparedNetwork)], margin: f64) -> Vec<Self> {
        let has_validation = compared.iter().all(|(one, _)| one.results.has_validation());
        let judged_on = if has_validation { Subset::Validation } else { Subset::Test };
        let networks = compared.iter().flat_map(|(one, other)| [one.facts(), other.facts()]);
        let place = score_place(networks, judged_on);
        let accuracy = |subset| Measure::accuracy(margin, images(compared, subset));
        let by = JudgedBy::Accuracy(judged_on);
        let plan = seed_plan(compared);
        let judged = judge(compared, by, accuracy(judged_on), Behind::Awaited);
        let comparison = |(both, effect): (&Both, Effect)| {
            let measure = JudgedMeasure::accuracy(judged_on, margin, place);
            let mut comparison = between(both, by, measure, effect);
            comparison.judged_on = Some(judged_on);
            comparison.finished = finished_difference(both, &comparison.judged.pairs);
            let open = comparison.judged.sequential.as_ref().filter(|found| !found.is_decided());
            let held_back = open.map(|found| seeds_in_order(both, by).len() - found.seeds);
            comparison.held_back = held_back.unwrap_or(0);
            comparison.test = has_validation.then(|| {
                let mut pairs = pairs(both, JudgedBy::Accuracy(Subset::Test));
                // Seeds after the verdict of a sequential study had no part in it.
                let last = comparison.judged.pairs.last().map(|pair| pair.seed);
                pairs.retain(|pair| !plan.is_sequential() || Some(pair.seed) <= last);
                Effect::alone(pairs, accuracy(Subset::Test)).unjudged()
            });
            comparison
        };
        compared.iter().zip(judged).map(comparison).collect()
    }

    /// Comparisons of runs from elsewhere in one of their measures, which are made together.
    pub(crate) fn family_in_measure(compared: &[Both], index: usize) -> Vec<Self> {
        let Some((first, _)) = compared.first() else { return Vec::new() };
        let measure = &first.results.measures[index];
        let by = JudgedBy::Measure(index);
        let plan = seed_plan(compared);
        // The bets fit differences of half a point of accuracy; in other measures the margin says what
        // is a usual size.
        let usual = match measure.scale {
            Scale::Fraction => DEFAULT_MARGIN,
            Scale::Percent => 100.0 * DEFAULT_MARGIN,
            Scale::Plain { .. } => measure.margin.unwrap_or(0.0),
        };
        let stats_measure = Measure {
            margin: measure.margin.unwrap_or(0.0),
            resolution: measure.resolution,
            scale: usual,
        };
        let is_unpaired = first.results.pairing == Pairing::Unpaired;
        let can_judge = match (plan.is_sequential(), is_unpaired) {
            (false, _) => true,
            (true, false) => measure.margin.is_some_and(|margin| margin > 0.0),
            (true, true) => false,
        };
        let judged = match (is_unpaired, can_judge) {
            (true, _) => {
                let family = compared.iter().map(|both| samples(both, index)).collect();
                let judged = unpaired_effects(family, stats_measure);
                let unjudged = |effect: Effect| if can_judge { effect } else { effect.unjudged() };
                judged.into_iter().map(unjudged).collect()
            }
            (false, true) => judge(compared, by, stats_measure, Behind::Complete),
            (false, false) => {
                let alone = |both| Effect::alone(pairs(both, by), stats_measure).unjudged();
                compared.iter().map(alone).collect()
            }
        };
        let comparison = |(both, effect): (&Both, Effect)| {
            let mut comparison = between(both, by, measure.clone(), effect);
            let all = pairs(both, by);
            if !is_unpaired && all.len() > comparison.judged.pairs.len() {
                comparison.over_all = Spread::of(all.iter().map(Pair::difference));
            }
            comparison
        };
        compared.iter().zip(judged).map(comparison).collect()
    }
}

/// The verdicts on pairs of a study's networks, by their indices: a network, and one that it may be better
/// than. They are adjusted for `all` comparisons, of which `pairs` are those that matter; the others count
/// as such without a p-value. `None` for fewer than two seeds.
pub(crate) fn verdicts_of_pairs(
    results: &Results,
    pairs: &[(usize, usize)],
    all: usize,
    margin: f64,
) -> Vec<Option<Verdict>> {
    let network = |index| ComparedNetwork::new(results, index);
    let compared: Vec<Both> =
        pairs.iter().map(|&(one, other)| (network(one), network(other))).collect();
    let by = JudgedBy::Accuracy(results.judged_by());
    let measure = Measure::accuracy(margin, images(&compared, results.judged_by()));
    let all = all.max(pairs.len());
    let judged = match results.seed_plan.is_sequential() {
        true => {
            let mut family: Vec<_> = compared.iter().map(|both| seeds_in_order(both, by)).collect();
            family.resize(all, Vec::new());
            // A study adds seeds where its own comparisons need them, and not where these do.
            sequential_effects(&family, Behind::Complete, measure)
        }
        false => {
            let mut family: Vec<_> =
                compared.iter().map(|both| super::pairing::pairs(both, by)).collect();
            family.resize(all, Vec::new());
            effects(family, measure)
        }
    };
    judged.into_iter().take(pairs.len()).map(|effect| effect.verdict).collect()
}

/// How the number of seeds was decided, for networks of several studies the less strict way.
fn seed_plan(compared: &[Both]) -> SeedPlan {
    let plans = compared
        .iter()
        .flat_map(|(network, baseline)| [network.results.seed_plan, baseline.results.seed_plan]);
    plans.into_iter().find(|plan| plan.is_sequential()).unwrap_or_default()
}

fn judge(compared: &[Both], by: JudgedBy, measure: Measure, behind: Behind) -> Vec<Effect> {
    match seed_plan(compared).is_sequential() {
        true => {
            let family: Vec<_> = compared.iter().map(|both| seeds_in_order(both, by)).collect();
            sequential_effects(&family, behind, measure)
        }
        false => effects(compared.iter().map(|both| pairs(both, by)).collect(), measure),
    }
}

/// A comparison whose verdict is on `judged`, without what only a study or only other runs have.
fn between(both: &Both, by: JudgedBy, measure: JudgedMeasure, judged: Effect) -> Comparison {
    let (network, baseline) = *both;
    let mut seeds = seeds(both);
    // Nobody waits for seeds after the verdict of a sequential study.
    if let Some(found) = judged.sequential.as_ref().filter(|found| found.is_decided())
        && let JudgedBy::Accuracy(_) = by
    {
        seeds = seeds.into_iter().take(found.seeds).collect();
    }
    let missing = match judged.samples {
        Some(_) => Vec::new(),
        None => network.missing(&seeds, by).chain(baseline.missing(&seeds, by)).collect(),
    };
    Comparison {
        network: network.name(),
        baseline: baseline.name(),
        missing,
        seeds: seeds.len(),
        settings: differing_settings(network.facts(), baseline.facts()),
        layers: LayerChange::between(network.facts(), baseline.facts()),
        measure,
        judged_on: None,
        judged,
        test: None,
        over_images: None,
        finished: None,
        held_back: 0,
        over_all: None,
        seed_plan: seed_plan(&[*both]),
    }
}
